"""Everybody and everything that an address can be asked with: people of every kind, songs in every state.

Built once for all cases; after each act the database is put back, so that every case finds the same.
"""

import shutil
import sqlite3
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from audio_pipeline.tables import stage_run_table
from opencall.app.identity.links import Purpose, make_link
from opencall.app.identity.sessions import Place, begin_session
from opencall.app.identity.tokens import make_token, tokens_of
from opencall.kernel.principal import Grant, Principal, Role
from opencall.kernel.web.guards import COOKIE
from rewards.payments import payments_of
from submissions.calls import create_call
from submissions.files import NewFile, begin_upload
from submissions.material import Image, Part
from submissions.offers import accept_offer, offer_of
from submissions.outcomes import release_outcomes
from submissions.production import artist_approve, mark_mastered, mark_rendered
from submissions.publication import publish_song
from submissions.queries import song_page
from submissions.selection import Outcome, decide
from submissions.songs import write_picture
from submissions.versions import submit_song
from tests.app.world import World
from tests.rewards.office import FUND, Office
from tests.site import ORIGIN, Site
from tests.submissions.conftest import RENDER, TERMS

# One deadline for what is judged, another one for what may still be written. Clock times of a call carry no zone.
_JUDGED = {"closes_at": datetime(2026, 7, 1, 12, 0)}  # noqa: DTZ001 - as said above
_WRITTEN = {"opens_at": TERMS.opens_at, "closes_at": datetime(2026, 9, 1, 12, 0)}  # noqa: DTZ001 - as said above

UNFINISHED = "A Kettle of Unfinished Business"
"""The title of the draft, which nobody but its artist reads."""


@dataclass(frozen=True)
class Answer:
    """What came back; `code` is the refusal's name, empty for a page."""

    status: int
    code: str
    where: str
    text: str
    headers: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.status} {self.code or self.where}".strip()


