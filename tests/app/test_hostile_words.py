"""Whatever an artist or somebody with a share types is text wherever it is shown: on pages, in the feed, in letters."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from sqlalchemy import select

from audio_pipeline import production
from opencall.app.identity.sessions import Place, begin_session
from opencall.kernel.clock import SetClock
from opencall.kernel.mail import mail_table
from opencall.kernel.object_store import FolderStore
from opencall.kernel.principal import Principal
from opencall.kernel.web.guards import COOKIE
from submissions.material import Part
from submissions.uploads import FolderUploads
from tests.app.access import Everything, build
from tests.app.test_access import LINES, QUERIES
from tests.app.world import World
from tests.servers.databases import SqliteFile
from tests.site import ORIGIN, Site, open_site
from tests.submissions.conftest import Programme

PICTURE = b"\x89PNG\r\n\x1a\n0000"
MARKUP = {
    "a script": "<script>planted(1)</script>{{7*7}}",
    "the end of an attribute": "\"><img src=x onerror=planted(1)>' onfocus='planted(1)",
    "the end of a field": "</textarea></title></style><svg onload=planted(1)>",
}
ADDRESS = "javascript:planted(1) [go](javascript:planted(1)) <javascript:planted(1)>"
HOSTILE = {
    "markup": " ".join(MARKUP.values()),
    "an address, the end of a header": f"{ADDRESS} %0d%0aSet-Cookie: planted=1\r\nX-Planted: 1",
    "the end of XML": "]]> &planted; <!--planted <![CDATA[planted \x0b",
}


class Rewritten(HTMLParser):
    """What a browser would do because of a page that its author did not mean."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._in = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in = tag
        named = dict(attrs)
        self.found += [f"{tag} {name}" for name in named if name.startswith("on")]
        self.found += [f"{tag} style" for name, value in attrs if name == "style" and "planted" in (value or "")]
        self.found += [
            f"{tag} {name}={value}"
            for name, value in attrs
            if name in ("href", "src", "action", "formaction", "srcset", "data", "poster", "hx-get", "hx-post")
            and (value or "").strip().casefold().startswith(("javascript:", "data:text", "x"))
        ]
        if tag == "script" and "src" not in named and named.get("type") != "application/json":
            self.found.append("a script of its own")
        if tag in ("iframe", "object", "embed", "base"):
            self.found.append(tag)

    def handle_data(self, data: str) -> None:
        if self._in in ("script", "style") and "planted" in data:
            self.found.append(f"{self._in}: {data[:60]}")

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_comment(self, data: str) -> None:
        if "planted" in data:
            self.found.append(f"comment: {data[:60]}")


