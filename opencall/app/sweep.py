"""Every second: what has to happen because time passed, and nobody asked.

The sweep rings for runs that wait and may not have been heard, sends mail that is due, and does what the house hooks
in. Any number of sweeps may run; none of them has to.
"""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from audio_pipeline import runs
from opencall.app.broker import life_of, make_broker
from opencall.app.house import House
from opencall.kernel.mail import send_due_mail
from opencall.kernel.unit_of_work import UnitOfWork
from rewards.bank import hold_unanswered
from submissions.calls import close_due_calls
from submissions.files import UPLOADS_KEPT, drop_old_uploads
from submissions.offers import expire_offers

log = structlog.get_logger()

EVERY_S: Final = 1.0
# Bytes of uploads that stopped half-way are looked for in this rhythm.
COLLECT_EVERY_S: Final = 3600.0

Hook = Callable[[UnitOfWork], object]
"""Does what is due now in a transaction of its own; must be cheap when nothing is."""

# One line registers what else the house does when its time has come.
HOOKS: Final[tuple[Hook, ...]] = (close_due_calls, drop_old_uploads, expire_offers, hold_unanswered)


class Sweep:
    """What one sweep remembers from second to second."""

    def __init__(self, house: House, hooks: Sequence[Hook] = HOOKS, ring_again: timedelta = runs.RING_AGAIN) -> None:
        self._house = house
        self._broker = make_broker(house.settings)
        self._hooks = hooks
        self._ring_again = ring_again
        self._broker_life: str | None = None
        self._collect_at = time.monotonic()

    def once(self) -> None:
        """Do everything that is due. One failing part does not keep the others from their turn."""
        for part in (
            self.ring,
            self.send_mail,
            self.collect_uploads,
            *(self._in_transaction(hook) for hook in self._hooks),
        ):
            try:
                part()
            except Exception:
                log.exception("sweep_failed", part=getattr(part, "__name__", repr(part)))

    def ring(self) -> int:
        """Ring for every run that waits unheard; returns for how many. Quiet while the broker is away."""
        life = life_of(self._broker)
        if life is None:
            self._broker_life = None
            return 0
        if life != self._broker_life:
            with self._house.work.write() as uow:
                runs.forget_bells(uow)
            self._broker_life = life
        with self._house.work.read() as uow:
            if not runs.due(uow, self._ring_again):
                return 0  # the usual second: no lock was taken
        with self._house.work.write() as uow:
            waiting = runs.due(uow, self._ring_again)
            for run_id, queue in waiting:
                runs.ring(uow, run_id, queue)
        return len(waiting)

    def send_mail(self) -> int:
        """Send letters that are due; returns how many went out."""
        return send_due_mail(self._house.work, self._house.mail_sink, self._house.settings.mail_sender)

    def collect_uploads(self) -> int:
        """Once an hour: drop what arrived of uploads that nobody goes on with; returns how many there were."""
        if time.monotonic() < self._collect_at:
            return 0
        self._collect_at = time.monotonic() + COLLECT_EVERY_S
        return self._house.uploads.collect(UPLOADS_KEPT)

    def _in_transaction(self, hook: Hook) -> Callable[[], None]:
        def due() -> None:
            with self._house.work.write() as uow:
                hook(uow)

        due.__name__ = getattr(hook, "__name__", "hook")
        return due


def run_sweep(house: House, stop: threading.Event, hooks: Sequence[Hook] = HOOKS) -> None:
    """Sweep once a second until `stop` is set."""
    sweep = Sweep(house, hooks)
    while not stop.is_set():
        started = time.monotonic()
        sweep.once()
        stop.wait(max(0.0, EVERY_S - (time.monotonic() - started)))
