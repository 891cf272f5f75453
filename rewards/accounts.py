"""The chart of accounts: where money stands between the donor and the artist.

    donors → available → allocated → encumbered → due → in_transit → paid

Each arrow is one kind of transfer, and each account holds what has come as far as that. `donors` owes what it gave, so
it stands below zero; all others never do. The accounts of a fund therefore sum to zero, and what the bank account
must hold is everything between `available` and `in_transit`.
"""

from enum import StrEnum


class Stage(StrEnum):
    """How far money of a call has come."""

    ALLOCATED = "allocated"
    ENCUMBERED = "encumbered"
    DUE = "due"
    IN_TRANSIT = "in_transit"
    PAID = "paid"


class TransferKind(StrEnum):
    """Why money moved; `reversal` takes another transfer back."""

    DONATION = "donation"
    ALLOCATION = "allocation"
    ENCUMBRANCE = "encumbrance"
    DUE = "due"
    CANCELLATION = "cancellation"
    SENDING = "sending"
    SETTLEMENT = "settlement"
    RETURN = "return"
    REVERSAL = "reversal"


def donors(fund_id: str) -> str:
    """Where a fund's money comes from; the negative of all that was received."""
    return f"fund/{fund_id}/donors"


def available(fund_id: str) -> str:
    """What a fund has not allocated yet."""
    return f"fund/{fund_id}/available"


def of_call(fund_id: str, call_id: str, stage: Stage) -> str:
    """What a call has at one stage."""
    return f"fund/{fund_id}/call/{call_id}/{stage}"
