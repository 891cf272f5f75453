"""Funds: money received, and set aside for calls. One currency a fund, one fund a call."""

import hashlib

import msgspec
from sqlalchemy import Column, Row, insert, select, update

from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from rewards import accounts, ledger
from rewards.accounts import Stage, TransferKind
from rewards.errors import (
    BudgetNegative,
    CallHasAnotherFund,
    CallWithoutFund,
    DebtorMissing,
    DonationConflict,
    DonationNotPositive,
    FundConflict,
    FundCurrencyDiffers,
    FundNotFound,
    FundTooSmall,
    TextUnfit,
)
from rewards.facts import BudgetAllocated, DonationReceived, FundOpened
from rewards.journal import Transfer
from rewards.ledger import Account
from rewards.money import exponent_of
from rewards.payees import checked
from rewards.rails.order import Party
from rewards.tables import call_table, donation_table, fund_table
from rewards.vault import Vault


class Fund(msgspec.Struct, frozen=True):
    """A fund, and the version of the account it pays from (0: none yet)."""

    id: str
    name: str
    currency: str
    debtor_version: int
    debtor_fingerprint: str | None
    debtor_account_fingerprint: str | None


def open_fund(uow: UnitOfWork, principal: Principal, name: str, currency: str, fund_id: str | None = None) -> str:
    """Open a fund; returns its identifier. A known `fund_id` with the same name and currency changes nothing.

    Raises `NotAllowed`, `CurrencyUnknown`, `CurrencyWithoutMinorUnit`, `TextUnfit`, `FundConflict`.
    """
    require(principal, Role.FINANCE)
    exponent_of(currency)
    _fits("name", name, fund_table.c.name)
    known = None if fund_id is None else _row(uow, fund_id)
    if known is not None:
        if (known.name, known.currency) != (name, currency):
            raise FundConflict(known.id)
        return str(known.id)

    fund_id = fund_id or uow.ids.new()
    uow.connection.execute(
        insert(fund_table).values(id=fund_id, name=name, currency=currency, opened_at=uow.clock.now(), debtor_version=0)
    )
    ledger.open_accounts(
        uow,
        [
            Account(accounts.donors(fund_id), currency, may_be_negative=True),
            Account(accounts.available(fund_id), currency),
        ],
    )
    uow.record(FundOpened(fund_id=fund_id, currency=currency))
    return fund_id


def donate(
    uow: UnitOfWork, principal: Principal, fund_id: str, reference: str, amount_minor: int, currency: str
) -> str:
    """Record a donation; returns its identifier. The same reference and amount again is the same donation.

    `reference` is the bank's or the platform's; it stays out of the journal. Raises `NotAllowed`, `FundNotFound`,
    `FundCurrencyDiffers`, `DonationNotPositive`, `TextUnfit`, `DonationConflict`.
    """
    require(principal, Role.FINANCE)
    fund = read_fund(uow, fund_id)
    if fund.currency != currency:
        raise FundCurrencyDiffers(fund_id, fund.currency, currency)
    if amount_minor <= 0:
        raise DonationNotPositive(amount_minor)
    _fits("reference", reference, donation_table.c.reference)
    known = uow.connection.execute(
        select(donation_table).where(donation_table.c.fund_id == fund_id, donation_table.c.reference == reference)
    ).one_or_none()
    if known is not None:
        if known.amount_minor != amount_minor:
            raise DonationConflict(fund_id, reference)
        return str(known.id)

    donation_id = hashlib.sha256(f"{fund_id}\n{reference}".encode()).hexdigest()[:32]
    uow.connection.execute(
        insert(donation_table).values(
            id=donation_id,
            fund_id=fund_id,
            reference=reference,
            amount_minor=amount_minor,
            received_at=uow.clock.now(),
        )
    )
    ledger.post(
        uow,
        [
            Transfer(
                id=f"donation/{donation_id}",
                kind=TransferKind.DONATION,
                giving=accounts.donors(fund_id),
                taking=accounts.available(fund_id),
                currency=currency,
                amount_minor=amount_minor,
                subject=donation_id,
            )
        ],
    )
    uow.record(DonationReceived(fund_id=fund_id, donation_id=donation_id, amount_minor=amount_minor))
    return donation_id


