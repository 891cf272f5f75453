"""What the pages of artists read: calls for everybody, one's own songs, shares that wait for a word.

Nothing here writes. Each function asks a constant number of questions, however long the list is.
"""

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from opencall.kernel.principal import Principal, Role
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.errors import NoSuchCall
from submissions.material import Content, Contributor, VersionFile
from submissions.rows import Call, Offer, Song, as_struct, find_call
from submissions.splits import TIME_TO_CONFIRM, Confirmation
from submissions.states import CallState, OfferState, SongEvent, SongState
from submissions.tables import (
    call_table,
    confirmation_table,
    history_table,
    offer_table,
    song_table,
    version_table,
)

_NEVER_SENT = (SongState.DRAFT, SongState.WITHDRAWN)


class MySong(msgspec.Struct, frozen=True, kw_only=True):
    """A song in the list of its artist; `word` is the last that a person wrote about it: a reason, or a comment."""

    song: Song
    call: Call
    offer: Offer | None
    word: str


class MySongInCall(msgspec.Struct, frozen=True, kw_only=True):
    """A song that the reader has in a call already."""

    song_id: str
    title: str
    state: SongState


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen version of a song, and the hash that proves it."""

    version: int
    sha256: str
    submitted_at: datetime
    files: tuple[VersionFile, ...]


class WaitingShare(msgspec.Struct, frozen=True, kw_only=True):
    """A share of somebody else's song that has the reader's address; `offer` once there is one."""

    song: Song
    call_title: str
    timezone: str
    title: str
    artist_name: str
    contributor: Contributor
    offer: Offer | None
    confirmation: Confirmation | None


def public_calls(uow: UnitOfWork) -> tuple[Call, ...]:
    """Every call that was opened, the one that closes last on top. For everybody."""
    rows = uow.connection.execute(
        select(call_table)
        .where(call_table.c.state != CallState.DRAFT)
        .order_by(call_table.c.closes_at.desc(), call_table.c.id)
    )
    return tuple(as_struct(row, Call) for row in rows)


def call_to_read(uow: UnitOfWork, reader: Principal | None, call_id: str) -> Call:
    """The call. A draft is there for its manager alone. Raises `NoSuchCall`."""
    call = find_call(uow, call_id)
    if call.state is CallState.DRAFT and (reader is None or not reader.may(Role.MANAGER, call_id)):
        raise NoSuchCall(call_id)
    return call


def songs_sent(uow: UnitOfWork, call_ids: tuple[str, ...]) -> dict[str, int]:
    """How many songs each call has been sent, those that were withdrawn left out."""
    rows = uow.connection.execute(
        select(song_table.c.call_id, func.count())
        .where(song_table.c.call_id.in_(call_ids), song_table.c.state.not_in(_NEVER_SENT))
        .group_by(song_table.c.call_id)
    )
    return dict.fromkeys(call_ids, 0) | {row[0]: row[1] for row in rows}


def mine_in_call(uow: UnitOfWork, reader: Principal | None, call_id: str) -> tuple[MySongInCall, ...]:
    """What the reader has sent to the call, or begun, oldest first."""
    if reader is None:
        return ()
    rows = uow.connection.execute(
        select(song_table.c.id, song_table.c.details, song_table.c.state)
        .where(
            song_table.c.call_id == call_id,
            song_table.c.artist_id == reader.user_id,
            song_table.c.state != SongState.WITHDRAWN,
        )
        .order_by(song_table.c.created_at, song_table.c.id)
    )
    return tuple(MySongInCall(song_id=row.id, title=row.details["title"], state=SongState(row.state)) for row in rows)


def my_songs(uow: UnitOfWork, principal: Principal) -> tuple[MySong, ...]:
    """The principal's own songs, newest first."""
    songs = [
        as_struct(row, Song)
        for row in uow.connection.execute(
            select(song_table)
            .where(song_table.c.artist_id == principal.user_id)
            .order_by(song_table.c.created_at.desc(), song_table.c.id.desc())
        )
    ]
    ids = [song.id for song in songs]
    calls = {
        row.id: as_struct(row, Call)
        for row in uow.connection.execute(
            select(call_table).where(call_table.c.id.in_({song.call_id for song in songs}))
        )
    }
    offers = {
        row.song_id: as_struct(row, Offer)
        for row in uow.connection.execute(select(offer_table).where(offer_table.c.song_id.in_(ids)))
    }
    words = {
        row.song_id: row.note
        for row in uow.connection.execute(
            select(history_table.c.song_id, history_table.c.note)
            .where(
                history_table.c.song_id.in_(ids),
                history_table.c.event.in_((SongEvent.DECLINE, SongEvent.SEND_BACK, SongEvent.TAKE_DOWN)),
            )
            .order_by(history_table.c.seq)
        )
    }
    return tuple(
        MySong(song=song, call=calls[song.call_id], offer=offers.get(song.id), word=words.get(song.id, ""))
        for song in songs
    )


