"""Several people, or one impatient person, press the same button in the same moment."""

from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from opencall.kernel.facts import Fact
from rewards import bank, batches, funds, obligations
from rewards.audit import audit, fund_totals
from rewards.facts import RewardSettled
from rewards.tables import batch_table, payment_table
from tests.at_once import at_once
from tests.rewards.office import DEBTOR_IBAN, FUND, Office

AT_ONCE = 6


def ends_of(*acts: Callable[[], object]) -> Counter[str]:
    """What became of acts that begin in one moment: `done`, or the name of what was raised."""
    return Counter(type(end).__name__ if isinstance(end, Exception) else "done" for end in at_once(acts))


@pytest.fixture
def owing(office: Office) -> Office:
    office.fund()
    for number in range(3):
        office.owe(f"song {number}", 100_00, (5_000, 5_000))
    return office


def test_an_obligation_is_drafted_into_one_batch(owing: Office) -> None:
    ends_of(*[owing.draft] * AT_ONCE)
    with owing.work.read() as uow:
        payments = uow.connection.execute(
            select(payment_table.c.obligation_id, func.count()).group_by(payment_table.c.obligation_id)
        ).all()
        assert uow.connection.scalar(select(func.count()).select_from(batch_table)) == 1
    assert [count for _, count in payments] == [1] * 6


def test_one_person_who_approves_many_times_has_approved_once(owing: Office) -> None:
    batch = owing.draft()

    def approve() -> None:
        with owing.work.write() as uow:
            batches.approve(uow, owing.first, batch.id, batch.content_sha256)

    ends_of(*[approve] * AT_ONCE)
    assert ends_of(lambda: owing.release(batch)) == {"ApprovalsMissing": 1}


def test_a_batch_becomes_one_file_however_often_it_is_released(owing: Office) -> None:
    batch = owing.approved()
    files: list[bytes] = []
    ends = ends_of(*[lambda: files.append(owing.release(batch))] * AT_ONCE)
    assert ends == {"done": AT_ONCE}
    assert len(set(files)) == 1


def test_an_edit_and_a_release_do_not_both_happen(owing: Office) -> None:
    batch = owing.approved()
    taken = batch.content.lines[0].end_to_end_id

    def edit() -> None:
        with owing.work.write() as uow:
            batches.remove_payment(uow, owing.maker, batch.id, taken)

    ends = ends_of(edit, lambda: owing.release(batch))
    assert ends["done"] == 1, ends


def test_one_answer_imported_many_times_settles_once(owing: Office, recorded: list[Fact]) -> None:
    owing.simulated.submit(owing.release(owing.approved()), None)
    document = owing.simulated.statement(DEBTOR_IBAN, owing.clock.now(), "S1")

    def import_it() -> None:
        with owing.work.write() as uow:
            bank.import_statement(uow, owing.maker, owing.vault, document)

    assert ends_of(*[import_it] * AT_ONCE) == {"done": AT_ONCE}
    settled = Counter(fact.reference for fact in recorded if isinstance(fact, RewardSettled))
    assert settled == {"song 0": 1, "song 1": 1, "song 2": 1}
    with owing.work.read() as uow:
        assert audit(uow).ok


def test_a_fund_does_not_promise_more_than_it_has(office: Office) -> None:
    office.fund(received_minor=1_000_00, budget_minor=250_00)
    ends = ends_of(*[lambda number=number: office.promise(f"song {number}", 100_00) for number in range(AT_ONCE)])
    assert ends["done"] == 2, ends


def test_a_gift_told_many_times_is_one_gift(office: Office) -> None:
    office.fund()

    def give() -> None:
        with office.work.write() as uow:
            funds.donate(uow, office.maker, FUND, "gift 2", 50_00, "EUR")

    assert ends_of(*[give] * AT_ONCE) == {"done": AT_ONCE}
    with office.work.read() as uow:
        assert fund_totals(uow, FUND).received == 1_050_00


def test_becoming_due_many_times_is_becoming_due_once(office: Office) -> None:
    office.fund()
    office.promise("song", 100_00)

    def make_due() -> None:
        with office.work.write() as uow:
            obligations.make_due(uow, "song")

    assert ends_of(*[make_due] * AT_ONCE) == {"done": AT_ONCE}
    assert len(office.draft().content.lines) == 1
