"""Songs of a call whose mixes are one recording, and who is told what of it.

Found by the machine when the later of two was heard, and kept for exactly those mixes. What holds now is decided when
it is read: a song may be withdrawn, submitted or given another mix at any time. Its artist learns no more than that the
recording is in the call already, unless the other song is theirs; managers see both; curators hear nothing of it.
"""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, and_, literal, or_, select
from sqlalchemy.sql import ColumnElement

from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.material import Part, SongDetails
from submissions.rows import Song
from submissions.states import SongState
from submissions.tables import file_table, report_table, same_table, song_table, version_table

_NOT_IN_CALL = (SongState.DRAFT, SongState.WITHDRAWN)


class SameForArtist(msgspec.Struct, frozen=True):
    """What an artist may know: the titles of their own other songs, and whether there is one of somebody else."""

    own_titles: tuple[str, ...]
    of_others: bool

    def __bool__(self) -> bool:
        return bool(self.own_titles) or self.of_others


class SameSong(msgspec.Struct, frozen=True, kw_only=True):
    """The other song, as a manager sees it: the share of bits in which the two differ, seconds in common, since when
    it is in the call."""

    song_id: str
    details: SongDetails
    state: SongState
    bit_error: float
    common_s: float
    submitted_at: datetime


class _Other(msgspec.Struct, frozen=True, kw_only=True):
    """The other song as it is now, beside the mix with which it was found."""

    song: "Row[*tuple[Any, ...]]"
    mix_sha256: str
    bit_error: float
    common_s: float

    @property
    def is_in_call(self) -> bool:
        return self.song.state not in _NOT_IN_CALL and self.song.submitted_mix == self.mix_sha256

    @property
    def has_it_now(self) -> bool:
        return self.mix_sha256 in (self.song.submitted_mix, self.song.present_mix)


def same_for_artist(uow: UnitOfWork, principal: Principal, song: Song, mix_sha256: str) -> SameForArtist:
    """What the artist of `song`, which has that mix now, may know; another's counts if it was in the call before."""
    others = [other for other in _others(uow, song.id, mix_sha256) if other.song.state != SongState.WITHDRAWN]
    own = [other for other in others if other.song.artist_id == principal.user_id]
    submitted_at = _first_submitted(uow, song.id) if len(own) < len(others) else None
    return SameForArtist(
        own_titles=tuple(sorted(other.song.details["title"] or "Untitled" for other in own if other.has_it_now)),
        of_others=any(
            other.is_in_call and (submitted_at is None or other.song.submitted_at < submitted_at)
            for other in others
            if other not in own
        ),
    )


def same_for_manager(uow: UnitOfWork, song_id: str, mix_sha256: str) -> tuple[SameSong, ...]:
    """The other songs in the call with the recording that was submitted as `mix_sha256`, the first to come first.

    Whoever asks has been asked whether they manage the call.
    """
    found = [
        SameSong(
            song_id=other.song.id,
            details=msgspec.convert(other.song.details, SongDetails),
            state=SongState(other.song.state),
            bit_error=other.bit_error,
            common_s=other.common_s,
            submitted_at=other.song.submitted_at,
        )
        for other in _others(uow, song_id, mix_sha256)
        if other.is_in_call
    ]
    return tuple(sorted(found, key=lambda one: (one.submitted_at, one.song_id)))


def songs_sent_twice(uow: UnitOfWork, call_id: str) -> frozenset[str]:
    """The songs of a call whose recording is in it more than once; one query."""
    mine, theirs = song_table.alias("mine"), song_table.alias("theirs")
    rows = uow.connection.execute(
        select(mine.c.id.label("song_id"), theirs.c.id.label("other_id"))
        .join(same_table, same_table.c.song_id == mine.c.id)
        .join(theirs, theirs.c.id == same_table.c.other_id)
        .where(mine.c.call_id == call_id, mine.c.state.not_in(_NOT_IN_CALL), theirs.c.state.not_in(_NOT_IN_CALL))
        .where(_submitted_as(mine, same_table.c.mix_sha256), _submitted_as(theirs, same_table.c.other_mix_sha256))
    )
    return frozenset(song_id for row in rows for song_id in row)


def _submitted_as(song: Any, mix: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the present version of a song rests on a report on that mix."""
    return (
        select(literal(1))
        .select_from(version_table.join(report_table, report_table.c.id == version_table.c.report_id))
        .where(version_table.c.song_id == song.c.id, version_table.c.version == song.c.version)
        .where(report_table.c.mix_sha256 == mix)
        .exists()
    )


def _others(uow: UnitOfWork, song_id: str, mix_sha256: str) -> list[_Other]:
    """Every song that was once found to be the same recording as this mix, as it is now; two queries."""
    same = same_table.c
    pairs = uow.connection.execute(
        select(same_table).where(
            or_(
                and_(same.song_id == song_id, same.mix_sha256 == mix_sha256),
                and_(same.other_id == song_id, same.other_mix_sha256 == mix_sha256),
            )
        )
    ).all()
    # Each of two songs may have been compared with the other: one answer for both.
    found = {
        (pair.other_id, pair.other_mix_sha256) if pair.song_id == song_id else (pair.song_id, pair.mix_sha256): pair
        for pair in pairs
    }
    songs = _as_they_are(uow, {other_id for other_id, _ in found}) if found else {}
    return [
        _Other(song=songs[other_id], mix_sha256=mix, bit_error=pair.bit_error, common_s=pair.common_s)
        for (other_id, mix), pair in found.items()
    ]


def _as_they_are(uow: UnitOfWork, song_ids: set[str]) -> "dict[str, Row[*tuple[Any, ...]]]":
    """Songs with the mix that they were submitted with, the one that they have now, and when they came."""
    first, present = version_table.alias("first"), version_table.alias("present")
    rows = uow.connection.execute(
        select(
            song_table.c.id,
            song_table.c.artist_id,
            song_table.c.details,
            song_table.c.state,
            first.c.submitted_at,
            report_table.c.mix_sha256.label("submitted_mix"),
            file_table.c.sha256.label("present_mix"),
        )
        .outerjoin(first, and_(first.c.song_id == song_table.c.id, first.c.version == 1))
        .outerjoin(present, and_(present.c.song_id == song_table.c.id, present.c.version == song_table.c.version))
        .outerjoin(report_table, report_table.c.id == present.c.report_id)
        .outerjoin(file_table, and_(file_table.c.song_id == song_table.c.id, file_table.c.part == Part.MIX))
        .where(song_table.c.id.in_(song_ids))
    )
    return {row.id: row for row in rows}


def _first_submitted(uow: UnitOfWork, song_id: str) -> datetime | None:
    found = select(version_table.c.submitted_at).where(version_table.c.song_id == song_id, version_table.c.version == 1)
    return uow.connection.execute(found).scalar_one_or_none()