@dataclass
class Everything:
    """`things` are identifiers by the names that the table of rights uses, `people` the actors of its columns."""

    world: World
    people: dict[str, Principal | None] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    _secrets: dict[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        return self.world.site

    def ask(self, who: str, method: str, path: str, **options: Any) -> Answer:
        """Send it as `who`; a refusal to a member comes as JSON, which says its name."""
        client = self.site.browser(None)
        client.cookies.clear()
        accept = "application/json" if who in self._secrets else "text/html"
        headers = {"Origin": ORIGIN, "Accept": accept, **options.pop("headers", {})}
        if who in self._secrets:
            headers["Cookie"] = f"{COOKIE}={self._secrets[who]}"
        answer = client.request(method, path, headers=headers, follow_redirects=False, **options)
        is_refusal = answer.status_code >= 400 and "json" in answer.headers.get("content-type", "") and answer.content
        code = str(answer.json().get("error", {}).get("code", "")) if is_refusal else ""
        return Answer(answer.status_code, code, answer.headers.get("location", ""), answer.text, answer.headers)

    def tus_headers(self) -> dict[str, str]:
        """What every request about an upload says, and what a new one announces."""
        words = {"song": self.things["draft"], "filename": "drums.wav", "part": "stem"}
        return {
            "Tus-Resumable": "1.0.0",
            "Upload-Length": "4",
            "Upload-Offset": "0",
            "Content-Type": "application/offset+octet-stream",
            "Upload-Metadata": ",".join(f"{key} {b64encode(one.encode()).decode()}" for key, one in words.items()),
        }

    def keep(self) -> None:
        """Remember how everything is now."""
        self._secrets = {name: self._sign_in(person) for name, person in self.people.items() if person is not None}
        # From here on a stream of events ends after its first word, because the house is about to close.
        self.site.app.state.stopping.set()
        self._kept = sqlite3.connect(":memory:")
        self._file = sqlite3.connect(str(self.site.work.engine.url.database))
        self._file.backup(self._kept)
        self._uploads = self.site.house.settings.uploads
        self._uploads_kept = self._uploads.parent / "uploads-kept"
        shutil.copytree(self._uploads, self._uploads_kept)
        self._seen = self._version()

    def has_changed(self) -> bool:
        """Whether anything was written since it was kept or put back."""
        return self._version() != self._seen

    def put_back(self) -> None:
        """Everything is again as it was kept."""
        self._kept.backup(self._file)
        shutil.rmtree(self._uploads)
        shutil.copytree(self._uploads_kept, self._uploads)
        self._seen = self._version()

    def close(self) -> None:
        self._kept.close()
        self._file.close()

    def _version(self) -> int:
        """A number that SQLite changes whenever another connection has written."""
        return int(self._file.execute("PRAGMA data_version").fetchone()[0])

    def _sign_in(self, person: Principal) -> str:
        with self.site.work.write() as uow:
            return begin_session(uow, person.user_id, Place("", "")).secret


def build(world: World) -> Everything:
    """One of everything."""
    every, programme = Everything(world), world.programme
    things = every.things
    _songs(world, things)
    _money(world, things)
    _people(every)
    _uploads(every)
    with world.site.work.write() as uow:
        make_token(uow, programme.artist, "a script")
        (token,) = tokens_of(uow, programme.artist)
        for purpose, name in (
            (Purpose.RESET, "reset_link"),
            (Purpose.SIGN_IN, "enter_link"),
            (Purpose.CONFIRM, "confirm_link"),
        ):
            things[name] = make_link(uow, purpose, "otto@example.org", "test")
        inviting = programme.manager.user_id
        things["invitation_link"] = make_link(uow, Purpose.INVITE, "otto@example.org", inviting, Role.CURATOR)
    things["token"] = token.id
    things |= {"somebody": programme.other_artist.user_id, "cleo": programme.curators[0].user_id}
    every.keep()
    return every


def _songs(world: World, things: dict[str, str]) -> None:
    programme = world.programme
    programme.player = world.site.enrol("Jon")
    artist, manager = programme.artist, programme.manager
    judged = {name: programme.call(**_JUDGED) for name in ("reviewed", "answered", "produced", "finished")}
    picture = Image(world.store.put([b"\x89PNG\r\n\x1a\n0000"]).sha256, "A harbour.")
    for name, call in (
        ("submitted", "reviewed"),
        ("offered", "answered"),
        ("rendered", "produced"),
        ("published", "finished"),
    ):
        things[name] = programme.ready(judged[call], name.title())
        programme.do(artist, write_picture, things[name], picture)
        programme.do(artist, submit_song, things[name])
    things |= judged
    world.hear(things["submitted"])
    for call_id in judged.values():
        programme.close(call_id)
    for name, call in (("offered", "answered"), ("rendered", "produced"), ("published", "finished")):
        programme.do(manager, decide, things[name], Outcome.OFFER, "")
        programme.do(manager, release_outcomes, judged[call])
    for name, until in (("rendered", "audition"), ("published", "audition")):
        song_id = things[name]
        programme.confirm(song_id)
        programme.do(artist, accept_offer, programme.do(artist, offer_of, song_id).id, "3")
        world.hear(song_id)
        world.produce(song_id, name.title(), until=until)
        programme.machine(mark_rendered, song_id, RENDER)
    published = things["published"]
    programme.do(artist, artist_approve, published, RENDER)
    programme.machine(mark_mastered, published)
    world.master(published)
    things["slug"] = programme.do(manager, publish_song, published)

    things["open"] = programme.call(**_WRITTEN)
    things["elsewhere"] = programme.call(**_WRITTEN)
    things["planned"] = programme.do(manager, create_call, TERMS)
    things["draft"] = programme.ready(things["open"], UNFINISHED)
    programme.do(artist, write_picture, things["draft"], picture)
    files = programme.do(artist, song_page, things["draft"]).files
    things |= {"file": files[0].id, "stem": next(file.id for file in files if file.part is Part.STEM)}
    people = programme.do(artist, song_page, things["offered"]).song.contributors
    things["share"] = next(one.id for one in people if one.email == programme.player.email)
    world.hear(things["draft"])
    with world.site.work.read() as uow:
        things["run"] = (
            uow.connection.scalars(select(stage_run_table.c.id).where(stage_run_table.c.state == "queued")).first()
            or ""
        )


def _money(world: World, things: dict[str, str]) -> None:
    site, programme = world.site, world.programme
    office = Office(
        site.work,
        world.store,
        programme.clock,
        vault=site.house.vault,
        maker=site.enrol("Maker", Role.FINANCE),
        first=site.enrol("First", Role.FINANCE),
        second=site.enrol("Second", Role.FINANCE),
        artist=programme.artist,
    )
    office.fund()
    office.owe("a song", 100_00)
    released = office.approved()
    office.release(released)
    office.owe("another song", 100_00)
    batch = office.draft()
    things |= {"fund": FUND, "batch": batch.id, "batch_sha256": batch.content_sha256, "released": released.id}
    things["payee"] = office.payee(1)
    with site.work.read() as uow:
        things["payment"] = payments_of(uow, released.id)[0].end_to_end_id
        things["draft_payment"] = payments_of(uow, batch.id)[0].end_to_end_id


def _people(every: Everything) -> None:
    site, programme = every.site, every.world.programme
    every.people = {
        "nobody": None,
        "artist": programme.artist,
        "another": programme.other_artist,
        "player": programme.player,
        "curator": programme.curators[0],
        "unseated": programme.stranger,
        "engineer": every.world.engineer,
        "manager": programme.manager,
        "elsewhere": site.enrol("Elsa", Grant(Role.MANAGER, every.things["elsewhere"])),
        "maker": site.enrol("Maker", Role.FINANCE),
        "finance": site.enrol("Fina", Role.FINANCE),
    }


def _uploads(every: Everything) -> None:
    artist, site = every.world.programme.artist, every.site
    file = NewFile(name="bass.wav", bytes=4, part=Part.STEM)
    with site.work.write(artist) as uow:
        every.things["upload"] = begin_upload(uow, artist, every.things["draft"], file).id
    site.house.settings.uploads.mkdir(parents=True, exist_ok=True)