class Hostile(Programme):
    """A programme whose artist types `words` into every field there is, through the forms and the interface.

    With `by`, that stands in the fields that say whose a song is.
    """

    site: Site
    words: str
    by: str = ""

    def draft(self, call_id: str, title: str = "Salt", artist: Principal | None = None) -> str:
        words, artist = self.words, artist or self.artist
        by = self.by or words
        first = {"title": f"{title} {words}", "artist_name": by, "genre": words, "region": words}
        started = self.sends(artist, f"/calls/{call_id}/start", first | {"language": words})
        if started.status_code == 400:
            started = self.sends(artist, f"/calls/{call_id}/start", first | {"language": "en"})
        address = str(started.headers["location"])
        story = f"{words}\n\n# {words}\n\n[{words}](https://example.org/{words})\n\n```{words}\n{words}\n```"
        sections = {
            "story": {"text": story, "language": "en", "translation-0-language": "fo", "translation-0-text": story},
            "people": {
                "person-0-name": by,
                "person-0-email": artist.email,
                "person-0-part": words,
                "person-0-share": "66.67",
                "person-1-name": f"{by} too",
                "person-1-email": self.player.email,
                "person-1-part": words,
                "person-1-share": "33.33",
            },
            "rights": {
                "answer-yours": "yes",
                "answer-where": words,
                "ai": "yes",
                "ai_description": words,
                "consent-terms": "2",
            },
        }
        for section, fields in sections.items():
            assert self.sends(artist, f"{address}/{section}", fields).status_code == 303, section
        picture = {"picture": ("a.png", PICTURE)}
        assert self.sends(artist, f"{address}/picture", {"alt": words}, files=picture).status_code == 303
        return address.rsplit("/", 1)[-1]

    def send(self, song_id: str, name: str, part: Part, content: bytes, who: Principal | None = None) -> Any:
        who = who or self.artist
        said = {"song": song_id, "filename": f"{self.by or self.words} {name}", "part": part.value, "role": self.words}
        metadata = ",".join(f"{key} {base64.b64encode(one.encode()).decode()}" for key, one in said.items())
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(content)), "Upload-Metadata": metadata}
        begun = self.sends(who, "/api/uploads", headers=headers)
        assert begun.status_code == 201, begun.text
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        sent = self.sends(who, begun.headers["location"], method="PATCH", content=content, headers=headers)
        assert sent.status_code == 204, sent.text

    def sends(
        self,
        who: Principal,
        path: str,
        data: dict[str, str] | None = None,
        *,
        method: str = "POST",
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> httpx.Response:
        with self.site.work.write() as uow:
            secret = begin_session(uow, who.user_id, Place("", self.words)).secret
        client = self.site.browser(None)
        client.cookies.clear()
        sent = {"Origin": ORIGIN, "Cookie": f"{COOKIE}={secret}", **(headers or {})}
        return client.request(method, path, data=data, headers=sent, follow_redirects=False, **options)


@pytest.fixture(params=HOSTILE.values(), ids=HOSTILE.keys())
def planted(
    request: pytest.FixtureRequest, sqlite: SqliteFile, store: FolderStore, tmp_path: Path
) -> Iterator[Everything]:
    """One of everything, with hostile words in it."""
    clock, recorded = SetClock(datetime(2026, 5, 4, 9, 30, tzinfo=UTC)), list[Any]()
    engine = sqlite.new()
    with open_site(engine, clock, store, tmp_path / "home", lambda uow, fact: recorded.append(fact)) as site:
        programme = Hostile(site.work, FolderUploads(tmp_path / "uploads", store), clock, recorded)
        programme.site, programme.words = site, request.param
        every = build(World(site, programme, store))
        yield every
        every.close()


def test_hostile_words_are_text_wherever_they_are_shown(planted: Everything) -> None:
    programme, things = planted.world.programme, planted.things
    assert isinstance(programme, Hostile)
    words = programme.words
    account = {"name": words, "account": "NL91ABNA0417164300", "town": words, "country": "DE", "street": words}
    for who in (programme.artist, programme.player):
        programme.sends(who, "/account/name", {"name": words})
        programme.sends(who, "/account/tokens", {"name": words})
        programme.sends(who, "/payments/payees", account)
    programme.sends(programme.artist, f"/payments/payees/{things['payee']}", account)
    assert shown_wrong(planted) == []
    assert ("{{7*7}}" in words) == ("{{7*7}}" in planted.ask("nobody", "GET", "/").text)

    song = {name: f"/submissions/{things[name]}" for name in ("rendered", "offered", "published", "submitted")}
    said = [
        programme.sends(programme.artist, f"{song['rendered']}/render/send-back", {"comment": words}),
        programme.sends(programme.artist, f"{song['offered']}/offer/decline", {"word": words}),
        programme.sends(programme.artist, f"{song['published']}/take-down", {"reason": words}),
        programme.sends(programme.artist, f"{song['submitted']}/withdraw"),
    ]
    assert [answer.status_code for answer in said] == [303] * 4
    programme.machine(production.sent_back, things["rendered"], words)
    assert shown_wrong(planted) == []

    with planted.site.work.read() as uow:
        letters = uow.connection.execute(select(mail_table.c.subject, mail_table.c.html)).all()
    assert [found for row in letters for found in Rewritten(row.html or "").found] == []
    assert not any("\n" in row.subject or "\r" in row.subject for row in letters)


def shown_wrong(planted: Everything) -> list[str]:
    """What went wrong on every page of everybody who may see it."""
    wrong, pages_with_it = [], 0
    for line in LINES:
        if line.method != "GET" or line.route in ("/events", "/static/{version}/{name}"):
            continue
        path = line.route.format(**{place: planted.things.get(thing, thing) for place, thing in line.things})
        for who in sorted(line.let_in):
            answer = planted.ask(who, "GET", path, params=QUERIES.get(line.route), headers={"Accept": "text/html"})
            named = f"{line} for {who}"
            if answer.status == 500 or any("planted" in name for name in answer.headers):
                wrong.append(f"{named}: {answer.status}")
            pages_with_it += "planted" in answer.text
            if answer.headers.get("content-type", "").startswith("text/html"):
                wrong += [f"{named}: {found}" for found in Rewritten(answer.text).found]
            if line.route == "/feed.xml":
                wrong += feed_wrong(answer.text)
    assert pages_with_it > 60
    return wrong


def feed_wrong(text: str) -> list[str]:
    """The feed is XML, and the HTML in it is as harmless as a page."""
    root = ElementTree.fromstring(text)  # noqa: S314 - our own words
    contents = root.iter("{http://www.w3.org/2005/Atom}content")
    return [f"feed: {found}" for one in contents for found in Rewritten(one.text or "").found]


@pytest.mark.parametrize("words", MARKUP.values(), ids=MARKUP.keys())
def test_the_same_words_as_a_page_are_found_out(words: str) -> None:
    """The reader of pages sees what it has to: none of these would pass if it stood in a page as it is."""
    assert Rewritten(f'<p title="{words}">{words}</p>').found != []


def test_an_address_that_runs_is_found_out() -> None:
    assert Rewritten(f'<a href="{ADDRESS}">go</a>').found != []
