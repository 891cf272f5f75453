"""The journal in the database: open accounts, post transfers, reverse one, read balances.

A post is all or nothing. Its replays are found first and change nothing; then come the refusals, in the order of the
checks below; after them the writes must succeed. Up to `BATCH` transfers travel together: one insert, one update of
each touched balance with its net change, one new chain head.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec
from sqlalchemy import bindparam, insert, or_, select, update

from opencall.kernel.unit_of_work import UnitOfWork
from rewards.errors import (
    AccountConflict,
    AccountNotFound,
    AccountsMustDiffer,
    AlreadyReversed,
    CurrenciesDiffer,
    Overdrawn,
    TransferAmountNotPositive,
    TransferAmountTooLarge,
    TransferConflict,
    TransferNotFound,
)
from rewards.journal import GENESIS_SHA256, MAX_AMOUNT_MINOR, Entry, Transfer, chained, content_sha256, mirror
from rewards.money import exponent_of
from rewards.tables import account_table, chain_table, transfer_table

BATCH = 1000


class Account(msgspec.Struct, frozen=True):
    """A name, a currency, and whether it may owe, as only an account where money comes from does."""

    name: str
    currency: str
    may_be_negative: bool = False


class Head(msgspec.Struct, frozen=True):
    """The end of the chain: how many entries there are, and the hash that stands for all of them."""

    seq: int
    sha256: str


class _Held(msgspec.Struct):
    """An account while transfers are checked against it; the balance runs along."""

    number: int
    currency: str
    may_be_negative: bool
    balance_minor: int
    stored_minor: int


def open_accounts(uow: UnitOfWork, accounts: Sequence[Account]) -> None:
    """Open the accounts that do not exist yet. Raises `AccountConflict` for one that exists otherwise."""
    lock_head(uow)
    known = _accounts(uow, [account.name for account in accounts])
    new = [account for account in accounts if account.name not in known]
    for account in accounts:
        exponent_of(account.currency)
        held = known.get(account.name)
        if held and (held.currency, held.may_be_negative) != (account.currency, account.may_be_negative):
            raise AccountConflict(account.name)
    if not new:
        return

    last = uow.connection.execute(
        select(account_table.c.number).order_by(account_table.c.number.desc()).limit(1)
    ).scalar_one_or_none()
    uow.connection.execute(
        insert(account_table),
        [
            {
                "number": number,
                "name": account.name,
                "currency": account.currency,
                "may_be_negative": account.may_be_negative,
                "balance_minor": 0,
            }
            for number, account in enumerate(new, start=(last or 0) + 1)
        ],
    )


def post(uow: UnitOfWork, transfers: Iterable[Transfer]) -> list[Entry]:
    """Post `transfers` in order, all or none; returns their entries, for a replay the original one.

    Raises `TransferConflict` for a known identifier with other content, then, transfer by transfer,
    `TransferAmountNotPositive`, `TransferAmountTooLarge`, `AccountsMustDiffer`, `AccountNotFound`,
    `CurrenciesDiffer`, `TransferNotFound` and `AlreadyReversed` (of what it reverses), `Overdrawn`.
    """
    remaining = iter(transfers)
    entries: list[Entry] = []
    while batch := list(islice(remaining, BATCH)):
        entries += _post_batch(uow, batch)
    return entries


def reverse(uow: UnitOfWork, transfer_id: str) -> Entry:
    """Post the mirror of a transfer. Raises `TransferNotFound`, `AlreadyReversed`, `Overdrawn`."""
    original = find(uow, transfer_id)
    if original is None:
        raise TransferNotFound(transfer_id)
    return post(uow, [mirror(original.transfer, f"reversal/{transfer_id}")])[0]


def find(uow: UnitOfWork, transfer_id: str) -> Entry | None:
    """The entry of a transfer, or None."""
    return next(iter(read_entries(uow, ids=[transfer_id])), None)


def balance(uow: UnitOfWork, account: str) -> int:
    """Minor units on an account. Raises `AccountNotFound`."""
    held = _accounts(uow, [account]).get(account)
    if held is None:
        raise AccountNotFound(account)
    return held.balance_minor


def balances(uow: UnitOfWork, names: Sequence[str]) -> dict[str, int]:
    """Minor units on each of the accounts; those that nobody opened are left out."""
    return {name: held.balance_minor for name, held in _accounts(uow, names).items()}


def read_head(uow: UnitOfWork) -> Head:
    """The end of the chain; seq 0 for an empty journal."""
    row = uow.connection.execute(select(chain_table.c.seq, chain_table.c.sha256)).one_or_none()
    return Head(0, GENESIS_SHA256) if row is None else Head(row.seq, row.sha256)


def lock_head(uow: UnitOfWork) -> Head:
    """The end of the chain, locked: nobody else posts before this transaction ends.

    Writers take turns anyway; money is guarded a second time, on the row itself, where the database has row locks.
    """
    statement = select(chain_table.c.seq, chain_table.c.sha256).with_for_update()
    row = uow.connection.execute(statement).one_or_none()
    if row is None:
        _start_chain(uow)
        row = uow.connection.execute(statement).one()
    return Head(row.seq, row.sha256)


def read_entries(uow: UnitOfWork, ids: Sequence[str] | None = None) -> Iterator[Entry]:
    """The journal in order; with `ids`, those transfers only. Holds no more than some thousand rows at a time."""
    giving, taking = account_table.alias("giving"), account_table.alias("taking")
    statement = (
        select(
            transfer_table.c.id,
            transfer_table.c.kind,
            giving.c.name,
            taking.c.name,
            transfer_table.c.currency,
            transfer_table.c.amount_minor,
            transfer_table.c.subject,
            transfer_table.c.reverses,
            transfer_table.c.seq,
            transfer_table.c.posted_at,
            transfer_table.c.content_sha256,
            transfer_table.c.chain_sha256,
        )
        .join(giving, transfer_table.c.giving == giving.c.number)
        .join(taking, transfer_table.c.taking == taking.c.number)
        .order_by(transfer_table.c.seq)
    )
    if ids is None:
        statement = statement.execution_options(yield_per=5000)
    else:
        statement = statement.where(transfer_table.c.id.in_(ids))
    # A reader that stops half-way gives the database's cursor back.
    with uow.connection.execute(statement) as result:
        # By position, as the columns stand above: looking fields up by name would cost half of the audit's time.
        for *transfer, seq, posted_at, content, chain in result:
            yield Entry(Transfer(*transfer), seq, posted_at, content, chain)


def _start_chain(uow: UnitOfWork) -> None:
    """Put the head of an empty chain into the database, unless somebody else just did."""
    first = {"id": 1, "seq": 0, "sha256": GENESIS_SHA256}
    # Importing a dialect that is not in use takes longer than anything else in this module.
    if uow.connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        uow.connection.execute(postgresql.insert(chain_table).values(first).on_conflict_do_nothing())
    else:
        from sqlalchemy.dialects import sqlite

        uow.connection.execute(sqlite.insert(chain_table).values(first).on_conflict_do_nothing())


def _post_batch(uow: UnitOfWork, batch: list[Transfer]) -> list[Entry]:
    head = lock_head(uow)
    posted = {entry.transfer.id: entry for entry in read_entries(uow, [transfer.id for transfer in batch])}
    held = _accounts(uow, {name for transfer in batch for name in (transfer.giving, transfer.taking)})
    reversed_by = _reversals(uow, [transfer.reverses for transfer in batch if transfer.reverses is not None])

    now = uow.clock.now()
    entries: list[Entry] = []
    fresh: list[Entry] = []
    seq, tip = head.seq, head.sha256
    for transfer in batch:
        content = content_sha256(transfer)
        known = posted.get(transfer.id)
        if known is not None:
            if known.content_sha256 != content:
                raise TransferConflict(transfer.id)
            entries.append(known)
            continue
        _refuse(transfer, held, reversed_by)
        held[transfer.giving].balance_minor -= transfer.amount_minor
        held[transfer.taking].balance_minor += transfer.amount_minor
        seq += 1
        tip = chained(tip, seq, now, content)
        entry = Entry(transfer, seq, now, content, tip)
        posted[transfer.id] = entry
        reversed_by[transfer.id] = transfer.reverses
        if transfer.reverses is not None:
            reversed_by[transfer.reverses] = transfer.id
        fresh.append(entry)
        entries.append(entry)

    if fresh:
        _write(uow, fresh, held)
        uow.connection.execute(update(chain_table).values(seq=seq, sha256=tip))
    return entries


def _refuse(transfer: Transfer, held: dict[str, _Held], reversed_by: dict[str, str | None]) -> None:
    """The ladder of refusals for a transfer that is not a replay."""
    if transfer.amount_minor <= 0:
        raise TransferAmountNotPositive(transfer.id, transfer.amount_minor)
    if transfer.amount_minor > MAX_AMOUNT_MINOR:
        raise TransferAmountTooLarge(transfer.id, transfer.amount_minor, MAX_AMOUNT_MINOR)
    if transfer.giving == transfer.taking:
        raise AccountsMustDiffer(transfer.id, transfer.giving)
    for name in (transfer.giving, transfer.taking):
        if name not in held:
            raise AccountNotFound(name)
    giving, taking = held[transfer.giving], held[transfer.taking]
    if not giving.currency == taking.currency == transfer.currency:
        raise CurrenciesDiffer(transfer.id, giving.currency, taking.currency)
    if transfer.reverses is not None:
        if transfer.reverses not in reversed_by:
            raise TransferNotFound(transfer.reverses)
        reversal = reversed_by[transfer.reverses]
        if reversal is not None:
            raise AlreadyReversed(transfer.reverses, reversal)
    if not giving.may_be_negative and giving.balance_minor < transfer.amount_minor:
        raise Overdrawn(transfer.id, transfer.giving, giving.balance_minor, transfer.amount_minor)


def _write(uow: UnitOfWork, fresh: list[Entry], held: dict[str, _Held]) -> None:
    uow.connection.execute(
        insert(transfer_table),
        [
            {
                "seq": entry.seq,
                "id": entry.transfer.id,
                "kind": entry.transfer.kind,
                "subject": entry.transfer.subject,
                "giving": held[entry.transfer.giving].number,
                "taking": held[entry.transfer.taking].number,
                "currency": entry.transfer.currency,
                "amount_minor": entry.transfer.amount_minor,
                "reverses": entry.transfer.reverses,
                "posted_at": entry.posted_at,
                "content_sha256": entry.content_sha256,
                "chain_sha256": entry.chain_sha256,
            }
            for entry in fresh
        ],
    )
    changes = [
        {"of_number": account.number, "change_minor": account.balance_minor - account.stored_minor}
        for account in held.values()
        if account.balance_minor != account.stored_minor
    ]
    if changes:
        uow.connection.execute(
            update(account_table)
            .where(account_table.c.number == bindparam("of_number"))
            .values(balance_minor=account_table.c.balance_minor + bindparam("change_minor")),
            changes,
        )


def _accounts(uow: UnitOfWork, names: Iterable[str]) -> dict[str, _Held]:
    rows = uow.connection.execute(select(account_table).where(account_table.c.name.in_(sorted(set(names)))))
    return {
        row.name: _Held(row.number, row.currency, row.may_be_negative, row.balance_minor, row.balance_minor)
        for row in rows
    }


def _reversals(uow: UnitOfWork, originals: Sequence[str]) -> dict[str, str | None]:
    """For each of the transfers that exists: the identifier of its reversal, or None. A reversal is not reversed."""
    if not originals:
        return {}
    rows = uow.connection.execute(
        select(transfer_table.c.id, transfer_table.c.reverses).where(
            or_(transfer_table.c.id.in_(originals), transfer_table.c.reverses.in_(originals))
        )
    ).all()
    found: dict[str, str | None] = {row.id: row.reverses for row in rows if row.id in set(originals)}
    found.update({row.reverses: row.id for row in rows if row.reverses is not None})
    return found
