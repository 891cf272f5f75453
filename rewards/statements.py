"""Statements: what one payee was promised, is owed and was paid, and under which EndToEndId to look for it."""

from datetime import datetime

import msgspec
from sqlalchemy import select

from opencall.kernel.principal import NotYours, Principal, Role
from opencall.kernel.unit_of_work import UnitOfWork
from rewards.errors import PayeeNotFound
from rewards.moves import State
from rewards.tables import obligation_table, payee_table, payment_table


class StatementLine(msgspec.Struct, frozen=True):
    """One obligation and the last attempt to pay it."""

    reference: str
    call_id: str
    currency: str
    amount_minor: int
    state: State
    changed_at: datetime
    end_to_end_id: str | None
    returned: tuple[str, ...]


class PayeeTotals(msgspec.Struct, frozen=True):
    """Sums in one currency: `owed` is due or on its way, `promised` becomes due when the song is published."""

    currency: str
    promised_minor: int
    owed_minor: int
    paid_minor: int


class PayeeStatement(msgspec.Struct, frozen=True):
    """Everything that concerns one payee; names and accounts are not in it."""

    payee_id: str
    lines: tuple[StatementLine, ...]
    totals: tuple[PayeeTotals, ...]


def payee_statement(uow: UnitOfWork, principal: Principal, payee_id: str) -> PayeeStatement:
    """For the payee's owner or finance. Raises `PayeeNotFound`, `NotYours`."""
    owner = uow.connection.execute(
        select(payee_table.c.owner_id).where(payee_table.c.id == payee_id)
    ).scalar_one_or_none()
    if owner is None:
        raise PayeeNotFound(payee_id)
    if owner != principal.user_id and not principal.may(Role.FINANCE):
        raise NotYours("payee", payee_id)

    obligations = uow.connection.execute(
        select(obligation_table).where(obligation_table.c.payee_id == payee_id).order_by(obligation_table.c.number)
    ).all()
    attempts: dict[str, list[tuple[str, State]]] = {}
    for row in uow.connection.execute(
        select(payment_table)
        .where(payment_table.c.obligation_id.in_([each.id for each in obligations]))
        .order_by(payment_table.c.changed_at, payment_table.c.end_to_end_id)
    ):
        attempts.setdefault(row.obligation_id, []).append((row.end_to_end_id, State(row.state)))
    lines = tuple(
        StatementLine(
            reference=row.reference,
            call_id=row.call_id,
            currency=row.currency,
            amount_minor=row.amount_minor,
            state=State(row.state),
            changed_at=row.changed_at,
            end_to_end_id=next((name for name, state in attempts.get(row.id, []) if state is not State.RETURNED), None),
            returned=tuple(name for name, state in attempts.get(row.id, []) if state is State.RETURNED),
        )
        for row in obligations
    )
    return PayeeStatement(
        payee_id, lines, tuple(_totals(currency, lines) for currency in sorted({line.currency for line in lines}))
    )


def _totals(currency: str, lines: tuple[StatementLine, ...]) -> PayeeTotals:
    def sum_of(*states: State) -> int:
        return sum(line.amount_minor for line in lines if line.currency == currency and line.state in states)

    return PayeeTotals(
        currency=currency,
        promised_minor=sum_of(State.ENCUMBERED),
        owed_minor=sum_of(State.DUE, State.IN_PAYMENT),
        paid_minor=sum_of(State.SETTLED),
    )
