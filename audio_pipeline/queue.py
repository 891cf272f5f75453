"""What the machine is doing: the runs that work, wait, stand still and ended lately. Nothing here writes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import select

from audio_pipeline.production import require_studio
from audio_pipeline.runs import RunState
from audio_pipeline.tables import song_table, stage_run_table
from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork

run = stage_run_table.c
_LATEST_DONE: Final = 30
_LONGEST_QUEUE: Final = 200
# What a list shows of a run: not its inputs, which are as long as the song has stems.
SHOWN: Final = (
    run.id,
    run.song_id,
    run.stage,
    run.state,
    run.queue,
    run.progress,
    run.attempt,
    run.error,
    run.cancel_requested,
    run.queued_at,
    run.finished_at,
)


class RunLine(msgspec.Struct, frozen=True, kw_only=True):
    """A run in a list; `title` is empty for a song that is only being listened to."""

    run_id: str
    song_id: str
    title: str
    stage: str
    state: str
    queue: str
    progress: float
    attempt: int
    error: str | None
    cancel_requested: bool
    queued_at: datetime
    finished_at: datetime | None


class Runs(msgspec.Struct, frozen=True, kw_only=True):
    """What is going on: `stuck` waits for a person, `ended` are the last ones that are done or were cancelled."""

    running: tuple[RunLine, ...]
    queued: tuple[RunLine, ...]
    stuck: tuple[RunLine, ...]
    ended: tuple[RunLine, ...]


def runs_now(uow: UnitOfWork, principal: Principal) -> Runs:
    """The queue and what stands still, the oldest first; what ended, the latest first. Raises `NotAllowed`."""
    require_studio(principal)
    going = (RunState.RUNNING, RunState.QUEUED)
    waiting = _lines(uow, run.state.in_(going), (run.queued_at, run.id), _LONGEST_QUEUE)
    stuck = _lines(
        uow,
        run.current & run.state.in_((RunState.FAILED, RunState.QUARANTINED)),
        (run.finished_at, run.id),
        _LONGEST_QUEUE,
    )
    over = run.state.in_((RunState.DONE, RunState.CANCELLED)) & run.finished_at.is_not(None)
    return Runs(
        running=tuple(line for line in waiting if line.state == RunState.RUNNING),
        queued=tuple(line for line in waiting if line.state == RunState.QUEUED),
        stuck=stuck,
        ended=_lines(uow, over, (run.finished_at.desc(), run.id), _LATEST_DONE),
    )


def _lines(uow: UnitOfWork, chosen: Any, order: Sequence[Any], limit: int) -> tuple[RunLine, ...]:
    rows = uow.connection.execute(
        select(*SHOWN, song_table.c.settings)
        .join(song_table, song_table.c.id == run.song_id)
        .where(chosen)
        .order_by(*order)
        .limit(limit)
    )
    return tuple(
        RunLine(
            run_id=row.id,
            song_id=row.song_id,
            title=row.settings.get("title", ""),
            stage=row.stage,
            state=row.state,
            queue=row.queue,
            progress=row.progress,
            attempt=row.attempt,
            error=row.error,
            cancel_requested=row.cancel_requested,
            queued_at=row.queued_at,
            finished_at=row.finished_at,
        )
        for row in rows
    )
