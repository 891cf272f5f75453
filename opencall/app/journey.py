"""The journey of a song: which fact in one room orders what in another.

This is the only bridge between the rooms. Everything here runs in the transaction of the fact itself: either the act
and all that it orders are kept, or neither is.
"""

from collections.abc import Callable
from typing import Any, Final

from opencall.kernel.facts import Fact
from opencall.kernel.unit_of_work import UnitOfWork

Order = Callable[[UnitOfWork, Any], None]

JOURNEY: Final[dict[type[Fact], tuple[Order, ...]]] = {}


def react(uow: UnitOfWork, fact: Fact) -> None:
    """Let everything happen that `fact` orders; a fact that orders nothing is only remembered."""
    for order in JOURNEY.get(type(fact), ()):
        order(uow, fact)
