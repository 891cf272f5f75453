"""Batches: what is paid together, and the two people who say so.

Somebody with the role finance drafts a batch; two others approve it. An approval names the hash of the batch's content:
payees, accounts, amounts, currency, order, day and the account that pays. An edit raises the revision, which is part
of that content, so no approval outlives an edit.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Row, delete, func, insert, select, update

from opencall.kernel.clock import Clock
from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from rewards import ledger
from rewards.errors import (
    AccountCoolsOff,
    BatchNotFound,
    ContentChanged,
    DebtorMissing,
    LostRace,
    MakerMayNotApprove,
    NothingToPay,
    OnlyMakerMayEdit,
    PaymentNotFound,
)
from rewards.funds import read_fund
from rewards.moves import Event, State, next_state
from rewards.obligations import Obligation, due_obligations, move, read_obligations
from rewards.payees import Version, current_versions
from rewards.payments import end_to_end_id
from rewards.rails.guards import check_execution_day
from rewards.rails.registry import rail_named
from rewards.rails.target_days import target_day_from
from rewards.tables import approval_table, batch_table, payment_table

APPROVALS_NEEDED = 2

# T2 lives by Frankfurt's clock; "today" in a bank file is today there.
BANK_ZONE = ZoneInfo("Europe/Berlin")


class Line(msgspec.Struct, frozen=True):
    """One payment as it is approved. The fingerprint stands for name, address and account."""

    position: int
    end_to_end_id: str
    obligation_id: str
    payee_id: str
    payee_version: int
    payee_fingerprint: str
    currency: str
    amount_minor: int


class Content(msgspec.Struct, frozen=True):
    """Everything that an approval covers, in this order of fields."""

    batch_id: str
    revision: int
    rail: str
    fund_id: str
    currency: str
    execution_on: date
    debtor_version: int
    debtor_fingerprint: str
    total_minor: int
    lines: tuple[Line, ...]

    def sha256(self) -> str:
        """What is approved, as one hash (hex)."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class Batch(msgspec.Struct, frozen=True):
    """A batch as it stands. `approved_by` are those who approved exactly what it says now; `number` counts the batches
    of its fund."""

    id: str
    number: int
    state: State
    maker_id: str
    content: Content
    content_sha256: str
    approved_by: tuple[str, ...]
    file_sha256: str | None
    chain_sha256: str | None

    @property
    def is_approved(self) -> bool:
        """Whether it may be released."""
        return self.state is State.DRAFT and len(self.approved_by) >= APPROVALS_NEEDED


def draft_batch(
    uow: UnitOfWork,
    principal: Principal,
    fund_id: str,
    *,
    rail: str = "sepa",
    execution_on: date | None = None,
    obligation_ids: Sequence[str] | None = None,
    batch_id: str | None = None,
) -> Batch:
    """Draft a batch of what a fund has to pay: all that is due and may be paid, or the obligations named.

    `execution_on` is the next day on which banks settle unless told. A known `batch_id` returns that batch.

    Raises `NotAllowed`, `RailUnknown`, `FundNotFound`, `DebtorMissing`, `ExecutionDayPast`, `ExecutionDayClosed`,
    `NothingToPay`, and for obligations that were named `AccountCoolsOff` and `MoveNotAllowed`.
    """
    require(principal, Role.FINANCE)
    if batch_id is not None and _row(uow, batch_id) is not None:
        return read_batch(uow, batch_id)
    rail_named(rail)
    ledger.lock_head(uow)
    fund = read_fund(uow, fund_id)
    if fund.debtor_fingerprint is None:
        raise DebtorMissing(fund_id)
    today = bank_day(uow.clock)
    if execution_on is None:
        execution_on = target_day_from(today + timedelta(days=1))
    check_execution_day(execution_on, today)
    chosen = _choose(uow, fund_id, obligation_ids)
    if not chosen:
        raise NothingToPay(fund_id)

    batch_id = batch_id or uow.ids.new()
    uow.connection.execute(
        insert(batch_table).values(
            id=batch_id,
            fund_id=fund_id,
            number=_next_number(uow, fund_id),
            rail=rail,
            maker_id=principal.user_id,
            execution_on=execution_on,
            debtor_version=fund.debtor_version,
            debtor_fingerprint=fund.debtor_fingerprint,
            debtor_account_fingerprint=fund.debtor_account_fingerprint,
            revision=1,
            state=State.DRAFT,
            drafted_at=uow.clock.now(),
        )
    )
    attempts = _attempts(uow, [obligation.id for obligation, _ in chosen])
    uow.connection.execute(
        insert(payment_table),
        [
            {
                "end_to_end_id": end_to_end_id(obligation.number, attempts.get(obligation.id, 0) + 1),
                "obligation_id": obligation.id,
                "batch_id": batch_id,
                "position": position,
                "payee_id": obligation.payee_id,
                "payee_version": version.version,
                "payee_fingerprint": version.fingerprint,
                "currency": obligation.currency,
                "amount_minor": obligation.amount_minor,
                "state": State.BATCHED,
                "changed_at": uow.clock.now(),
            }
            for position, (obligation, version) in enumerate(chosen, start=1)
        ],
    )
    for obligation, _ in chosen:
        move(uow, obligation, Event.BATCH)
    return read_batch(uow, batch_id)


