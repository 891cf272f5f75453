"""Claims, fences and leases: who works on a run, and whose work counts.

The database is the truth, the broker a doorbell. A claim raises the fence of a run and takes a lease; every later word
of that worker names its fence, and is refused once somebody else claimed. A worker that dies loses its lease; the
sweep rings, and the next claim takes over. Each function is one step of a short transaction; none is held open while
a stage computes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import Row, Select, and_, insert, or_, select, update

from audio_pipeline.facts import RunFailed, RunQuarantined
from audio_pipeline.pipeline import Artifact, Inputs, Pipeline, Stage, digest
from audio_pipeline.run_errors import LeaseLost, MoveRefused, NoSuchRun
from audio_pipeline.tables import artifact_table, progress_table, stage_run_table
from opencall.kernel.unit_of_work import UnitOfWork

# A holder renews every second. Ten missed renewals are no hiccup of a busy disk; and whoever waits for a song whose
# worker was killed waits ten seconds more, not minutes. Losing a lease wrongly costs work, never a wrong result.
LEASE: Final = timedelta(seconds=10)

# A bell that was rung is on its way or waits in its queue behind other work; it is rung again when it may be lost.
RING_AGAIN: Final = timedelta(seconds=30)

MAX_LOST_LEASES: Final = 3

run = stage_run_table.c


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    QUARANTINED = "quarantined"


class RunEvent(StrEnum):
    CLAIM = "be claimed"
    RELEASE = "be released"
    COMPLETE = "be completed"
    FAIL = "fail"
    CANCEL = "be cancelled"
    QUARANTINE = "be quarantined"
    REQUEUE = "be queued again"


TRANSITIONS: Final[Mapping[tuple[RunState, RunEvent], RunState]] = {
    (RunState.QUEUED, RunEvent.CLAIM): RunState.RUNNING,
    (RunState.QUEUED, RunEvent.CANCEL): RunState.CANCELLED,
    (RunState.QUEUED, RunEvent.QUARANTINE): RunState.QUARANTINED,
    (RunState.RUNNING, RunEvent.CLAIM): RunState.RUNNING,  # after the lease has lapsed
    (RunState.RUNNING, RunEvent.RELEASE): RunState.QUEUED,
    (RunState.RUNNING, RunEvent.COMPLETE): RunState.DONE,
    (RunState.RUNNING, RunEvent.FAIL): RunState.FAILED,
    (RunState.RUNNING, RunEvent.CANCEL): RunState.CANCELLED,
    (RunState.RUNNING, RunEvent.QUARANTINE): RunState.QUARANTINED,
    (RunState.FAILED, RunEvent.REQUEUE): RunState.QUEUED,
    (RunState.CANCELLED, RunEvent.REQUEUE): RunState.QUEUED,
    (RunState.QUARANTINED, RunEvent.REQUEUE): RunState.QUEUED,
}


def next_state(run_id: str, state: RunState, event: RunEvent) -> RunState:
    """The state after `event`. Raises `MoveRefused`."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise MoveRefused(run_id, state, event) from None


class Claim(msgspec.Struct, frozen=True):
    """The right to work on a run, good until the lease lapses unless it is renewed; named by its fence."""

    run_id: str
    song_id: str
    stage: str
    fence: int
    inputs: Inputs
    missing: tuple[str, ...]


