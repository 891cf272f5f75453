"""Two approvals, neither the maker's; an approval is of exactly what was seen."""

from datetime import date, timedelta

import pytest

from opencall.kernel.principal import NotAllowed, Principal, Role
from rewards import bank_files, batches, funds, obligations, payees
from rewards.errors import (
    AccountChanged,
    AccountCoolsOff,
    ApprovalsMissing,
    BatchNotFound,
    ContentChanged,
    DebtorMissing,
    MakerMayNotApprove,
    MoveNotAllowed,
    NothingToPay,
    OnlyMakerMayEdit,
    PaymentNotFound,
    RailUnknown,
)
from rewards.moves import State
from rewards.payees import COOLING_OFF
from rewards.rails.errors import CreditorIsDebtor, ExecutionDayClosed, ExecutionDayPast
from rewards.rails.order import Party
from tests.rewards.office import CALL, DEBTOR_IBAN, FUND, IBANS, Office, artist_details, person


def approve(office: Office, who: Principal, batch: batches.Batch) -> batches.Batch:
    with office.work.write() as uow:
        return batches.approve(uow, who, batch.id, batch.content_sha256)


@pytest.fixture
def owing(office: Office) -> Office:
    office.fund()
    office.owe("song-1", 100_00, points=(6_000, 4_000))
    return office


def test_two_others_than_the_maker_make_a_batch_approved(owing: Office) -> None:
    batch = owing.draft()
    assert [line.amount_minor for line in batch.content.lines] == [60_00, 40_00]
    once = approve(owing, owing.first, batch)
    assert (once.approved_by, once.is_approved) == (("first",), False)
    again = approve(owing, owing.first, batch)
    assert again == once
    twice = approve(owing, owing.second, batch)
    assert (set(twice.approved_by), twice.is_approved) == ({"first", "second"}, True)


def test_batches_of_a_fund_are_counted_and_a_number_is_never_given_twice(owing: Office) -> None:
    first = owing.draft()
    with owing.work.write() as uow:
        batches.dissolve(uow, owing.maker, first.id)
    assert (first.number, owing.draft().number) == (1, 2)


def test_the_maker_approves_nothing(owing: Office) -> None:
    with pytest.raises(MakerMayNotApprove):
        approve(owing, owing.maker, owing.draft())


@pytest.mark.parametrize("role", [Role.ARTIST, Role.CURATOR, Role.ENGINEER, Role.MANAGER])
def test_nobody_but_finance_drafts_approves_edits_or_dissolves(owing: Office, role: Role) -> None:
    outsider = person("outsider", role)
    batch = owing.draft()
    for act in (
        lambda uow: batches.draft_batch(uow, outsider, FUND),
        lambda uow: batches.approve(uow, outsider, batch.id, batch.content_sha256),
        lambda uow: batches.remove_payment(uow, outsider, batch.id, "OC-1-1"),
        lambda uow: batches.move_execution(uow, outsider, batch.id, date(2026, 5, 6)),
        lambda uow: batches.dissolve(uow, outsider, batch.id),
    ):
        with pytest.raises(NotAllowed), owing.work.write() as uow:
            act(uow)


def test_a_batch_with_one_approval_is_not_released(owing: Office) -> None:
    batch = approve(owing, owing.first, owing.draft())
    with pytest.raises(ApprovalsMissing):
        owing.release(batch)


@pytest.mark.parametrize("edit", ["remove", "move"])
def test_an_edit_voids_approvals_and_they_cannot_be_given_to_the_old_content(owing: Office, edit: str) -> None:
    approved = owing.approved()
    with owing.work.write() as uow:
        if edit == "remove":
            edited = batches.remove_payment(uow, owing.maker, approved.id, "OC-2-1")
        else:
            edited = batches.move_execution(uow, owing.maker, approved.id, date(2026, 5, 8))
    assert (edited.approved_by, edited.content.revision) == ((), 2)
    with pytest.raises(ApprovalsMissing):
        owing.release(edited)
    with pytest.raises(ContentChanged):
        approve(owing, owing.first, approved)


def test_an_edit_and_its_undoing_void_approvals_too(owing: Office) -> None:
    approved = owing.approved()
    day = approved.content.execution_on
    for to in (date(2026, 5, 8), day):
        with owing.work.write() as uow:
            edited = batches.move_execution(uow, owing.maker, approved.id, to)
    assert edited.content.lines == approved.content.lines
    assert edited.content.execution_on == day
    assert edited.approved_by == ()


def test_only_the_maker_edits(owing: Office) -> None:
    batch = owing.draft()
    with pytest.raises(OnlyMakerMayEdit), owing.work.write() as uow:
        batches.remove_payment(uow, owing.first, batch.id, "OC-1-1")


def test_what_is_taken_out_is_due_again_and_keeps_its_end_to_end_id(owing: Office) -> None:
    batch = owing.draft()
    with owing.work.write() as uow:
        batches.remove_payment(uow, owing.maker, batch.id, "OC-1-1")
        with pytest.raises(NothingToPay):
            batches.remove_payment(uow, owing.maker, batch.id, "OC-2-1")
        with pytest.raises(PaymentNotFound):
            batches.remove_payment(uow, owing.maker, batch.id, "OC-1-1")
        assert batches.dissolve(uow, owing.second, batch.id).state is State.DISSOLVED
    assert [line.end_to_end_id for line in owing.draft().content.lines] == ["OC-1-1", "OC-2-1"]


