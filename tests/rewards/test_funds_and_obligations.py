from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opencall.kernel.facts import Fact
from opencall.kernel.principal import NotAllowed
from opencall.kernel.unit_of_work import UnitOfWork
from rewards import audit, funds, obligations
from rewards.accounts import Stage, of_call
from rewards.errors import (
    BudgetNegative,
    BudgetTooSmall,
    CallHasAnotherFund,
    CallWithoutFund,
    CurrencyWithoutMinorUnit,
    DonationConflict,
    DonationNotPositive,
    FundConflict,
    FundCurrencyDiffers,
    FundNotFound,
    FundTooSmall,
    MoveNotAllowed,
    PayeeNotFound,
    RewardConflict,
    RewardNotFound,
    RewardsError,
    SharesNotWhole,
    TextUnfit,
    TransferConflict,
)
from rewards.ledger import balance, read_head
from rewards.moves import State
from rewards.obligations import Share, cancel, encumber, make_due, obligations_of
from tests.rewards.office import CALL, FUND, Office

Act = Callable[[Office, UnitOfWork], object]


def share(payee_id: str, basis_points: int = 10_000) -> Share:
    return Share("contributor", payee_id, basis_points)


REFUSALS: dict[str, tuple[Act, type[RewardsError]]] = {
    "gold": (lambda o, u: funds.open_fund(u, o.maker, "Gold", "XAU"), CurrencyWithoutMinorUnit),
    "other fund": (lambda o, u: funds.open_fund(u, o.maker, "Other", "EUR", FUND), FundConflict),
    "no fund": (lambda o, u: funds.donate(u, o.maker, "none", "r", 1, "EUR"), FundNotFound),
    "yen": (lambda o, u: funds.donate(u, o.maker, FUND, "r", 1, "JPY"), FundCurrencyDiffers),
    "nothing": (lambda o, u: funds.donate(u, o.maker, FUND, "r", 0, "EUR"), DonationNotPositive),
    "no name": (lambda o, u: funds.open_fund(u, o.maker, " ", "EUR"), TextUnfit),
    "no reference": (lambda o, u: funds.donate(u, o.maker, FUND, "", 1, "EUR"), TextUnfit),
    "endless reference": (lambda o, u: funds.donate(u, o.maker, FUND, "r" * 141, 1, "EUR"), TextUnfit),
    "same reference": (lambda o, u: funds.donate(u, o.maker, FUND, "gift 1", 1, "EUR"), DonationConflict),
    "more than there is": (lambda o, u: funds.allocate(u, FUND, "call 2", 400_01), FundTooSmall),
    "less than nothing": (lambda o, u: funds.allocate(u, FUND, "call 2", -1), BudgetNegative),
    "another opening": (lambda o, u: funds.allocate(u, FUND, CALL, 1), TransferConflict),
    "unknown fund": (lambda o, u: funds.allocate(u, "none", CALL, 1), FundNotFound),
    "no budget": (lambda o, u: encumber(u, "call 2", "s", 1, "EUR", [share("p")]), CallWithoutFund),
    "yen reward": (lambda o, u: encumber(u, CALL, "s", 1, "JPY", [share("p")]), FundCurrencyDiffers),
    "negative reward": (lambda o, u: encumber(u, CALL, "s", -1, "EUR", [share("p")]), BudgetNegative),
    "half shares": (lambda o, u: encumber(u, CALL, "s", 1, "EUR", [share("p", 5_000)]), SharesNotWhole),
    "unknown payee": (lambda o, u: encumber(u, CALL, "s", 1, "EUR", [share("p")]), PayeeNotFound),
    "unknown reward": (lambda o, u: make_due(u, "s"), RewardNotFound),
    "unknown reward cancelled": (lambda o, u: cancel(u, "s"), RewardNotFound),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_each_refusal_leaves_the_books_as_they_were(office: Office, name: str) -> None:
    office.fund()
    act, refusal = REFUSALS[name]
    with office.work.read() as uow:
        before = read_head(uow)
    with pytest.raises(refusal), office.work.write() as uow:
        act(office, uow)
    with office.work.read() as uow:
        assert read_head(uow) == before
        assert audit.audit(uow).ok


def test_funds_and_donations_need_the_role_finance(office: Office) -> None:
    for act in (
        lambda uow: funds.open_fund(uow, office.artist, "Mine", "EUR"),
        lambda uow: funds.donate(uow, office.artist, FUND, "r", 1, "EUR"),
    ):
        with pytest.raises(NotAllowed), office.work.write() as uow:
            act(uow)


def test_a_call_is_paid_from_one_fund(office: Office) -> None:
    office.fund()
    with pytest.raises(CallHasAnotherFund), office.work.write() as uow:
        funds.open_fund(uow, office.maker, "Second", "EUR", fund_id="second")
        funds.allocate(uow, "second", CALL, 0)


def test_a_top_up_has_a_reference_of_its_own(office: Office) -> None:
    office.fund()
    with office.work.write() as uow:
        for _ in range(2):
            funds.allocate(uow, FUND, CALL, 50_00, reference="top-up 1")
        assert audit.fund_totals(uow, FUND).allocated == 650_00


def test_a_reward_beyond_the_budget_is_refused(office: Office) -> None:
    office.fund()
    office.promise("song-1", 600_00)
    with pytest.raises(BudgetTooSmall):
        office.promise("song-2", 1)


def test_a_promise_repeated_is_the_same_promise_and_changed_is_refused(office: Office) -> None:
    office.fund()
    assert office.promise("song-1", 100_00) == office.promise("song-1", 100_00)
    with pytest.raises(RewardConflict):
        office.promise("song-1", 100_01)


def test_a_cancelled_reward_returns_to_the_budget_and_stays_cancelled(office: Office) -> None:
    office.fund()
    office.owe("song-1", 100_00, points=(5_000, 5_000))
    with office.work.write() as uow:
        assert {each.state for each in cancel(uow, "song-1")} == {State.CANCELLED}
        cancel(uow, "song-1")
        make_due(uow, "song-1")
        assert {each.state for each in obligations_of(uow, "song-1")} == {State.CANCELLED}
        assert balance(uow, of_call(FUND, CALL, Stage.ALLOCATED)) == 600_00
        assert audit.audit(uow).ok


def test_what_is_in_a_batch_is_not_cancelled(office: Office) -> None:
    office.fund()
    office.owe("song-1", 100_00)
    office.draft()
    with pytest.raises(MoveNotAllowed), office.work.write() as uow:
        cancel(uow, "song-1")


def test_becoming_due_twice_is_becoming_due_once(office: Office, recorded: list[Fact]) -> None:
    office.fund()
    office.owe("song-1", 100_00)
    before = list(recorded)
    with office.work.write() as uow:
        make_due(uow, "song-1")
    assert recorded == before


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), amount_minor=st.integers(0, 100))
def test_shares_sum_to_the_reward_whatever_they_are(office: Office, data: st.DataObject, amount_minor: int) -> None:
    cut = data.draw(st.integers(0, 10_000))
    with office.work.read() as uow:
        is_new = not funds.list_funds(uow)
    if is_new:
        office.fund(received_minor=10_000_00, budget_minor=10_000_00)
    reference = f"song {office.work.ids.new()}"
    promised = office.promise(reference, amount_minor, points=(cut, 10_000 - cut))
    assert sum(each.amount_minor for each in promised) == amount_minor
    assert all(each.amount_minor > 0 for each in promised)
    with office.work.read() as uow:
        assert len({each.number for each in obligations.obligations_of(uow, reference)}) == len(promised)
