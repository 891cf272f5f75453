"""The bank's answers: a statement is matched with what was sent, by EndToEndId, amount and currency.

Every booking counts once, whichever statement brings it and however often. What does not match exactly is never
settled: the payment is held, and a person looks at it.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from sqlalchemy import Select, insert, select

from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from rewards import ledger
from rewards.bank_files import batch_of_message
from rewards.camt053 import Booking, Statement, read_statements
from rewards.errors import PaymentNotFound, ReportOfAnotherFile, StatementOfAnotherAccount
from rewards.moves import State
from rewards.pain002 import is_report, read_report
from rewards.payments import Payment, credit, give_back, hold, payments_of, read_payment
from rewards.tables import bank_entry_table, batch_table, fund_table, payment_table, statement_table
from rewards.vault import Vault

ANSWER_WITHIN = timedelta(days=5)
"""After so long without an answer nobody can tell what became of a payment."""


class Outcome(StrEnum):
    """What a booking meant for us."""

    SETTLED = "settled"
    RETURNED = "returned"
    HELD = "held"
    DISPUTED = "disputed"
    NOT_OURS = "not_ours"


class Finding(msgspec.Struct, frozen=True):
    """A booking that a person must look at."""

    end_to_end_id: str
    outcome: Outcome
    detail: str


class Imported(msgspec.Struct, frozen=True):
    """What a statement changed: EndToEndIds by outcome. `already_known` bookings changed nothing."""

    settled: tuple[str, ...]
    returned: tuple[str, ...]
    findings: tuple[Finding, ...]
    already_known: int
    not_ours: int


def import_answer(uow: UnitOfWork, principal: Principal, vault: Vault, document: bytes) -> Imported:
    """Take in a pain.002 report or a camt.053 statement, whichever `document` is. Raises what those two raise."""
    if is_report(document):
        return import_report(uow, principal, document)
    return import_statement(uow, principal, vault, document)


def import_statement(uow: UnitOfWork, principal: Principal, vault: Vault, document: bytes) -> Imported:
    """Take in a camt.053 file. The same file, or the same bookings in another one, change nothing.

    Raises `NotAllowed`, `StatementUnreadable`, `StatementOfAnotherAccount`.
    """
    require(principal, Role.FINANCE)
    statements = read_statements(document)
    for statement in statements:
        _refuse_foreign(uow, statement, _account_of(vault, statement))
    file_sha256 = hashlib.sha256(document).hexdigest()
    ledger.lock_head(uow)
    bookings = [
        (_key(account, statement, each), account, each)
        for statement, account in ((each, _account_of(vault, each)) for each in statements)
        for each in statement.bookings
    ]
    known = set(
        uow.connection.execute(
            select(bank_entry_table.c.key).where(bank_entry_table.c.key.in_([key for key, _, _ in bookings]))
        ).scalars()
    )

    if not _is_known(uow, file_sha256):
        uow.connection.execute(
            insert(statement_table).values(
                file_sha256=file_sha256, statement_id=statements[0].id[:35], imported_at=uow.clock.now()
            )
        )
    outcomes: list[Finding] = []
    already_known = 0
    # Debits first: some banks list the newest entry first, a return above the payment that it returns.
    for key, account, booking in sorted(bookings, key=lambda each: each[2].is_credit):
        if key in known:
            already_known += 1
            continue
        known.add(key)
        finding = _apply(uow, booking, account)
        outcomes.append(finding)
        if finding.outcome is not Outcome.NOT_OURS:
            _remember(uow, key, file_sha256, booking, finding)
    return Imported(
        settled=tuple(each.end_to_end_id for each in outcomes if each.outcome is Outcome.SETTLED),
        returned=tuple(each.end_to_end_id for each in outcomes if each.outcome is Outcome.RETURNED),
        findings=tuple(each for each in outcomes if each.outcome in (Outcome.HELD, Outcome.DISPUTED)),
        already_known=already_known,
        not_ours=sum(each.outcome is Outcome.NOT_OURS for each in outcomes),
    )


def import_report(uow: UnitOfWork, principal: Principal, document: bytes) -> Imported:
    """Take in a pain.002 file: what the bank rejected is due again. The same file again changes nothing.

    A rejection of a payment that a statement already settled is disputed, not believed. Raises `NotAllowed`,
    `ReportUnreadable`, `ReportOfAnotherFile`.
    """
    require(principal, Role.FINANCE)
    report = read_report(document)
    batch_id = batch_of_message(report.message_id)
    ledger.lock_head(uow)
    payments = {each.end_to_end_id: each for each in payments_of(uow, batch_id)} if batch_id else {}
    if not payments or any(each.state is State.BATCHED for each in payments.values()):
        raise ReportOfAnotherFile(report.message_id)

    returned: list[str] = []
    findings: list[Finding] = []
    already_known = not_ours = 0
    reasons = {
        end_to_end_id: rejection.reason
        for rejection in report.rejections
        for end_to_end_id in ([rejection.end_to_end_id] if rejection.end_to_end_id else payments)
    }
    for end_to_end_id, reason in reasons.items():
        payment = payments.get(end_to_end_id)
        if payment is None:
            not_ours += 1
        elif payment.state is State.RETURNED:
            already_known += 1
        elif payment.state is State.CREDITED:
            findings.append(_finding(payment, Outcome.DISPUTED, f"rejected ({reason}) after it was debited"))
        else:
            give_back(uow, end_to_end_id, reason)
            returned.append(end_to_end_id)
    return Imported((), tuple(returned), tuple(findings), already_known, not_ours)


def hold_unanswered(uow: UnitOfWork, within: timedelta = ANSWER_WITHIN) -> list[str]:
    """Hold every payment that was sent more than `within` ago and has no answer; returns their EndToEndIds."""
    late = unanswered(uow.clock.now(), within).order_by(payment_table.c.end_to_end_id)
    held = [row.end_to_end_id for row in uow.connection.execute(late)]
    for payment_id in held:
        hold(uow, payment_id, f"no answer within {within.days} days")
    return held


def unanswered(now: datetime, within: timedelta = ANSWER_WITHIN) -> Select[tuple[str]]:
    """The payments that were sent more than `within` before `now` and have no answer, as a question."""
    late = payment_table.c.changed_at < now - within
    return select(payment_table.c.end_to_end_id).where(payment_table.c.state == State.SENT, late)


def _apply(uow: UnitOfWork, booking: Booking, account: str) -> Finding:
    """Let one new booking on `account` (its fingerprint) act on the payment that it names."""
    try:
        payment = read_payment(uow, booking.end_to_end_id)
    except PaymentNotFound:
        return Finding(booking.end_to_end_id, Outcome.NOT_OURS, "no payment of ours has this EndToEndId")
    if payment.state is State.BATCHED:
        return _finding(payment, Outcome.DISPUTED, "booked by the bank, but never released")
    paid_from = select(batch_table.c.debtor_account_fingerprint).where(batch_table.c.id == payment.batch_id)
    if uow.connection.execute(paid_from).scalar_one() != account:
        return _finding(payment, Outcome.DISPUTED, "booked on another account than it was sent from")
    if (booking.amount_minor, booking.currency) != (payment.amount_minor, payment.currency):
        detail = f"booked {booking.amount_minor} {booking.currency}, sent {payment.amount_minor} {payment.currency}"
        if payment.state is State.SENT:
            hold(uow, payment.end_to_end_id, detail)
            return _finding(payment, Outcome.HELD, detail)
        return _finding(payment, Outcome.DISPUTED, detail)
    if booking.is_credit:
        if payment.state is State.RETURNED:
            return _finding(payment, Outcome.DISPUTED, "came back a second time")
        give_back(uow, payment.end_to_end_id, booking.reason or "UNKNOWN")
        return _finding(payment, Outcome.RETURNED, booking.reason)
    if payment.state is State.CREDITED:
        return _finding(payment, Outcome.DISPUTED, "debited a second time")
    if payment.state is State.RETURNED:
        return _finding(payment, Outcome.DISPUTED, "debited after it was returned")
    credit(uow, payment.end_to_end_id)
    return _finding(payment, Outcome.SETTLED, "")


def _finding(payment: Payment, outcome: Outcome, detail: str) -> Finding:
    return Finding(payment.end_to_end_id, outcome, detail)


def _refuse_foreign(uow: UnitOfWork, statement: Statement, account: str) -> None:
    """`account` must be the fingerprint of one that a fund pays from, or that a batch was paid from."""
    for column in (fund_table.c.debtor_account_fingerprint, batch_table.c.debtor_account_fingerprint):
        if uow.connection.execute(select(column).where(column == account).limit(1)).one_or_none() is not None:
            return
    raise StatementOfAnotherAccount(statement.id)


def _account_of(vault: Vault, statement: Statement) -> str:
    return vault.fingerprint("".join(statement.account.split()).upper().encode())


def _key(account: str, statement: Statement, booking: Booking) -> str:
    """What makes a booking the same one in two statements.

    The bank's own reference where there is one; without it the day and the place, so that a statement issued twice
    still brings the same keys.
    """
    place = booking.bank_reference or f"{statement.id}/{booking.position}"
    content = msgspec.json.encode(
        (
            account,
            place,
            booking.end_to_end_id,
            booking.amount_minor,
            booking.currency,
            booking.is_credit,
            booking.booked_on,
        )
    )
    return hashlib.sha256(content).hexdigest()


def _is_known(uow: UnitOfWork, file_sha256: str) -> bool:
    statement = select(statement_table.c.file_sha256).where(statement_table.c.file_sha256 == file_sha256)
    return uow.connection.execute(statement).one_or_none() is not None


def _remember(uow: UnitOfWork, key: str, file_sha256: str, booking: Booking, finding: Finding) -> None:
    uow.connection.execute(
        insert(bank_entry_table).values(
            key=key,
            file_sha256=file_sha256,
            end_to_end_id=booking.end_to_end_id,
            currency=booking.currency,
            amount_minor=booking.amount_minor,
            is_credit=booking.is_credit,
            reason=booking.reason[:80],
            outcome=finding.outcome,
            detail=finding.detail,
        )
    )
