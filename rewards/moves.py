"""Which state follows which: every move that an obligation, a payment or a batch may make, as one table.

An *obligation* is what one person is owed for one song. A *payment* is one attempt to settle it, with an EndToEndId
of its own. A *batch* is a list of payments that two people approve together.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from rewards.errors import MoveNotAllowed


class State(StrEnum):
    """Where an obligation, a payment or a batch stands; the three kinds share no value."""

    # obligations
    ENCUMBERED = "encumbered"
    DUE = "due"
    IN_PAYMENT = "in_payment"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    # payments
    BATCHED = "batched"
    SENT = "sent"
    HELD = "held"
    CREDITED = "credited"
    RETURNED = "returned"
    # batches
    DRAFT = "draft"
    RELEASED = "released"
    DISSOLVED = "dissolved"


class Event(StrEnum):
    """What happens to them."""

    MAKE_DUE = "make_due"
    CANCEL = "cancel"
    BATCH = "batch"
    UNBATCH = "unbatch"
    SEND = "send"
    HOLD = "hold"
    CREDIT = "credit"
    RETURN = "return"
    RELEASE = "release"
    DISSOLVE = "dissolve"


TRANSITIONS: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.ENCUMBERED, Event.MAKE_DUE): State.DUE,
        (State.ENCUMBERED, Event.CANCEL): State.CANCELLED,
        (State.DUE, Event.CANCEL): State.CANCELLED,
        (State.DUE, Event.BATCH): State.IN_PAYMENT,
        (State.IN_PAYMENT, Event.UNBATCH): State.DUE,
        (State.IN_PAYMENT, Event.CREDIT): State.SETTLED,
        (State.IN_PAYMENT, Event.RETURN): State.DUE,
        # Money may come back days after it was credited: the account was closed, the payee sent it back.
        (State.SETTLED, Event.RETURN): State.DUE,
        (State.BATCHED, Event.SEND): State.SENT,
        (State.SENT, Event.HOLD): State.HELD,
        (State.SENT, Event.CREDIT): State.CREDITED,
        (State.SENT, Event.RETURN): State.RETURNED,
        # Out of "held" leads only what the bank or a person found out; there is no way back to "sent".
        (State.HELD, Event.CREDIT): State.CREDITED,
        (State.HELD, Event.RETURN): State.RETURNED,
        (State.CREDITED, Event.RETURN): State.RETURNED,
        (State.DRAFT, Event.RELEASE): State.RELEASED,
        (State.DRAFT, Event.DISSOLVE): State.DISSOLVED,
    }
)


def next_state(state: State, event: Event) -> State:
    """The state that follows. Raises `MoveNotAllowed` where the table has no such move."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise MoveNotAllowed(state, event) from None
