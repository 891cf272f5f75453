"""Claims, fences, leases: nobody's work counts twice, nobody's work is lost."""

from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Row, select

from audio_pipeline import orders, runs
from audio_pipeline.facts import RunFailed, RunQuarantined
from audio_pipeline.pipeline import Artifact
from audio_pipeline.run_errors import LeaseLost, MoveRefused, NoSuchRun
from audio_pipeline.runs import LEASE, RING_AGAIN, TRANSITIONS, Claim, RunEvent, RunState, next_state
from audio_pipeline.tables import artifact_table, progress_table, stage_run_table
from opencall.kernel.clock import SetClock
from opencall.kernel.facts import Fact
from opencall.kernel.unit_of_work import Work
from tests.at_once import at_once
from tests.audio_pipeline.conftest import Order
from tests.audio_pipeline.tiny import TINY

STEM = Artifact(kind="stem", name="drums.wav", sha256="a" * 64, bytes=5)
SCENE = Artifact(kind="scene", name="scene.json", sha256="b" * 64, bytes=5)
A_SECOND = timedelta(seconds=1)


def row_of(work: Work, run_id: str) -> Row[Any]:
    with work.read() as uow:
        return uow.connection.execute(select(stage_run_table).where(stage_run_table.c.id == run_id)).one()


def claim(work: Work, run_id: str, owner: str = "w1") -> Claim | None:
    with work.write() as uow:
        return runs.claim(uow, TINY, run_id, owner)


def claimed(work: Work, run_id: str, owner: str = "w1") -> Claim:
    found = claim(work, run_id, owner)
    assert found is not None
    return found


@pytest.fixture
def run_id(work: Work, order_song: Order) -> str:
    with work.write() as uow:
        return order_song(uow)


def test_every_move_is_in_the_table_or_refused() -> None:
    for state, event in product(RunState, RunEvent):
        if (state, event) in TRANSITIONS:
            assert next_state("r", state, event) is TRANSITIONS[state, event]
        else:
            with pytest.raises(MoveRefused, match=f"is {state}, so it cannot {event}"):
                next_state("r", state, event)


def test_of_many_claimers_at_once_one_gets_the_run_and_nobody_is_disturbed(
    work: Work, run_id: str, clock: SetClock
) -> None:
    for fence in (1, 2, 3):
        claims = at_once([partial(claim, work, run_id, f"w{number}") for number in range(6)])
        (won,) = [each for each in claims if each is not None]
        assert isinstance(won, Claim)
        assert won.fence == fence
        clock.advance(LEASE + A_SECOND)  # the winner dies, and everybody hears the bell


def test_what_is_done_is_never_touched_again() -> None:
    assert not [event for state, event in TRANSITIONS if state is RunState.DONE]


def test_a_claim_excludes_others_until_its_lease_lapses(work: Work, run_id: str, clock: SetClock) -> None:
    assert claimed(work, run_id).fence == 1
    clock.advance(LEASE - A_SECOND)
    assert claim(work, run_id, "w2") is None
    clock.advance(A_SECOND)
    assert claimed(work, run_id, "w2").fence == 2
    assert row_of(work, run_id).lease_owner == "w2"


def test_a_renewed_lease_does_not_lapse(work: Work, run_id: str, clock: SetClock) -> None:
    mine = claimed(work, run_id)
    for second in range(30):
        clock.advance(A_SECOND)
        with work.write() as uow:
            assert runs.renew(uow, mine, second / 30) is False
        assert claim(work, run_id, "w2") is None


def test_a_zombie_is_refused_whatever_it_says(work: Work, run_id: str, clock: SetClock) -> None:
    zombie = claimed(work, run_id)
    clock.advance(LEASE)
    heir = claimed(work, run_id, "w2")
    for say in (
        lambda uow: runs.renew(uow, zombie, 0.5),
        lambda uow: orders.finish(uow, TINY, zombie, (STEM, SCENE)),
        lambda uow: runs.fail(uow, zombie, "no"),
        lambda uow: runs.cancelled(uow, zombie),
        lambda uow: runs.release(uow, zombie, lost=True),
    ):
        with pytest.raises(LeaseLost, match="number 1"), work.write() as uow:
            say(uow)
    with work.read() as uow:
        assert uow.connection.execute(select(artifact_table)).all() == []

    with work.write() as uow:
        orders.finish(uow, TINY, heir, (STEM, SCENE))
    assert row_of(work, run_id).state == RunState.DONE
    with pytest.raises(LeaseLost), work.write() as uow:
        orders.finish(uow, TINY, heir, (STEM, SCENE))


def test_completion_keeps_artifacts_and_orders_what_follows(work: Work, run_id: str) -> None:
    mine = claimed(work, run_id)
    with work.write() as uow:
        orders.finish(uow, TINY, mine, (STEM, SCENE))
        assert [queue for queue, _ in uow.bells()] == ["render"]
    with work.read() as uow:
        names = uow.connection.scalars(select(artifact_table.c.name).order_by(artifact_table.c.name)).all()
        assert names == ["drums.wav", "scene.json"]
        render = orders.current_run(uow, "s", "render")
    assert render is not None
    assert render.state == RunState.QUEUED
    assert row_of(work, run_id).artifact_key is not None


def test_completion_that_is_rolled_back_leaves_nothing(work: Work, run_id: str) -> None:
    mine = claimed(work, run_id)
    with pytest.raises(ZeroDivisionError), work.write() as uow:
        orders.finish(uow, TINY, mine, (STEM, SCENE))
        raise ZeroDivisionError
    with work.read() as uow:
        assert uow.connection.execute(select(artifact_table)).all() == []
        assert orders.current_run(uow, "s", "render") is None
    assert row_of(work, run_id).state == RunState.RUNNING


