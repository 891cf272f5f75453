"""Listening and scoring: blind, by assigned curators, once a song."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, select

from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.blind import alias_of, hide_names, names_in
from submissions.errors import (
    AlreadyReviewed,
    NotAssigned,
    NothingScored,
    OwnSong,
    ReasonMissing,
    ScoresMissing,
    ScoreWrong,
    UnknownCategory,
)
from submissions.material import Content
from submissions.moves import next_call_state, next_song_state
from submissions.plain_text import refuse_unreadable
from submissions.rows import Call, Song, SongPeople, as_struct, content_of, find_call, find_song, people_of
from submissions.states import CallEvent, SongEvent, SongState
from submissions.tables import assignment_table, review_table
from submissions.terms import Category


class ListeningCopy(msgspec.Struct, frozen=True, kw_only=True):
    """All that a curator may see of a song: no name of a person, no file name; `mix_sha256` is the sound."""

    song_id: str
    call_id: str
    alias: str
    title: str
    language: str
    genre: str
    story: str
    story_language: str
    translations: dict[str, str]
    ai_used: bool
    ai_description: str
    mix_sha256: str
    version: int
    categories: tuple[Category, ...]


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A curator's judgement: a score for each category of the rubric, or None to abstain from that one."""

    scores: Mapping[str, int | None]
    comment: str = ""


class SentReview(msgspec.Struct, frozen=True, kw_only=True):
    """What a curator sent for a song; without `scores` they abstained."""

    scores: dict[str, int | None] | None
    comment: str
    reason: str
    conflict: bool
    reviewed_at: datetime


class QueueEntry(msgspec.Struct, frozen=True):
    """A song on a curator's desk; `done` once it is reviewed or abstained from."""

    song_id: str
    alias: str
    done: bool


def assign_curator(uow: UnitOfWork, principal: Principal, call_id: str, curator_id: str) -> None:
    """Let a curator hear the songs of a call. Needs the call's manager; assigning twice is assigning once."""
    require(principal, Role.MANAGER, call_id)
    seat_curator(uow, call_id, curator_id)


def seat_curator(uow: UnitOfWork, call_id: str, curator_id: str) -> None:
    """Let a curator hear the songs of a call; whoever may order that has been asked."""
    find_call(uow, call_id)
    if _is_assigned(uow, call_id, curator_id):
        return

    uow.connection.execute(
        insert(assignment_table).values(
            call_id=call_id, curator_id=curator_id, assigned_by=uow.actor.user_id, assigned_at=uow.clock.now()
        )
    )


def release_curator(uow: UnitOfWork, principal: Principal, call_id: str, curator_id: str) -> None:
    """Let a curator hear no more of a call; the reviews that were sent still count."""
    require(principal, Role.MANAGER, call_id)

    uow.connection.execute(
        delete(assignment_table).where(
            assignment_table.c.call_id == call_id, assignment_table.c.curator_id == curator_id
        )
    )


def listening_queue(uow: UnitOfWork, principal: Principal, call_id: str) -> tuple[QueueEntry, ...]:
    """The songs on this curator's desk, each curator's in an order of their own, so that no song is always last."""
    call = _judged_call(uow, principal, call_id)
    songs = people_of(uow, call.id, SongState.SUBMITTED)
    done = set(
        uow.connection.execute(
            select(review_table.c.song_id).where(
                review_table.c.call_id == call.id, review_table.c.curator_id == principal.user_id
            )
        ).scalars()
    )
    theirs = [song_id for song_id, people in songs.items() if not people.include(principal)]
    theirs.sort(key=lambda song_id: hashlib.sha256(f"{principal.user_id}:{song_id}".encode()).digest())
    return tuple(QueueEntry(song_id, alias_of(song_id), song_id in done) for song_id in theirs)


def own_review(uow: UnitOfWork, principal: Principal, song_id: str) -> SentReview | None:
    """What `principal` sent for the song; None before."""
    row = uow.connection.execute(
        select(
            review_table.c.scores,
            review_table.c.comment,
            review_table.c.reason,
            review_table.c.conflict,
            review_table.c.reviewed_at,
        ).where(review_table.c.song_id == song_id, review_table.c.curator_id == principal.user_id)
    ).first()
    return None if row is None else as_struct(row, SentReview)


def judged_song(uow: UnitOfWork, principal: Principal, song_id: str) -> Song:
    """The song, if `principal` may judge it at this moment. Raises what `listening_copy` raises."""
    return _judged_song(uow, principal, song_id)[0]


