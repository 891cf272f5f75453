"""The books as a Beancount file: any plain-text accounting tool can check and chart them.

What stands between `available` and `in_transit` is the bank account, divided by purpose, hence assets; donors are
income, which Beancount writes negative as we do; what was paid is an expense.
"""

import re
from collections.abc import Iterator

from sqlalchemy import select

from opencall.kernel.unit_of_work import UnitOfWork
from rewards import ledger
from rewards.accounts import TransferKind
from rewards.journal import Entry
from rewards.money import format_amount
from rewards.tables import account_table

_UNFIT = re.compile(r"[^A-Za-z0-9-]")
_OF_PAYMENTS = {TransferKind.SENDING, TransferKind.SETTLEMENT, TransferKind.RETURN}


def export_beancount(uow: UnitOfWork) -> Iterator[str]:
    """The journal, line by line without line ends: accounts, transactions in order, and at last the chain head.

    Each transaction carries its identifier and chain hash; those of payments carry their EndToEndId.
    """
    yield 'option "title" "Opencall rewards"'
    entries = ledger.read_entries(uow)
    first = next(entries, None)
    accounts = uow.connection.execute(select(account_table).order_by(account_table.c.number)).all()
    for row in accounts:
        opened = "1970-01-01" if first is None else first.posted_at.date().isoformat()
        yield f"{opened} open {beancount_account(row.name)} {row.currency}"
    seq, sha256 = 0, ""
    if first is not None:
        yield from _transaction(first)
        seq, sha256 = first.seq, first.chain_sha256
    for entry in entries:
        yield from _transaction(entry)
        seq, sha256 = entry.seq, entry.chain_sha256
    yield ""
    yield f"; chain head: entry {seq} {sha256}".rstrip()


def beancount_account(name: str) -> str:
    """`fund/F/call/C/due` as `Assets:Fund:F:Call:C:Due`, `…/donors` as income, `…/paid` as an expense."""
    parts = name.split("/")
    root = {"donors": "Income", "paid": "Expenses"}.get(parts[-1], "Assets")
    fitted = (_UNFIT.sub("-", part) for part in parts)
    # A component begins with a capital or a digit.
    return ":".join((root, *(part[:1].upper() + part[1:] if part[:1].isalnum() else f"X{part}" for part in fitted)))


def _transaction(entry: Entry) -> Iterator[str]:
    transfer = entry.transfer
    amount = format_amount(transfer.amount_minor, transfer.currency)
    yield ""
    yield f'{entry.posted_at.date().isoformat()} * "{transfer.kind}"'
    yield f'  transfer: "{transfer.id}"'
    yield f'  chain: "{entry.chain_sha256}"'
    if transfer.kind in _OF_PAYMENTS:
        yield f'  end-to-end-id: "{transfer.subject}"'
    if transfer.reverses is not None:
        yield f'  reverses: "{transfer.reverses}"'
    yield f"  {beancount_account(transfer.giving)}  -{amount} {transfer.currency}"
    yield f"  {beancount_account(transfer.taking)}  {amount} {transfer.currency}"