def claim(uow: UnitOfWork, pipeline: Pipeline, run_id: str, owner: str) -> Claim | None:
    """Take the run for `owner` if it waits, or if its holder's lease has lapsed; None when there is nothing to do.

    A bell may ring twice, or for a run that is done: then None is the right answer, not an error. A run that has lost
    `MAX_LOST_LEASES` is quarantined here instead of being claimed.
    """
    row = uow.connection.execute(select(stage_run_table).where(run.id == run_id)).one_or_none()
    if row is None or row.state not in (RunState.QUEUED, RunState.RUNNING):
        return None
    lapsed = row.state == RunState.RUNNING
    if lapsed and row.lease_until > uow.clock.now():
        return None
    lost_leases = row.lost_leases + lapsed
    if lapsed and row.cancel_requested:
        _end(uow, row, RunEvent.CANCEL, lost_leases=lost_leases)
        return None
    if lost_leases >= MAX_LOST_LEASES:
        _quarantine(uow, row, lost_leases)
        return None

    fence = row.fence + 1
    _move(
        uow,
        row,
        RunEvent.CLAIM,
        fence=fence,
        attempt=row.attempt + 1,
        lost_leases=lost_leases,
        lease_owner=owner,
        lease_until=uow.clock.now() + LEASE,
        progress=0.0,
        error=None,
        rung_at=None,
    )
    inputs = msgspec.convert(row.inputs, Inputs)
    missing = missing_parts(uow, pipeline[row.stage].as_of(row.version), row.song_id, inputs)
    return Claim(run_id, row.song_id, row.stage, fence, inputs, missing)


def renew(uow: UnitOfWork, claim: Claim, progress: float) -> bool:
    """Prolong the lease and note the progress (0 to 1); returns whether a person wants the run to stop.

    Raises `LeaseLost` once the run belongs to somebody else, or ended. Call it once a second.
    """
    row = _held(uow, claim)
    progress = min(max(progress, row.progress), 1.0)
    uow.connection.execute(
        update(stage_run_table)
        .where(run.id == claim.run_id, run.fence == claim.fence)
        .values(lease_until=uow.clock.now() + LEASE, progress=progress)
    )
    if progress > row.progress:
        _tell(uow, row, RunState.RUNNING, progress, None)
    return bool(row.cancel_requested)


def complete(uow: UnitOfWork, pipeline: Pipeline, claim: Claim, artifacts: tuple[Artifact, ...]) -> bool:
    """Keep the artifacts and end the run. Returns False if it was cancelled meanwhile, when nothing is kept.

    Raises `LeaseLost` when the claim is not the last one. What follows is ordered by the caller in this transaction.
    """
    row = _held(uow, claim)
    if row.cancel_requested:
        _end(uow, row, RunEvent.CANCEL)
        return False
    stage = pipeline[claim.stage].as_of(row.version)
    strange = {artifact.part for artifact in artifacts} - set(claim.inputs.parts)
    if strange:
        raise ValueError(f"{stage.name} returned artifacts of parts that nobody asked for: {sorted(strange)}")

    for artifact in artifacts:
        _keep(uow, claim, stage.part_hash(claim.inputs, artifact.part), artifact)
    whole = artifacts_of(uow, stage, claim.song_id, claim.inputs)
    key = digest([(artifact.kind, artifact.name, artifact.sha256) for artifact in whole])
    _end(uow, row, RunEvent.COMPLETE, progress=1.0, artifact_key=key)
    return True


def fail(uow: UnitOfWork, claim: Claim, error: str) -> None:
    """End the run with a plain sentence: what its input is wrong about. Raises `LeaseLost`."""
    row = _held(uow, claim)
    if row.cancel_requested:
        _end(uow, row, RunEvent.CANCEL)
        return
    _end(uow, row, RunEvent.FAIL, error=error)
    uow.record(RunFailed(song_id=row.song_id, stage=row.stage, error=error))


def cancelled(uow: UnitOfWork, claim: Claim) -> None:
    """Note that the work was stopped because a person wanted so. Raises `LeaseLost`."""
    _end(uow, _held(uow, claim), RunEvent.CANCEL)