def approve(uow: UnitOfWork, principal: Principal, batch_id: str, content_sha256: str) -> Batch:
    """Approve what one has seen: `content_sha256` is the hash of the content as it was shown. Again changes nothing.

    Raises `NotAllowed`, `BatchNotFound`, `MakerMayNotApprove`, `MoveNotAllowed` for a batch that is no draft,
    `ContentChanged`.
    """
    require(principal, Role.FINANCE)
    batch = read_batch(uow, batch_id)
    if principal.user_id == batch.maker_id:
        raise MakerMayNotApprove(batch_id)
    next_state(batch.state, Event.RELEASE)
    if content_sha256 != batch.content_sha256:
        raise ContentChanged(batch_id, content_sha256, batch.content_sha256)

    if principal.user_id not in batch.approved_by:
        uow.connection.execute(
            insert(approval_table).values(
                batch_id=batch_id,
                user_id=principal.user_id,
                content_sha256=content_sha256,
                approved_at=uow.clock.now(),
            )
        )
    return read_batch(uow, batch_id)


def remove_payment(uow: UnitOfWork, principal: Principal, batch_id: str, payment_id: str) -> Batch:
    """Take one payment out of a draft; its obligation is due again, approvals are void.

    Raises `NotAllowed`, `BatchNotFound`, `OnlyMakerMayEdit`, `MoveNotAllowed`, `PaymentNotFound`, and `NothingToPay`
    for the last payment: dissolve the batch instead.
    """
    batch = _editable(uow, principal, batch_id)
    line = next((each for each in batch.content.lines if each.end_to_end_id == payment_id), None)
    if line is None:
        raise PaymentNotFound(payment_id)
    if len(batch.content.lines) == 1:
        raise NothingToPay(batch.content.fund_id)

    _take_out(uow, [line])
    _revise(uow, batch)
    return read_batch(uow, batch_id)


def move_execution(uow: UnitOfWork, principal: Principal, batch_id: str, execution_on: date) -> Batch:
    """Have a draft executed on another day; approvals are void.

    Raises `NotAllowed`, `BatchNotFound`, `OnlyMakerMayEdit`, `MoveNotAllowed`, `ExecutionDayPast`,
    `ExecutionDayClosed`.
    """
    batch = _editable(uow, principal, batch_id)
    check_execution_day(execution_on, bank_day(uow.clock))

    uow.connection.execute(update(batch_table).where(batch_table.c.id == batch_id).values(execution_on=execution_on))
    _revise(uow, batch)
    return read_batch(uow, batch_id)


def dissolve(uow: UnitOfWork, principal: Principal, batch_id: str) -> Batch:
    """Give up a draft; all its obligations are due again. Anybody in finance may: it pays nobody.

    Raises `NotAllowed`, `BatchNotFound`, `MoveNotAllowed`, `LostRace`.
    """
    require(principal, Role.FINANCE)
    batch = read_batch(uow, batch_id)
    following = next_state(batch.state, Event.DISSOLVE)

    _take_out(uow, batch.content.lines)
    moved = uow.connection.execute(
        update(batch_table)
        .where(batch_table.c.id == batch_id, batch_table.c.state == State.DRAFT)
        .values(state=following)
    )
    if moved.rowcount != 1:
        raise LostRace("batch", batch_id, State.DRAFT)
    return read_batch(uow, batch_id)


def read_batch(uow: UnitOfWork, batch_id: str) -> Batch:
    """Raises `BatchNotFound`."""
    row = _row(uow, batch_id)
    if row is None:
        raise BatchNotFound(batch_id)
    content = _content(uow, row)
    sha256 = content.sha256()
    approved_by = uow.connection.execute(
        select(approval_table.c.user_id)
        .where(approval_table.c.batch_id == batch_id, approval_table.c.content_sha256 == sha256)
        .order_by(approval_table.c.approved_at, approval_table.c.user_id)
    ).scalars()
    return Batch(
        id=row.id,
        number=row.number,
        state=State(row.state),
        maker_id=row.maker_id,
        content=content,
        content_sha256=sha256,
        approved_by=tuple(approved_by),
        file_sha256=row.file_sha256,
        chain_sha256=row.chain_sha256,
    )


