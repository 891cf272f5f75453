"""What runs next: from the state of a song to rows that wait for a worker.

Ordering is idempotent. What a stage reads is gathered, hashed, and compared with what was run before: an unchanged
input runs nothing, and what follows from it is ordered all the same.
"""

from typing import Any

import msgspec
from sqlalchemy import Row, and_, insert, select, update

from audio_pipeline import runs
from audio_pipeline.pipeline import PEER, Artifact, FinishedRun, InputFile, Inputs, Pipeline, Stage
from audio_pipeline.run_errors import NoSuchSong, NotReadyFor
from audio_pipeline.runs import Claim, RunState
from audio_pipeline.tables import artifact_table, progress_table, song_table, stage_run_table
from opencall.kernel.unit_of_work import UnitOfWork

run = stage_run_table.c


def order(uow: UnitOfWork, pipeline: Pipeline, song_id: str, stage_name: str) -> str:
    """Have the stage done for the song as it is now; returns the run's identifier.

    Side effects: a run of the same stage, or of a later one, that worked on another input is cancelled. A run that
    failed or is in quarantine on this very input is left for a person. Raises `NoSuchSong`, `NotReadyFor`.
    """
    stage = pipeline[stage_name]
    inputs = gather(uow, pipeline, song_id, stage)
    input_hash = stage.input_hash(inputs)

    current = current_run(uow, song_id, stage_name)
    if current is None or current.input_hash != input_hash:
        _supersede(uow, song_id, (stage_name, *pipeline.downstream(stage_name)))
    row = uow.connection.execute(
        select(stage_run_table).where(run.song_id == song_id, run.stage == stage_name, run.input_hash == input_hash)
    ).one_or_none()
    if row is None:
        return _start(uow, pipeline, song_id, stage, inputs, input_hash)
    uow.connection.execute(update(stage_run_table).where(run.id == row.id).values(current=True, cancel_requested=False))
    if row.state == RunState.CANCELLED:
        runs.requeue(uow, row.id)
    elif row.state == RunState.DONE:
        follow(uow, pipeline, song_id, stage, inputs)
    return str(row.id)


def finish(uow: UnitOfWork, pipeline: Pipeline, claim: Claim, artifacts: tuple[Artifact, ...]) -> None:
    """Complete the run and order what follows, in one transaction. Raises `LeaseLost`; then nothing is kept."""
    if not runs.complete(uow, pipeline, claim, artifacts):
        return
    row = uow.connection.execute(select(run.current, run.version).where(run.id == claim.run_id)).one()
    if row.current:
        follow(uow, pipeline, claim.song_id, pipeline[claim.stage].as_of(row.version), claim.inputs)


def follow(uow: UnitOfWork, pipeline: Pipeline, song_id: str, stage: Stage, inputs: Inputs) -> None:
    """Tell what the finished stage announces, and order the stages whose needs are now met."""
    if stage.announces is not None:
        artifacts = runs.artifacts_of(uow, stage, song_id, inputs)
        finished = FinishedRun(song_id, stage, stage.input_hash(inputs), inputs, artifacts)
        uow.record(stage.announces(finished))
    for later in pipeline.after(stage.name):
        order_if_ready(uow, pipeline, song_id, later)


def order_if_ready(uow: UnitOfWork, pipeline: Pipeline, song_id: str, stage: Stage) -> None:
    """Order the stage if all that it needs is done and its gate is open; otherwise something later will."""
    try:
        inputs = gather(uow, pipeline, song_id, stage)
    except NotReadyFor:
        return
    if stage.gate is None or stage.gate(uow, song_id, inputs):
        order(uow, pipeline, song_id, stage.name)


def gather(uow: UnitOfWork, pipeline: Pipeline, song_id: str, stage: Stage) -> Inputs:
    """What the stage would read now. Raises `NoSuchSong`, and `NotReadyFor` when a needed stage is not done."""
    song = find_song(uow, song_id)
    files: list[InputFile] = []
    if stage.uploads:
        files += msgspec.convert(song.uploads, list[InputFile])
    for need in stage.needs:
        source = current_run(uow, song_id, need)
        if source is None or source.state != RunState.DONE:
            raise NotReadyFor(song_id, stage.name, need)
        made = runs.artifacts_of_run(uow, pipeline[need], source)
        files += [
            InputFile(
                origin=need,
                kind=item.kind,
                name=item.name,
                sha256=item.sha256,
                bytes=item.bytes,
                details=item.details,
            )
            for item in made
        ]
    if stage.peers is not None and song.circle is not None:
        files += _peers(uow, song, stage.needs, stage.peers)
    params = {name: song.settings[name] for name in stage.takes if name in song.settings}
    if stage.parts_from is None:
        return Inputs(files=tuple(files), params=params)
    return Inputs(files=tuple(files), params=params, parts=tuple(song.settings[stage.parts_from]))