def allocate(uow: UnitOfWork, fund_id: str, call_id: str, amount_minor: int, reference: str = "opening") -> None:
    """Set money of a fund aside for a call.

    The same `reference` and amount again changes nothing; a top-up has a reference of its own. Zero is a call that
    pays nothing. Raises `FundNotFound`, `BudgetNegative`, `CallHasAnotherFund`, `TransferConflict` (the reference with
    another amount), `FundTooSmall`.
    """
    fund = read_fund(uow, fund_id)
    if amount_minor < 0:
        raise BudgetNegative(amount_minor)
    known_fund = uow.connection.execute(
        select(call_table.c.fund_id).where(call_table.c.call_id == call_id)
    ).scalar_one_or_none()
    if known_fund is not None and known_fund != fund_id:
        raise CallHasAnotherFund(call_id, known_fund, fund_id)
    key = hashlib.sha256(f"{call_id}\n{reference}".encode()).hexdigest()[:32]
    transfer = Transfer(
        id=f"allocation/{key}",
        kind=TransferKind.ALLOCATION,
        giving=accounts.available(fund_id),
        taking=accounts.of_call(fund_id, call_id, Stage.ALLOCATED),
        currency=fund.currency,
        amount_minor=amount_minor,
        subject=call_id,
    )
    is_replay = ledger.find(uow, transfer.id) is not None
    if not is_replay:
        ledger.lock_head(uow)
        available_minor = ledger.balance(uow, accounts.available(fund_id))
        if available_minor < amount_minor:
            raise FundTooSmall(fund_id, available_minor, amount_minor)

    if known_fund is None:
        uow.connection.execute(insert(call_table).values(call_id=call_id, fund_id=fund_id))
        ledger.open_accounts(
            uow, [Account(accounts.of_call(fund_id, call_id, stage), fund.currency) for stage in Stage]
        )
    if is_replay or amount_minor:
        ledger.post(uow, [transfer])
    if not is_replay and amount_minor:
        uow.record(BudgetAllocated(fund_id=fund_id, call_id=call_id, amount_minor=amount_minor))


def set_debtor(uow: UnitOfWork, principal: Principal, vault: Vault, fund_id: str, details: Party) -> None:
    """Set the account that a fund pays from; sealed. Batches drafted before must be drafted anew.

    Raises `NotAllowed`, `FundNotFound` and what `payees.checked` raises.
    """
    require(principal, Role.FINANCE)
    fund = read_fund(uow, fund_id)
    details = checked(details)
    plain = msgspec.json.encode(details)
    if fund.debtor_fingerprint == vault.fingerprint(plain):
        return

    version = fund.debtor_version + 1
    uow.connection.execute(
        update(fund_table)
        .where(fund_table.c.id == fund_id)
        .values(
            debtor_sealed=vault.seal(plain, _belongs_to(fund_id, version)),
            debtor_version=version,
            debtor_fingerprint=vault.fingerprint(plain),
            debtor_account_fingerprint=vault.fingerprint(details.account.encode()),
        )
    )


def unseal_debtor(uow: UnitOfWork, vault: Vault, fund_id: str) -> Party:
    """The account that a fund pays from, in the clear. Raises `FundNotFound`, `DebtorMissing`, `SealBroken`."""
    row = _row(uow, fund_id)
    if row is None:
        raise FundNotFound(fund_id)
    if row.debtor_sealed is None:
        raise DebtorMissing(fund_id)
    return msgspec.json.decode(vault.open(row.debtor_sealed, _belongs_to(fund_id, row.debtor_version)), type=Party)


def read_fund(uow: UnitOfWork, fund_id: str) -> Fund:
    """Raises `FundNotFound`."""
    row = _row(uow, fund_id)
    if row is None:
        raise FundNotFound(fund_id)
    return _fund(row)


def list_funds(uow: UnitOfWork) -> list[Fund]:
    """All funds, in the order in which they were opened."""
    rows = uow.connection.execute(select(fund_table).order_by(fund_table.c.opened_at, fund_table.c.id))
    return [_fund(row) for row in rows]


def fund_of_call(uow: UnitOfWork, call_id: str) -> Fund:
    """The fund that pays for a call. Raises `CallWithoutFund`."""
    fund_id = uow.connection.execute(
        select(call_table.c.fund_id).where(call_table.c.call_id == call_id)
    ).scalar_one_or_none()
    if fund_id is None:
        raise CallWithoutFund(call_id)
    return read_fund(uow, fund_id)


def _fits(field: str, text: str, column: Column[str]) -> None:
    limit = int(getattr(column.type, "length", 0))
    if not 0 < len(text.strip()) <= limit:
        raise TextUnfit(field, len(text), limit)


def _row(uow: UnitOfWork, fund_id: str) -> Row[tuple[object, ...]] | None:
    return uow.connection.execute(select(fund_table).where(fund_table.c.id == fund_id)).one_or_none()


def _fund(row: Row[tuple[object, ...]]) -> Fund:
    return Fund(
        id=row.id,
        name=row.name,
        currency=row.currency,
        debtor_version=row.debtor_version,
        debtor_fingerprint=row.debtor_fingerprint,
        debtor_account_fingerprint=row.debtor_account_fingerprint,
    )


def _belongs_to(fund_id: str, version: int) -> str:
    return f"debtor of fund {fund_id} version {version}"
