"""What commits together, what is undone together, and what rings when."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select

from opencall.kernel import unit_of_work
from opencall.kernel.clock import SetClock
from opencall.kernel.facts import Fact, fact_table
from opencall.kernel.ids import CountingIds
from opencall.kernel.unit_of_work import UnitOfWork, Work


class StoneThrown(Fact):
    by: str


class RippleSpread(Fact):
    ring: int


def names(work: Work) -> list[str]:
    with work.read() as uow:
        return list(uow.connection.scalars(select(fact_table.c.name).order_by(fact_table.c.seq)))


@pytest.fixture
def house(engine: Engine, clock: SetClock) -> Callable[..., Work]:
    def build(react: Callable[[UnitOfWork, Fact], None], bell: Callable[[str, str], None] = lambda q, i: None) -> Work:
        return Work(engine, clock, CountingIds(), react, bell)

    return build


def ripple(uow: UnitOfWork, fact: Fact) -> None:
    if isinstance(fact, StoneThrown):
        uow.record(RippleSpread(ring=1))
    if isinstance(fact, RippleSpread) and fact.ring < 3:
        uow.record(RippleSpread(ring=fact.ring + 1))


def test_facts_caused_by_facts_commit_in_the_same_transaction(house: Callable[..., Work]) -> None:
    work = house(ripple)
    with work.write() as uow:
        uow.record(StoneThrown(by="ada"))
    assert names(work) == ["StoneThrown", "RippleSpread", "RippleSpread", "RippleSpread"]


def test_a_failing_reaction_undoes_the_act_that_caused_it(house: Callable[..., Work]) -> None:
    def refuse(uow: UnitOfWork, fact: Fact) -> None:
        raise ValueError("the pond is frozen")

    work = house(refuse)
    with pytest.raises(ValueError, match="frozen"), work.write() as uow:
        uow.record(StoneThrown(by="ada"))
    assert names(work) == []


def test_facts_that_order_each_other_in_a_circle_are_refused(
    house: Callable[..., Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert unit_of_work.MAX_FACTS_A_TRANSACTION > 100
    monkeypatch.setattr(unit_of_work, "MAX_FACTS_A_TRANSACTION", 100)

    def echo(uow: UnitOfWork, fact: Fact) -> None:
        uow.record(fact)

    work = house(echo)
    with pytest.raises(RuntimeError, match="circle"), work.write() as uow:
        uow.record(StoneThrown(by="ada"))
    assert names(work) == []


def test_bells_ring_once_each_and_only_after_the_commit(house: Callable[..., Work]) -> None:
    seen: list[tuple[str, str, int]] = []

    def bell(queue: str, identifier: str) -> None:
        seen.append((queue, identifier, len(names(work))))

    work = house(lambda uow, fact: None, bell)
    with work.write() as uow:
        uow.ring("cpu", "run-1")
        uow.ring("cpu", "run-1")
        uow.ring("io", "run-2")
        uow.record(StoneThrown(by="ada"))
        assert seen == []
    assert seen == [("cpu", "run-1", 1), ("io", "run-2", 1)]


def test_a_broken_bell_does_not_undo_the_work(house: Callable[..., Work]) -> None:
    def broken(queue: str, identifier: str) -> None:
        raise ConnectionError("the broker is gone")

    work = house(lambda uow, fact: None, broken)
    with work.write() as uow:
        uow.ring("cpu", "run-1")
        uow.record(StoneThrown(by="ada"))
    assert names(work) == ["StoneThrown"]


def test_what_a_reader_writes_is_rolled_back(house: Callable[..., Work]) -> None:
    work = house(lambda uow, fact: None)
    with work.read() as uow:
        uow.record(StoneThrown(by="ada"))
    assert names(work) == []


def test_letters_carry_whole_addresses(engine, clock):
    work = Work(engine, clock, CountingIds(), lambda uow, fact: None, base_url="https://opencall.example")
    with work.write() as uow:
        assert uow.address("/shares") == "https://opencall.example/shares"
    with work.read() as uow:
        assert uow.address("/") == "https://opencall.example/"
