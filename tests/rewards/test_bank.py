"""The bank's answers: each booking counts once, and what does not match exactly settles nothing."""

import re
from datetime import timedelta

import msgspec
import pytest
from lxml import etree

from opencall.kernel.facts import Fact
from opencall.kernel.principal import NotAllowed
from rewards import audit, bank, bank_files, funds
from rewards.bank import Outcome
from rewards.batches import read_batch
from rewards.camt053 import read_statements
from rewards.errors import (
    MoveNotAllowed,
    NothingToPay,
    PaymentNotFound,
    ReportOfAnotherFile,
    ReportUnreadable,
    StatementOfAnotherAccount,
    StatementUnreadable,
)
from rewards.facts import PaymentHeld, PaymentSettled
from rewards.moves import State
from rewards.payments import credit, give_back, hold, read_payment, reconcile
from rewards.rails.order import Party
from rewards.simulated_bank import CAMT
from tests.rewards.office import DEBTOR_IBAN, FUND, IBANS, Office


@pytest.fixture
def sent(office: Office) -> Office:
    office.fund()
    office.owe("song-1", 100_00, points=(6_000, 4_000))
    office.simulated.submit(office.release(office.approved()))
    return office


def state_of(office: Office, payment_id: str) -> State:
    with office.work.read() as uow:
        assert audit.audit(uow, office.store).findings == ()
        return read_payment(uow, payment_id).state


def take_in(office: Office, document: bytes) -> bank.Imported:
    with office.work.write() as uow:
        return bank.import_answer(uow, office.maker, office.vault, document)


def statement(office: Office, statement_id: str = "S1") -> bytes:
    return office.simulated.statement(DEBTOR_IBAN, office.clock.now(), statement_id)


def test_the_same_statement_twice_changes_nothing(sent: Office, recorded: list[Fact]) -> None:
    first = take_in(sent, statement(sent))
    assert (first.settled, first.already_known) == (("OC-1-1", "OC-2-1"), 0)
    before = list(recorded)
    again = take_in(sent, statement(sent))
    assert (again.settled, again.findings, again.already_known) == ((), (), 2)
    assert recorded == before


def test_the_same_bookings_in_another_statement_change_nothing(sent: Office) -> None:
    take_in(sent, statement(sent))
    again = take_in(sent, statement(sent, "S2"))
    assert (again.settled, again.returned, again.already_known) == ((), (), 2)


def test_a_return_after_the_settlement_makes_the_obligation_due_again(sent: Office) -> None:
    take_in(sent, statement(sent))
    executed = sent.simulated.executed
    executed["OC-1-1"] = msgspec.structs.replace(executed["OC-1-1"], return_reason="AC04")
    later = take_in(sent, statement(sent, "S2"))
    assert (later.settled, later.returned, later.already_known) == ((), ("OC-1-1",), 2)
    assert [line.end_to_end_id for line in sent.draft().content.lines] == ["OC-1-2"]
    assert state_of(sent, "OC-1-1") is State.RETURNED


@pytest.mark.parametrize(
    ("wrong", "right"),
    [(b">60.00<", b">60.01<"), (b'Ccy="EUR">60.00<', b'Ccy="CHF">60.00<')],
    ids=["amount", "currency"],
)
def test_another_amount_or_currency_holds_the_payment(
    sent: Office, recorded: list[Fact], wrong: bytes, right: bytes
) -> None:
    imported = take_in(sent, statement(sent).replace(wrong, right))
    assert imported.settled == ("OC-2-1",)
    assert [(each.end_to_end_id, each.outcome) for each in imported.findings] == [("OC-1-1", Outcome.HELD)]
    assert state_of(sent, "OC-1-1") is State.HELD
    assert sum(isinstance(each, PaymentHeld) for each in recorded) == 1
    with pytest.raises(NothingToPay):
        sent.draft()


def test_a_held_payment_is_never_sent_again_until_somebody_knows(sent: Office) -> None:
    sent.clock.advance(bank.ANSWER_WITHIN)
    with sent.work.write() as uow:
        assert bank.hold_unanswered(uow) == []
    sent.clock.advance(timedelta(seconds=1))
    with sent.work.write() as uow:
        assert bank.hold_unanswered(uow) == ["OC-1-1", "OC-2-1"]
        assert bank.hold_unanswered(uow) == []
    with pytest.raises(NothingToPay):
        sent.draft()
    with sent.work.write() as uow:
        reconcile(uow, sent.maker, "OC-1-1", credited=False, reason="the bank never had it")
    assert [line.end_to_end_id for line in sent.draft().content.lines] == ["OC-1-2"]
    assert take_in(sent, statement(sent)).settled == ("OC-2-1",)


