"""The audit: everything that is kept twice is computed again from one side and compared with the other.

It trusts nothing but the rows of the journal, and those only as far as their chain holds.
"""

import hashlib
from collections import Counter, defaultdict

import msgspec
from sqlalchemy import select

from opencall.kernel.object_store import ObjectNotFound, ObjectStore, read_chunks
from opencall.kernel.unit_of_work import UnitOfWork
from rewards import accounts, ledger
from rewards.accounts import Stage
from rewards.batches import APPROVALS_NEEDED, Batch, list_batches
from rewards.funds import Fund, list_funds, read_fund
from rewards.journal import GENESIS_SHA256, chained, content_sha256
from rewards.ledger import Head
from rewards.money import exponent_of
from rewards.moves import State
from rewards.obligations import as_obligation
from rewards.payments import as_payment
from rewards.tables import account_table, batch_table, obligation_table, payment_table


class AuditFinding(msgspec.Struct, frozen=True):
    """Something that does not agree: what (`code`), where, and how."""

    code: str
    where: str
    detail: str


class AuditReport(msgspec.Struct, frozen=True):
    """What was looked at and what was found. `head_sha256` stands for the whole journal: keep it somewhere else too."""

    ok: bool
    transfers: int
    head_sha256: str
    received_minor: dict[str, int]
    paid_minor: dict[str, int]
    findings: tuple[AuditFinding, ...]


class FundTotals(msgspec.Struct, frozen=True):
    """A fund in integer minor units. `balanced`: its postings sum to zero and the chain of the journal verifies."""

    currency: str
    exponent: int
    received: int
    allocated: int
    paid: int
    balanced: bool


class Recount(msgspec.Struct):
    """The journal, read once from its first entry to its last."""

    transfers: int
    head_sha256: str
    balances_minor: dict[str, int]
    currencies: dict[str, str]
    findings: list[AuditFinding]


def audit(uow: UnitOfWork, store: ObjectStore | None = None) -> AuditReport:
    """Verify chain, sums, balances, obligations, payments, batches and, with `store`, the bank files themselves."""
    recount = recount_journal(uow)
    findings = [
        *recount.findings,
        *_check_balances(uow, recount),
        *_check_obligations(uow, recount),
        *_check_payments(uow),
        *_check_batches(uow, store),
    ]
    received: Counter[str] = Counter()
    paid: Counter[str] = Counter()
    for name, balance_minor in recount.balances_minor.items():
        if name.endswith("/donors"):
            received[recount.currencies[name]] -= balance_minor
        elif name.endswith(f"/{Stage.PAID}"):
            paid[recount.currencies[name]] += balance_minor
    return AuditReport(
        ok=not findings,
        transfers=recount.transfers,
        head_sha256=recount.head_sha256,
        received_minor=dict(received),
        paid_minor=dict(paid),
        findings=tuple(findings),
    )


def fund_totals(uow: UnitOfWork, fund_id: str) -> FundTotals:
    """What a fund received, set aside for calls (paid or not) and paid, as the journal says. Raises `FundNotFound`."""
    fund = read_fund(uow, fund_id)
    recount = recount_journal(uow)
    return _totals(fund, recount, agrees=not recount.findings and not _check_balances(uow, recount))


def all_fund_totals(uow: UnitOfWork) -> dict[str, FundTotals]:
    """Totals of every fund, by identifier; the journal is read once."""
    recount = recount_journal(uow)
    agrees = not recount.findings and not _check_balances(uow, recount)
    return {fund.id: _totals(fund, recount, agrees=agrees) for fund in list_funds(uow)}


def recount_journal(uow: UnitOfWork) -> Recount:
    """Walk the chain: every entry must have its content's hash, its predecessor's and the next number."""
    recount = Recount(0, GENESIS_SHA256, defaultdict(int), {}, [])
    seq, tip = 0, GENESIS_SHA256
    for entry in ledger.read_entries(uow):
        transfer = entry.transfer
        where = f"entry {entry.seq}"
        if entry.seq != seq + 1:
            recount.findings.append(AuditFinding("CHAIN_GAP", where, f"follows entry {seq}"))
        if content_sha256(transfer) != entry.content_sha256:
            recount.findings.append(AuditFinding("CONTENT_ALTERED", where, f"transfer {transfer.id}"))
        expected = chained(tip, entry.seq, entry.posted_at, content_sha256(transfer))
        if expected != entry.chain_sha256:
            recount.findings.append(AuditFinding("CHAIN_BROKEN", where, f"transfer {transfer.id}"))
        # Go on from what is written: a broken link is reported once, not at every entry behind it.
        seq, tip = entry.seq, entry.chain_sha256
        recount.transfers += 1
        recount.balances_minor[transfer.giving] -= transfer.amount_minor
        recount.balances_minor[transfer.taking] += transfer.amount_minor
        recount.currencies[transfer.giving] = recount.currencies[transfer.taking] = transfer.currency
    recount.head_sha256 = tip
    if ledger.read_head(uow) != Head(seq, tip):
        recount.findings.append(AuditFinding("HEAD_DIFFERS", f"entry {seq}", "the stored head is another one"))
    by_currency: Counter[str] = Counter()
    for name, balance_minor in recount.balances_minor.items():
        by_currency[recount.currencies[name]] += balance_minor
    for currency, total_minor in by_currency.items():
        if total_minor:
            recount.findings.append(AuditFinding("NOT_BALANCED", currency, f"postings sum to {total_minor}"))
    return recount


