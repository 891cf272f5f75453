"""How the installation is: seen through its own database and broker, and judged in sentences that say what to do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from litestar.testing import TestClient
from sqlalchemy import insert

from audio_pipeline.depths import QueueDepth
from audio_pipeline.pipeline import Queue
from audio_pipeline.runs import RunState
from audio_pipeline.tables import stage_run_table
from opencall.app.asgi import create_app
from opencall.app.beats import Beat, Heart
from opencall.app.broker import make_broker
from opencall.app.health import DISK_LOW_BYTES, IDLE_AFTER, MAIL_LATE_AFTER, Health, judged, look
from opencall.app.house import House, bring_up_to_date, open_house
from opencall.app.runtime_folder import socket_path
from opencall.app.settings import settings_of
from opencall.app.supervisor import supervised, valkey
from opencall.kernel.mail import Backlog, queue_mail
from tests.app.test_crashes import wait_for

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def beat(kind: str, *queues: Queue, version: str = "1") -> Beat:
    return Beat(kind=kind, id="7", queues=queues, version=version)


WELL = judged(
    Health(
        at=NOON,
        version="1",
        uptime_s=60.0,
        database=True,
        broker=True,
        workers=(beat("worker", Queue.CONTROL, Queue.IO), beat("worker", Queue.CPU, Queue.RENDER)),
        sweeps=(beat("sweep"),),
        queues=tuple(QueueDepth(queue=queue) for queue in Queue),
        mail=Backlog(0, None, 0),
        disk_free_bytes=DISK_LOW_BYTES,
    )
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = settings_of(tmp_path / "home", {})
    bring_up_to_date(settings)
    house = open_house(settings=settings)
    yield house
    house.close()


def queue_a_run(house: House, run_id: str, state: RunState, since: timedelta = timedelta(0)) -> None:
    with house.work.write() as uow:
        then = uow.clock.now() - since
        uow.connection.execute(
            insert(stage_run_table).values(
                id=run_id,
                song_id=run_id,
                stage="normalise",
                version="1",
                input_hash="0" * 64,
                inputs={},
                current=True,
                queue=Queue.CPU,
                state=state,
                attempt=0,
                lost_leases=0,
                lease_until=then if state is RunState.RUNNING else None,
                fence=0,
                progress=0.0,
                cancel_requested=False,
                queued_at=then,
            )
        )


def test_whoever_is_well_is_told_so() -> None:
    assert (WELL.ok, WELL.problems, WELL.notices) == (True, (), ())


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"database": False, "queues": None, "mail": None}, "OPENCALL_DATABASE_URL"),
        ({"broker": False, "workers": (), "sweeps": ()}, "OPENCALL_BROKER_URL"),
        ({"workers": (beat("worker", Queue.CONTROL, Queue.IO),)}, "opencall worker --queues cpu,render"),
        ({"sweeps": ()}, "opencall sweep"),
        ({"queues": (QueueDepth(queue=Queue.CPU, abandoned=2, running=2),)}, "2 runs of cpu lost their worker"),
        (
            {"queues": (QueueDepth(queue=Queue.IO, waiting=3, waiting_since=NOON - 2 * IDLE_AFTER),)},
            "3 runs wait on io",
        ),
        ({"disk_free_bytes": DISK_LOW_BYTES - 1}, "2.1 GB of disk are left"),
    ],
)
def test_what_is_broken_is_one_problem_that_says_what_to_do(change: dict[str, object], word: str) -> None:
    seen = judged(msgspec.structs.replace(WELL, **change))
    assert not seen.ok
    assert len(seen.problems) == 1
    assert word in f"{seen.problems[0].what} {seen.problems[0].to_do}"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"queues": (QueueDepth(queue=Queue.CPU, stuck=1), QueueDepth(queue=Queue.RENDER, stuck=2))}, "3 runs failed"),
        ({"mail": Backlog(0, None, 4)}, "4 letters were given up"),
        ({"mail": Backlog(1, NOON - 2 * MAIL_LATE_AFTER, 0)}, "2026-03-01 11:30 UTC"),
        ({"sweeps": (beat("sweep", version="0"),)}, "version 0"),
    ],
)
def test_what_waits_for_a_person_is_a_notice_and_no_alarm(change: dict[str, object], word: str) -> None:
    seen = judged(msgspec.structs.replace(WELL, **change))
    assert seen.ok
    assert len(seen.notices) == 1
    assert word in f"{seen.notices[0].what} {seen.notices[0].to_do}"


def test_work_that_waits_behind_other_work_is_no_problem() -> None:
    busy = QueueDepth(queue=Queue.CPU, waiting=40, waiting_since=NOON - 5 * IDLE_AFTER, running=2)
    assert judged(msgspec.structs.replace(WELL, queues=(busy,))).ok


def test_queues_and_letters_are_counted(house: House) -> None:
    broker = make_broker(house.settings)
    with house.work.write() as uow:
        queue_mail(uow, "ada@example.org", "Kyrie", "It is rendered.")
    queue_a_run(house, "waits", RunState.QUEUED, timedelta(hours=1))
    queue_a_run(house, "runs", RunState.RUNNING, -timedelta(seconds=10))
    queue_a_run(house, "lost", RunState.RUNNING, timedelta(hours=1))
    queue_a_run(house, "failed", RunState.FAILED)
    queue_a_run(house, "done", RunState.DONE)

    seen = look(house, broker, house.work.clock.now())

    assert seen.database
    assert seen.queues is not None
    assert [depth.queue for depth in seen.queues] == list(Queue)
    cpu = seen.queues[2]
    assert (cpu.waiting, cpu.running, cpu.abandoned, cpu.stuck) == (1, 2, 1, 1)
    assert cpu.waiting_since is not None
    assert seen.at - cpu.waiting_since >= timedelta(hours=1)
    assert seen.mail is not None
    assert (seen.mail.waiting, seen.mail.given_up) == (1, 0)
    assert seen.disk_free_bytes > 0


def test_whoever_is_there_is_seen_until_goodbye_and_a_broker_that_is_away_is_a_problem(house: House) -> None:
    broker = make_broker(house.settings)
    since = house.work.clock.now()
    with supervised(house.settings, print, (valkey(house.settings.home),)):
        wait_for(socket_path(house.settings.home).exists)
        worker, sweep = Heart(broker, "worker", list(Queue)), Heart(broker, "sweep")
        for heart in (worker, sweep):
            heart.beat()
        seen = look(house, broker, since)
        assert (seen.ok, seen.problems) == (True, ())
        assert [(beat.kind, beat.queues) for beat in seen.workers] == [("worker", tuple(Queue))]
        worker.stop()
        seen = look(house, broker, since)
        assert (seen.ok, seen.workers) == (False, ())
        assert [beat.kind for beat in seen.sweeps] == ["sweep"]
    seen = look(house, broker, since)
    assert (seen.broker, seen.ok) == (False, False)
    worker.beat()  # nobody hears it, and nothing happens
    broker.client.close()


def test_a_database_that_is_gone_is_a_problem_and_no_crash(house: House) -> None:
    house.engine.dispose()
    Path(house.engine.url.database or "").rename(house.settings.home / "elsewhere.db")
    seen = look(house, make_broker(house.settings), house.work.clock.now())
    assert (seen.database, seen.queues, seen.mail, seen.ok) == (False, None, None, False)


@pytest.mark.parametrize("running", [True, False])
def test_scripts_monitors_and_people_are_told_the_same(house: House, running: bool) -> None:
    programs = (valkey(house.settings.home),) if running else ()
    with supervised(house.settings, print, programs):
        if running:
            wait_for(socket_path(house.settings.home).exists)
            broker = make_broker(house.settings)
            for heart in (Heart(broker, "worker", list(Queue)), Heart(broker, "sweep")):
                heart.beat()
            broker.client.close()
        with TestClient(create_app(house)) as visitor:
            answer = visitor.get("/health")
            page = visitor.get("/health/page")
            gauges = visitor.get("/health/metrics")
    assert answer.status_code == (200 if running else 503)
    assert answer.json()["ok"] is running
    assert answer.headers["cache-control"] == "no-store"
    assert page.status_code == 200
    assert f"<h1>{'Everything is running' if running else 'Something is not running'}</h1>" in page.text
    assert ("OPENCALL_BROKER_URL" in page.text) is not running
    assert f"opencall_ok {int(running)}\n" in gauges.text
    assert 'opencall_runs{queue="cpu",state="waiting"} 0\n' in gauges.text
