"""Bank files: an approved batch becomes bytes, once.

The bytes are stored under their hash before anything else happens, and handed out only after the transaction that names
them has committed. From then on they are read from the store; they are never made again, because a bank may take a
second file for a second order.
"""

from datetime import datetime

import msgspec
from sqlalchemy import select, update

from opencall.kernel.object_store import ObjectStore, StoredObject
from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork, Work
from rewards import ledger
from rewards.batches import APPROVALS_NEEDED, Batch, bank_day, read_batch
from rewards.errors import AccountChanged, ApprovalsMissing, LostRace
from rewards.facts import BatchReleased
from rewards.funds import read_fund, unseal_debtor
from rewards.moves import Event, State, next_state
from rewards.obligations import read_obligations
from rewards.payees import current_versions, unseal_many
from rewards.payments import mark_sent, payments_of
from rewards.rails.order import CreditTransfer, PaymentOrder, Sent
from rewards.rails.registry import rail_named
from rewards.tables import batch_table, payment_table
from rewards.vault import Vault


class BankFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch would be released as, with the order that it says."""

    batch_id: str
    order: PaymentOrder
    content: bytes


def release(work: Work, principal: Principal, vault: Vault, store: ObjectStore, batch_id: str) -> Batch:
    """Write, check and store the file of an approved batch; its payments are on their way from here on.

    A released batch is returned as it is: its bytes are `batch.file_sha256` in the store. The file is written and
    stored while others may post, and counts only if the batch still says the same once nobody can. Raises
    `BatchNotFound`, `MoveNotAllowed`, `ApprovalsMissing`, `AccountChanged`, `LostRace`, and what `check_batch` raises.
    """
    with work.read(principal) as uow:
        batch = read_batch(uow, batch_id)
        if batch.state is State.RELEASED:
            return batch
        file = write_file(uow, vault, batch)

    stored = store.put([file.content])

    with work.write(principal) as uow:
        return send(uow, vault, file, stored)


def write_file(uow: UnitOfWork, vault: Vault, batch: Batch) -> BankFile:
    """The file of a batch that may be released now; nothing is changed."""
    _refuse_unready(batch)
    order = _order(uow, vault, batch, uow.clock.now())
    return BankFile(batch_id=batch.id, order=order, content=_written(uow, batch, order))


def send(uow: UnitOfWork, vault: Vault, file: BankFile, stored: StoredObject) -> Batch:
    """Name a stored file as that of its batch, once; whoever comes second is given the first one's batch."""
    batch = read_batch(uow, file.batch_id)
    if batch.state is State.RELEASED:
        return batch
    _refuse_unready(batch)
    ledger.lock_head(uow)
    if _order(uow, vault, batch, file.order.created_at) != file.order:
        raise LostRace("batch", batch.id, "what its file says")

    payments = payments_of(uow, batch.id)
    obligations = read_obligations(uow, [payment.obligation_id for payment in payments])
    for payment in payments:
        mark_sent(uow, payment, obligations[payment.obligation_id])
    released = uow.connection.execute(
        update(batch_table)
        .where(
            batch_table.c.id == batch.id,
            batch_table.c.state == State.DRAFT,
            batch_table.c.revision == batch.content.revision,
        )
        .values(
            state=next_state(batch.state, Event.RELEASE),
            released_at=uow.clock.now(),
            content_sha256=batch.content_sha256,
            file_sha256=stored.sha256,
            chain_sha256=ledger.read_head(uow).sha256,
        )
    )
    if released.rowcount != 1:
        raise LostRace("batch", batch.id, State.DRAFT)
    uow.record(BatchReleased(batch_id=batch.id, file_sha256=stored.sha256, payments=len(payments)))
    return read_batch(uow, batch.id)


def check_batch(uow: UnitOfWork, vault: Vault, batch: Batch) -> bytes:
    """The bytes that the batch would be released as: what is wrong with it is better known before it is approved.

    Raises `AccountChanged`, `DebtorMissing`, `VaultKeyWrong`, `SealBroken` and the errors of `rewards.rails.errors`.
    """
    return _written(uow, batch, _order(uow, vault, batch, uow.clock.now()))


def file_name(batch: Batch) -> str:
    """What the batch's file is called outside the store."""
    return f"{message_id(batch.id)}{rail_named(batch.content.rail).suffix}"


def message_id(batch_id: str) -> str:
    """MsgId of the batch's file: unique wherever the batch's identifier is, and exactly as long as SEPA allows."""
    return f"OC-{batch_id}"


def batch_of_message(message_id: str) -> str | None:
    """The batch whose file has that MsgId; None for a MsgId that is not of our making."""
    return message_id.removeprefix("OC-") if message_id.startswith("OC-") else None


def _refuse_unready(batch: Batch) -> None:
    next_state(batch.state, Event.RELEASE)
    if len(batch.approved_by) < APPROVALS_NEEDED:
        raise ApprovalsMissing(batch.id, len(batch.approved_by), APPROVALS_NEEDED)


def _written(uow: UnitOfWork, batch: Batch, order: PaymentOrder) -> bytes:
    return rail_named(batch.content.rail).write(order, _sent(uow), bank_day(uow.clock))


def _order(uow: UnitOfWork, vault: Vault, batch: Batch, created_at: datetime) -> PaymentOrder:
    content = batch.content
    debtor = unseal_debtor(uow, vault, content.fund_id)
    if read_fund(uow, content.fund_id).debtor_fingerprint != content.debtor_fingerprint:
        raise AccountChanged(batch.id, f"fund {content.fund_id}")
    versions = current_versions(uow, [line.payee_id for line in content.lines])
    for line in content.lines:
        if versions[line.payee_id].version != line.payee_version:
            raise AccountChanged(batch.id, f"payee {line.payee_id}")
    creditors = unseal_many(uow, vault, [(line.payee_id, line.payee_version) for line in content.lines])
    return PaymentOrder(
        message_id=message_id(batch.id),
        created_at=created_at,
        execution_on=content.execution_on,
        debtor=debtor,
        currency=content.currency,
        transactions=len(content.lines),
        control_sum_minor=content.total_minor,
        transfers=tuple(
            CreditTransfer(
                end_to_end_id=line.end_to_end_id,
                obligation_id=line.obligation_id,
                creditor=creditors[line.payee_id, line.payee_version],
                amount_minor=line.amount_minor,
                currency=line.currency,
                remittance=f"Opencall reward {line.end_to_end_id}",
            )
            for line in content.lines
        ),
    )


def _sent(uow: UnitOfWork) -> Sent:
    """What left the house before."""
    released = uow.connection.execute(select(batch_table.c.id).where(batch_table.c.state == State.RELEASED)).scalars()
    paid = uow.connection.execute(
        select(payment_table.c.end_to_end_id).where(payment_table.c.state != State.BATCHED)
    ).scalars()
    return Sent(frozenset(message_id(batch_id) for batch_id in released), frozenset(paid))
