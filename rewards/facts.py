"""What happened in this room, for the other rooms to act on. Identifiers and amounts only: no names, no accounts."""

from opencall.kernel.facts import Fact


class FundOpened(Fact, frozen=True, kw_only=True):
    """A fund exists; every amount in it is in `currency`."""

    fund_id: str
    currency: str


class DonationReceived(Fact, frozen=True, kw_only=True):
    """A fund has grown by `amount_minor`."""

    fund_id: str
    donation_id: str
    amount_minor: int


class BudgetAllocated(Fact, frozen=True, kw_only=True):
    """`amount_minor` of the fund is set aside for a call."""

    fund_id: str
    call_id: str
    amount_minor: int


class RewardEncumbered(Fact, frozen=True, kw_only=True):
    """The money for `reference` (a song) is promised, one obligation a share."""

    call_id: str
    reference: str
    obligation_ids: tuple[str, ...]


class ObligationDue(Fact, frozen=True, kw_only=True):
    """An obligation may be paid from now on."""

    obligation_id: str
    reference: str


class ObligationCancelled(Fact, frozen=True, kw_only=True):
    """An obligation will not be paid; its money is back in the call's budget."""

    obligation_id: str
    reference: str


class BatchReleased(Fact, frozen=True, kw_only=True):
    """A bank file exists under `file_sha256`; from here on its payments are on their way."""

    batch_id: str
    file_sha256: str
    payments: int


class PaymentHeld(Fact, frozen=True, kw_only=True):
    """Nobody knows what became of a payment; it is not sent again until somebody finds out."""

    obligation_id: str
    reference: str
    reason: str


class PaymentSettled(Fact, frozen=True, kw_only=True):
    """The bank booked the payment of an obligation."""

    obligation_id: str
    reference: str
    amount_minor: int


class PaymentReturned(Fact, frozen=True, kw_only=True):
    """The bank rejected a payment or sent it back (`reason`: ISO 20022 code); the obligation is due again."""

    obligation_id: str
    reference: str
    reason: str


class RewardSettled(Fact, frozen=True, kw_only=True):
    """Every obligation of `reference` is settled."""

    reference: str
