"""Kill -9 of anything, at any time: every stage is completed exactly once, and nothing is left behind.

Real processes, a real Valkey; the one stage that is in the way of the knife takes about a second.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from sqlalchemy import select, update

from audio_pipeline import orders, runs
from audio_pipeline.production import SongMaterial, Upload, begin_production, cancel_song, song_progress
from audio_pipeline.tables import artifact_table, progress_table, song_table
from opencall.app import migrations
from opencall.app.broker import bell_of, make_broker, socket_path
from opencall.app.house import House, open_house
from opencall.app.settings import settings_of
from opencall.app.supervisor import AlreadyServed, Program, Supervisor, programs_of, supervised, valkey
from opencall.kernel.database import make_engine, metadata
from tests.audio_pipeline.tiny import DYING, UNHEARD

# A song whose worker was killed has to wait for its lease (10 s); more than this is a bell that was not rung again.
RECOVERY_S = 25.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    settings = settings_of(tmp_path / "home", {})
    settings.home.mkdir()
    engine = make_engine(settings.database_url)
    migrations.migrate(engine)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        metadata.create_all(connection)
    engine.dispose()
    return settings.home


@pytest.fixture
def house(home: Path) -> Iterator[House]:
    house = open_house(home, bell=bell_of(make_broker(settings_of(home))))
    yield house
    house.close()


def tiny_worker(home: Path, pipeline: str = "UNHEARD") -> Program:
    where = f"tests.audio_pipeline.tiny:{pipeline}"
    return Program("worker", (sys.executable, "-m", "tests.app.tiny_worker", str(home), where))


def sweeper(home: Path) -> Program:
    return Program("sweep", (sys.executable, "-m", "opencall.app", "sweep", "--home", str(home)))


def tiny_programs(home: Path, pipeline: str = "UNHEARD") -> tuple[Program, ...]:
    return (valkey(home), tiny_worker(home, pipeline), sweeper(home))


def order(house: House, diary: Path, pipeline: Any = UNHEARD, seconds: float = 1.0) -> None:
    stem = house.store.put([b"drums"])
    upload = Upload("drums.wav", stem.sha256, stem.bytes)
    with house.work.write() as uow:
        material = SongMaterial(song_id="s", title="Kyrie", artist_name="Ada", mix=upload, stems=(upload,))
        begin_production(uow, material, ("0+2+0", "4+7+0"), pipeline)
        settings = {"title": "Kyrie", "layouts": ["0+2+0", "4+7+0"], "seconds": seconds, "diary": str(diary)}
        uow.connection.execute(update(song_table).values(settings=settings))
        orders.order(uow, pipeline, "s", "normalise")


def states(house: House, pipeline: Any = UNHEARD) -> dict[str, str]:
    with house.work.read() as uow:
        return {stage.stage: stage.state for stage in song_progress(uow, "s", pipeline)}


def wait_for(condition: Callable[[], object], seconds: float = RECOVERY_S) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def begun(diary: Path) -> Callable[[], bool]:
    return lambda: diary.is_file() and "normalise" in diary.read_text()


def assert_completed_exactly_once(house: House) -> None:
    with house.work.read() as uow:
        kept = uow.connection.execute(select(artifact_table.c.stage, artifact_table.c.name)).all()
        done = uow.connection.scalars(
            select(progress_table.c.stage).where(progress_table.c.state == "done").order_by(progress_table.c.seq)
        ).all()
    assert sorted(map(tuple, kept)) == [
        ("normalise", "drums.wav"),
        ("normalise", "scene.json"),
        ("render", "0+2+0.txt"),
        ("render", "4+7+0.txt"),
    ]
    assert done == ["normalise", "render"]


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def family(pid: int) -> list[int]:
    return [process.pid for process in psutil.Process(pid).children(recursive=True)]


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    return tmp_path / "diary"


@pytest.fixture
def supervisor(home: Path) -> Iterator[Supervisor]:
    with supervised(settings_of(home), print, tiny_programs(home)) as supervisor:
        wait_for(lambda: len(supervisor.pids) == 3)
        yield supervisor


@pytest.mark.parametrize("victim", ["worker", "stage", "sweep", "Valkey"])
def test_kill_9_costs_time_and_nothing_else(house: House, diary: Path, supervisor: Supervisor, victim: str) -> None:
    order(house, diary)
    wait_for(begun(diary))
    stage = int(diary.read_text().split()[1])
    os.kill(stage if victim == "stage" else supervisor.pids[victim], signal.SIGKILL)

    wait_for(lambda: states(house) == {"normalise": "done", "render": "done"})
    assert_completed_exactly_once(house)
    assert not alive(stage)
    wait_for(lambda: len(supervisor.pids) == 3)


def test_a_wiped_broker_loses_nothing(home: Path, house: House, diary: Path) -> None:
    with supervised(settings_of(home), print, (valkey(home),)):
        wait_for(socket_path(home).exists)
        order(house, diary, seconds=0)
        client = redis.Redis(unix_socket_path=str(socket_path(home)))
        wait_for(lambda: client.keys("opencall:cpu*"))
        client.flushall()
        client.close()
    # Ordered while there is no broker at all, too:
    with house.work.write() as uow:
        runs.forget_bells(uow)
    with supervised(settings_of(home), print, tiny_programs(home)):
        wait_for(lambda: states(house) == {"normalise": "done", "render": "done"})
    assert_completed_exactly_once(house)


def test_three_deaths_are_quarantine(home: Path, house: House, diary: Path) -> None:
    with supervised(settings_of(home), print, tiny_programs(home, "DYING")):
        order(house, diary, DYING)
        wait_for(lambda: states(house, DYING) == {"normalise": "quarantined"})
    assert diary.read_text().count("die") == 3


def test_a_running_stage_is_cancelled_within_seconds(house: House, diary: Path, supervisor: Supervisor) -> None:
    order(house, diary, seconds=60)
    wait_for(begun(diary))
    stage = int(diary.read_text().split()[1])
    with house.work.write() as uow:
        cancel_song(uow, "s")
    wait_for(lambda: states(house) == {"normalise": "cancelled"}, 5)
    wait_for(lambda: not alive(stage), 5)


def test_a_supervisor_that_is_asked_to_stop_leaves_nobody_and_gives_work_back(
    home: Path, house: House, diary: Path
) -> None:
    with supervised(settings_of(home), print, tiny_programs(home)) as supervisor:
        wait_for(lambda: len(supervisor.pids) == 3)
        order(house, diary, seconds=60)
        wait_for(begun(diary))
        everybody = [*supervisor.pids.values(), int(diary.read_text().split()[1])]
        asked = time.monotonic()
    assert time.monotonic() - asked < 6
    assert [pid for pid in everybody if alive(pid)] == []
    with house.work.read() as uow:
        row = orders.current_run(uow, "s", "normalise")
    assert row is not None
    assert (row.state, row.lost_leases) == ("queued", 0)


def test_a_supervisor_that_is_killed_leaves_nobody(home: Path, house: House, diary: Path) -> None:
    command = [sys.executable, "-m", "tests.app.tiny_supervisor", str(home)]
    supervisor = psutil.Popen(command, cwd=Path(__file__).parents[2])
    wait_for(lambda: socket_path(home).exists() and len(family(supervisor.pid)) == 3)
    order(house, diary, seconds=60)
    wait_for(begun(diary))
    everybody = family(supervisor.pid)
    assert len(everybody) == 4
    supervisor.kill()
    supervisor.wait()
    wait_for(lambda: not any(map(alive, everybody)), 5)


def test_an_installation_is_served_once(home: Path, supervisor: Supervisor) -> None:
    with pytest.raises(AlreadyServed), supervised(settings_of(home), print, ()):
        pass


def test_a_broker_of_ones_own_takes_the_place_of_valkey(tmp_path: Path) -> None:
    own = settings_of(tmp_path, {"OPENCALL_BROKER_URL": "redis://broker.example:6379/0"})
    assert "Valkey" in {program.name for program in programs_of(settings_of(tmp_path, {}))}
    assert "Valkey" not in {program.name for program in programs_of(own)}


def test_the_socket_of_a_deep_home_is_short_enough(tmp_path: Path) -> None:
    assert socket_path(Path("/srv/opencall")) == Path("/srv/opencall/run/valkey.sock")
    assert len(os.fsencode(socket_path(tmp_path / ("deep" * 30)))) < 104
