"""The doorbell: whoever waits at it hears it, in order, and learns when it is gone."""

import threading
from collections.abc import Iterator
from pathlib import Path

import dramatiq
import pytest

from audio_pipeline.pipeline import Queue
from opencall.app.broker import AttentiveBroker, bell_of, make_broker
from opencall.app.house import bring_up_to_date
from opencall.app.runtime_folder import socket_path
from opencall.app.settings import settings_of
from opencall.app.supervisor import supervised, valkey
from tests.app.test_crashes import wait_for


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[AttentiveBroker]:
    settings = settings_of(tmp_path / "home", {})
    bring_up_to_date(settings)
    with supervised(settings, print, (valkey(settings.home),)):
        wait_for(socket_path(settings.home).exists)
        broker = make_broker(settings)
        yield broker
        broker.client.close()


def heard(consumer: dramatiq.Consumer) -> str:
    """What the next message says, however long it takes to come."""
    while (message := next(consumer)) is None:
        pass
    consumer.ack(message)
    return str(message.args[0])


def test_whoever_waits_hears_every_bell_once_and_in_order(broker: AttentiveBroker) -> None:
    consumer = broker.consume(Queue.CPU, prefetch=1)
    assert next(consumer) is None  # nobody rang
    told: list[str] = []
    waiting = threading.Thread(target=lambda: told.extend(heard(consumer) for _ in range(3)))
    waiting.start()
    ring = bell_of(broker)
    for run_id in ("first", "second", "third"):
        ring(Queue.CPU, run_id)
    waiting.join(60)
    assert told == ["first", "second", "third"]
    assert broker.client.keys("opencall:cpu*") == []


def test_one_who_waits_takes_nothing_from_others(broker: AttentiveBroker) -> None:
    full, free = broker.consume(Queue.CPU, prefetch=1), broker.consume(Queue.CPU, prefetch=1)
    ring = bell_of(broker)
    for run_id in ("first", "second", "third"):
        ring(Queue.CPU, run_id)
    at_work = next(full)
    assert at_work is not None
    assert next(full) is None  # it has what it may have
    assert [heard(free), heard(free)] == ["second", "third"]
    full.requeue([at_work])
    assert heard(free) == "first"


def test_whoever_waits_learns_that_the_broker_is_gone(broker: AttentiveBroker) -> None:
    consumer = broker.consume(Queue.CPU)
    failed: list[BaseException] = []

    def wait() -> None:
        try:
            while True:
                next(consumer)
        except dramatiq.ConnectionClosed as closed:
            failed.append(closed)

    waiting = threading.Thread(target=wait)
    waiting.start()
    broker.client.shutdown(nosave=True)
    waiting.join(60)
    assert len(failed) == 1
