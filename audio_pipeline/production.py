"""What the house asks of the pipeline: inspect, produce, approve, stop, and how far is it.

Every verb works in the caller's transaction and only leaves rows behind; workers do the rest.
"""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select, update

from audio_pipeline import orders, runs
from audio_pipeline.approvals import Party, approval_sha256, note
from audio_pipeline.facts import MasterApproved
from audio_pipeline.hrtfs import DEFAULT_HRTF_SHA256
from audio_pipeline.pipeline import Artifact, InputFile, Inputs, Pipeline
from audio_pipeline.run_errors import AlreadyMastered, NoSuchRun, NothingToApprove, StaleApproval
from audio_pipeline.runs import RunState
from audio_pipeline.stages import DEFAULT_LAYOUTS, PIPELINE
from audio_pipeline.tables import progress_table, song_table, stage_run_table
from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork


class Upload(msgspec.Struct, frozen=True):
    """One of the artist's files in the store; `name` is what the artist called it."""

    name: str
    sha256: str
    bytes: int


class SongMaterial(msgspec.Struct, frozen=True, kw_only=True):
    """All that a production starts from; `roles` says what stems are, by name, and overrules what their names tell."""

    song_id: str
    title: str
    artist_name: str
    mix: Upload
    stems: tuple[Upload, ...]
    roles: dict[str, str] = {}


class StageProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a stage of a song is; `progress` runs from 0 to 1."""

    run_id: str
    stage: str
    state: str
    progress: float
    attempt: int
    error: str | None


class StuckRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that waits for a person since `since`; `error` says what happened."""

    run_id: str
    song_id: str
    stage: str
    state: str
    error: str | None
    since: datetime


class ProgressEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the append-only record of what the pipeline did; `seq` only ever grows."""

    seq: int
    song_id: str
    stage: str
    state: str
    progress: float
    error: str | None
    at: datetime


def require_studio(principal: Principal) -> None:
    """Engineers work in the studio, and managers look in. Raises `NotAllowed`."""
    if not principal.may(Role.MANAGER):
        require(principal, Role.ENGINEER)


def begin_inspection(
    uow: UnitOfWork, song_id: str, mix: Upload, stems: tuple[Upload, ...], pipeline: Pipeline = PIPELINE
) -> None:
    """Order the report on the song's files, and what pages play and draw meanwhile.

    Ordered again for the same files it runs nothing and reports at once.
    """
    _remember(uow, song_id, mix, stems, {})
    _begin_with(uow, pipeline, song_id, "inspect")


def begin_production(
    uow: UnitOfWork,
    material: SongMaterial,
    layouts: tuple[str, ...] = DEFAULT_LAYOUTS,
    pipeline: Pipeline = PIPELINE,
) -> None:
    """Order stems, scene and renders of the song; `RenderFinished` tells when it can be listened to."""
    settings = {
        "title": material.title,
        "artist_name": material.artist_name,
        "roles": material.roles,
        "layouts": list(layouts),
        "hrtf": DEFAULT_HRTF_SHA256,
    }
    _remember(uow, material.song_id, material.mix, material.stems, settings)
    _begin_with(uow, pipeline, material.song_id, "normalise")


def use_scene(
    uow: UnitOfWork, principal: Principal, song_id: str, scene_sha256: str, pipeline: Pipeline = PIPELINE
) -> None:
    """Take the stored scene file that an engineer edited in place of the proposed one; renders follow.

    The artist is asked again even where the scene is the one that was sent back. Raises `NotAllowed`, `NoSuchSong`,
    `NotReadyFor`, and `AlreadyMastered`: what both approved and what was made of it stays as it is.
    """
    require(principal, Role.ENGINEER)
    song = orders.find_song(uow, song_id)
    master = orders.current_run(uow, song_id, "master")
    if master is not None and master.state == RunState.DONE:
        raise AlreadyMastered(song_id)

    settings = song.settings | {"edited_scene": scene_sha256, "hrtf": DEFAULT_HRTF_SHA256}
    uow.connection.execute(update(song_table).where(song_table.c.id == song_id).values(settings=settings))
    orders.order(uow, pipeline, song_id, "compose")


def approve(uow: UnitOfWork, principal: Principal, song_id: str, approval: str, pipeline: Pipeline = PIPELINE) -> None:
    """The engineer's yes to the render named by its hash; when the artist said the same, the master is ordered.

    Raises `NotAllowed`, `NothingToApprove`, `StaleApproval`.
    """
    require(principal, Role.ENGINEER)
    _require_current(uow, song_id, approval)

    note(uow, song_id, approval, Party.ENGINEER, principal.user_id, approved=True, comment="")
    uow.record(MasterApproved(song_id=song_id, approval_sha256=approval, by=principal.user_id))
    orders.order_if_ready(uow, pipeline, song_id, pipeline["master"])


def artist_approved(uow: UnitOfWork, song_id: str, approval: str, pipeline: Pipeline = PIPELINE) -> None:
    """The artist's yes; whether this person may speak for the song was decided where songs are owned.

    Raises `NothingToApprove`, `StaleApproval`.
    """
    _require_current(uow, song_id, approval)

    note(uow, song_id, approval, Party.ARTIST, uow.actor.user_id, approved=True, comment="")
    orders.order_if_ready(uow, pipeline, song_id, pipeline["master"])


def sent_back(uow: UnitOfWork, song_id: str, comment: str) -> None:
    """The artist's no, with what should change: for the engineer to read. Raises `NothingToApprove`.

    A master that was ordered by an earlier yes is stopped.
    """
    current = current_approval(uow, song_id)
    if current is None:
        raise NothingToApprove(song_id)

    note(uow, song_id, current, Party.ARTIST, uow.actor.user_id, approved=False, comment=comment)
    orders.cancel_stage(uow, song_id, "master")


def run_again(uow: UnitOfWork, principal: Principal, run_id: str) -> None:
    """Queue a run again that failed or is in quarantine, once somebody has looked at why; engineers and managers may.

    Raises `NotAllowed`, `NoSuchRun`, `MoveRefused`.
    """
    require_studio(principal)
    runs.requeue(uow, run_id)


def stop_run(uow: UnitOfWork, principal: Principal, run_id: str) -> None:
    """Stop a run that waits or works; engineers and managers may. Queueing it again takes it up again.

    Raises `NotAllowed`, `NoSuchRun`, `MoveRefused`.
    """
    require_studio(principal)
    row = uow.connection.execute(select(stage_run_table).where(stage_run_table.c.id == run_id)).one_or_none()
    if row is None:
        raise NoSuchRun(run_id)
    runs.next_state(run_id, RunState(row.state), runs.RunEvent.CANCEL)

    runs.cancel(uow, row)


def stuck_runs(uow: UnitOfWork) -> tuple[StuckRun, ...]:
    """What no worker will touch until a person has looked, the oldest first."""
    rows = uow.connection.execute(
        select(stage_run_table)
        .where(stage_run_table.c.current, stage_run_table.c.state.in_([RunState.FAILED, RunState.QUARANTINED]))
        .order_by(stage_run_table.c.finished_at, stage_run_table.c.id)
    )
    return tuple(
        StuckRun(
            run_id=row.id, song_id=row.song_id, stage=row.stage, state=row.state, error=row.error, since=row.finished_at
        )
        for row in rows
    )


def cancel_song(uow: UnitOfWork, song_id: str) -> None:
    """Stop everything that waits or runs for the song; what is done stays."""
    orders.cancel_all(uow, song_id)


def current_approval(uow: UnitOfWork, song_id: str) -> str | None:
    """The hash that an approval has to name now; None while there is no finished render."""
    render = orders.current_run(uow, song_id, "render")
    if render is None or render.state != RunState.DONE:
        return None
    return approval_sha256(msgspec.convert(render.inputs, Inputs), render.version)


def song_artifacts(uow: UnitOfWork, song_id: str, stage: str, pipeline: Pipeline = PIPELINE) -> tuple[Artifact, ...]:
    """What the stage has made for the song as it is now; nothing while it is not done."""
    row = orders.current_run(uow, song_id, stage)
    if row is None or row.state != RunState.DONE:
        return ()
    return runs.artifacts_of_run(uow, pipeline[stage], row)


def uploads_of(uow: UnitOfWork, song_id: str) -> tuple[InputFile, ...]:
    """The artist's files as this room knows them, mix first. Raises `NoSuchSong`."""
    return tuple(msgspec.convert(orders.find_song(uow, song_id).uploads, list[InputFile]))