def test_a_second_debit_of_a_payment_is_a_finding(sent: Office) -> None:
    take_in(sent, statement(sent))
    twice = take_in(sent, statement(sent, "S2").replace(b"BK00000001D", b"BK00000009D"))
    assert [(each.end_to_end_id, each.outcome) for each in twice.findings] == [("OC-1-1", Outcome.DISPUTED)]
    assert state_of(sent, "OC-1-1") is State.CREDITED


def test_a_return_that_is_listed_above_its_debit_is_understood(office: Office) -> None:
    office.fund()
    office.owe("song-1", 100_00)
    office.simulated.submit(office.release(office.approved()), {"OC-1-1": "AC01"})
    document = etree.fromstring(statement(office))
    (first, second) = document.iter(f"{{{CAMT}}}Ntry")
    first.addprevious(second)
    imported = take_in(office, etree.tostring(document))
    assert (imported.settled, imported.returned, imported.findings) == (("OC-1-1",), ("OC-1-1",), ())
    assert state_of(office, "OC-1-1") is State.RETURNED


def test_what_is_pending_or_not_ours_does_nothing(sent: Office) -> None:
    pending = take_in(sent, statement(sent).replace(b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>"))
    assert (pending.settled, pending.not_ours) == ((), 0)
    foreign = take_in(sent, statement(sent).replace(b"OC-1-1", b"RENT-05").replace(b"OC-2-1", b"NOTPROVIDED"))
    assert (foreign.settled, foreign.not_ours) == ((), 2)
    assert state_of(sent, "OC-1-1") is State.SENT


def test_a_statement_of_another_account_is_refused(sent: Office) -> None:
    with pytest.raises(StatementOfAnotherAccount):
        take_in(sent, statement(sent).replace(DEBTOR_IBAN.encode(), IBANS[0].encode()))


def test_a_statement_of_the_account_that_was_paid_from_settles_after_the_fund_has_taken_another(sent: Office) -> None:
    with sent.work.write() as uow:
        other = Party(name="Opencall gGmbH", account=IBANS[3], town="Berlin", country="DE")
        funds.set_debtor(uow, sent.maker, sent.vault, FUND, other)
    elsewhere = take_in(sent, statement(sent, "S9").replace(DEBTOR_IBAN.encode(), IBANS[3].encode()))
    assert {each.outcome for each in elsewhere.findings} == {Outcome.DISPUTED}
    assert state_of(sent, "OC-1-1") is State.SENT
    assert take_in(sent, statement(sent)).settled == ("OC-1-1", "OC-2-1")


def test_the_bank_executes_an_end_to_end_id_once(sent: Office, recorded: list[Fact]) -> None:
    with sent.work.read() as uow:
        batch = read_batch(uow, read_payment(uow, "OC-1-1").batch_id)
    again = sent.release(batch)
    assert sent.simulated.submit(again) == 0
    assert sent.simulated.duplicates == 2
    take_in(sent, statement(sent))
    assert sum(isinstance(each, PaymentSettled) for each in recorded) == 2


BOMB = b"""<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><x>&b;</x></Document>"""


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not xml",
        b"<Document/>",
        BOMB,
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>',
        f'<Document xmlns="{CAMT}"><BkToCstmrStmt/></Document>'.encode(),
        f'<Document xmlns="{CAMT}"><BkToCstmrStmt><Stmt/></BkToCstmrStmt></Document>'.encode(),
    ],
)
def test_what_is_no_statement_is_refused(document: bytes) -> None:
    with pytest.raises(StatementUnreadable):
        read_statements(document)


@pytest.mark.parametrize("amount", [b"60.001", b"NaN", b"sixty", b""])
def test_an_amount_that_is_none_makes_the_statement_unreadable(sent: Office, amount: bytes) -> None:
    with pytest.raises(StatementUnreadable):
        read_statements(statement(sent).replace(b"60.00", amount))