def release(uow: UnitOfWork, claim: Claim, *, lost: bool) -> None:
    """Give the run back to be claimed again at once. `lost` counts as a lost lease: the stage's process died.

    Without it, the worker is being shut down in good order and nothing is held against the run. Raises `LeaseLost`.
    """
    row = _held(uow, claim)
    if row.cancel_requested:
        _end(uow, row, RunEvent.CANCEL)
    elif lost and row.lost_leases + 1 >= MAX_LOST_LEASES:
        _quarantine(uow, row, row.lost_leases + 1)
    else:
        _move(uow, row, RunEvent.RELEASE, lost_leases=row.lost_leases + lost, lease_owner=None, lease_until=None)
        ring(uow, row.id, row.queue)


def cancel(uow: UnitOfWork, row: Row[Any]) -> None:
    """End a waiting run at once; ask the worker of a running one to stop. Others are left as they are."""
    if row.state == RunState.QUEUED:
        _end(uow, row, RunEvent.CANCEL)
    elif row.state == RunState.RUNNING:
        uow.connection.execute(update(stage_run_table).where(run.id == row.id).values(cancel_requested=True))


def requeue(uow: UnitOfWork, run_id: str) -> None:
    """Queue a failed, cancelled or quarantined run again, with a clean slate. Raises `NoSuchRun`, `MoveRefused`."""
    row = uow.connection.execute(select(stage_run_table).where(run.id == run_id)).one_or_none()
    if row is None:
        raise NoSuchRun(run_id)
    _move(
        uow,
        row,
        RunEvent.REQUEUE,
        lost_leases=0,
        progress=0.0,
        cancel_requested=False,
        error=None,
        finished_at=None,
        queued_at=uow.clock.now(),
    )
    ring(uow, row.id, row.queue)


def ring(uow: UnitOfWork, run_id: str, queue: str) -> None:
    """Ring for the run after the commit, and note when."""
    uow.connection.execute(update(stage_run_table).where(run.id == run_id).values(rung_at=uow.clock.now()))
    uow.ring(queue, run_id)


def due(uow: UnitOfWork, ring_again: timedelta = RING_AGAIN, limit: int = 500) -> list[tuple[str, str]]:
    """(run, queue) of all that waits for a worker and was not rung for lately: queued, or its lease has lapsed."""
    rows = uow.connection.execute(unheard(uow.clock.now(), ring_again).order_by(run.queued_at, run.id).limit(limit))
    return [(row.id, row.queue) for row in rows]


def unheard(now: datetime, ring_again: timedelta = RING_AGAIN) -> Select[tuple[str, str]]:
    """What `due` returns at `now`, as a question."""
    waits = or_(run.state == RunState.QUEUED, and_(run.state == RunState.RUNNING, run.lease_until <= now))
    not_lately = or_(run.rung_at.is_(None), run.rung_at <= now - ring_again)
    return select(run.id, run.queue).where(waits, not_lately)


def forget_bells(uow: UnitOfWork, run_id: str | None = None) -> None:
    """Let the run, or everything that waits, be rung for again at once: whoever heard the bells has forgotten them."""
    bells = update(stage_run_table).where(run.state.in_([RunState.QUEUED, RunState.RUNNING]), run.rung_at.is_not(None))
    if run_id is not None:
        bells = bells.where(run.id == run_id)
    uow.connection.execute(bells.values(rung_at=None))


def missing_parts(uow: UnitOfWork, stage: Stage, song_id: str, inputs: Inputs) -> tuple[str, ...]:
    """The parts of `inputs` that no run has made for this song yet, in order."""
    hashes = {part: stage.part_hash(inputs, part) for part in inputs.parts}
    found = uow.connection.scalars(
        select(artifact_table.c.input_hash)
        .where(artifact_table.c.song_id == song_id, artifact_table.c.stage == stage.name)
        .where(artifact_table.c.input_hash.in_(hashes.values()))
    )
    present = set(found)
    return tuple(part for part in inputs.parts if hashes[part] not in present)


