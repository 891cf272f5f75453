"""What a manager reads of calls and songs, and the letter to a curator who is late; a constant number of queries."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Column, case, func, select

from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.blind import alias_of
from submissions.errors import NotAmongCurators, NothingToRemind, SongNotSent
from submissions.facts import CuratorReminded
from submissions.letters import reminder
from submissions.material import Contributor, SongDetails, Story
from submissions.moves import next_call_state
from submissions.plain_text import refuse_unfit
from submissions.queries import Happening, history_of
from submissions.reports import Verdict
from submissions.rows import Call, Offer, Song, SongFile, as_struct, content_of, files_of, find_call, find_song
from submissions.same_recordings import SameSong, same_for_manager, songs_sent_twice
from submissions.selection import Decision
from submissions.states import CallEvent, SongState
from submissions.tables import (
    assignment_table,
    call_table,
    decision_table,
    heard_table,
    offer_table,
    report_table,
    review_table,
    song_table,
)

NEVER_JUDGED: Final = (SongState.DRAFT, SongState.WITHDRAWN)
"""What curators are not asked about; a song in any other state was, also once it is decided."""


class CallLine(msgspec.Struct, frozen=True, kw_only=True):
    """A call in the manager's list; `songs` by state."""

    call: Call
    songs: dict[str, int]
    curators: int
    reviews: int

    @property
    def sent(self) -> int:
        """Songs that were submitted and are still there."""
        return sum(n for state, n in self.songs.items() if state not in {SongState.DRAFT, SongState.WITHDRAWN})


class CuratorLine(msgspec.Struct, frozen=True, kw_only=True):
    """A curator of a call: songs on the desk and what was done with them; `heard` is the mean part of a song."""

    curator_id: str
    assigned_at: datetime
    songs: int
    scored: int
    abstained: int
    heard: float | None
    last_at: datetime | None

    @property
    def waiting(self) -> int:
        """Songs that have neither a score nor an abstention of theirs."""
        return max(0, self.songs - self.scored - self.abstained)


class GivenReview(msgspec.Struct, frozen=True, kw_only=True):
    """A review as its manager reads it; without `scores` the curator abstained and `reason` says why."""

    curator_id: str
    version: int
    scores: dict[str, int | None] | None
    comment: str
    reason: str
    conflict: bool
    reviewed_at: datetime
    heard: float | None


class SongInCall(msgspec.Struct, frozen=True, kw_only=True):
    """A song in the list of its call; `is_sent_twice` if another one there has the same recording."""

    song_id: str
    alias: str
    details: SongDetails
    state: SongState
    slug: str | None
    is_sent_twice: bool


class ManagedSong(msgspec.Struct, frozen=True, kw_only=True):
    """All that a manager may see of a song."""

    song: Song
    call: Call
    details: SongDetails
    story: Story | None
    contributors: tuple[Contributor, ...]
    files: tuple[SongFile, ...]
    verdict: Verdict | None
    remarks: tuple[str, ...]
    same: tuple[SameSong, ...]
    reviews: tuple[GivenReview, ...]
    decision: Decision | None
    offer: Offer | None
    history: tuple[Happening, ...]


def managed_calls(uow: UnitOfWork, principal: Principal) -> tuple[CallLine, ...]:
    """The calls that this manager may manage, newest first. Raises `NotAllowed` for whoever manages none."""
    if not any(grant.role is Role.MANAGER for grant in principal.grants):
        require(principal, Role.MANAGER)
    rows = uow.connection.execute(select(call_table).order_by(call_table.c.created_at.desc(), call_table.c.id)).all()
    calls = [as_struct(row, Call) for row in rows if principal.may(Role.MANAGER, row.id)]
    songs: dict[str, dict[str, int]] = {call.id: {} for call in calls}
    for row in uow.connection.execute(
        select(song_table.c.call_id, song_table.c.state, func.count().label("n")).group_by(
            song_table.c.call_id, song_table.c.state
        )
    ):
        songs.setdefault(row.call_id, {})[row.state] = row.n
    curators = _counts(uow, assignment_table.c.call_id)
    reviews = _counts(uow, review_table.c.call_id)
    return tuple(
        CallLine(call=call, songs=songs[call.id], curators=curators[call.id], reviews=reviews[call.id])
        for call in calls
    )


def managed_call(uow: UnitOfWork, principal: Principal, call_id: str) -> Call:
    """The call, for its manager."""
    require(principal, Role.MANAGER, call_id)
    return find_call(uow, call_id)


def curators_of(uow: UnitOfWork, principal: Principal, call_id: str) -> tuple[CuratorLine, ...]:
    """Who listens for a call and how far each has come; the one with most songs left first. Needs the manager."""
    require(principal, Role.MANAGER, call_id)
    mine = Counter(
        row.artist_id
        for row in uow.connection.execute(
            select(song_table.c.artist_id).where(
                song_table.c.call_id == call_id, song_table.c.state.not_in(NEVER_JUDGED)
            )
        )
    )
    scored = case((review_table.c.scores.is_not(None), 1), else_=0)
    part = case((heard_table.c.length_s > 0, heard_table.c.heard_s / heard_table.c.length_s), else_=None)
    done = {
        row.curator_id: row
        for row in uow.connection.execute(
            select(
                review_table.c.curator_id,
                func.sum(scored).label("scored"),
                func.sum(1 - scored).label("abstained"),
                func.max(review_table.c.reviewed_at).label("last_at"),
                func.avg(part).label("heard"),
            )
            .outerjoin(
                heard_table,
                (heard_table.c.song_id == review_table.c.song_id)
                & (heard_table.c.curator_id == review_table.c.curator_id),
            )
            .join(song_table, song_table.c.id == review_table.c.song_id)
            .where(review_table.c.call_id == call_id, song_table.c.state.not_in(NEVER_JUDGED))
            .group_by(review_table.c.curator_id)
        )
    }
    rows = uow.connection.execute(select(assignment_table).where(assignment_table.c.call_id == call_id))
    lines = [
        CuratorLine(
            curator_id=row.curator_id,
            assigned_at=row.assigned_at,
            songs=mine.total() - mine[row.curator_id],
            scored=int(done[row.curator_id].scored) if row.curator_id in done else 0,
            abstained=int(done[row.curator_id].abstained) if row.curator_id in done else 0,
            heard=done[row.curator_id].heard if row.curator_id in done else None,
            last_at=done[row.curator_id].last_at if row.curator_id in done else None,
        )
        for row in rows
    ]
    return tuple(sorted(lines, key=lambda line: (-line.waiting, line.curator_id)))


