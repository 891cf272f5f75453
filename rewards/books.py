"""The books as people read them: where the money of a fund is, how it came and went, and what waits for somebody.

Balances are read from the accounts, not recounted: a page costs a few rows. The audit is what recounts.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import String, cast, func, select

from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork
from rewards import accounts
from rewards.accounts import Stage
from rewards.batches import Batch
from rewards.funds import Fund, read_fund
from rewards.moves import State
from rewards.payees import PayeeSummary, current_versions, masked, unseal_many
from rewards.payments import Payment, as_payment
from rewards.rails.order import Party
from rewards.tables import (
    account_table,
    approval_table,
    batch_table,
    donation_table,
    obligation_table,
    payee_table,
    payment_table,
    statement_table,
    transfer_table,
)
from rewards.vault import Vault


class CallMoney(msgspec.Struct, frozen=True, kw_only=True):
    """A call's money by how far it has come; `allocated_minor` is all that was ever set aside."""

    call_id: str
    allocated_minor: int
    promised_minor: int
    due_minor: int
    paid_minor: int
    left_minor: int


class FundBooks(msgspec.Struct, frozen=True, kw_only=True):
    """A fund on one page. `received = paid + promised + due + set_aside + free`, by construction of the accounts."""

    fund: Fund
    received_minor: int
    paid_minor: int
    promised_minor: int
    due_minor: int
    set_aside_minor: int
    free_minor: int
    calls: tuple[CallMoney, ...]


class Month(msgspec.Struct, frozen=True):
    """All that a fund had received and paid by the end of a month (`2026-05`), in minor units."""

    month: str
    received_minor: int
    paid_minor: int


class Donation(msgspec.Struct, frozen=True):
    """A donation as finance sees it."""

    reference: str
    amount_minor: int
    received_at: datetime


class BatchLine(msgspec.Struct, frozen=True, kw_only=True):
    """A batch in a list; `paid` once the bank has confirmed all of it."""

    batch_id: str
    number: int
    fund_id: str
    state: State
    maker_id: str
    payments: int
    total_minor: int
    currency: str
    drafted_at: datetime
    paid: bool


