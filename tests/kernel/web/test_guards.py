"""What stands before every page, as an attacker meets it: headers that are missing, forged, or say too much."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.datastructures import Headers

from opencall.app.identity.sessions import Place, begin_session
from opencall.kernel.clock import SetClock
from opencall.kernel.object_store import FolderStore
from opencall.kernel.principal import Role
from opencall.kernel.web.guards import COOKIE, comes_from_here, secret_of
from opencall.kernel.web.pages import local_path
from tests.app.identity.letters import PASSWORD, make_account
from tests.servers.databases import SqliteFile
from tests.site import Site, open_site


@pytest.fixture
def database(sqlite: SqliteFile) -> SqliteFile:
    """Nothing here asks the database for more than any other page does."""
    return sqlite


@pytest.fixture
def over_tls(sqlite: SqliteFile, clock: SetClock, store: FolderStore, tmp_path: Path) -> Iterator[Site]:
    """A site whose pages are at an https:// address."""
    environment = {"OPENCALL_BASE_URL": "https://music.example.org"}
    with open_site(sqlite.new(), clock, store, tmp_path / "home", environment=environment) as opened:
        yield opened


@pytest.mark.parametrize(
    ("headers", "plain", "tls"),
    [
        ({"host": "a.example", "origin": "https://a.example"}, True, True),
        ({"host": "a.example", "origin": "http://a.example"}, True, False),
        ({"host": "a.example:8360", "origin": "http://a.example:8360"}, True, False),
        ({"host": "a.example", "origin": "https://a.example", "sec-fetch-site": "cross-site"}, False, False),
        ({"host": "a.example", "origin": "https://b.example", "sec-fetch-site": "same-origin"}, True, True),
        ({"host": "a.example", "origin": "https://sub.a.example"}, False, False),
        ({"host": "a.example", "origin": "https://a.example.evil.example"}, False, False),
        ({"host": "a.example", "origin": "https://a.example:444"}, False, False),
        ({"host": "a.example", "origin": "https://evil@a.example"}, False, False),
        ({"host": "a.example", "origin": "null"}, False, False),
        ({"host": "a.example", "origin": ""}, False, False),
        ({"host": "a.example", "origin": "http://["}, False, False),
        ({"host": "a.example", "sec-fetch-site": "none"}, False, False),
        ({"host": "a.example", "referer": "https://a.example/account"}, False, False),
        ({"host": "a.example"}, False, False),
        ({"host": "", "origin": "null"}, False, False),
        ({"host": "", "origin": "https://"}, False, False),
        ({"origin": "null"}, False, False),
        ({}, False, False),
    ],
)
def test_a_page_of_ours_is_one_of_this_very_origin(headers: dict[str, str], plain: bool, tls: bool) -> None:
    found = Headers(headers)
    assert (comes_from_here(found, is_https=False), comes_from_here(found, is_https=True)) == (plain, tls)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "post", "X-ANYTHING"])
def test_no_other_method_and_no_word_about_one_writes_from_elsewhere(site: Site, method: str) -> None:
    client = site.browser(site.enrol("Ada"))
    del client.headers["Origin"]
    for headers in ({}, {"X-HTTP-Method-Override": "POST"}):
        assert client.request(method, "/account/name", data={"name": "Eve"}, headers=headers).status_code != 303
    overridden = {"X-HTTP-Method-Override": "POST", "X-Method-Override": "POST"}
    assert client.get("/account/name?_method=POST&name=Eve", headers=overridden).status_code in {404, 405}
    assert "Eve" not in client.get("/account").text


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
)
@pytest.mark.parametrize("path", ["/account/name", "/api/uploads", "/sign-in"])
def test_a_write_from_elsewhere_is_refused_whatever_it_calls_itself(site: Site, path: str, kind: str) -> None:
    client = site.browser(site.enrol("Ada"))
    headers = {"Origin": "https://evil.example", "Content-Type": kind, "Tus-Resumable": "1.0.0"}
    assert client.post(path, content=b"name=Eve", headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["//account/name", "/health/../account/name", "/static/../account/name", "/./account"])
def test_no_other_spelling_of_an_address_goes_around_the_guard(site: Site, path: str) -> None:
    client = site.browser(site.enrol("Ada"))
    del client.headers["Origin"]
    scope_path = f"http://testserver.local{path}"
    assert client.post(scope_path, data={"name": "Eve"}).status_code in {400, 403, 404, 405}
    assert "Eve" not in client.get("/account").text


@pytest.mark.parametrize(
    "next_page",
    [
        "/\r\nSet-Cookie: opencall_session=planted",
        "/\nX-Planted: yes",
        "/\t/evil.example",
        "/\x00/evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "https:evil.example",
        " //evil.example",
    ],
)
def test_no_way_on_leads_elsewhere_or_begins_another_header(site: Site, next_page: str) -> None:
    assert local_path(next_page, "/") == "/"
    client = site.browser(site.enrol("Ada"))
    on = client.get("/sign-in", params={"next": next_page})
    assert (on.headers["location"], "x-planted" in on.headers, "set-cookie" in on.headers) == ("/", False, False)


