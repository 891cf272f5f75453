"""How full the queues are: for whoever watches over an installation."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import and_, case, func, select

from audio_pipeline.pipeline import Queue
from audio_pipeline.runs import RunState
from audio_pipeline.tables import stage_run_table
from opencall.kernel.unit_of_work import UnitOfWork

# Whose lease lapsed so long ago was rung for twice, and nobody took it over.
ABANDONED_AFTER: Final = timedelta(minutes=1)

run = stage_run_table.c


class QueueDepth(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in one queue: runs that wait, since when the oldest does, and runs that are at work.

    `abandoned` are those whose worker fell silent and that no other took over; `stuck` those that wait for a person.
    """

    queue: Queue
    waiting: int = 0
    waiting_since: datetime | None = None
    running: int = 0
    abandoned: int = 0
    stuck: int = 0


def queue_depths(uow: UnitOfWork) -> tuple[QueueDepth, ...]:
    """One for each queue, in their order."""
    abandoned = and_(run.state == RunState.RUNNING, run.lease_until <= uow.clock.now() - ABANDONED_AFTER)
    stuck = and_(run.state.in_([RunState.FAILED, RunState.QUARANTINED]), run.current)
    rows = uow.connection.execute(
        select(
            run.queue,
            func.sum(case((run.state == RunState.QUEUED, 1), else_=0)).label("waiting"),
            func.min(case((run.state == RunState.QUEUED, run.queued_at))).label("waiting_since"),
            func.sum(case((run.state == RunState.RUNNING, 1), else_=0)).label("running"),
            func.sum(case((abandoned, 1), else_=0)).label("abandoned"),
            func.sum(case((stuck, 1), else_=0)).label("stuck"),
        )
        .where(run.state.not_in([RunState.DONE, RunState.CANCELLED]))
        .group_by(run.queue)
    ).all()
    found = {row.queue: row._asdict() for row in rows}
    return tuple(QueueDepth(**{**found.get(queue, {}), "queue": queue}) for queue in Queue)