class PaymentLine(msgspec.Struct, frozen=True, kw_only=True):
    """A payment in a batch as its approvers read it: who, for which song, where to, how much."""

    end_to_end_id: str
    name: str
    account_masked: str
    reference: str
    amount_minor: int
    state: State
    reason: str | None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for somebody in finance."""

    due: int
    due_minor: dict[str, int]
    held: tuple[Payment, ...]
    returned: tuple[Payment, ...]
    cooling: int


def fund_books(uow: UnitOfWork, fund_id: str) -> FundBooks:
    """Where the money of a fund is now. Raises `FundNotFound`."""
    fund = read_fund(uow, fund_id)
    prefix = f"fund/{fund_id}/"
    balances = {
        row.name.removeprefix(prefix): row.balance_minor
        for row in uow.connection.execute(
            select(account_table.c.name, account_table.c.balance_minor).where(account_table.c.name.like(f"{prefix}%"))
        )
    }
    of_calls: dict[str, dict[Stage, int]] = defaultdict(dict)
    for name, balance_minor in balances.items():
        parts = name.split("/")
        if parts[0] == "call":
            of_calls[parts[1]][Stage(parts[2])] = balance_minor
    calls = tuple(
        CallMoney(
            call_id=call_id,
            allocated_minor=sum(stages.values()),
            promised_minor=stages[Stage.ENCUMBERED],
            due_minor=stages[Stage.DUE] + stages[Stage.IN_TRANSIT],
            paid_minor=stages[Stage.PAID],
            left_minor=stages[Stage.ALLOCATED],
        )
        for call_id, stages in sorted(of_calls.items())
    )
    donors = accounts.donors(fund_id).removeprefix(prefix)
    free = accounts.available(fund_id).removeprefix(prefix)
    return FundBooks(
        fund=fund,
        received_minor=-balances.get(donors, 0),
        paid_minor=sum(call.paid_minor for call in calls),
        promised_minor=sum(call.promised_minor for call in calls),
        due_minor=sum(call.due_minor for call in calls),
        set_aside_minor=sum(call.left_minor for call in calls),
        free_minor=balances.get(free, 0),
        calls=calls,
    )


def months_of(uow: UnitOfWork, fund_id: str, most: int = 12) -> tuple[Month, ...]:
    """How a fund filled and emptied, running totals at the end of each month in which something moved."""
    month = func.substr(cast(transfer_table.c.posted_at, String), 1, 7)
    giving, taking = account_table.alias(), account_table.alias()
    paid_accounts = taking.c.name.like(f"fund/{fund_id}/call/%/{Stage.PAID}")
    returned = giving.c.name.like(f"fund/{fund_id}/call/%/{Stage.PAID}")
    given = giving.c.name == accounts.donors(fund_id)
    rows = uow.connection.execute(
        select(
            month.label("month"),
            func.sum(transfer_table.c.amount_minor).filter(given).label("received"),
            func.sum(transfer_table.c.amount_minor).filter(paid_accounts).label("paid"),
            func.sum(transfer_table.c.amount_minor).filter(returned).label("returned"),
        )
        .join(giving, giving.c.number == transfer_table.c.giving)
        .join(taking, taking.c.number == transfer_table.c.taking)
        .where(given | paid_accounts | returned)
        .group_by(month)
        .order_by(month)
    )
    months: list[Month] = []
    received_minor = paid_minor = 0
    for row in rows:
        received_minor += int(row.received or 0)
        paid_minor += int(row.paid or 0) - int(row.returned or 0)
        months.append(Month(row.month, received_minor, paid_minor))
    return tuple(months[-most:])


def donations_of(uow: UnitOfWork, fund_id: str, limit: int = 20) -> tuple[Donation, ...]:
    """The newest donations of a fund."""
    rows = uow.connection.execute(
        select(donation_table)
        .where(donation_table.c.fund_id == fund_id)
        .order_by(donation_table.c.received_at.desc(), donation_table.c.reference)
        .limit(limit)
    )
    return tuple(Donation(row.reference, row.amount_minor, row.received_at) for row in rows)


def batches_in_short(uow: UnitOfWork, limit: int = 50) -> tuple[BatchLine, ...]:
    """The batches, newest first, each with its sum."""
    rows = uow.connection.execute(
        select(
            batch_table,
            func.count(payment_table.c.end_to_end_id).label("payments"),
            func.coalesce(func.sum(payment_table.c.amount_minor), 0).label("total_minor"),
            func.max(payment_table.c.currency).label("currency"),
            func.count(payment_table.c.end_to_end_id).filter(payment_table.c.state == State.CREDITED).label("credited"),
        )
        .outerjoin(payment_table, payment_table.c.batch_id == batch_table.c.id)
        .group_by(*batch_table.c)
        .order_by(batch_table.c.drafted_at.desc(), batch_table.c.id)
        .limit(limit)
    )
    return tuple(
        BatchLine(
            batch_id=row.id,
            number=row.number,
            fund_id=row.fund_id,
            state=State(row.state),
            maker_id=row.maker_id,
            payments=row.payments,
            total_minor=int(row.total_minor),
            currency=row.currency or "",
            drafted_at=row.drafted_at,
            paid=row.payments > 0 and row.credited == row.payments,
        )
        for row in rows
    )


def payments_in_words(uow: UnitOfWork, vault: Vault, batch: Batch) -> tuple[PaymentLine, ...]:
    """The payments of a batch with names and masked accounts, in the order that is approved; three queries."""
    lines = batch.content.lines
    parties = unseal_many(uow, vault, [(line.payee_id, line.payee_version) for line in lines])
    references = dict(
        uow.connection.execute(
            select(obligation_table.c.id, obligation_table.c.reference).where(
                obligation_table.c.id.in_([line.obligation_id for line in lines])
            )
        ).all()
    )
    states = {
        row.end_to_end_id: row
        for row in uow.connection.execute(
            select(payment_table.c.end_to_end_id, payment_table.c.state, payment_table.c.reason).where(
                payment_table.c.batch_id == batch.id
            )
        )
    }
    return tuple(
        PaymentLine(
            end_to_end_id=line.end_to_end_id,
            name=parties[line.payee_id, line.payee_version].name,
            account_masked=masked(parties[line.payee_id, line.payee_version].account),
            reference=references[line.obligation_id],
            amount_minor=line.amount_minor,
            state=State(states[line.end_to_end_id].state),
            reason=states[line.end_to_end_id].reason,
        )
        for line in lines
    )


def approvals_of(uow: UnitOfWork, batch: Batch) -> tuple[tuple[str, datetime], ...]:
    """Who approved exactly what the batch says now, and when, in order."""
    rows = uow.connection.execute(
        select(approval_table.c.user_id, approval_table.c.approved_at)
        .where(approval_table.c.batch_id == batch.id, approval_table.c.content_sha256 == batch.content_sha256)
        .order_by(approval_table.c.approved_at, approval_table.c.user_id)
    )
    return tuple((row.user_id, row.approved_at) for row in rows)


def what_waits(uow: UnitOfWork) -> Waiting:
    """What finance has to look at: what is due, what nobody knows the outcome of, what came back."""
    due = uow.connection.execute(
        select(obligation_table.c.currency, func.count().label("number"), func.sum(obligation_table.c.amount_minor))
        .where(obligation_table.c.state == State.DUE)
        .group_by(obligation_table.c.currency)
        .order_by(obligation_table.c.currency)
    ).all()
    looked_at = uow.connection.execute(
        select(payment_table)
        .where(payment_table.c.state.in_([State.HELD, State.RETURNED]))
        .order_by(payment_table.c.changed_at.desc(), payment_table.c.end_to_end_id)
        .limit(100)
    ).all()
    payees = uow.connection.execute(
        select(obligation_table.c.payee_id).where(obligation_table.c.state == State.DUE).distinct()
    ).scalars()
    versions = current_versions(uow, list(payees))
    payments = [as_payment(row) for row in looked_at]
    return Waiting(
        due=sum(row.number for row in due),
        due_minor={row.currency: int(row[2]) for row in due},
        held=tuple(one for one in payments if one.state is State.HELD),
        returned=tuple(one for one in payments if one.state is State.RETURNED),
        cooling=sum(version.usable_from > uow.clock.now() for version in versions.values()),
    )


def my_payees(uow: UnitOfWork, principal: Principal, vault: Vault) -> tuple[PayeeSummary, ...]:
    """The accounts of a person, newest first, each in part only; three queries."""
    ids = list(
        uow.connection.execute(
            select(payee_table.c.id)
            .where(payee_table.c.owner_id == principal.user_id)
            .order_by(payee_table.c.added_at.desc(), payee_table.c.id)
        ).scalars()
    )
    versions = current_versions(uow, ids)
    parties = unseal_many(uow, vault, [(one.payee_id, one.version) for one in versions.values()])
    return tuple(_summary(versions[each].version, each, parties, versions[each].usable_from) for each in ids)


def statements_known(uow: UnitOfWork, limit: int = 20) -> tuple[tuple[str, datetime], ...]:
    """The bank's statements that were taken in, newest first: their number and when."""
    rows = uow.connection.execute(
        select(statement_table.c.statement_id, statement_table.c.imported_at)
        .order_by(statement_table.c.imported_at.desc(), statement_table.c.statement_id)
        .limit(limit)
    )
    return tuple((row.statement_id, row.imported_at) for row in rows)


def chart(months: Iterable[Month], width: float = 650, height: float = 187) -> dict[str, str]:
    """SVG path data for `months`: the areas below `received` and `paid`; empty for fewer than two months."""
    listed = tuple(months)
    if len(listed) < 2:
        return {}
    top = max(1, *(month.received_minor for month in listed))
    step = width / (len(listed) - 1)

    def line(values: Iterable[int]) -> str:
        return " L".join(f"{step * i:.1f} {height * (1 - value / top):.1f}" for i, value in enumerate(values))

    return {
        "received": f"M{line(month.received_minor for month in listed)} L{width:.1f} {height:.1f} L0 {height:.1f}z",
        "paid": f"M{line(month.paid_minor for month in listed)}",
    }


def _summary(version: int, payee_id: str, parties: dict[tuple[str, int], Party], usable_from: datetime) -> PayeeSummary:
    party = parties[payee_id, version]
    return PayeeSummary(
        payee_id, version, party.name, party.town, party.country, masked(party.account), usable_from=usable_from
    )
