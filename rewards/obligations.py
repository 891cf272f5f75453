"""Obligations: what one contributor is owed for one song. Promised at acceptance, due at publication.

`reference` is the song's identifier. Each change of state moves the same money in the journal.
"""

import hashlib
from collections.abc import Sequence

import msgspec
from sqlalchemy import Row, func, insert, select, update

from opencall.kernel.unit_of_work import UnitOfWork
from rewards import accounts, ledger
from rewards.accounts import Stage, TransferKind
from rewards.errors import (
    BudgetNegative,
    BudgetTooSmall,
    FundCurrencyDiffers,
    LostRace,
    PayeeNotFound,
    RewardConflict,
    RewardNotFound,
    SharesNotWhole,
)
from rewards.facts import ObligationCancelled, ObligationDue, RewardEncumbered, RewardSettled
from rewards.funds import fund_of_call
from rewards.journal import Transfer
from rewards.money import split
from rewards.moves import Event, State, next_state
from rewards.payees import current_versions
from rewards.tables import obligation_table, reward_table

WHOLE_BASIS_POINTS = 10_000


class Share(msgspec.Struct, frozen=True):
    """How much of a reward is whose, in basis points; 10 000 are the whole."""

    contributor_id: str
    payee_id: str
    basis_points: int


class Obligation(msgspec.Struct, frozen=True):
    """What one contributor is owed. `number` is what the bank sees of it: `OC-<number>-<attempt>`."""

    id: str
    number: int
    reference: str
    call_id: str
    fund_id: str
    contributor_id: str
    payee_id: str
    currency: str
    amount_minor: int
    state: State


def encumber(
    uow: UnitOfWork, call_id: str, reference: str, amount_minor: int, currency: str, shares: Sequence[Share]
) -> list[Obligation]:
    """Promise a reward, divided into one obligation a share; a share too small for one minor unit makes none.

    The same reference with the same content again returns its obligations. Raises `CallWithoutFund`,
    `FundCurrencyDiffers`, `BudgetNegative`, `SharesNotWhole`, `NothingToSplitBy`, `PayeeNotFound`, `RewardConflict`,
    `BudgetTooSmall`.
    """
    content = hashlib.sha256(
        msgspec.json.encode((call_id, reference, amount_minor, currency, tuple(shares)))
    ).hexdigest()
    known = _reward(uow, reference)
    if known is not None:
        if known.content_sha256 != content:
            raise RewardConflict(reference)
        return obligations_of(uow, reference)
    fund = fund_of_call(uow, call_id)
    if fund.currency != currency:
        raise FundCurrencyDiffers(fund.id, fund.currency, currency)
    if amount_minor < 0:
        raise BudgetNegative(amount_minor)
    whole = sum(share.basis_points for share in shares)
    if whole != WHOLE_BASIS_POINTS:
        raise SharesNotWhole(reference, whole)
    parts = split(amount_minor, [share.basis_points for share in shares])
    payees = current_versions(uow, [share.payee_id for share in shares])
    for share in shares:
        if share.payee_id not in payees:
            raise PayeeNotFound(share.payee_id)
    ledger.lock_head(uow)
    left_minor = ledger.balance(uow, accounts.of_call(fund.id, call_id, Stage.ALLOCATED))
    if left_minor < amount_minor:
        raise BudgetTooSmall(call_id, left_minor, amount_minor)

    now = uow.clock.now()
    uow.connection.execute(
        insert(reward_table).values(
            reference=reference,
            call_id=call_id,
            amount_minor=amount_minor,
            content_sha256=content,
            promised_at=now,
        )
    )
    last_number = uow.connection.execute(select(func.max(obligation_table.c.number))).scalar_one() or 0
    rows = [
        {
            "id": uow.ids.new(),
            "reference": reference,
            "call_id": call_id,
            "fund_id": fund.id,
            "contributor_id": share.contributor_id,
            "payee_id": share.payee_id,
            "currency": currency,
            "amount_minor": part,
            "state": State.ENCUMBERED,
            "changed_at": now,
        }
        for share, part in zip(shares, parts, strict=True)
        if part
    ]
    if rows:
        numbered = [row | {"number": last_number + index} for index, row in enumerate(rows, start=1)]
        uow.connection.execute(insert(obligation_table), numbered)
    obligations = obligations_of(uow, reference)
    ledger.post(
        uow,
        [_moved(obligation, TransferKind.ENCUMBRANCE, Stage.ALLOCATED, Stage.ENCUMBERED) for obligation in obligations],
    )
    uow.record(
        RewardEncumbered(
            call_id=call_id,
            reference=reference,
            obligation_ids=tuple(obligation.id for obligation in obligations),
        )
    )
    return obligations