def artifacts_of(uow: UnitOfWork, stage: Stage, song_id: str, inputs: Inputs) -> tuple[Artifact, ...]:
    """Everything that was made from `inputs`, by whichever run, ordered by part, kind and name."""
    order = {stage.part_hash(inputs, part): place for place, part in enumerate(inputs.parts)}
    rows = uow.connection.execute(
        select(artifact_table)
        .where(artifact_table.c.song_id == song_id, artifact_table.c.stage == stage.name)
        .where(artifact_table.c.input_hash.in_(order))
    ).all()
    rows = sorted(rows, key=lambda row: (order[row.input_hash], row.kind, row.name))
    return tuple(
        Artifact(kind=row.kind, name=row.name, sha256=row.sha256, bytes=row.bytes, part=row.part, details=row.details)
        for row in rows
    )


def artifacts_of_run(uow: UnitOfWork, stage: Stage, row: Row[Any]) -> tuple[Artifact, ...]:
    """Everything that the run, a row that is done, stands for; still when the stage is at a later version."""
    return artifacts_of(uow, stage.as_of(row.version), row.song_id, msgspec.convert(row.inputs, Inputs))


def version_of(uow: UnitOfWork, song_id: str, stage_name: str) -> str:
    """The version with which the song's current run of the stage was ordered; empty where there is none."""
    found = select(run.version).where(run.song_id == song_id, run.stage == stage_name, run.current)
    return uow.connection.execute(found).scalar_one_or_none() or ""


def _held(uow: UnitOfWork, claim: Claim) -> Row[Any]:
    row = uow.connection.execute(
        select(stage_run_table).where(run.id == claim.run_id, run.fence == claim.fence, run.state == RunState.RUNNING)
    ).one_or_none()
    if row is None:
        raise LeaseLost(claim.run_id, claim.fence)
    return row


def _keep(uow: UnitOfWork, claim: Claim, input_hash: str, artifact: Artifact) -> None:
    names = {"song_id": claim.song_id, "stage": claim.stage, "input_hash": input_hash}
    names |= {"kind": artifact.kind, "name": artifact.name}
    kept = select(artifact_table.c.id).where(*(artifact_table.c[key] == value for key, value in names.items()))
    if uow.connection.execute(kept).first() is not None:
        return  # create-only: what stands there was made from the same input
    uow.connection.execute(
        insert(artifact_table).values(
            id=uow.ids.new(),
            part=artifact.part,
            sha256=artifact.sha256,
            bytes=artifact.bytes,
            details=artifact.details,
            created_at=uow.clock.now(),
            **names,
        )
    )


def _quarantine(uow: UnitOfWork, row: Row[Any], lost_leases: int) -> None:
    error = (
        f"The worker of {row.stage} was lost {lost_leases} times (memory? a file that it cannot stand?); "
        "look at its log, then queue the run again."
    )
    _end(uow, row, RunEvent.QUARANTINE, lost_leases=lost_leases, error=error)
    uow.record(RunQuarantined(song_id=row.song_id, stage=row.stage, error=error))


def _end(uow: UnitOfWork, row: Row[Any], event: RunEvent, **values: Any) -> None:
    _move(uow, row, event, lease_owner=None, lease_until=None, finished_at=uow.clock.now(), **values)


def _move(uow: UnitOfWork, row: Row[Any], event: RunEvent, **values: Any) -> None:
    state = next_state(row.id, RunState(row.state), event)
    moved = uow.connection.execute(
        update(stage_run_table)
        .where(run.id == row.id, run.state == row.state, run.fence == row.fence)
        .values(state=state, **values)
    )
    if moved.rowcount != 1:
        raise LeaseLost(row.id, row.fence)
    _tell(uow, row, state, values.get("progress", row.progress), values.get("error"))


def _tell(uow: UnitOfWork, row: Row[Any], state: RunState, progress: float, error: str | None) -> None:
    uow.connection.execute(
        insert(progress_table).values(
            song_id=row.song_id,
            run_id=row.id,
            stage=row.stage,
            state=state,
            progress=progress,
            error=error,
            at=uow.clock.now(),
        )
    )