def listening_copy(uow: UnitOfWork, principal: Principal, song_id: str) -> ListeningCopy:
    """The song as it was submitted, without anything that tells whose it is.

    Raises `NotAllowed`, `NotAssigned`, `OwnSong`, `CallCannot` before the deadline, `SongCannot`.
    """
    song, call, content = _judged_song(uow, principal, song_id)
    names = names_in(content)
    return ListeningCopy(
        song_id=song.id,
        call_id=song.call_id,
        alias=alias_of(song.id),
        title=hide_names(content.details.title, names),
        language=content.details.language,
        genre=content.details.genre,
        story=hide_names(content.story.text, names),
        story_language=content.story.language,
        translations={language: hide_names(text, names) for language, text in content.story.translations.items()},
        ai_used=content.ai.used,
        ai_description=hide_names(content.ai.description, names),
        mix_sha256=content.mix.sha256,
        version=song.version,
        categories=call.categories,
    )


def send_review(uow: UnitOfWork, principal: Principal, song_id: str, review: Review) -> None:
    """Score a song; it counts from now on and stands.

    Raises what `listening_copy` raises, and `AlreadyReviewed`, `UnknownCategory`, `ScoresMissing`, `ScoreWrong`,
    `NothingScored`.
    """
    song, call, _ = _judged_song(uow, principal, song_id)
    _refuse_second(uow, principal, song_id)
    refuse_unreadable("comment", review.comment)
    _refuse_wrong_scores(call.categories, review.scores)

    _keep(uow, principal, song, scores=dict(review.scores), comment=review.comment, reason="", conflict=False)


def abstain(uow: UnitOfWork, principal: Principal, song_id: str, reason: str, conflict: bool = False) -> None:
    """Leave a song to others and say why; `conflict` declares an interest in it. Raises as `send_review` does, and
    `ReasonMissing`."""
    song, _, _ = _judged_song(uow, principal, song_id)
    _refuse_second(uow, principal, song_id)
    if not reason.strip():
        raise ReasonMissing
    refuse_unreadable("reason", reason)

    _keep(uow, principal, song, scores=None, comment="", reason=reason, conflict=conflict)


def _judged_call(uow: UnitOfWork, principal: Principal, call_id: str) -> Call:
    require(principal, Role.CURATOR, call_id)
    if not _is_assigned(uow, call_id, principal.user_id):
        raise NotAssigned(call_id)
    call = find_call(uow, call_id)
    next_call_state(call, CallEvent.REVIEW)
    return call


def _judged_song(uow: UnitOfWork, principal: Principal, song_id: str) -> tuple[Song, Call, Content]:
    song = find_song(uow, song_id)
    call = _judged_call(uow, principal, song.call_id)
    next_song_state(song, SongEvent.REVIEW)
    content = content_of(uow, song)
    if SongPeople.of(song.artist_id, song.artist_email, content.contributors).include(principal):
        raise OwnSong(song_id)
    return song, call, content


def _is_assigned(uow: UnitOfWork, call_id: str, curator_id: str) -> bool:
    found = uow.connection.execute(
        select(assignment_table.c.call_id).where(
            assignment_table.c.call_id == call_id, assignment_table.c.curator_id == curator_id
        )
    ).first()
    return found is not None


def _refuse_second(uow: UnitOfWork, principal: Principal, song_id: str) -> None:
    if own_review(uow, principal, song_id) is not None:
        raise AlreadyReviewed(song_id)


def _refuse_wrong_scores(categories: tuple[Category, ...], scores: Mapping[str, int | None]) -> None:
    rubric = {category.key: category for category in categories}
    for key in scores:
        if key not in rubric:
            raise UnknownCategory(key)
    absent = [key for key in rubric if key not in scores]
    if absent:
        raise ScoresMissing(absent)
    for key, score in scores.items():
        category = rubric[key]
        if score is not None and not category.lowest <= score <= category.highest:
            raise ScoreWrong(key, score, category.lowest, category.highest)
    if all(score is None for score in scores.values()):
        raise NothingScored


def _keep(
    uow: UnitOfWork,
    principal: Principal,
    song: Song,
    *,
    scores: dict[str, int | None] | None,
    comment: str,
    reason: str,
    conflict: bool,
) -> None:
    # SQL's own null, not the JSON word: "abstained" has to be askable of the database.
    columns = {} if scores is None else {"scores": scores}
    uow.connection.execute(
        insert(review_table).values(
            song_id=song.id,
            curator_id=principal.user_id,
            call_id=song.call_id,
            version=song.version,
            comment=comment,
            reason=reason,
            conflict=conflict,
            reviewed_at=uow.clock.now(),
            **columns,
        )
    )
