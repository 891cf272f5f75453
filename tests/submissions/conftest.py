"""A programme in small: its people, and the shortest honest way to each state of a song."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select

from opencall.app.house import House
from opencall.kernel.clock import SetClock
from opencall.kernel.facts import Fact
from opencall.kernel.mail import mail_table
from opencall.kernel.object_store import FolderStore
from opencall.kernel.principal import Grant, Principal, Role
from opencall.kernel.unit_of_work import Work
from submissions.calls import close_call, create_call, open_call
from submissions.facts import ReportRequested
from submissions.files import NewFile
from submissions.material import AiDeclaration, Part, Person, SongDetails, Story
from submissions.offers import accept_offer, offer_of
from submissions.outcomes import release_outcomes
from submissions.production import artist_approve, mark_mastered, mark_rendered
from submissions.publication import publish_song
from submissions.queries import call_overview, song_page
from submissions.receiving import receive_file
from submissions.reports import ListeningReport, SameAs, Verdict, record_report, request_report
from submissions.review import Review, assign_curator, send_review
from submissions.rows import SongFile, find_song
from submissions.selection import Outcome, decide
from submissions.songs import (
    answer_questions,
    declare_ai,
    give_consent,
    start_song,
    write_people,
    write_story,
)
from submissions.splits import confirm_split
from submissions.tables import song_table, version_table
from submissions.terms import Category, ConsentText, NewCall, Question
from submissions.uploads import FolderUploads
from submissions.versions import submit_song
from tests.site import house_of
from tests.submissions.pages import Pages

TERMS = NewCall(
    title="Water, Two Ways",
    summary="One song about water, and where it comes from.",
    timezone="Europe/Berlin",
    opens_at=datetime(2026, 5, 1, 9, 0),  # noqa: DTZ001 - clock times of a call carry no zone
    closes_at=datetime(2026, 6, 1, 23, 59),  # noqa: DTZ001 - clock times of a call carry no zone
    fund_id="fund-1",
    reward_minor=150_000,
    budget_minor=300_000,
    currency="EUR",
    licence_version="3",
    categories=(Category("stays", "Does it stay with you?", 3), Category("care", "Is it made with care?", 1)),
    questions=(Question("yours", "Is it yours to publish?", must_be=True), Question("where", "Where was it made?")),
    consents=(ConsentText("terms", "2", "I have read the terms."),),
    songs_per_artist=5,
)
DEADLINE = datetime(2026, 6, 1, 21, 59, tzinfo=UTC)
YEAR = timedelta(days=365)
RENDER = "a" * 64


def person(name: str, *roles: Role) -> Principal:
    grants = frozenset(Grant(role) for role in roles)
    return Principal(user_id=f"user-{name.lower()}", name=name, email=f"{name.lower()}@example.org", grants=grants)


class Programme:
    """Real collaborators; each method does one step as the person whose step it is."""

    manager = person("Mara", Role.MANAGER)
    artist = person("Runa", Role.ARTIST)
    other_artist = person("Otto", Role.ARTIST)
    player = person("Jon")
    curators = (person("Cleo", Role.CURATOR), person("Carl", Role.CURATOR), person("Cora", Role.CURATOR))
    stranger = person("Sam")

    def __init__(self, work: Work, uploads: FolderUploads, clock: SetClock, recorded: list[Fact]) -> None:
        self.work, self.uploads, self.clock, self.recorded = work, uploads, clock, recorded

    def do(self, who: Principal, act: Callable[..., Any], *args: Any, **options: Any) -> Any:
        with self.work.write(who) as uow:
            return act(uow, who, *args, **options)

    def machine(self, act: Callable[..., Any], *args: Any) -> Any:
        with self.work.write() as uow:
            return act(uow, *args)

    def state(self, song_id: str) -> str:
        return self.machine(find_song, song_id).state.value

    def facts(self, kind: type[Fact]) -> list[Any]:
        return [fact for fact in self.recorded if isinstance(fact, kind)]

    def letters(self, to: Principal | None = None) -> list[str]:
        """Subject and text of every letter, in the order of queueing."""
        with self.work.read() as uow:
            rows = uow.connection.execute(select(mail_table).order_by(mail_table.c.id)).all()
        return [f"{row.subject}\n{row.text}" for row in rows if to is None or row.recipient == to.email]

    def call(self, **changes: Any) -> str:
        if self.clock.now() >= DEADLINE:
            # A second call of the same test is next year's.
            changes = {"opens_at": TERMS.opens_at + YEAR, "closes_at": TERMS.closes_at + YEAR, **changes}
        call_id = self.do(self.manager, create_call, msgspec.structs.replace(TERMS, **changes))
        self.do(self.manager, open_call, call_id)
        return call_id

    def send(self, song_id: str, name: str, part: Part, content: bytes, who: Principal | None = None) -> SongFile:
        file = NewFile(name=name, bytes=len(content), part=part)
        return receive_file(self.work, self.uploads, who or self.artist, song_id, file, [content])

    def draft(self, call_id: str, title: str = "Salt", artist: Principal | None = None) -> str:
        """Everything but files and report."""
        artist = artist or self.artist
        details = SongDetails(title=title, artist_name=f"{artist.name} Harbour", language="fo", genre="folk")
        song_id = self.do(artist, start_song, call_id, details)
        self.do(artist, write_story, song_id, Story("It was February.", "en"))
        self.do(artist, declare_ai, song_id, AiDeclaration(used=False))
        self.do(artist, answer_questions, song_id, {"yours": True, "where": "In a kitchen."})
        self.do(artist, give_consent, song_id, "terms", "2")
        people = (
            Person(name=artist.name, email=artist.email, part="voice", basis_points=6667),
            Person(name=self.player.name, email=self.player.email, part="accordion", basis_points=3333),
        )
        self.do(artist, write_people, song_id, people)
        return song_id

    def report(
        self,
        song_id: str,
        verdict: Verdict = Verdict.ACCEPT,
        artist: Principal | None = None,
        music: dict[str, Any] | None = None,
        same: tuple[SameAs, ...] = (),
    ) -> None:
        self.do(artist or self.artist, request_report, song_id)
        asked = self.facts(ReportRequested)[-1]
        files = [{"path": "mix.wav", "music": music}] if music else []
        report = ListeningReport(files_sha256=asked.files_sha256, verdict=verdict, findings={"files": files}, same=same)
        self.machine(record_report, song_id, report)

    def ready(self, call_id: str, title: str = "Salt", artist: Principal | None = None) -> str:
        """A draft that misses nothing."""
        song_id = self.draft(call_id, title, artist)
        self.send(song_id, "mix.wav", Part.MIX, f"mix of {title}".encode(), artist)
        self.send(song_id, "voice.wav", Part.STEM, f"voice of {title}".encode(), artist)
        self.report(song_id, artist=artist)
        return song_id

    def submitted(self, call_id: str, title: str = "Salt", artist: Principal | None = None) -> str:
        song_id = self.ready(call_id, title, artist)
        self.do(artist or self.artist, submit_song, song_id)
        return song_id

    def crowd(self, song_id: str, songs: int, **details: str) -> list[str]:
        """That many more songs like a submitted one, as rows: what pages of a large call are measured with."""
        made = []
        with self.work.write() as uow:
            song = uow.connection.execute(select(song_table).where(song_table.c.id == song_id)).one()._asdict()
            version = uow.connection.execute(select(version_table).where(version_table.c.song_id == song_id)).one()
            for number in range(songs):
                other = uow.ids.new()
                own = song["details"] | {"title": f"Song {number}"} | details
                content = msgspec.json.decode(version.content) | {"details": own, "song_id": other}
                uow.connection.execute(insert(song_table).values({**song, "id": other, "details": own}))
                uow.connection.execute(
                    insert(version_table).values(
                        {**version._asdict(), "song_id": other, "content": msgspec.json.encode(content).decode()}
                    )
                )
                made.append(other)
        return made

    def close(self, call_id: str) -> None:
        """Pass the deadline, close, and seat the curators."""
        closes_at = self.do(self.manager, call_overview, call_id).call.closes_at
        self.clock.advance(closes_at - self.clock.now())
        self.do(self.manager, close_call, call_id)
        for curator in self.curators:
            self.do(self.manager, assign_curator, call_id, curator.user_id)

    def score(self, song_id: str, *scores: tuple[int, int]) -> None:
        """One review a curator, in the order (stays, care)."""
        for curator, (stays, care) in zip(self.curators, scores, strict=False):
            self.do(curator, send_review, song_id, Review(scores={"stays": stays, "care": care}))

    def release(self, call_id: str, **outcomes: Outcome) -> None:
        """Songs by identifier, prefixed with `s` to be words."""
        for song_id, outcome in outcomes.items():
            self.do(self.manager, decide, song_id.removeprefix("s"), outcome, "The last minute is the best.")
        self.do(self.manager, release_outcomes, call_id)

    def offered(self, **changes: Any) -> str:
        call_id = self.call(**changes)
        song_id = self.submitted(call_id)
        self.close(call_id)
        self.release(call_id, **{f"s{song_id}": Outcome.OFFER})
        return song_id

    def confirm(self, song_id: str, artist: Principal | None = None) -> None:
        artist = artist or self.artist
        people = self.do(artist, song_page, song_id).song.contributors
        for who, one in zip((artist, self.player), people, strict=True):
            self.do(who, confirm_split, song_id, one.id, one.basis_points, f"payee-{one.name}")

    def accepted(self) -> str:
        song_id = self.offered()
        self.confirm(song_id)
        self.do(self.artist, accept_offer, self.do(self.artist, offer_of, song_id).id, "3")
        return song_id

    def rendered(self) -> str:
        song_id = self.accepted()
        self.machine(mark_rendered, song_id, RENDER)
        return song_id

    def mastered(self) -> str:
        song_id = self.rendered()
        self.do(self.artist, artist_approve, song_id, RENDER)
        self.machine(mark_mastered, song_id)
        return song_id

    def published(self) -> str:
        song_id = self.mastered()
        self.do(self.manager, publish_song, song_id)
        return song_id


@pytest.fixture
def programme(work: Work, store: FolderStore, clock: SetClock, recorded: list[Fact], tmp_path: Path) -> Programme:
    return Programme(work, FolderUploads(tmp_path / "uploads", store), clock, recorded)


@pytest.fixture
def house(work: Work, store: FolderStore, tmp_path: Path) -> House:
    return house_of(work, store, tmp_path)


@pytest.fixture
def pages(programme: Programme, house: House) -> Iterator[Pages]:
    with Pages(programme, house) as opened:
        yield opened
