"""Submitting: a song is frozen as a version, again and again until the deadline; or taken back."""

import hashlib

from sqlalchemy import insert, select

from opencall.kernel.errors import OpencallError
from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.calls import collecting_call
from submissions.errors import (
    AiDeclarationMissing,
    AnswersMissing,
    ConsentsMissing,
    MixMissing,
    NotEligible,
    SplitsMissing,
    SplitsNotWhole,
    StemsMissing,
    StoryMissing,
    TitleMissing,
)
from submissions.facts import SongSubmitted, SongWithdrawn
from submissions.letters import send_receipt, send_withdrawal
from submissions.material import WHOLE_BASIS_POINTS, ConsentGiven, Content, Part, canonical_json
from submissions.moves import move_song, next_song_state
from submissions.reports import KeptReport, accepted_report
from submissions.rows import Call, Song, SongFile, files_of, find_call, own_song
from submissions.songs import consents_of
from submissions.states import SongEvent
from submissions.tables import version_table
from submissions.terms import StemsDue


def submit_song(uow: UnitOfWork, principal: Principal, song_id: str) -> int:
    """Freeze the song as its next version, which curators will hear; returns the version's number.

    Submitting again without a change returns the version that there is. Records `SongSubmitted`, writes to the artist.
    Raises the first of what `missing` lists, `DeadlinePast`, `SongCannot`, `NotYours`.
    """
    song = own_song(uow, principal, song_id)
    next_song_state(song, SongEvent.SUBMIT)
    call = collecting_call(uow, song.call_id)
    refusals = missing(uow, song, call)
    if refusals:
        raise refusals[0]
    files = files_of(uow, song_id)
    report = accepted_report(uow, song_id, files)
    content = _content(song, call, files, consents_of(uow, song_id), report)
    frozen = canonical_json(content)
    sha256 = hashlib.sha256(frozen).hexdigest()
    if song.version and version_sha256(uow, song_id, song.version) == sha256:
        return song.version

    version = song.version + 1
    move_song(uow, song, SongEvent.SUBMIT, note=f"version {version}", version=version)
    uow.connection.execute(
        insert(version_table).values(
            song_id=song_id,
            version=version,
            content=frozen.decode(),
            sha256=sha256,
            submitted_at=uow.clock.now(),
            report_id=report.id,
        )
    )
    uow.record(SongSubmitted(song_id=song_id, call_id=call.id, version=version, content_sha256=sha256))
    send_receipt(uow, song, call, version, sha256)
    return version


def withdraw_song(uow: UnitOfWork, principal: Principal, song_id: str) -> None:
    """Take the song back, before there is an offer. Records `SongWithdrawn`, writes to the artist."""
    song = own_song(uow, principal, song_id)
    next_song_state(song, SongEvent.WITHDRAW)

    move_song(uow, song, SongEvent.WITHDRAW, waitlist_position=None)
    uow.record(SongWithdrawn(song_id=song.id, call_id=song.call_id))
    send_withdrawal(uow, song, find_call(uow, song.call_id))


def missing(uow: UnitOfWork, song: Song, call: Call) -> tuple[OpencallError, ...]:
    """Everything that keeps the song from being submitted, each with what to do; in the order of the steps."""
    files = files_of(uow, song.id)
    refusals: list[OpencallError] = []
    if not song.details.title.strip() or not song.details.artist_name.strip():
        refusals.append(TitleMissing())
    if song.story is None or not song.story.text.strip():
        refusals.append(StoryMissing())
    if not any(file.part is Part.MIX for file in files):
        refusals.append(MixMissing())
    if call.stems is StemsDue.AT_SUBMISSION and not any(file.part is Part.STEM for file in files):
        refusals.append(StemsMissing())
    whole = sum(contributor.basis_points for contributor in song.contributors)
    if not song.contributors:
        refusals.append(SplitsMissing())
    elif whole != WHOLE_BASIS_POINTS:
        refusals.append(SplitsNotWhole(whole))
    refusals += _missing_rights(song, call, consents_of(uow, song.id))
    # Without a mix there is nothing to listen to, and that is said already.
    if any(file.part is Part.MIX for file in files):
        try:
            accepted_report(uow, song.id, files)
        except OpencallError as refusal:
            refusals.append(refusal)
    return tuple(refusals)


def version_sha256(uow: UnitOfWork, song_id: str, version: int) -> str | None:
    """The hash of a frozen version, if there is such a version."""
    return uow.connection.execute(
        select(version_table.c.sha256).where(version_table.c.song_id == song_id, version_table.c.version == version)
    ).scalar_one_or_none()


def _missing_rights(song: Song, call: Call, given: tuple[ConsentGiven, ...]) -> list[OpencallError]:
    refusals: list[OpencallError] = []
    unanswered = [
        question.key
        for question in call.questions
        if question.key not in song.answers or song.answers[question.key] == ""
    ]
    if unanswered:
        refusals.append(AnswersMissing(unanswered))
    refusals += [
        NotEligible(question.key, question.text)
        for question in call.questions
        if question.must_be is not None and song.answers.get(question.key, question.must_be) != question.must_be
    ]
    if song.ai is None or (song.ai.used and not song.ai.description.strip()):
        refusals.append(AiDeclarationMissing())
    agreed = {(consent.key, consent.version) for consent in given}
    ungiven = [consent.key for consent in call.consents if (consent.key, consent.version) not in agreed]
    if ungiven:
        refusals.append(ConsentsMissing(ungiven))
    return refusals


def _content(
    song: Song, call: Call, files: tuple[SongFile, ...], given: tuple[ConsentGiven, ...], report: KeptReport
) -> Content:
    if song.story is None or song.ai is None:
        raise AssertionError("a song that misses nothing has its story and its declaration")
    asked = {(consent.key, consent.version) for consent in call.consents}
    return Content(
        song_id=song.id,
        call_id=song.call_id,
        details=song.details,
        story=song.story,
        contributors=song.contributors,
        answers=song.answers,
        ai=song.ai,
        consents=tuple(consent for consent in given if (consent.key, consent.version) in asked),
        files=tuple(file.frozen_as() for file in files),
        report_id=report.id,
    )
