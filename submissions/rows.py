"""Rows as frozen structs, and how to find one.

No row is locked: the transaction that writes is alone with what it found, and one that reads waits for nobody.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec
from sqlalchemy import Row, Table, select

from opencall.kernel.principal import NotYours, Principal
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.errors import NoSuchCall, NoSuchOffer, NoSuchSong
from submissions.material import AiDeclaration, Content, Contributor, Part, SongDetails, Story, VersionFile
from submissions.states import CallState, OfferState, SongState
from submissions.tables import call_table, file_table, offer_table, song_table, version_table
from submissions.terms import Category, ConsentText, Question, Quota, StemsDue

T = TypeVar("T", bound=msgspec.Struct)


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call; moments are aware and in UTC, `timezone` is the zone in which people read them."""

    id: str
    state: CallState
    title: str
    summary: str
    timezone: str
    opens_at: datetime
    closes_at: datetime
    fund_id: str
    reward_minor: int
    budget_minor: int
    currency: str
    licence_version: str
    stems: StemsDue
    categories: tuple[Category, ...]
    questions: tuple[Question, ...]
    consents: tuple[ConsentText, ...]
    quotas: tuple[Quota, ...]
    offer_days: int
    songs_per_artist: int
    song_limit_bytes: int
    artist_limit_bytes: int
    call_limit_bytes: int
    created_at: datetime
    lottery_seed: str | None
    lottery_drawn_at: datetime | None
    released_at: datetime | None


class Song(msgspec.Struct, frozen=True, kw_only=True):
    """A song as its artist is writing it; what was submitted is its `Content` of `version`."""

    id: str
    call_id: str
    state: SongState
    artist_id: str
    artist_email: str
    details: SongDetails
    story: Story | None
    contributors: tuple[Contributor, ...]
    answers: dict[str, bool | str]
    ai: AiDeclaration | None
    version: int
    created_at: datetime
    waitlist_position: int | None
    approval_sha256: str | None
    artist_approved_sha256: str | None
    is_upmix: bool
    slug: str | None
    published_at: datetime | None
    paid_at: datetime | None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What an artist may say yes to until `expires_at`."""

    id: str
    song_id: str
    call_id: str
    state: OfferState
    amount_minor: int
    currency: str
    licence_version: str
    made_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    word: str


class SongFile(msgspec.Struct, frozen=True, kw_only=True):
    """A received file of a song. `name` is for eyes, `safe_name` for file systems."""

    id: str
    song_id: str
    part: Part
    name: str
    safe_name: str
    role: str
    sha256: str
    bytes: int
    received_at: datetime

    def frozen_as(self) -> VersionFile:
        """The file as a version keeps it."""
        return VersionFile(self.id, self.part, self.name, self.safe_name, self.role, self.sha256, self.bytes)


class Addressed(Protocol):
    """Whoever has an address."""

    @property
    def email(self) -> str: ...


class SongPeople(msgspec.Struct, frozen=True):
    """Who is part of a song: its artist, and the addresses of everybody in it, folded for comparing."""

    artist_id: str
    addresses: frozenset[str]

    @classmethod
    def of(cls, artist_id: str, artist_email: str, contributors: Iterable[Addressed]) -> "SongPeople":
        """From what a song says of them."""
        return cls(artist_id, frozenset([artist_email.casefold(), *(one.email.casefold() for one in contributors)]))

    def include(self, principal: Principal) -> bool:
        """Whether `principal` is one of them."""
        known = bool(principal.email) and principal.email.casefold() in self.addresses
        return known or principal.user_id == self.artist_id


def find_call(uow: UnitOfWork, call_id: str) -> Call:
    """The call. Raises `NoSuchCall`."""
    row = _row(uow, call_table, call_id)
    if row is None:
        raise NoSuchCall(call_id)
    return as_struct(row, Call)


def find_song(uow: UnitOfWork, song_id: str) -> Song:
    """The song. Raises `NoSuchSong`."""
    row = _row(uow, song_table, song_id)
    if row is None:
        raise NoSuchSong(song_id)
    return as_struct(row, Song)


def own_song(uow: UnitOfWork, principal: Principal, song_id: str) -> Song:
    """The song, if it is `principal`'s. Raises `NotYours`, which does not tell whether it exists."""
    row = _row(uow, song_table, song_id)
    if row is None or row.artist_id != principal.user_id:
        raise NotYours("song", song_id)
    return as_struct(row, Song)


def find_offer(uow: UnitOfWork, offer_id: str) -> Offer:
    """The offer. Raises `NoSuchOffer`."""
    row = _row(uow, offer_table, offer_id)
    if row is None:
        raise NoSuchOffer(offer_id)
    return as_struct(row, Offer)


def files_of(uow: UnitOfWork, song_id: str) -> tuple[SongFile, ...]:
    """The files of a song as they are now, mix first, then in order of arrival."""
    rows = uow.connection.execute(
        select(file_table)
        .where(file_table.c.song_id == song_id)
        .order_by(file_table.c.part, file_table.c.received_at, file_table.c.id)
    )
    return tuple(as_struct(row, SongFile) for row in rows)


def content_of(uow: UnitOfWork, song: Song) -> Content:
    """The song as it was last submitted; only for a song that was."""
    stored = uow.connection.execute(
        select(version_table.c.content).where(
            version_table.c.song_id == song.id, version_table.c.version == song.version
        )
    ).scalar_one()
    return msgspec.json.decode(stored, type=Content)


def details_of(uow: UnitOfWork, call_id: str, *states: SongState) -> dict[str, SongDetails]:
    """Name and nature of the songs of a call that are in one of `states`, as they were last submitted; one query."""
    decoder = msgspec.json.Decoder(_DetailsOnly)
    return {row.id: decoder.decode(row.content).details for row in _submitted(uow, call_id, states)}


def people_of(uow: UnitOfWork, call_id: str, *states: SongState) -> dict[str, SongPeople]:
    """Who is part of the songs of a call that are in one of `states`, as they were last submitted; one query."""
    decoder = msgspec.json.Decoder(_PeopleOnly)
    return {
        row.id: SongPeople.of(row.artist_id, row.artist_email, decoder.decode(row.content).contributors)
        for row in _submitted(uow, call_id, states)
    }


# A thousand songs are read for one page, and most of a song is its story.
class _DetailsOnly(msgspec.Struct, frozen=True):
    details: SongDetails


class _AddressOnly(msgspec.Struct, frozen=True):
    email: str


class _PeopleOnly(msgspec.Struct, frozen=True):
    contributors: tuple[_AddressOnly, ...]


def _submitted(uow: UnitOfWork, call_id: str, states: Sequence[SongState]) -> Sequence["Row[*tuple[Any, ...]]"]:
    return uow.connection.execute(
        select(song_table.c.id, song_table.c.artist_id, song_table.c.artist_email, version_table.c.content)
        .join(
            version_table,
            (version_table.c.song_id == song_table.c.id) & (version_table.c.version == song_table.c.version),
        )
        .where(song_table.c.call_id == call_id, song_table.c.state.in_(states))
    ).all()


def as_struct(row: "Row[*tuple[Any, ...]]", kind: type[T]) -> T:
    """A database row as `kind`; column names are field names."""
    # A column's name is a subclass of str, and msgspec takes nothing but str itself for a key.
    return msgspec.convert({str(name): value for name, value in row._mapping.items()}, kind)


def _row(uow: UnitOfWork, table: Table, identifier: str) -> Row[Any] | None:
    return uow.connection.execute(select(table).where(table.c.id == identifier)).first()
