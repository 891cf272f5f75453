"""How the installation is: what answers, who is at work, what waits, and what somebody should do about it.

A look costs a handful of short questions, so a machine may ask every few seconds.
"""

import importlib.metadata
import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog
from dramatiq.brokers.redis import RedisBroker
from sqlalchemy.exc import SQLAlchemyError

from audio_pipeline.depths import QueueDepth, queue_depths
from audio_pipeline.pipeline import Queue
from opencall.app.beats import Beat, heard
from opencall.app.house import House
from opencall.kernel.mail import Backlog, backlog

log = structlog.get_logger()

# A song with its stems, their normalised copies and its masters takes about a gigabyte.
DISK_LOW_BYTES: Final = 2 * 1024**3
# Work that waits so long while nothing of its queue is done is waiting for nobody.
IDLE_AFTER: Final = timedelta(minutes=10)
MAIL_LATE_AFTER: Final = timedelta(minutes=15)


class Point(msgspec.Struct, frozen=True):
    """What is the matter, and what to do about it."""

    what: str
    to_do: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen at `at`. `ok` means that everything an installation is made of is there and does its work.

    `problems` say what is not; `notices` what waits for a person while all machines are well. None stands for what
    could not be asked.
    """

    at: datetime
    version: str
    uptime_s: float
    database: bool
    broker: bool
    workers: tuple[Beat, ...]
    sweeps: tuple[Beat, ...]
    queues: tuple[QueueDepth, ...] | None
    mail: Backlog | None
    disk_free_bytes: int
    ok: bool = False
    problems: tuple[Point, ...] = ()
    notices: tuple[Point, ...] = ()

    def listening_on(self, queue: Queue) -> int:
        """How many workers listen on `queue`."""
        return sum(queue in worker.queues for worker in self.workers)


def look(house: House, broker: RedisBroker, since: datetime) -> Health:
    """See how the installation is. `since` is when the process that asks was started, by the house's clock."""
    now = house.work.clock.now()
    queues: tuple[QueueDepth, ...] | None = None
    mail: Backlog | None = None
    try:
        with house.work.read() as uow:
            queues, mail = queue_depths(uow), backlog(uow)
    except SQLAlchemyError:
        log.exception("database_does_not_answer")
    beats = heard(broker)
    return judged(
        Health(
            at=now,
            version=importlib.metadata.version("opencall"),
            uptime_s=round((now - since).total_seconds(), 1),
            database=queues is not None,
            broker=beats is not None,
            workers=tuple(beat for beat in beats or () if beat.kind == "worker"),
            sweeps=tuple(beat for beat in beats or () if beat.kind == "sweep"),
            queues=queues,
            mail=mail,
            disk_free_bytes=shutil.disk_usage(house.settings.home).free,
        )
    )


def judged(seen: Health) -> Health:
    """What was seen, with its problems and notices in words."""
    problems = tuple(_problems(seen))
    return msgspec.structs.replace(seen, ok=not problems, problems=problems, notices=tuple(_notices(seen)))


def _problems(seen: Health) -> Iterable[Point]:
    if not seen.database:
        yield Point("The database does not answer.", "Look at its log, at the disk, and at OPENCALL_DATABASE_URL.")
    if not seen.broker:
        yield Point("The broker does not answer, so work waits.", "Look at Valkey, or at OPENCALL_BROKER_URL.")
    else:
        # Whoever lives says so through the broker.
        deserted = [queue for queue in Queue if not seen.listening_on(queue)]
        if deserted:
            queues = ",".join(deserted)
            yield Point(f"No worker listens on {', '.join(deserted)}.", f"Run: opencall worker --queues {queues}")
        if not seen.sweeps:
            yield Point("No sweep is running, so nothing happens by itself, mail included.", "Run: opencall sweep")
    for depth in seen.queues or ():
        if depth.abandoned:
            yield Point(
                f"{depth.abandoned} runs of {depth.queue} lost their worker and found no other.",
                "Look at the log of its workers.",
            )
        if depth.waiting_since and not depth.running and seen.at - depth.waiting_since > IDLE_AFTER:
            yield Point(
                f"{depth.waiting} runs wait on {depth.queue}, and none is at work.", "Look at the log of its workers."
            )
    if seen.disk_free_bytes < DISK_LOW_BYTES:
        yield Point(f"{seen.disk_free_bytes / 1e9:.1f} GB of disk are left.", "Make room before the next song arrives.")


def _notices(seen: Health) -> Iterable[Point]:
    stuck = sum(depth.stuck for depth in seen.queues or ())
    if stuck:
        yield Point(f"{stuck} runs failed or are in quarantine.", "See why, and queue them again: opencall runs")
    if seen.mail and seen.mail.given_up:
        yield Point(f"{seen.mail.given_up} letters were given up.", "The log says why; look at the mail server.")
    if seen.mail and seen.mail.waiting_since and seen.at - seen.mail.waiting_since > MAIL_LATE_AFTER:
        since = f"{seen.mail.waiting_since:%Y-%m-%d %H:%M} UTC"
        yield Point(f"{seen.mail.waiting} letters wait, the oldest since {since}.", "Look at the mail server.")
    others = {beat.version for beat in (*seen.workers, *seen.sweeps)} - {seen.version}
    if others:
        yield Point(f"Some processes still run version {', '.join(sorted(others))}.", "Start them again.")
