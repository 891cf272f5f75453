"""A curator's own desks: which calls they hear, how far they are, and which song is next."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.review import QueueEntry, listening_queue
from submissions.rows import Call, as_struct
from submissions.states import CALL_TRANSITIONS, CallEvent
from submissions.tables import assignment_table, call_table


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A call that a curator hears; `queue` is empty while artists may still change their songs, and afterwards."""

    call: Call
    open: bool
    queue: tuple[QueueEntry, ...]

    @property
    def done(self) -> int:
        """Songs that were scored, or left to others."""
        return sum(entry.done for entry in self.queue)


def desks(uow: UnitOfWork, principal: Principal) -> tuple[Desk, ...]:
    """The calls that `principal` was assigned to: those with songs left first, then the newest.

    Raises `NotAllowed` for whoever is no curator.
    """
    if not any(grant.role is Role.CURATOR for grant in principal.grants):
        require(principal, Role.CURATOR)
    rows = uow.connection.execute(
        select(call_table)
        .join(assignment_table, assignment_table.c.call_id == call_table.c.id)
        .where(assignment_table.c.curator_id == principal.user_id)
        .order_by(call_table.c.closes_at.desc(), call_table.c.id)
    ).all()
    calls = [as_struct(row, Call) for row in rows if principal.may(Role.CURATOR, row.id)]
    mine = [_desk(uow, principal, call) for call in calls]
    return tuple(sorted(mine, key=lambda desk: desk.done == len(desk.queue)))


def next_song(queue: Sequence[QueueEntry], after: str | None = None) -> str | None:
    """The first song that is not done yet, looking on from `after` and then from the start; None when all are."""
    places = [place for place, entry in enumerate(queue) if entry.song_id == after]
    start = places[0] + 1 if places else 0
    return next((entry.song_id for entry in (*queue[start:], *queue[:start]) if not entry.done), None)


def _desk(uow: UnitOfWork, principal: Principal, call: Call) -> Desk:
    is_open = (call.state, CallEvent.REVIEW) in CALL_TRANSITIONS
    return Desk(call=call, open=is_open, queue=listening_queue(uow, principal, call.id) if is_open else ())
