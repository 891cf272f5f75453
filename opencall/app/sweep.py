"""Every second: what has to happen because time passed, and nobody asked.

The sweep rings for runs that wait and may not have been heard, sends mail that is due, and does what the house hooks
in. Any number of sweeps may run; none of them has to. In the usual second nothing is due: one question over all parts
says so, and no lock is taken.
"""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeVar

import structlog
from sqlalchemy import Select, select

from audio_pipeline import runs
from opencall.app.beats import Heart
from opencall.app.broker import life_of, make_broker
from opencall.app.house import House
from opencall.app.identity.limits import forget_old_asks, old_asks
from opencall.app.identity.sessions import forget_old_sessions, old_sessions
from opencall.kernel.mail import due_mail, send_due_mail
from opencall.kernel.unit_of_work import UnitOfWork
from rewards.bank import hold_unanswered, unanswered
from submissions.calls import calls_past, close_due_calls
from submissions.files import drop_old_uploads, old_uploads, under_way_anywhere
from submissions.offers import expire_offers, offers_lapsed

log = structlog.get_logger()

T = TypeVar("T")

EVERY_S: Final = 1.0
LEFT_OVERS_EVERY_S: Final = 3600.0
# Longer than from an upload's first byte to its row, or from its row's end to its last byte's.
LEFT_OVERS_AFTER: Final = timedelta(hours=1)

Due = Callable[[datetime], Select[Any]]
"""The question which rows are due at a moment; it is only asked whether there are any."""


class Hook(NamedTuple):
    """What the house does when its time has come: `act`, in a transaction of its own, once `due` finds something."""

    due: Due
    act: Callable[[UnitOfWork], object]


# One line registers what else the house does when its time has come.
HOOKS: Final[tuple[Hook, ...]] = (
    Hook(calls_past, close_due_calls),
    Hook(offers_lapsed, expire_offers),
    Hook(unanswered, hold_unanswered),
    Hook(old_sessions, forget_old_sessions),
    Hook(old_asks, forget_old_asks),
)


class Sweep:
    """What one sweep remembers from second to second."""

    def __init__(self, house: House, hooks: Sequence[Hook] = HOOKS, ring_again: timedelta = runs.RING_AGAIN) -> None:
        self._house = house
        self._broker = make_broker(house.settings)
        self._ring_again = ring_again
        self._broker_life: str | None = None
        self._left_overs_at = 0.0
        self.heart = Heart(self._broker, "sweep")
        self._parts: tuple[tuple[Due, Callable[[], object]], ...] = (
            (lambda now: runs.unheard(now, ring_again), self.ring),
            (due_mail, self.send_mail),
            (old_uploads, self.collect_uploads),
            *((hook.due, self._in_transaction(hook)) for hook in hooks),
        )

    def once(self) -> None:
        """Do everything that is due. One failing part does not keep the others from their turn."""
        _attempt(self.hear_of_the_broker)
        due = _attempt(self._due_parts)
        # One question that cannot be asked spoils the answer for all: then everybody has a turn.
        for part in [part for _due, part in self._parts] if due is None else due:
            _attempt(part)
        _attempt(self.collect_left_overs)

    def hear_of_the_broker(self) -> None:
        """Forget every bell when the broker started anew: it has forgotten them too."""
        life = life_of(self._broker)
        if life is not None and life != self._broker_life:
            with self._house.work.write() as uow:
                runs.forget_bells(uow)
        self._broker_life = life

    def ring(self) -> int:
        """Ring for every run that waits unheard; returns for how many. Quiet while the broker is away."""
        if self._broker_life is None:
            return 0
        with self._house.work.write() as uow:
            waiting = runs.due(uow, self._ring_again)
            for run_id, queue in waiting:
                runs.ring(uow, run_id, queue)
        return len(waiting)

    def send_mail(self) -> int:
        """Send letters that are due; returns how many went out."""
        return send_due_mail(self._house.work, self._house.mail_sink, self._house.settings.mail_sender)

    def collect_uploads(self) -> int:
        """Forget uploads that have had their time, and drop what arrived of them; returns how many there were."""
        with self._house.work.write() as uow:
            dropped = drop_old_uploads(uow)
        for upload in dropped:
            self._house.uploads.forget(upload)
        return len(dropped)

    def collect_left_overs(self) -> int:
        """Drop bytes of uploads that have ended, where a machine died in between; returns of how many.

        Once an hour, and when a sweep starts: asking for every file on its way costs more than the usual question.
        """
        if time.monotonic() < self._left_overs_at:
            return 0
        self._left_overs_at = time.monotonic() + LEFT_OVERS_EVERY_S
        with self._house.work.read() as uow:
            wanted = under_way_anywhere(uow)
        return self._house.uploads.collect(wanted, LEFT_OVERS_AFTER)

    def _due_parts(self) -> list[Callable[[], object]]:
        with self._house.work.read() as uow:
            now = uow.clock.now()
            questions = [due(now).exists() for due, _part in self._parts]
            answers = uow.connection.execute(select(*questions)).one()
        return [part for (_due, part), is_due in zip(self._parts, answers, strict=True) if is_due]

    def _in_transaction(self, hook: Hook) -> Callable[[], None]:
        def act() -> None:
            with self._house.work.write() as uow:
                hook.act(uow)

        act.__name__ = getattr(hook.act, "__name__", "hook")
        return act


def _attempt(part: Callable[[], T]) -> T | None:
    try:
        return part()
    except Exception:
        log.exception("sweep_failed", part=getattr(part, "__name__", repr(part)))
        return None


def run_sweep(house: House, stop: threading.Event, hooks: Sequence[Hook] = HOOKS) -> None:
    """Sweep once a second until `stop` is set."""
    sweep = Sweep(house, hooks)
    while not stop.is_set():
        started = time.monotonic()
        sweep.once()
        sweep.heart.beat()
        stop.wait(max(0.0, EVERY_S - (time.monotonic() - started)))
    sweep.heart.stop()