def _totals(fund: Fund, recount: Recount, *, agrees: bool) -> FundTotals:
    prefix = f"fund/{fund.id}/"
    mine = {name: value for name, value in recount.balances_minor.items() if name.startswith(prefix)}
    received = -mine.get(accounts.donors(fund.id), 0)
    return FundTotals(
        currency=fund.currency,
        exponent=exponent_of(fund.currency),
        received=received,
        allocated=received - mine.get(accounts.available(fund.id), 0),
        paid=sum(value for name, value in mine.items() if name.endswith(f"/{Stage.PAID}")),
        balanced=agrees and sum(mine.values()) == 0,
    )


def _check_balances(uow: UnitOfWork, recount: Recount) -> list[AuditFinding]:
    """The balance kept on each account is the sum of its postings, and none that must not owe does."""
    findings = []
    for row in uow.connection.execute(select(account_table).order_by(account_table.c.number)):
        counted_minor = recount.balances_minor.get(row.name, 0)
        if row.balance_minor != counted_minor:
            detail = f"kept {row.balance_minor}, postings sum to {counted_minor}"
            findings.append(AuditFinding("BALANCE_DIFFERS", row.name, detail))
        if counted_minor < 0 and not row.may_be_negative:
            findings.append(AuditFinding("OVERDRAWN", row.name, f"postings sum to {counted_minor}"))
    return findings


def _check_obligations(uow: UnitOfWork, recount: Recount) -> list[AuditFinding]:
    """What the obligations say stands at each stage of each call is what the journal says."""
    under_way = {
        row.obligation_id: State(row.state)
        for row in uow.connection.execute(
            select(payment_table.c.obligation_id, payment_table.c.state).where(payment_table.c.state != State.RETURNED)
        )
    }
    expected: Counter[str] = Counter()
    for row in uow.connection.execute(select(obligation_table)):
        obligation = as_obligation(row)
        stage = _stage_of(obligation.state, under_way.get(obligation.id))
        if stage is not None:
            expected[accounts.of_call(obligation.fund_id, obligation.call_id, stage)] += obligation.amount_minor
    findings = []
    stages = tuple(f"/{stage}" for stage in (Stage.ENCUMBERED, Stage.DUE, Stage.IN_TRANSIT, Stage.PAID))
    in_journal = {name for name in recount.balances_minor if "/call/" in name and name.endswith(stages)}
    for name in sorted(in_journal | set(expected)):
        counted_minor = recount.balances_minor.get(name, 0)
        if counted_minor != expected[name]:
            detail = f"obligations sum to {expected[name]}, postings to {counted_minor}"
            findings.append(AuditFinding("OBLIGATIONS_DIFFER", name, detail))
    return findings


def _stage_of(state: State, payment: State | None) -> Stage | None:
    """Where the money of an obligation in `state` stands, whose payment that is under way is in `payment`."""
    if state is State.IN_PAYMENT:
        return Stage.DUE if payment is State.BATCHED else Stage.IN_TRANSIT
    return {State.ENCUMBERED: Stage.ENCUMBERED, State.DUE: Stage.DUE, State.SETTLED: Stage.PAID}.get(state)


def _check_payments(uow: UnitOfWork) -> list[AuditFinding]:
    """Each payment pays its obligation's amount, and stands where its obligation says."""
    allowed = {
        State.BATCHED: {State.IN_PAYMENT},
        State.SENT: {State.IN_PAYMENT},
        State.HELD: {State.IN_PAYMENT},
        State.CREDITED: {State.SETTLED},
    }
    obligations = {row.id: as_obligation(row) for row in uow.connection.execute(select(obligation_table))}
    findings = []
    for row in uow.connection.execute(select(payment_table).order_by(payment_table.c.end_to_end_id)):
        payment = as_payment(row)
        obligation = obligations[payment.obligation_id]
        if (payment.amount_minor, payment.currency) != (obligation.amount_minor, obligation.currency):
            detail = f"pays {payment.amount_minor} {payment.currency}, owed {obligation.amount_minor}"
            findings.append(AuditFinding("AMOUNT_DIFFERS", payment.end_to_end_id, detail))
        if payment.state in allowed and obligation.state not in allowed[payment.state]:
            detail = f"payment {payment.state}, obligation {obligation.state}"
            findings.append(AuditFinding("STATES_DIFFER", payment.end_to_end_id, detail))
    return findings


def _check_batches(uow: UnitOfWork, store: ObjectStore | None) -> list[AuditFinding]:
    """A released batch still says what two others than its maker approved, and its file is the one released."""
    approved = {
        row.id: row.content_sha256
        for row in uow.connection.execute(select(batch_table.c.id, batch_table.c.content_sha256))
    }
    findings = []
    for batch in list_batches(uow, State.RELEASED):
        where = f"batch {batch.id}"
        if batch.content_sha256 != approved[batch.id]:
            findings.append(AuditFinding("BATCH_ALTERED", where, "its content is not what was approved"))
        others = set(batch.approved_by) - {batch.maker_id}
        if len(others) < APPROVALS_NEEDED:
            findings.append(AuditFinding("APPROVALS_MISSING", where, f"{len(others)} of {APPROVALS_NEEDED}"))
        if store is not None:
            findings += _check_file(batch, store)
    return findings


def _check_file(batch: Batch, store: ObjectStore) -> list[AuditFinding]:
    where = f"batch {batch.id}"
    digest = hashlib.sha256()
    try:
        with store.open(batch.file_sha256 or "") as file:
            for chunk in read_chunks(file):
                digest.update(chunk)
    except ObjectNotFound:
        return [AuditFinding("FILE_MISSING", where, f"no object {batch.file_sha256}")]
    if digest.hexdigest() != batch.file_sha256:
        return [AuditFinding("FILE_ALTERED", where, f"the bytes hash to {digest.hexdigest()}")]
    return []