def test_three_lost_leases_are_quarantine_and_a_person_may_queue_again(
    work: Work, run_id: str, clock: SetClock, recorded: list[Fact]
) -> None:
    for fence in (1, 2, 3):
        assert claimed(work, run_id).fence == fence
        clock.advance(LEASE)
    assert claim(work, run_id) is None
    assert row_of(work, run_id).state == RunState.QUARANTINED
    assert [(fact.song_id, fact.stage) for fact in recorded if isinstance(fact, RunQuarantined)] == [("s", "normalise")]

    with work.write() as uow:
        runs.requeue(uow, run_id)
    assert claimed(work, run_id).fence == 4


def test_a_stage_whose_process_dies_three_times_is_quarantined(work: Work, run_id: str) -> None:
    for _ in range(3):
        mine = claimed(work, run_id)
        with work.write() as uow:
            runs.release(uow, mine, lost=True)
    assert row_of(work, run_id).state == RunState.QUARANTINED


def test_a_worker_that_is_shut_down_in_good_order_costs_the_run_nothing(work: Work, run_id: str) -> None:
    for _ in range(5):
        mine = claimed(work, run_id)
        with work.write() as uow:
            runs.release(uow, mine, lost=False)
            assert uow.bells() == [("cpu", run_id)]
    assert row_of(work, run_id).lost_leases == 0


def test_a_failed_run_keeps_its_sentence_and_is_not_tried_again(
    work: Work, run_id: str, recorded: list[Fact], order_song: Order
) -> None:
    mine = claimed(work, run_id)
    with work.write() as uow:
        runs.fail(uow, mine, "The stem drums.wav is silent.")
    assert recorded[-1] == RunFailed(song_id="s", stage="normalise", error="The stem drums.wav is silent.")
    assert claim(work, run_id) is None
    with work.write() as uow:
        assert order_song(uow) == run_id
    assert row_of(work, run_id).state == RunState.FAILED
    with work.write() as uow:
        runs.requeue(uow, run_id)
    assert row_of(work, run_id).error is None
    claimed(work, run_id)


def test_only_what_ended_badly_can_be_queued_again(work: Work, run_id: str) -> None:
    with pytest.raises(MoveRefused), work.write() as uow:
        runs.requeue(uow, run_id)
    with pytest.raises(NoSuchRun), work.write() as uow:
        runs.requeue(uow, "nobody")


def test_a_waiting_run_is_cancelled_at_once_and_a_running_one_by_its_worker(
    work: Work, run_id: str, order_song: Order
) -> None:
    with work.write() as uow:
        orders.cancel_all(uow, "s")
    assert row_of(work, run_id).state == RunState.CANCELLED
    with work.write() as uow:
        assert order_song(uow) == run_id
    mine = claimed(work, run_id)
    with work.write() as uow:
        orders.cancel_all(uow, "s")
    with work.write() as uow:
        assert runs.renew(uow, mine, 0.5) is True
        runs.cancelled(uow, mine)
    assert row_of(work, run_id).state == RunState.CANCELLED


def test_a_stage_that_finishes_after_it_was_cancelled_keeps_nothing(work: Work, run_id: str) -> None:
    mine = claimed(work, run_id)
    with work.write() as uow:
        orders.cancel_all(uow, "s")
    with work.write() as uow:
        orders.finish(uow, TINY, mine, (STEM, SCENE))
    assert row_of(work, run_id).state == RunState.CANCELLED
    with work.read() as uow:
        assert uow.connection.execute(select(artifact_table)).all() == []


def test_a_cancelled_run_whose_worker_died_ends_with_the_next_bell(work: Work, run_id: str, clock: SetClock) -> None:
    claimed(work, run_id)
    with work.write() as uow:
        orders.cancel_all(uow, "s")
    clock.advance(LEASE)
    assert claim(work, run_id, "w2") is None
    assert row_of(work, run_id).state == RunState.CANCELLED


def test_the_sweep_rings_for_what_waits_and_was_not_heard(work: Work, run_id: str, clock: SetClock) -> None:
    def due() -> list[tuple[str, str]]:
        with work.read() as uow:
            return runs.due(uow)

    assert due() == []  # rung for when it was ordered
    clock.advance(RING_AGAIN)
    assert due() == [(run_id, "cpu")]
    with work.write() as uow:
        runs.ring(uow, run_id, "cpu")
    assert due() == []

    claimed(work, run_id)
    clock.advance(LEASE - A_SECOND)
    assert due() == []
    clock.advance(A_SECOND)
    assert due() == [(run_id, "cpu")]  # the moment the lease lapses, however lately the last bell was


def test_a_broker_that_starts_anew_is_told_of_everything_that_waits(work: Work, run_id: str) -> None:
    with work.write() as uow:
        runs.forget_bells(uow)
        assert runs.due(uow) == [(run_id, "cpu")]


def test_progress_only_ever_rises_within_an_attempt_and_every_change_is_an_event(work: Work, run_id: str) -> None:
    mine = claimed(work, run_id)
    for progress in (0.2, 0.1, 0.6, 7.0):
        with work.write() as uow:
            runs.renew(uow, mine, progress)
    with work.read() as uow:
        events = uow.connection.execute(select(progress_table).order_by(progress_table.c.seq)).all()
    assert [(event.state, event.progress) for event in events] == [
        ("queued", 0.0),
        ("running", 0.0),
        ("running", 0.2),
        ("running", 0.6),
        ("running", 1.0),
    ]