def receipts_of(uow: UnitOfWork, song_id: str) -> tuple[Receipt, ...]:
    """Every version of a song that was frozen, newest first; whoever asks has seen that the song is theirs."""
    rows = uow.connection.execute(
        select(version_table).where(version_table.c.song_id == song_id).order_by(version_table.c.version.desc())
    )
    return tuple(
        Receipt(
            version=row.version,
            sha256=row.sha256,
            submitted_at=row.submitted_at,
            files=msgspec.json.decode(row.content, type=Content).files,
        )
        for row in rows
    )


def shares_for(uow: UnitOfWork, principal: Principal) -> tuple[WaitingShare, ...]:
    """The shares that have the principal's address, those that wait for a word first, then by their last moment.

    Songs that were submitted and can still be confirmed; who has no address has none.
    """
    if not principal.email:
        return ()
    key = principal.email.casefold()
    query = (
        select(song_table, version_table.c.content, call_table.c.title.label("call_title"), call_table.c.timezone)
        .join(
            version_table,
            (version_table.c.song_id == song_table.c.id) & (version_table.c.version == song_table.c.version),
        )
        .join(call_table, call_table.c.id == song_table.c.call_id)
        .where(song_table.c.state.in_(TIME_TO_CONFIRM))
    )
    if key.isascii():  # the database folds no other letters; then every song is looked at below
        query = query.where(func.lower(version_table.c.content).contains(key, autoescape=True))
    found = [
        (row, content, one)
        for row in uow.connection.execute(query).all()
        for content in [msgspec.json.decode(row.content, type=Content)]
        for one in content.contributors
        if one.email.casefold() == key and one.basis_points
    ]
    ids = [row.id for row, _, _ in found]
    offers = {
        row.song_id: as_struct(row, Offer)
        for row in uow.connection.execute(
            select(offer_table).where(offer_table.c.song_id.in_(ids), offer_table.c.state == OfferState.OPEN)
        )
    }
    confirmed = {
        (row.song_id, row.contributor_id, row.basis_points): as_struct(row, Confirmation)
        for row in uow.connection.execute(select(confirmation_table).where(confirmation_table.c.song_id.in_(ids)))
    }
    shares = [
        WaitingShare(
            song=as_struct(row, Song),
            call_title=row.call_title,
            timezone=row.timezone,
            title=content.details.title,
            artist_name=content.details.artist_name,
            contributor=one,
            offer=offers.get(row.id),
            confirmation=confirmed.get((row.id, one.id, one.basis_points)),
        )
        for row, content, one in found
    ]
    return tuple(sorted(shares, key=_most_urgent_first))


def _most_urgent_first(share: WaitingShare) -> tuple[bool, bool, datetime, str]:
    last_moment = share.offer.expires_at if share.offer else share.song.created_at
    return share.confirmation is not None, share.offer is None, last_moment, share.song.id