def title_of(uow: UnitOfWork, song_id: str) -> str:
    """What a song in production is called; empty for one that is only listened to. Raises `NoSuchSong`."""
    title: str = orders.find_song(uow, song_id).settings.get("title", "")
    return title


def song_progress(uow: UnitOfWork, song_id: str, pipeline: Pipeline = PIPELINE) -> tuple[StageProgress, ...]:
    """The song's current runs in the order of the pipeline."""
    rows = uow.connection.execute(
        select(stage_run_table).where(stage_run_table.c.song_id == song_id, stage_run_table.c.current)
    )
    by_stage = {row.stage: row for row in rows}
    return tuple(
        StageProgress(
            run_id=row.id,
            stage=row.stage,
            state=row.state,
            progress=row.progress,
            attempt=row.attempt,
            error=row.error,
        )
        for row in (by_stage[stage.name] for stage in pipeline if stage.name in by_stage)
    )


def progress_after(
    uow: UnitOfWork, seq: int, song_id: str | None = None, limit: int = 200
) -> tuple[ProgressEvent, ...]:
    """Events later than `seq`, of one song or of all, oldest first: what an event stream sends next.

    None is missed: writers take turns on every database, so no event appears once a later one has been seen.
    """
    query = select(progress_table).where(progress_table.c.seq > seq).order_by(progress_table.c.seq).limit(limit)
    if song_id is not None:
        query = query.where(progress_table.c.song_id == song_id)
    return tuple(
        ProgressEvent(
            seq=row.seq,
            song_id=row.song_id,
            stage=row.stage,
            state=row.state,
            progress=row.progress,
            error=row.error,
            at=row.at,
        )
        for row in uow.connection.execute(query)
    )


def last_progress(uow: UnitOfWork, until: datetime) -> int:
    """The `seq` of the newest event of `until` or before; 0 when nothing has happened by then."""
    newest_first = select(progress_table.c.seq).order_by(progress_table.c.seq.desc()).limit(1)
    return uow.connection.execute(newest_first.where(progress_table.c.at <= until)).scalar() or 0


def _begin_with(uow: UnitOfWork, pipeline: Pipeline, song_id: str, stage_name: str) -> None:
    orders.order(uow, pipeline, song_id, stage_name)
    for stage in pipeline.beside(stage_name):
        orders.order(uow, pipeline, song_id, stage.name)


def _require_current(uow: UnitOfWork, song_id: str, approval: str) -> None:
    current = current_approval(uow, song_id)
    if current is None:
        raise NothingToApprove(song_id)
    if approval != current:
        raise StaleApproval(song_id, approval, current)


def _remember(uow: UnitOfWork, song_id: str, mix: Upload, stems: tuple[Upload, ...], settings: dict[str, Any]) -> None:
    files = [_input_file("mix", mix), *(_input_file("stem", stem) for stem in stems)]
    uploads = msgspec.to_builtins(files)
    song = uow.connection.execute(select(song_table).where(song_table.c.id == song_id)).one_or_none()
    if song is None:
        uow.connection.execute(
            insert(song_table).values(id=song_id, uploads=uploads, settings=settings, created_at=uow.clock.now())
        )
        return
    uow.connection.execute(
        update(song_table).where(song_table.c.id == song_id).values(uploads=uploads, settings=song.settings | settings)
    )


def _input_file(kind: str, upload: Upload) -> InputFile:
    return InputFile(origin="upload", kind=kind, name=upload.name, sha256=upload.sha256, bytes=upload.bytes)
