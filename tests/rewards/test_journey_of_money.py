"""From the donation to the statement, over the real modules and a bank that reads the real file."""

from opencall.kernel.facts import Fact
from rewards import audit, payees, statements
from rewards.facts import ObligationDue, PaymentReturned, PaymentSettled, RewardSettled
from rewards.moves import State
from rewards.obligations import obligations_of
from tests.rewards.office import FUND, Office


def test_a_reward_of_two_shares_is_paid_and_the_books_prove_it(office: Office, recorded: list[Fact]) -> None:
    office.fund()
    owed = office.owe("song-1", 100_01, points=(5_000, 5_000))
    document = office.release(office.approved())
    imported = office.answer(None, document)

    assert [each.amount_minor for each in owed] == [50_01, 50_00]
    assert imported.settled == ("OC-1-1", "OC-2-1")
    assert imported.findings == ()
    with office.work.read() as uow:
        assert audit.audit(uow, office.store).findings == ()
        assert audit.fund_totals(uow, FUND) == audit.FundTotals("EUR", 2, 1_000_00, 600_00, 100_01, balanced=True)
        assert {each.state for each in obligations_of(uow, "song-1")} == {State.SETTLED}
    money_facts = [each for each in recorded if isinstance(each, ObligationDue | PaymentSettled | RewardSettled)]
    assert [type(each).__name__ for each in money_facts] == [
        "ObligationDue",
        "ObligationDue",
        "PaymentSettled",
        "PaymentSettled",
        "RewardSettled",
    ]
    assert money_facts[-1] == RewardSettled(reference="song-1")


def test_a_returned_payment_is_tried_again_under_another_end_to_end_id(office: Office, recorded: list[Fact]) -> None:
    office.fund()
    (obligation,) = office.owe("song-1", 100_00)
    imported = office.answer({"OC-1-1": "AC04"}, office.release(office.approved()))
    assert imported.returned == ("OC-1-1",)
    assert PaymentReturned(obligation_id=obligation.id, reference="song-1", reason="AC04") in recorded

    second = office.release(office.approved())
    assert b"OC-1-2" in second
    assert b"OC-1-1" not in second
    assert office.answer(None, second, statement_id="S2").settled == ("OC-1-2",)
    with office.work.read() as uow:
        assert audit.audit(uow, office.store).findings == ()
        statement = statements.payee_statement(uow, office.artist, obligation.payee_id)
    assert statement.totals == (statements.PayeeTotals("EUR", promised_minor=0, owed_minor=0, paid_minor=100_00),)
    assert (statement.lines[0].end_to_end_id, statement.lines[0].returned) == ("OC-1-2", ("OC-1-1",))


def test_a_reward_of_nothing_is_settled_when_it_becomes_due(office: Office, recorded: list[Fact]) -> None:
    office.fund(budget_minor=0)
    assert office.owe("song-1", 0) == []
    assert recorded[-1] == RewardSettled(reference="song-1")


def test_no_fact_and_no_journal_entry_holds_a_name_or_an_account(office: Office, recorded: list[Fact]) -> None:
    office.fund()
    office.owe("song-1", 100_00)
    office.answer(None, office.release(office.approved()))
    with office.work.read() as uow:
        summary = payees.summary(uow, office.artist, office.vault, office.payee())
        rows = uow.connection.exec_driver_sql("SELECT * FROM rew_transfer").fetchall()
        sealed = uow.connection.exec_driver_sql("SELECT * FROM rew_payee_version").fetchall()
    everything = repr(recorded) + repr(rows) + repr(sealed)
    assert (summary.name, summary.account_masked) == ("Zoe Artist 0", "NL91…4300")
    assert "Zoe" not in everything
    assert "NL91" not in everything