def test_a_way_on_keeps_what_an_address_may_hold(site: Site) -> None:
    client = site.browser(site.enrol("Ada"))
    on = client.get("/sign-in", params={"next": "/manage/a b/songs?q=é%20&n=1#top"})
    assert on.headers["location"] == "/manage/a%20b/songs?q=%C3%A9%20&n=1#top"
    scripted = client.get("/sign-in", params={"next": "/é"}, headers={"HX-Request": "true"})
    assert scripted.headers["hx-redirect"] == "/%C3%A9"


def test_over_tls_the_cookie_cannot_be_set_by_a_neighbour_and_travels_over_tls_alone(over_tls: Site) -> None:
    client, email = over_tls.browser(), "ada@example.org"
    client.headers["Origin"] = "https://testserver.local"
    with over_tls.work.write() as uow:
        from opencall.app.identity.passwords import hash_password
        from opencall.app.identity.users import create_user

        user_id = create_user(uow, "Ada", email, hash_password(PASSWORD, email))
        secret = begin_session(uow, user_id, Place("", "")).secret
    answer = client.post("/sign-in", data={"email": email, "password": PASSWORD, "long": "1"})
    name, _, rest = answer.headers["set-cookie"].partition("=")
    flags = {part.strip().casefold() for part in rest.split(";")[1:]}
    assert name == f"__Host-{COOKIE}"
    assert flags >= {"secure", "httponly", "samesite=lax", "path=/", "max-age=2592000"}
    assert not any(flag.startswith("domain") for flag in flags)
    planted, own = ({"Cookie": f"{key}={secret}"} for key in (COOKIE, name))
    client.cookies.clear()
    assert client.get("/account", headers=planted).status_code == 303
    assert client.get("/account", headers=own).status_code == 200
    client.headers["Origin"] = "http://testserver.local"
    assert client.post("/sign-out", headers=own).status_code == 403


def test_over_tls_browsers_are_told_to_come_over_tls_from_now_on(over_tls: Site, site: Site) -> None:
    for path in ("/", "/nowhere", "/api/events", "/health"):
        assert over_tls.browser().get(path).headers["strict-transport-security"] == "max-age=31536000"
        assert "strict-transport-security" not in site.browser().get(path).headers


def test_letters_carry_the_address_of_the_settings_whatever_host_was_asked(site: Site) -> None:
    from tests.app.identity.letters import letters_to

    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Origin": "http://evil.example"}
    assert site.browser().post("/sign-up", data={"email": "ada@example.org"}, headers=headers).status_code == 303
    (letter,) = letters_to(site, "ada@example.org")
    assert ("http://127.0.0.1:8360/confirm/" in letter, "evil" in letter) == (True, False)


@pytest.mark.parametrize("path", ["/", "/account", "/api/events", "/api/submissions", "/sign-in?next=/x", "/nowhere"])
def test_no_answer_that_may_be_somebodys_is_kept_for_others(site: Site, path: str) -> None:
    kept = site.browser(site.enrol("Ada", Role.MANAGER)).get(path).headers["cache-control"]
    assert "private" in kept or "no-store" in kept


def test_a_page_with_a_secret_in_it_is_written_down_nowhere(site: Site) -> None:
    from tests.app.identity.letters import letters_to, link_in

    email = make_account(site)
    client = site.browser()
    links = []
    for form, address in (("/reset", email), ("/sign-in/link", email), ("/sign-up", "new@example.org")):
        client.post(form, data={"email": address})
        links.append(link_in(letters_to(site, address)[-1]))
    answers = [client.get(link) for link in links]
    person = site.browser(site.enrol("Ada"))
    answers.append(person.post("/account/tokens", data={"name": "script"}))
    assert {(one.status_code, one.headers["cache-control"]) for one in answers} == {(200, "no-store")}
    assert person.get("/account").headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"authorization": "Bearer oc_x", "cookie": f"{COOKIE}=y"}, ("oc_x", False)),
        ({"authorization": "bearer oc_x"}, ("oc_x", False)),
        ({"authorization": "Basic b2M6eA==", "cookie": f"{COOKIE}=y"}, ("y", True)),
        ({"authorization": "Bearer "}, (None, False)),
        ({"cookie": f"other=1; {COOKIE}=y; {COOKIE}=z"}, ("y", True)),
        ({"cookie": f"x{COOKIE}=y"}, (None, False)),
        ({"cookie": ";;=;" * 100}, (None, False)),
    ],
)
def test_a_request_carries_one_secret_or_none(headers: dict[str, str], found: tuple[str | None, bool]) -> None:
    assert secret_of(Headers(headers), is_https=False) == found
