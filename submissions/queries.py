"""What pages and commands read. Nothing here writes."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import func, select

from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.files import Upload, uploads_under_way
from submissions.material import ConsentGiven, Part
from submissions.offers import offer_of
from submissions.reports import KeptReport, report_on
from submissions.rows import Call, Offer, Song, SongFile, as_struct, files_of, find_call, own_song
from submissions.same_recordings import SameForArtist, same_for_artist
from submissions.songs import consents_of
from submissions.splits import shares_of
from submissions.states import SONG_TRANSITIONS, CallState, SongEvent, SongState
from submissions.tables import (
    assignment_table,
    call_table,
    decision_table,
    history_table,
    offer_table,
    review_table,
    song_table,
)
from submissions.versions import missing


class SongLine(msgspec.Struct, frozen=True, kw_only=True):
    """A song in a list of its artist's."""

    song_id: str
    call_id: str
    call_title: str
    title: str
    state: SongState
    version: int
    offer_id: str | None
    slug: str | None


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """A line of what happened with a song."""

    event: SongEvent
    state: SongState
    note: str
    at: datetime


class Refusal(msgspec.Struct, frozen=True):
    """Something that is missing, as a code for machines and a sentence for people."""

    code: str
    sentence: str


class SongPage(msgspec.Struct, frozen=True, kw_only=True):
    """All that an artist may see of a song of theirs."""

    song: Song
    call: Call
    files: tuple[SongFile, ...]
    uploads: tuple[Upload, ...]
    consents: tuple[ConsentGiven, ...]
    report: KeptReport | None
    same: SameForArtist
    missing: tuple[Refusal, ...]
    unconfirmed: tuple[str, ...]
    offer: Offer | None
    history: tuple[Happening, ...]


class CallOverview(msgspec.Struct, frozen=True, kw_only=True):
    """A call in numbers: songs by state, decisions by outcome; `reviews` without abstentions."""

    call: Call
    songs: dict[str, int]
    curators: int
    reviews: int
    abstentions: int
    decisions: dict[str, int]


def open_calls(uow: UnitOfWork) -> tuple[Call, ...]:
    """The calls that take songs at this moment, the one that closes first on top. For everybody."""
    now = uow.clock.now()
    rows = uow.connection.execute(
        select(call_table)
        .where(call_table.c.state == CallState.OPEN, call_table.c.opens_at <= now, call_table.c.closes_at > now)
        .order_by(call_table.c.closes_at, call_table.c.id)
    )
    return tuple(as_struct(row, Call) for row in rows)


def my_submissions(uow: UnitOfWork, principal: Principal) -> tuple[SongLine, ...]:
    """The principal's own songs, newest first."""
    rows = uow.connection.execute(
        select(song_table, call_table.c.title.label("call_title"), offer_table.c.id.label("offer_id"))
        .join(call_table, call_table.c.id == song_table.c.call_id)
        .outerjoin(offer_table, offer_table.c.song_id == song_table.c.id)
        .where(song_table.c.artist_id == principal.user_id)
        .order_by(song_table.c.created_at.desc(), song_table.c.id.desc())
    )
    return tuple(
        SongLine(
            song_id=row.id,
            call_id=row.call_id,
            call_title=row.call_title,
            title=row.details["title"],
            state=SongState(row.state),
            version=row.version,
            offer_id=row.offer_id,
            slug=row.slug,
        )
        for row in rows
    )


def song_page(uow: UnitOfWork, principal: Principal, song_id: str) -> SongPage:
    """A song of the principal's with all that belongs to it. Raises `NotYours`."""
    song = own_song(uow, principal, song_id)
    call, files = find_call(uow, song.call_id), files_of(uow, song_id)
    mix = next((file for file in files if file.part is Part.MIX), None)
    refusals = missing(uow, song, call) if (song.state, SongEvent.SUBMIT) in SONG_TRANSITIONS else ()
    return SongPage(
        song=song,
        call=call,
        files=files,
        uploads=uploads_under_way(uow, song_id),
        consents=consents_of(uow, song_id),
        report=report_on(uow, song_id, files) if mix else None,
        same=same_for_artist(uow, principal, song, mix.sha256) if mix else SameForArtist((), False),
        missing=tuple(Refusal(refusal.code, str(refusal)) for refusal in refusals),
        unconfirmed=shares_of(uow, song)[1],
        offer=offer_of(uow, principal, song_id),
        history=history_of(uow, song_id),
    )


def songs_of(uow: UnitOfWork, principal: Principal) -> frozenset[str]:
    """The identifiers of the principal's own songs."""
    rows = uow.connection.execute(select(song_table.c.id).where(song_table.c.artist_id == principal.user_id))
    return frozenset(rows.scalars())


def titles_of(uow: UnitOfWork, song_ids: Iterable[str]) -> dict[str, str]:
    """The titles of songs by identifier, for lists of other rooms; one query."""
    wanted = sorted(set(song_ids))
    rows = uow.connection.execute(select(song_table.c.id, song_table.c.details).where(song_table.c.id.in_(wanted)))
    return {row.id: row.details["title"] for row in rows}


def call_titles_of(uow: UnitOfWork, call_ids: Iterable[str]) -> dict[str, str]:
    """The titles of calls by identifier; one query."""
    wanted = sorted(set(call_ids))
    rows = uow.connection.execute(select(call_table.c.id, call_table.c.title).where(call_table.c.id.in_(wanted)))
    return {row.id: row.title for row in rows}


def call_overview(uow: UnitOfWork, principal: Principal, call_id: str) -> CallOverview:
    """The call in numbers. Needs its manager."""
    require(principal, Role.MANAGER, call_id)
    call = find_call(uow, call_id)
    count = func.count()
    songs = uow.connection.execute(
        select(song_table.c.state, count).where(song_table.c.call_id == call_id).group_by(song_table.c.state)
    )
    decisions = uow.connection.execute(
        select(decision_table.c.outcome, count)
        .where(decision_table.c.call_id == call_id)
        .group_by(decision_table.c.outcome)
    )
    curators = uow.connection.execute(
        select(count).select_from(assignment_table).where(assignment_table.c.call_id == call_id)
    ).scalar_one()
    given, abstained = (
        uow.connection.execute(
            select(count).select_from(review_table).where(review_table.c.call_id == call_id, is_one)
        ).scalar_one()
        for is_one in (review_table.c.scores.is_not(None), review_table.c.scores.is_(None))
    )
    return CallOverview(
        call=call,
        songs=dict(songs.all()),
        curators=curators,
        reviews=given,
        abstentions=abstained,
        decisions=dict(decisions.all()),
    )


def history_of(uow: UnitOfWork, song_id: str) -> tuple[Happening, ...]:
    """What happened with a song, in order; for whoever was let in already."""
    rows = uow.connection.execute(
        select(history_table.c.event, history_table.c.state, history_table.c.note, history_table.c.at)
        .where(history_table.c.song_id == song_id)
        .order_by(history_table.c.seq)
    )
    return tuple(as_struct(row, Happening) for row in rows)