def test_older_statements_say_booked_without_a_code_below(sent: Office) -> None:
    older = re.sub(rb"<Sts>\s*<Cd>BOOK</Cd>\s*</Sts>", b"<Sts>BOOK</Sts>", statement(sent))
    assert older.count(b"<Sts>BOOK</Sts>") == 2
    older = older.replace(b"camt.053.001.08", b"camt.053.001.02")
    assert take_in(sent, older).settled == ("OC-1-1", "OC-2-1")


def test_moves_by_hand_follow_the_table_and_repeat_harmlessly(sent: Office) -> None:
    with sent.work.write() as uow:
        for _ in range(2):
            hold(uow, "OC-1-1", "upload broke off")
            credit(uow, "OC-2-1")
        with pytest.raises(MoveNotAllowed):
            hold(uow, "OC-2-1", "too late")
        for _ in range(2):
            give_back(uow, "OC-1-1", "AC01")
        with pytest.raises(MoveNotAllowed):
            credit(uow, "OC-1-1")
        with pytest.raises(PaymentNotFound):
            credit(uow, "OC-9-1")


def report(message_id: str, rejected: str) -> bytes:
    return f"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
      <OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>
      </OrgnlGrpInfAndSts>{rejected}</CstmrPmtStsRpt></Document>""".encode()


ONE_REJECTED = """<OrgnlPmtInfAndSts><OrgnlPmtInfId>x</OrgnlPmtInfId><PmtInfSts>PART</PmtInfSts>
  <TxInfAndSts><OrgnlEndToEndId>OC-1-1</OrgnlEndToEndId><TxSts>RJCT</TxSts>
    <StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf></TxInfAndSts>
  <TxInfAndSts><OrgnlEndToEndId>OC-2-1</OrgnlEndToEndId><TxSts>ACSP</TxSts></TxInfAndSts></OrgnlPmtInfAndSts>"""
ALL_REJECTED = """<OrgnlPmtInfAndSts><OrgnlPmtInfId>x</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts>
  <StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf></OrgnlPmtInfAndSts>"""


def take_in_report(office: Office, rejected: str, message_id: str | None = None) -> bank.Imported:
    with office.work.write() as uow:
        message_id = message_id or bank_files.message_id(read_payment(uow, "OC-1-1").batch_id)
        return bank.import_answer(uow, office.maker, office.vault, report(message_id, rejected))


def test_a_rejection_makes_its_obligation_due_again_once_and_an_acceptance_settles_nothing(sent: Office) -> None:
    assert take_in_report(sent, ONE_REJECTED).returned == ("OC-1-1",)
    again = take_in_report(sent, ONE_REJECTED)
    assert (again.returned, again.already_known) == ((), 1)
    assert (state_of(sent, "OC-1-1"), state_of(sent, "OC-2-1")) == (State.RETURNED, State.SENT)
    assert [line.end_to_end_id for line in sent.draft().content.lines] == ["OC-1-2"]


def test_a_rejected_file_makes_all_of_it_due_again(sent: Office) -> None:
    assert take_in_report(sent, ALL_REJECTED).returned == ("OC-1-1", "OC-2-1")
    with sent.work.read() as uow:
        assert read_payment(uow, "OC-2-1").reason == "FF01"


def test_a_rejection_after_the_debit_is_disputed(sent: Office) -> None:
    take_in(sent, statement(sent))
    told = take_in_report(sent, ALL_REJECTED)
    assert (told.returned, {each.outcome for each in told.findings}) == ((), {Outcome.DISPUTED})


def test_a_report_on_another_file_or_of_another_kind_is_refused(sent: Office) -> None:
    for message_id in ("OC-unknown", "somebody's"):
        with pytest.raises(ReportOfAnotherFile):
            take_in_report(sent, ONE_REJECTED, message_id)
    for document in (b"", b"<Document/>", statement(sent), report("", ONE_REJECTED)):
        with pytest.raises(ReportUnreadable), sent.work.write() as uow:
            bank.import_report(uow, sent.maker, document)


def test_bank_answers_need_the_role_finance(sent: Office) -> None:
    for act in (
        lambda uow: bank.import_report(uow, sent.artist, b""),
        lambda uow: bank.import_statement(uow, sent.artist, sent.vault, b""),
        lambda uow: reconcile(uow, sent.artist, "OC-1-1", credited=True, reason=""),
    ):
        with pytest.raises(NotAllowed), sent.work.write() as uow:
            act(uow)
