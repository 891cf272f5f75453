"""The sweep: whatever is due is done within its second, and a second in which nothing is due disturbs nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Select, select
from structlog.testing import capture_logs

from opencall.app.house import House, bring_up_to_date, open_house
from opencall.app.settings import settings_of
from opencall.app.sweep import HOOKS, Hook, Sweep
from opencall.kernel.facts import fact_table
from opencall.kernel.mail import mail_table, queue_mail
from opencall.kernel.unit_of_work import UnitOfWork


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = settings_of(tmp_path / "home", {})
    bring_up_to_date(settings)
    house = open_house(settings=settings)
    yield house
    house.close()


def write_a_letter(house: House) -> None:
    with house.work.write() as uow:
        queue_mail(uow, "ada@example.org", "Kyrie", "It is rendered.")


def test_a_second_in_which_nothing_is_due_takes_no_lock(house: House) -> None:
    sweep = Sweep(house)
    with capture_logs() as told, house.work.write():
        sweep.once()
    assert told == []


def test_what_is_due_is_done_and_what_is_not_is_left_alone(house: House) -> None:
    acted = []

    def letters(_now: object) -> Select[tuple[str]]:
        return select(mail_table.c.id)

    def facts(_now: object) -> Select[tuple[int]]:
        return select(fact_table.c.seq)

    sweep = Sweep(
        house,
        [
            Hook(letters, lambda _uow: acted.append("a letter is there")),
            Hook(facts, lambda _uow: acted.append("never")),
        ],
    )
    sweep.once()
    assert acted == []
    write_a_letter(house)
    sweep.once()
    assert acted == ["a letter is there"]
    assert len(list(house.settings.outbox.glob("*.eml"))) == 1


def test_a_part_that_fails_does_not_keep_the_others_from_their_turn(house: House) -> None:
    acted = []

    def letters(_now: object) -> Select[tuple[str]]:
        return select(mail_table.c.id)

    def fail(_uow: UnitOfWork) -> None:
        raise RuntimeError("a defect")

    write_a_letter(house)
    with capture_logs() as told:
        Sweep(house, [Hook(letters, fail), Hook(letters, lambda _uow: acted.append("after it"))]).once()
    assert [(line["event"], line["part"]) for line in told] == [("sweep_failed", "fail")]
    assert acted == ["after it"]


def test_a_question_that_fails_gives_everybody_a_turn(house: House) -> None:
    acted = []

    def fail(_now: object) -> Select[tuple[str]]:
        raise RuntimeError("a defect")

    write_a_letter(house)
    with capture_logs() as told:
        Sweep(house, [Hook(fail, lambda _uow: acted.append("perhaps due"))]).once()
    assert [(line["event"], line["part"]) for line in told] == [("sweep_failed", "_due_parts")]
    assert acted == ["perhaps due"]
    assert len(list(house.settings.outbox.glob("*.eml"))) == 1


def test_every_hook_of_the_house_can_be_asked_and_acted(house: House) -> None:
    for hook in HOOKS:
        with house.work.write() as uow:
            assert uow.connection.execute(hook.due(uow.clock.now())).all() == []
            assert not hook.act(uow)