def test_an_obligation_is_in_one_batch_only(owing: Office) -> None:
    owing.draft()
    with pytest.raises(NothingToPay):
        owing.draft()
    with owing.work.read() as uow:
        (first, _) = obligations.obligations_of(uow, "song-1")
    with pytest.raises(MoveNotAllowed), owing.work.write() as uow:
        batches.draft_batch(uow, owing.maker, FUND, obligation_ids=[first.id])


def test_a_released_batch_is_neither_edited_nor_approved_nor_dissolved(owing: Office) -> None:
    batch = owing.approved()
    owing.release(batch)
    for act in (
        lambda uow: batches.approve(uow, owing.first, batch.id, batch.content_sha256),
        lambda uow: batches.remove_payment(uow, owing.maker, batch.id, "OC-1-1"),
        lambda uow: batches.dissolve(uow, owing.maker, batch.id),
    ):
        with pytest.raises(MoveNotAllowed), owing.work.write() as uow:
            act(uow)


def test_a_file_is_made_once(owing: Office) -> None:
    batch = owing.approved()
    written = owing.release(batch)
    owing.clock.advance(timedelta(hours=5))
    assert owing.release(batch) == written
    with owing.work.read() as uow:
        released = batches.read_batch(uow, batch.id)
    assert bank_files.file_name(released) == f"OC-{batch.id}.xml"
    assert bank_files.message_id(batch.id).encode() in written
    assert len(bank_files.message_id(batch.id)) == 35


def test_a_changed_account_cools_off_before_it_is_paid_to(owing: Office) -> None:
    with owing.work.write() as uow:
        (first, second) = obligations.obligations_of(uow, "song-1")
        changed = payees.change_payee(uow, owing.artist, owing.vault, first.payee_id, artist_details(3))
    assert changed.usable_from == owing.clock.now() + COOLING_OFF
    assert [line.obligation_id for line in owing.draft().content.lines] == [second.id]
    with pytest.raises(AccountCoolsOff), owing.work.write() as uow:
        batches.draft_batch(uow, owing.maker, FUND, obligation_ids=[first.id])
    owing.clock.advance(COOLING_OFF)
    (line,) = owing.draft().content.lines
    assert (line.obligation_id, line.payee_version) == (first.id, 2)


def test_an_account_that_changes_after_the_draft_stops_the_release(owing: Office) -> None:
    batch = owing.approved()
    with owing.work.write() as uow:
        payees.change_payee(uow, owing.artist, owing.vault, batch.content.lines[0].payee_id, artist_details(3))
    with pytest.raises(AccountChanged):
        owing.release(batch)


def test_a_debtor_that_changes_after_the_draft_stops_the_release(owing: Office) -> None:
    batch = owing.approved()
    with owing.work.write() as uow:
        other = Party(name="Opencall gGmbH", account=IBANS[3], town="Berlin", country="DE")
        funds.set_debtor(uow, owing.maker, owing.vault, FUND, other)
    with pytest.raises(AccountChanged):
        owing.release(batch)


def test_a_day_that_passes_while_people_wait_stops_the_release(owing: Office) -> None:
    batch = owing.approved()
    owing.clock.advance(timedelta(days=7))
    with pytest.raises(ExecutionDayPast):
        owing.release(batch)


def test_a_day_on_which_banks_do_not_settle_is_refused_at_once(owing: Office) -> None:
    with pytest.raises(ExecutionDayClosed), owing.work.write() as uow:
        batches.draft_batch(uow, owing.maker, FUND, execution_on=date(2026, 5, 9))


def test_unknown_rails_batches_and_debtors_are_refused(office: Office) -> None:
    with office.work.write() as uow:
        funds.open_fund(uow, office.maker, "Empty", "EUR", fund_id="empty")
    with office.work.write() as uow:
        with pytest.raises(RailUnknown):
            batches.draft_batch(uow, office.maker, "empty", rail="pigeon")
        with pytest.raises(DebtorMissing):
            batches.draft_batch(uow, office.maker, "empty")
        with pytest.raises(BatchNotFound):
            batches.read_batch(uow, "none")


def test_a_defect_that_only_the_rail_sees_leaves_everything_as_it_was(office: Office) -> None:
    office.fund()
    with office.work.write() as uow:
        own = Party(name="The house itself", account=DEBTOR_IBAN, town="Berlin", country="DE")
        payee_id = payees.add_payee(uow, office.artist, office.vault, own)
        share = obligations.Share("c", payee_id, 10_000)
        obligations.encumber(uow, CALL, "song", 1_00, "EUR", [share])
        obligations.make_due(uow, "song")
    batch = office.approved()
    with pytest.raises(CreditorIsDebtor):
        office.release(batch)
    with office.work.read() as uow:
        assert batches.read_batch(uow, batch.id) == batch
