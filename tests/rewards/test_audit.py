"""The audit finds what somebody with a pen in the database changed. Triggers are dropped first: they have one."""

from pathlib import Path

import pytest
from sqlalchemy import Table, text

from opencall.kernel.unit_of_work import UnitOfWork
from rewards.audit import audit, fund_totals
from rewards.bank_files import file_name
from rewards.batches import list_batches
from rewards.moves import State
from rewards.tables import APPEND_ONLY
from tests.rewards.office import FUND, Office


def drop_triggers(uow: UnitOfWork, table: Table) -> None:
    if uow.connection.dialect.name == "postgresql":
        uow.connection.execute(text(f"DROP TRIGGER {table.name}_no_change ON {table.name}"))
        return
    for verb in ("update", "delete"):
        uow.connection.execute(text(f"DROP TRIGGER {table.name}_no_{verb}"))


def forget_foreign_keys(uow: UnitOfWork) -> None:
    """Whoever has a pen in the database has one for these, too."""
    by_dialect = {
        "sqlite": "PRAGMA defer_foreign_keys = ON",
        "postgresql": "SET LOCAL session_replication_role = replica",
    }
    uow.connection.execute(text(by_dialect[uow.connection.dialect.name]))


@pytest.fixture
def paid(office: Office) -> Office:
    office.fund()
    office.owe("song-1", 100_00, points=(6_000, 4_000))
    office.answer(None, office.release(office.approved()))
    office.owe("song-2", 50_00)
    with office.work.write() as uow:
        for table in APPEND_ONLY:
            drop_triggers(uow, table)
    with office.work.read() as uow:
        assert audit(uow, office.store).findings == ()
    return office


@pytest.mark.parametrize(
    ("statements", "codes"),
    [
        (["UPDATE rew_transfer SET amount_minor = 1 WHERE seq = 3"],
         {"CONTENT_ALTERED", "CHAIN_BROKEN", "BALANCE_DIFFERS", "OBLIGATIONS_DIFFER", "OVERDRAWN"}),
        (["UPDATE rew_transfer SET posted_at = '2020-01-01 00:00:00.000000' WHERE seq = 3"], {"CHAIN_BROKEN"}),
        (["UPDATE rew_transfer SET subject = 'x', content_sha256 = 'y' WHERE seq = 3"],
         {"CONTENT_ALTERED", "CHAIN_BROKEN"}),
        (["DELETE FROM rew_transfer WHERE seq = 1"], {"CHAIN_GAP", "CHAIN_BROKEN", "BALANCE_DIFFERS", "OVERDRAWN"}),
        (["DELETE FROM rew_transfer WHERE seq = (SELECT MAX(seq) FROM rew_transfer)"],
         {"HEAD_DIFFERS", "BALANCE_DIFFERS", "OBLIGATIONS_DIFFER"}),
        (["UPDATE rew_account SET balance_minor = balance_minor + 1 WHERE name LIKE '%/available'"],
         {"BALANCE_DIFFERS"}),
        (["UPDATE rew_obligation SET amount_minor = amount_minor + 1 WHERE state = 'due'"], {"OBLIGATIONS_DIFFER"}),
        (["UPDATE rew_obligation SET state = 'settled' WHERE state = 'due'"], {"OBLIGATIONS_DIFFER"}),
        (["UPDATE rew_payment SET amount_minor = 6001 WHERE end_to_end_id = 'OC-1-1'"],
         {"AMOUNT_DIFFERS", "BATCH_ALTERED", "APPROVALS_MISSING"}),
        (["UPDATE rew_payment SET state = 'sent' WHERE end_to_end_id = 'OC-1-1'"], {"STATES_DIFFER"}),
        (["UPDATE rew_payment SET payee_fingerprint = 'f' WHERE end_to_end_id = 'OC-1-1'"],
         {"BATCH_ALTERED", "APPROVALS_MISSING"}),
        (["DELETE FROM rew_approval WHERE user_id = 'first'"], {"APPROVALS_MISSING"}),
        (["UPDATE rew_approval SET user_id = 'maker' WHERE user_id = 'first'"], {"APPROVALS_MISSING"}),
        (["UPDATE rew_batch SET file_sha256 = 'ab'"], {"FILE_MISSING"}),
    ],
)  # fmt: skip
def test_each_alteration_is_found(paid: Office, statements: list[str], codes: set[str]) -> None:
    with paid.work.write() as uow:
        forget_foreign_keys(uow)
        for statement in statements:
            uow.connection.execute(text(statement))
        report = audit(uow, paid.store)
    assert {finding.code for finding in report.findings} == codes
    assert not report.ok


def test_an_altered_bank_file_is_found(paid: Office) -> None:
    with paid.work.read() as uow:
        (batch,) = list_batches(uow, State.RELEASED)
    assert file_name(batch).endswith(".xml")
    stored = Path(paid.store.path_of(batch.file_sha256 or ""))
    stored.chmod(0o644)
    stored.write_bytes(stored.read_bytes().replace(b"60.00", b"66.00"))
    with paid.work.read() as uow:
        assert [finding.code for finding in audit(uow, paid.store).findings] == ["FILE_ALTERED"]


def test_a_fund_whose_chain_is_broken_is_not_balanced(paid: Office) -> None:
    with paid.work.write() as uow:
        assert fund_totals(uow, FUND).balanced
        uow.connection.execute(text("UPDATE rew_transfer SET chain_sha256 = 'x' WHERE seq = 2"))
        assert not fund_totals(uow, FUND).balanced
