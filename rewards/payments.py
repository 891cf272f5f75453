"""Payments: one attempt to settle an obligation, named by its EndToEndId, and what became of it.

A payment that left the house is only ever credited, returned, or held. A held one blocks its obligation until the bank
or a person knows; it is never sent again. Only after a confirmed return does the obligation get another attempt, with
another EndToEndId.
"""

import msgspec
from sqlalchemy import Row, select, update

from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from rewards import accounts, ledger
from rewards.accounts import Stage, TransferKind
from rewards.errors import LostRace, PaymentNotFound
from rewards.facts import PaymentHeld, PaymentReturned, PaymentSettled, RewardSettled
from rewards.journal import Transfer
from rewards.moves import Event, State, next_state
from rewards.obligations import Obligation, move, obligations_of, read_obligations
from rewards.tables import payment_table


class Payment(msgspec.Struct, frozen=True):
    """One attempt to pay an obligation."""

    end_to_end_id: str
    obligation_id: str
    batch_id: str
    payee_id: str
    payee_version: int
    currency: str
    amount_minor: int
    state: State
    reason: str | None


def end_to_end_id(obligation_number: int, attempt: int) -> str:
    """`OC-<obligation>-<attempt>`: the same attempt has the same name however often it is made; 35 characters fit."""
    return f"OC-{obligation_number}-{attempt}"


def credit(uow: UnitOfWork, payment_id: str) -> None:
    """The bank booked the payment: its obligation is settled. Again changes nothing.

    Raises `PaymentNotFound`, and `MoveNotAllowed` for one that was not sent, or was returned.
    """
    payment = read_payment(uow, payment_id)
    if payment.state is State.CREDITED:
        return
    next_state(payment.state, Event.CREDIT)

    obligation = _obligation(uow, payment)
    _move(uow, payment, Event.CREDIT, None)
    move(uow, obligation, Event.CREDIT)
    ledger.post(uow, [_transfer(payment, obligation, TransferKind.SETTLEMENT, Stage.IN_TRANSIT, Stage.PAID)])
    uow.record(
        PaymentSettled(
            obligation_id=obligation.id, reference=obligation.reference, amount_minor=obligation.amount_minor
        )
    )
    open_ones = [
        each for each in obligations_of(uow, obligation.reference) if each.state not in (State.SETTLED, State.CANCELLED)
    ]
    if not open_ones:
        uow.record(RewardSettled(reference=obligation.reference))


def give_back(uow: UnitOfWork, payment_id: str, reason: str) -> None:
    """The bank rejected the payment or sent it back, `reason` being its code: the obligation is due again.

    Again changes nothing. Raises `PaymentNotFound`, `MoveNotAllowed`.
    """
    payment = read_payment(uow, payment_id)
    if payment.state is State.RETURNED:
        return
    next_state(payment.state, Event.RETURN)

    obligation = _obligation(uow, payment)
    stage = Stage.PAID if payment.state is State.CREDITED else Stage.IN_TRANSIT
    _move(uow, payment, Event.RETURN, reason)
    move(uow, obligation, Event.RETURN)
    ledger.post(uow, [_transfer(payment, obligation, TransferKind.RETURN, stage, Stage.DUE)])
    uow.record(PaymentReturned(obligation_id=obligation.id, reference=obligation.reference, reason=reason))


def hold(uow: UnitOfWork, payment_id: str, reason: str) -> None:
    """Nobody knows what became of the payment: block it until it is reconciled. Again changes nothing.

    Raises `PaymentNotFound`, `MoveNotAllowed`.
    """
    payment = read_payment(uow, payment_id)
    if payment.state is State.HELD:
        return
    next_state(payment.state, Event.HOLD)

    obligation = _obligation(uow, payment)
    _move(uow, payment, Event.HOLD, reason)
    uow.record(PaymentHeld(obligation_id=obligation.id, reference=obligation.reference, reason=reason))


def reconcile(uow: UnitOfWork, principal: Principal, payment_id: str, *, credited: bool, reason: str) -> None:
    """A person found out what became of a payment, from the bank and not by guessing. For the csv rail, the usual way.

    Raises `NotAllowed`, `PaymentNotFound`, `MoveNotAllowed`.
    """
    require(principal, Role.FINANCE)
    if credited:
        credit(uow, payment_id)
    else:
        give_back(uow, payment_id, reason)


def mark_sent(uow: UnitOfWork, payment: Payment, obligation: Obligation) -> None:
    """The payment stands in a bank file that is being released. Raises `MoveNotAllowed`, `LostRace`."""
    _move(uow, payment, Event.SEND, None)
    ledger.post(uow, [_transfer(payment, obligation, TransferKind.SENDING, Stage.DUE, Stage.IN_TRANSIT)])


def read_payment(uow: UnitOfWork, payment_id: str) -> Payment:
    """Raises `PaymentNotFound`."""
    row = uow.connection.execute(select(payment_table).where(payment_table.c.end_to_end_id == payment_id)).one_or_none()
    if row is None:
        raise PaymentNotFound(payment_id)
    return as_payment(row)


def payments_of(uow: UnitOfWork, batch_id: str) -> list[Payment]:
    """The payments of a batch, in the order that was approved."""
    rows = uow.connection.execute(
        select(payment_table).where(payment_table.c.batch_id == batch_id).order_by(payment_table.c.position)
    )
    return [as_payment(row) for row in rows]


def as_payment(row: Row[tuple[object, ...]]) -> Payment:
    """A row of `rew_payment` as what it means."""
    return Payment(
        end_to_end_id=row.end_to_end_id,
        obligation_id=row.obligation_id,
        batch_id=row.batch_id,
        payee_id=row.payee_id,
        payee_version=row.payee_version,
        currency=row.currency,
        amount_minor=row.amount_minor,
        state=State(row.state),
        reason=row.reason,
    )


def _obligation(uow: UnitOfWork, payment: Payment) -> Obligation:
    return read_obligations(uow, [payment.obligation_id])[payment.obligation_id]


def _move(uow: UnitOfWork, payment: Payment, event: Event, reason: str | None) -> None:
    moved = uow.connection.execute(
        update(payment_table)
        .where(payment_table.c.end_to_end_id == payment.end_to_end_id, payment_table.c.state == payment.state)
        .values(state=next_state(payment.state, event), reason=reason, changed_at=uow.clock.now())
    )
    if moved.rowcount != 1:
        raise LostRace("payment", payment.end_to_end_id, payment.state)


def _transfer(payment: Payment, obligation: Obligation, kind: TransferKind, giving: Stage, taking: Stage) -> Transfer:
    return Transfer(
        id=f"payment/{payment.end_to_end_id}/{kind}",
        kind=kind,
        giving=accounts.of_call(obligation.fund_id, obligation.call_id, giving),
        taking=accounts.of_call(obligation.fund_id, obligation.call_id, taking),
        currency=payment.currency,
        amount_minor=payment.amount_minor,
        subject=payment.end_to_end_id,
    )
