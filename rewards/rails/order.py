"""What a rail is given: an order, complete, with everybody's account in the clear. Lives in memory only."""

from datetime import date, datetime

import msgspec


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who pays or is paid: name and address as their bank writes them, and an account.

    `account` is an IBAN, without blanks, wherever the country has IBANs. `country` is ISO 3166-1 alpha-2.
    """

    name: str
    account: str
    town: str
    country: str
    street: str = ""
    postcode: str = ""
    bic: str = ""


class CreditTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """One payment: so much to one party, for one obligation."""

    end_to_end_id: str
    obligation_id: str
    creditor: Party
    amount_minor: int
    currency: str
    remittance: str


class PaymentOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One file's worth of payments from one account; `transactions` and `control_sum_minor` say what was approved."""

    message_id: str
    created_at: datetime
    execution_on: date
    debtor: Party
    currency: str
    transactions: int
    control_sum_minor: int
    transfers: tuple[CreditTransfer, ...]


class Sent(msgspec.Struct, frozen=True):
    """What left the house before: neither of these may be used again."""

    message_ids: frozenset[str] = frozenset()
    end_to_end_ids: frozenset[str] = frozenset()