def songs_in_call(
    uow: UnitOfWork, principal: Principal, call_id: str, limit: int, offset: int = 0, state: SongState | None = None
) -> tuple[SongInCall, ...]:
    """The songs of a call that were sent, as their artists last wrote them, newest first; no draft, not when asked for
    either. Needs the manager."""
    require(principal, Role.MANAGER, call_id)
    chosen = song_table.c.state != SongState.DRAFT
    if state is not None:
        chosen &= song_table.c.state == state
    rows = uow.connection.execute(
        select(song_table.c.id, song_table.c.details, song_table.c.state, song_table.c.slug)
        .where(song_table.c.call_id == call_id, chosen)
        .order_by(song_table.c.created_at.desc(), song_table.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    twice = songs_sent_twice(uow, call_id)
    return tuple(
        SongInCall(
            song_id=row.id,
            alias=alias_of(row.id),
            details=msgspec.convert(row.details, SongDetails),
            state=SongState(row.state),
            slug=row.slug,
            is_sent_twice=row.id in twice,
        )
        for row in rows
    )


def managed_song(uow: UnitOfWork, principal: Principal, song_id: str) -> ManagedSong:
    """A song with all that belongs to it, as it was submitted; a draft is its artist's alone. Needs the manager.

    Raises `SongNotSent` for a draft.
    """
    song = find_song(uow, song_id)
    require(principal, Role.MANAGER, song.call_id)
    if song.version == 0:
        raise SongNotSent(song_id)
    content = content_of(uow, song)
    report = uow.connection.execute(
        select(report_table.c.verdict, report_table.c.findings).where(report_table.c.id == content.report_id)
    ).first()
    decision = uow.connection.execute(
        select(decision_table.c.song_id, decision_table.c.outcome, decision_table.c.word).where(
            decision_table.c.song_id == song_id
        )
    ).first()
    offer = uow.connection.execute(select(offer_table).where(offer_table.c.song_id == song_id)).first()
    return ManagedSong(
        song=song,
        call=find_call(uow, song.call_id),
        details=content.details,
        story=content.story,
        contributors=content.contributors,
        files=files_of(uow, song_id),
        verdict=None if report is None or report.verdict is None else Verdict(report.verdict),
        remarks=() if report is None else remarks_of(report.findings or {}),
        same=same_for_manager(uow, song_id, content.mix.sha256),
        reviews=_reviews(uow, song_id),
        decision=None if decision is None else as_struct(decision, Decision),
        offer=None if offer is None else as_struct(offer, Offer),
        history=history_of(uow, song_id),
    )


def remind_curator(uow: UnitOfWork, principal: Principal, call_id: str, curator_id: str, word: str = "") -> None:
    """Write to a curator who has songs left. Records `CuratorReminded`, which becomes a letter.

    Raises `NotAssigned`, `CallCannot` before the deadline, and `NothingToRemind`.
    """
    lines = {line.curator_id: line for line in curators_of(uow, principal, call_id)}
    call = find_call(uow, call_id)
    next_call_state(call, CallEvent.REVIEW)
    refuse_unfit("word for the curator", word)
    if curator_id not in lines:
        raise NotAmongCurators(call_id, curator_id)
    if lines[curator_id].waiting == 0:
        raise NothingToRemind(curator_id)

    subject, text = reminder(call, lines[curator_id].waiting, word)
    uow.record(CuratorReminded(call_id=call_id, curator_id=curator_id, subject=subject, text=text))


def remarks_of(findings: Mapping[str, Any]) -> tuple[str, ...]:
    """What a listening report remarks on, as sentences with the file's name; what is only for information is left out.

    Reads `{"files": [{"path", "findings"}], "stems": {"findings"}}` and takes whatever is missing for nothing found.
    """
    found = [(file.get("path", ""), one) for file in findings.get("files") or () for one in file.get("findings") or ()]
    found += [("The stems", one) for one in (findings.get("stems") or {}).get("findings") or ()]
    return tuple(f"{where}: {one['detail']}" for where, one in found if one.get("severity") != "info")


def _reviews(uow: UnitOfWork, song_id: str) -> tuple[GivenReview, ...]:
    part = case((heard_table.c.length_s > 0, heard_table.c.heard_s / heard_table.c.length_s), else_=None)
    rows = uow.connection.execute(
        select(review_table, part.label("heard"))
        .outerjoin(
            heard_table,
            (heard_table.c.song_id == review_table.c.song_id) & (heard_table.c.curator_id == review_table.c.curator_id),
        )
        .where(review_table.c.song_id == song_id)
        .order_by(review_table.c.reviewed_at, review_table.c.curator_id)
    )
    return tuple(as_struct(row, GivenReview) for row in rows)


def _counts(uow: UnitOfWork, column: Column[Any]) -> Mapping[str, int]:
    return Counter({row[0]: row[1] for row in uow.connection.execute(select(column, func.count()).group_by(column))})