def list_batches(uow: UnitOfWork, state: State | None = None) -> list[Batch]:
    """All batches, or those in one state, the oldest first."""
    statement = select(batch_table.c.id).order_by(batch_table.c.drafted_at, batch_table.c.id)
    if state is not None:
        statement = statement.where(batch_table.c.state == state)
    return [read_batch(uow, batch_id) for batch_id in uow.connection.execute(statement).scalars().all()]


def bank_day(clock: Clock) -> date:
    """Today, where the banks settle."""
    return clock.now().astimezone(BANK_ZONE).date()


def _next_number(uow: UnitOfWork, fund_id: str) -> int:
    last = select(func.max(batch_table.c.number)).where(batch_table.c.fund_id == fund_id)
    return (uow.connection.execute(last).scalar_one() or 0) + 1


def _choose(uow: UnitOfWork, fund_id: str, obligation_ids: Sequence[str] | None) -> list[tuple[Obligation, Version]]:
    """Obligations with the account each is paid to; named ones must be payable, others are left out when not."""
    now = uow.clock.now()
    if obligation_ids is None:
        due = due_obligations(uow, fund_id)
        versions = current_versions(uow, [obligation.payee_id for obligation in due])
        pairs = [(obligation, versions[obligation.payee_id]) for obligation in due]
        return [(obligation, version) for obligation, version in pairs if version.usable_from <= now]
    found = read_obligations(uow, obligation_ids)
    named = [found[each] for each in dict.fromkeys(obligation_ids) if each in found and found[each].fund_id == fund_id]
    versions = current_versions(uow, [obligation.payee_id for obligation in named])
    for obligation in named:
        next_state(obligation.state, Event.BATCH)
        version = versions[obligation.payee_id]
        if version.usable_from > now:
            raise AccountCoolsOff(obligation.payee_id, version.usable_from)
    return [(obligation, versions[obligation.payee_id]) for obligation in named]


def _attempts(uow: UnitOfWork, obligation_ids: Sequence[str]) -> dict[str, int]:
    """How many payments each obligation has had; all of them came back, or it would not be due."""
    rows = uow.connection.execute(
        select(payment_table.c.obligation_id, func.count().label("attempts"))
        .where(payment_table.c.obligation_id.in_(obligation_ids))
        .group_by(payment_table.c.obligation_id)
    )
    return {row.obligation_id: row.attempts for row in rows}


def _editable(uow: UnitOfWork, principal: Principal, batch_id: str) -> Batch:
    require(principal, Role.FINANCE)
    batch = read_batch(uow, batch_id)
    if principal.user_id != batch.maker_id:
        raise OnlyMakerMayEdit(batch_id)
    next_state(batch.state, Event.RELEASE)
    return batch


def _take_out(uow: UnitOfWork, lines: Sequence[Line]) -> None:
    # Nothing of a draft has left the house: the row goes, and the next draft makes the same EndToEndId again.
    obligations = read_obligations(uow, [line.obligation_id for line in lines])
    uow.connection.execute(
        delete(payment_table).where(
            payment_table.c.end_to_end_id.in_([line.end_to_end_id for line in lines]),
            payment_table.c.state == State.BATCHED,
        )
    )
    for line in lines:
        move(uow, obligations[line.obligation_id], Event.UNBATCH)


def _revise(uow: UnitOfWork, batch: Batch) -> None:
    revised = uow.connection.execute(
        update(batch_table)
        .where(
            batch_table.c.id == batch.id,
            batch_table.c.state == State.DRAFT,
            batch_table.c.revision == batch.content.revision,
        )
        .values(revision=batch.content.revision + 1)
    )
    if revised.rowcount != 1:
        raise LostRace("batch", batch.id, f"at revision {batch.content.revision}")


def _content(uow: UnitOfWork, row: Row[tuple[object, ...]]) -> Content:
    lines = tuple(
        Line(
            position=each.position,
            end_to_end_id=each.end_to_end_id,
            obligation_id=each.obligation_id,
            payee_id=each.payee_id,
            payee_version=each.payee_version,
            payee_fingerprint=each.payee_fingerprint,
            currency=each.currency,
            amount_minor=each.amount_minor,
        )
        for each in uow.connection.execute(
            select(payment_table).where(payment_table.c.batch_id == row.id).order_by(payment_table.c.position)
        )
    )
    return Content(
        batch_id=row.id,
        revision=row.revision,
        rail=row.rail,
        fund_id=row.fund_id,
        currency=read_fund(uow, row.fund_id).currency,
        execution_on=row.execution_on,
        debtor_version=row.debtor_version,
        debtor_fingerprint=row.debtor_fingerprint,
        total_minor=sum(line.amount_minor for line in lines),
        lines=lines,
    )


def _row(uow: UnitOfWork, batch_id: str) -> Row[tuple[object, ...]] | None:
    return uow.connection.execute(select(batch_table).where(batch_table.c.id == batch_id)).one_or_none()
