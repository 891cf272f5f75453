"""The shell of every page: where writes come from, headers, refusals, static files, words."""

import hashlib
import re
from pathlib import Path

import pytest

from opencall.kernel.principal import Role
from opencall.kernel.web import words
from opencall.kernel.web.assets import FOLDER
from tests.site import Site


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://testserver.local", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://testserver.local", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "http://testserver.local"}, 303),
    ],
)
def test_a_write_with_a_session_has_to_come_from_our_own_pages(
    site: Site, headers: dict[str, str], status: int
) -> None:
    client = site.browser(site.enrol("Ada"))
    del client.headers["Origin"]
    assert client.post("/account/name", data={"name": "Eve"}, headers=headers).status_code == status
    assert ("Eve" in client.get("/account").text) is (status == 303)


def test_nobody_is_signed_in_by_another_site(site: Site) -> None:
    client = site.browser()
    del client.headers["Origin"]
    assert client.post("/sign-in", data={"email": "a@b.de", "password": "x"}).status_code == 403


@pytest.mark.parametrize("path", ["/sign-in", "/fund", "/nowhere", "/money", "/api/events", "/static/x/nothing.css"])
def test_every_answer_carries_the_policy(site: Site, path: str) -> None:
    headers = site.browser().get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert headers["x-content-type-options"] == "nosniff"


def test_a_refusal_is_a_page_for_people_a_note_for_a_form_and_json_for_a_script(site: Site) -> None:
    client = site.browser(site.enrol("Ada"))
    person = client.get("/money")
    assert (person.status_code, "<h1>" in person.text) == (403, True)
    form = client.post("/account/name", data={"name": ""}, headers={"HX-Request": "true"})
    assert (form.status_code, "<h1>" in form.text, "note bad" in form.text) == (400, False, True)
    script = site.browser().get("/api/events")
    assert (script.status_code, script.json()["error"]["code"]) == (401, "NotSignedIn")


def test_an_address_that_leads_nowhere_is_a_page_that_says_so_with_the_bar_of_whoever_asks(site: Site) -> None:
    answer = site.browser(site.enrol("Ada Fictive")).get("/nowhere/at/all")
    assert answer.status_code == 404
    assert "Ada Fictive" in answer.text


def test_the_bar_shows_what_a_person_may_do(site: Site) -> None:
    def bar(*roles: Role) -> list[str]:
        client = site.browser(site.enrol(f"Some {'-'.join(roles)}", *roles) if roles else None)
        return re.findall(r'<a href="([^"]+)"', client.get("/fund").text.split("</nav>")[0].split("<nav")[1])

    assert bar() == ["/", "/calls", "/fund"]
    assert bar(Role.ARTIST) == ["/", "/calls", "/fund", "/submissions"]
    assert bar(Role.FINANCE) == ["/", "/calls", "/fund", "/submissions", "/money"]
    assert "/people" in bar(Role.MANAGER)


def test_a_static_file_keeps_its_address_for_ever_and_comes_packed(site: Site) -> None:
    client = site.browser()
    url = site.app.state.assets.url("opencall.css")
    plain = client.get(url, headers={"Accept-Encoding": "identity"})
    packed = client.get(url, headers={"Accept-Encoding": "gzip"})
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content


@pytest.mark.parametrize(
    "path", ["/static/x/../conftest.py", "/static/x/%2e%2e/templates/base.html", "/static/x//etc/passwd"]
)
def test_only_static_files_are_served(site: Site, path: str) -> None:
    assert site.browser().get(path).status_code in {400, 404}


def test_what_was_taken_from_elsewhere_is_what_its_list_says() -> None:
    rows = re.findall(
        r"\| `([^`]+)` \|[^|]*\| ([^|]+) \|[^|]*\| `([0-9a-f]{64})` \|", (FOLDER / "vendor/README.md").read_text()
    )
    listed = {name: sha256 for name, _, sha256 in rows}
    there = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((FOLDER / "vendor").glob("*.min.*"))
    }
    assert listed == there


def test_no_template_carries_a_script_or_a_style_of_its_own() -> None:
    root = Path(__file__).resolve().parents[3]
    inline = re.compile(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|hx-on|javascript:|<style", re.IGNORECASE)
    templates = [
        path
        for folder in ("opencall", "submissions", "audio_pipeline", "rewards")
        for path in (root / folder).rglob("templates/**/*.html")
    ]
    assert len(templates) > 10
    assert [path.name for path in templates if inline.search(path.read_text())] == []


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Hello *there*", "<p>Hello <em>there</em></p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("# Big", "<h2>Big</h2>"),
        ("![x](http://a.b/c.png)", "<p></p>"),
    ],
)
def test_markdown_is_safe_and_leaves_the_first_heading_to_the_page(typed: str, shown: str) -> None:
    assert words.markdown(typed).strip() == shown


def test_links_in_stories_vouch_for_nobody() -> None:
    html = words.markdown('[home](https://example.org "onmouseover=alert(1)")')
    assert html.strip() == '<p><a href="https://example.org" rel="nofollow noopener ugc">home</a></p>'


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (150001, "EUR", "EUR\u00a01,500.01"),
        (-5, "EUR", "−EUR\u00a00.05"),
        (1500, "JPY", "JPY\u00a01,500"),
        (1, "KWD", "KWD\u00a00.001"),
    ],
)
def test_money_is_written_to_the_last_minor_unit(minor: int, currency: str, shown: str) -> None:
    assert words.money(minor, currency) == shown


@pytest.mark.parametrize(
    ("value", "digits", "shown"), [(-16.24, 1, "−16.2"), (-0.04, 1, "0.0"), (1234.5, 1, "1,234.5"), (None, 2, "–")]
)
def test_numbers_carry_a_true_minus_sign_and_no_negative_nothing(value: float | None, digits: int, shown: str) -> None:
    assert words.number(value, digits) == shown


def test_an_excerpt_is_plain_words_cut_between_two() -> None:
    assert words.excerpt("**One** & two, three four", 14) == "One & two …"