def find_song(uow: UnitOfWork, song_id: str) -> Row[Any]:
    """The song's row. Raises `NoSuchSong`."""
    song = uow.connection.execute(select(song_table).where(song_table.c.id == song_id)).one_or_none()
    if song is None:
        raise NoSuchSong(song_id)
    return song


def current_run(uow: UnitOfWork, song_id: str, stage_name: str) -> Row[Any] | None:
    """The run of the stage that stands for the song as it is now, if there is one."""
    return uow.connection.execute(
        select(stage_run_table).where(run.song_id == song_id, run.stage == stage_name, run.current)
    ).one_or_none()


def cancel_all(uow: UnitOfWork, song_id: str) -> None:
    """Stop everything that is waiting or running for the song. What is done stays done."""
    for row in uow.connection.execute(select(stage_run_table).where(run.song_id == song_id)).all():
        runs.cancel(uow, row)


def cancel_stage(uow: UnitOfWork, song_id: str, stage_name: str) -> None:
    """Stop the stage if it waits or runs; ordering it again takes it up again."""
    row = current_run(uow, song_id, stage_name)
    if row is not None:
        runs.cancel(uow, row)


def _peers(uow: UnitOfWork, song: Row[Any], stages: tuple[str, ...], kind: str) -> list[InputFile]:
    """What the stages made of that kind for the other songs of the circle as they are now, in an order of their own."""
    made = artifact_table.c
    # These stages have one part, so an artifact has the input hash of its run.
    same_run = and_(run.song_id == made.song_id, run.stage == made.stage, run.input_hash == made.input_hash)
    rows = uow.connection.execute(
        select(made.song_id, made.sha256, made.bytes, made.details)
        .join(stage_run_table, same_run)
        .join(song_table, song_table.c.id == made.song_id)
        .where(song_table.c.circle == song.circle, song_table.c.id != song.id)
        .where(made.stage.in_(stages), made.kind == kind, run.current)
        .order_by(made.song_id)
    )
    return [
        InputFile(origin=PEER, kind=PEER, name=row.song_id, sha256=row.sha256, bytes=row.bytes, details=row.details)
        for row in rows
    ]


def _start(uow: UnitOfWork, pipeline: Pipeline, song_id: str, stage: Stage, inputs: Inputs, input_hash: str) -> str:
    run_id = uow.ids.new()
    ready = not runs.missing_parts(uow, stage, song_id, inputs)
    now = uow.clock.now()
    state = RunState.DONE if ready else RunState.QUEUED
    uow.connection.execute(
        insert(stage_run_table).values(
            id=run_id,
            song_id=song_id,
            stage=stage.name,
            version=stage.version,
            input_hash=input_hash,
            inputs=msgspec.to_builtins(inputs),
            current=True,
            queue=stage.queue,
            state=state,
            attempt=0,
            lost_leases=0,
            fence=0,
            progress=1.0 if ready else 0.0,
            cancel_requested=False,
            queued_at=now,
            finished_at=now if ready else None,
        )
    )
    uow.connection.execute(
        insert(progress_table).values(
            song_id=song_id, run_id=run_id, stage=stage.name, state=state, progress=float(ready), at=now
        )
    )
    if ready:
        follow(uow, pipeline, song_id, stage, inputs)
    else:
        runs.ring(uow, run_id, stage.queue)
    return run_id


def _supersede(uow: UnitOfWork, song_id: str, stage_names: tuple[str, ...]) -> None:
    rows = uow.connection.execute(
        select(stage_run_table).where(run.song_id == song_id, run.stage.in_(stage_names), run.current)
    ).all()
    for row in rows:
        uow.connection.execute(update(stage_run_table).where(run.id == row.id).values(current=False))
        runs.cancel(uow, row)