def make_due(uow: UnitOfWork, reference: str) -> list[Obligation]:
    """Let everything promised for `reference` be paid from now on; what is due or further already stays as it is.

    A reward of nothing is settled by this. Raises `RewardNotFound`.
    """
    if _reward(uow, reference) is None:
        raise RewardNotFound(reference)
    obligations = obligations_of(uow, reference)

    for obligation in obligations:
        if obligation.state is State.ENCUMBERED:
            move(uow, obligation, Event.MAKE_DUE)
            ledger.post(uow, [_moved(obligation, TransferKind.DUE, Stage.ENCUMBERED, Stage.DUE)])
            uow.record(ObligationDue(obligation_id=obligation.id, reference=reference))
    if not obligations:
        uow.record(RewardSettled(reference=reference))
    return obligations_of(uow, reference)


def cancel(uow: UnitOfWork, reference: str) -> list[Obligation]:
    """Take back what was promised for `reference` and not sent yet; the money returns to the call's budget.

    Cancelled obligations stay so. Raises `RewardNotFound`, and `MoveNotAllowed` for one that is in a batch or paid.
    """
    if _reward(uow, reference) is None:
        raise RewardNotFound(reference)
    open_ones = [each for each in obligations_of(uow, reference) if each.state is not State.CANCELLED]
    for obligation in open_ones:
        next_state(obligation.state, Event.CANCEL)

    for obligation in open_ones:
        stage = Stage.ENCUMBERED if obligation.state is State.ENCUMBERED else Stage.DUE
        move(uow, obligation, Event.CANCEL)
        ledger.post(uow, [_moved(obligation, TransferKind.CANCELLATION, stage, Stage.ALLOCATED)])
        uow.record(ObligationCancelled(obligation_id=obligation.id, reference=reference))
    return obligations_of(uow, reference)


def obligations_of(uow: UnitOfWork, reference: str) -> list[Obligation]:
    """The obligations of a song, by number; none for an unknown one."""
    rows = uow.connection.execute(
        select(obligation_table).where(obligation_table.c.reference == reference).order_by(obligation_table.c.number)
    )
    return [as_obligation(row) for row in rows]


def read_obligations(uow: UnitOfWork, obligation_ids: Sequence[str]) -> dict[str, Obligation]:
    """Obligations by identifier; unknown ones are left out."""
    rows = uow.connection.execute(select(obligation_table).where(obligation_table.c.id.in_(obligation_ids)))
    return {row.id: as_obligation(row) for row in rows}


def due_obligations(uow: UnitOfWork, fund_id: str) -> list[Obligation]:
    """What a fund has to pay now, by number."""
    rows = uow.connection.execute(
        select(obligation_table)
        .where(obligation_table.c.fund_id == fund_id, obligation_table.c.state == State.DUE)
        .order_by(obligation_table.c.number)
    )
    return [as_obligation(row) for row in rows]


def move(uow: UnitOfWork, obligation: Obligation, event: Event) -> State:
    """Move an obligation on, if it is still in the state it was read in. Raises `MoveNotAllowed`, `LostRace`."""
    following = next_state(obligation.state, event)
    moved = uow.connection.execute(
        update(obligation_table)
        .where(obligation_table.c.id == obligation.id, obligation_table.c.state == obligation.state)
        .values(state=following, changed_at=uow.clock.now())
    )
    if moved.rowcount != 1:
        raise LostRace("obligation", obligation.id, obligation.state)
    return following


def as_obligation(row: Row[tuple[object, ...]]) -> Obligation:
    """A row of `rew_obligation` as what it means."""
    return Obligation(
        id=row.id,
        number=row.number,
        reference=row.reference,
        call_id=row.call_id,
        fund_id=row.fund_id,
        contributor_id=row.contributor_id,
        payee_id=row.payee_id,
        currency=row.currency,
        amount_minor=row.amount_minor,
        state=State(row.state),
    )


def _moved(obligation: Obligation, kind: TransferKind, giving: Stage, taking: Stage) -> Transfer:
    return Transfer(
        id=f"obligation/{obligation.id}/{kind}",
        kind=kind,
        giving=accounts.of_call(obligation.fund_id, obligation.call_id, giving),
        taking=accounts.of_call(obligation.fund_id, obligation.call_id, taking),
        currency=obligation.currency,
        amount_minor=obligation.amount_minor,
        subject=obligation.id,
    )


def _reward(uow: UnitOfWork, reference: str) -> Row[tuple[object, ...]] | None:
    return uow.connection.execute(select(reward_table).where(reward_table.c.reference == reference)).one_or_none()
