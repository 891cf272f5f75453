"""Kill -9 of anything, at any time: every stage is completed exactly once, and nothing is left behind.

Real processes, a real Valkey; the one stage that is in the way of the knife takes about a second.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
import redis
from sqlalchemy import insert, select

from audio_pipeline import orders
from audio_pipeline.pipeline import InputFile
from audio_pipeline.production import SongMaterial, Upload, cancel_song, progress_after, song_progress
from audio_pipeline.tables import artifact_table, song_table
from opencall.app import migrations
from opencall.app.broker import bell_of, make_broker
from opencall.app.house import House, open_house
from opencall.app.runtime_folder import socket_path
from opencall.app.settings import settings_of
from opencall.app.signals import Stop
from opencall.app.supervisor import GRACE_S, AlreadyServed, Program, Supervisor, programs_of, supervised, valkey
from opencall.kernel.database import make_engine
from opencall.kernel.unit_of_work import UnitOfWork
from tests.audio_pipeline.tiny import UNHEARD

# Starting a house takes seconds, on a busy machine many; a song whose worker was killed waits for its lease (10 s).
PATIENCE_S = 60.0


def make_home(folder: Path) -> Path:
    settings = settings_of(folder, {})
    settings.home.mkdir()
    engine = make_engine(settings.database_url)
    migrations.migrate(engine)
    engine.dispose()
    return settings.home


@contextmanager
def opened(home: Path) -> Iterator[House]:
    house = open_house(home, bell=bell_of(make_broker(settings_of(home))))
    yield house
    house.close()


def tiny_programs(home: Path) -> tuple[Program, ...]:
    """Valkey, a worker on tiny stages, and the real sweep."""
    worker = Program("worker", (sys.executable, "-m", "tests.app.tiny_worker", str(home)))
    sweep = Program("sweep", (sys.executable, "-m", "opencall.app", "sweep", "--home", str(home)))
    return (valkey(home), worker, sweep)


class Song:
    """A song in a house, and what its stages wrote into their diary."""

    def __init__(self, house: House, song_id: str, diary: Path) -> None:
        self.house, self.id, self.diary = house, song_id, diary

    def order(self, stage: str = "normalise", seconds: float = 1.0) -> None:
        stem = self.house.store.put([b"drums"])
        upload = Upload("drums.wav", stem.sha256, stem.bytes)
        material = SongMaterial(song_id=self.id, title="Kyrie", artist_name="Ada", mix=upload, stems=(upload,))
        settings = {"title": "Kyrie", "layouts": ["0+2+0", "4+7+0"], "seconds": seconds, "diary": str(self.diary)}
        with self.house.work.write() as uow:
            remember(uow, material, settings)
            orders.order(uow, UNHEARD, self.id, stage)

    def wait_until_begun(self) -> int:
        """Wait until a stage is at work; returns its process."""
        wait_for(lambda: self.diary.is_file() and self.diary.read_text().endswith("\n"))
        return int(self.diary.read_text().split()[1])

    def states(self) -> dict[str, str]:
        with self.house.work.read() as uow:
            return {stage.stage: stage.state for stage in song_progress(uow, self.id, UNHEARD)}

    def assert_completed_exactly_once(self) -> None:
        wait_for(lambda: self.states() == {"normalise": "done", "render": "done"})
        with self.house.work.read() as uow:
            rows = uow.connection.execute(select(artifact_table).where(artifact_table.c.song_id == self.id)).all()
            events = [(event.stage, event.state) for event in progress_after(uow, 0, self.id)]
        assert sorted((row.stage, row.name) for row in rows) == [
            ("normalise", "drums.wav"),
            ("normalise", "scene.json"),
            ("render", "0+2+0.txt"),
            ("render", "4+7+0.txt"),
        ]
        assert [stage for stage, state in events if state == "done"] == ["normalise", "render"]


def remember(uow: UnitOfWork, material: SongMaterial, settings: dict[str, Any]) -> None:
    """The song as production remembers it, with the settings of tiny stages."""
    mix = InputFile(origin="upload", kind="mix", **msgspec.to_builtins(material.mix))
    stems = [InputFile(origin="upload", kind="stem", **msgspec.to_builtins(stem)) for stem in material.stems]
    uow.connection.execute(
        insert(song_table).values(
            id=material.song_id,
            uploads=msgspec.to_builtins([mix, *stems]),
            settings=settings,
            created_at=uow.clock.now(),
        )
    )


def wait_for(condition: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Supervisor]]:
    """One house, served for all tests that leave it running."""
    home = make_home(tmp_path_factory.mktemp("served") / "home")
    with opened(home) as house, supervised(house.settings, print, tiny_programs(home)) as supervisor:
        wait_for(lambda: len(supervisor.pids) == 3)
        yield house, supervisor


@pytest.fixture
def song(served: tuple[House, Supervisor], tmp_path: Path) -> Song:
    return Song(served[0], tmp_path.name[-60:], tmp_path / "diary")


@pytest.mark.parametrize("victim", ["worker", "stage", "sweep", "Valkey"])
def test_kill_9_costs_time_and_nothing_else(served: tuple[House, Supervisor], song: Song, victim: str) -> None:
    supervisor = served[1]
    song.order()
    stage = song.wait_until_begun()
    os.kill(stage if victim == "stage" else supervisor.pids[victim], signal.SIGKILL)

    song.assert_completed_exactly_once()
    assert not alive(stage)
    wait_for(lambda: len(supervisor.pids) == 3)


def test_three_deaths_are_quarantine(song: Song) -> None:
    song.order("die")
    wait_for(lambda: song.states() == {"die": "quarantined"})
    assert song.diary.read_text().count("die") == 3


def test_a_running_stage_is_cancelled_within_seconds(served: tuple[House, Supervisor], song: Song) -> None:
    song.order(seconds=60)
    stage = song.wait_until_begun()
    with served[0].work.write() as uow:
        cancel_song(uow, song.id)
    wait_for(lambda: song.states() == {"normalise": "cancelled"}, 10)
    wait_for(lambda: not alive(stage), 10)


def test_an_installation_is_served_once(served: tuple[House, Supervisor]) -> None:
    with pytest.raises(AlreadyServed):
        Supervisor(served[0].settings, (), print).run(Stop())


def test_a_broker_that_is_wiped_and_gone_loses_nothing_and_a_supervisor_that_stops_leaves_nobody(
    tmp_path: Path,
) -> None:
    home = make_home(tmp_path / "home")
    with opened(home) as house:
        wiped, orphaned = (Song(house, name, tmp_path / name) for name in ("wiped", "orphaned"))
        with supervised(house.settings, print, (valkey(home),)):
            client = redis.Redis(unix_socket_path=str(socket_path(home)))
            wait_for(socket_path(home).exists)
            wiped.order(seconds=0)
            assert client.keys("opencall:cpu*")
            client.flushall()
            client.close()
        orphaned.order(seconds=0)

        with supervised(house.settings, print, tiny_programs(home)) as supervisor:
            wiped.assert_completed_exactly_once()
            orphaned.assert_completed_exactly_once()

            unfinished = Song(house, "unfinished", tmp_path / "unfinished")
            unfinished.order(seconds=60)
            everybody = [unfinished.wait_until_begun(), *supervisor.pids.values()]
            asked = time.monotonic()
        assert time.monotonic() - asked < GRACE_S + 2
        assert [pid for pid in everybody if alive(pid)] == []
        with house.work.read() as uow:
            row = orders.current_run(uow, "unfinished", "normalise")
    assert row is not None
    assert (row.state, row.lost_leases) == ("queued", 0)


def test_a_supervisor_that_is_killed_leaves_nobody(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    project = Path(__file__).parents[2]
    supervisor = psutil.Popen([sys.executable, "-m", "tests.app.tiny_supervisor", str(home)], cwd=project)
    with opened(home) as house:
        song = Song(house, "s", tmp_path / "diary")
        song.order(seconds=60)
        song.wait_until_begun()
    everybody = [process.pid for process in supervisor.children(recursive=True)]
    assert len(everybody) == 4
    supervisor.kill()
    supervisor.wait()
    wait_for(lambda: not any(map(alive, everybody)), 10)


def test_a_broker_of_ones_own_takes_the_place_of_valkey(tmp_path: Path) -> None:
    own = settings_of(tmp_path, {"OPENCALL_BROKER_URL": "redis://broker.example:6379/0"})
    assert "Valkey" in {program.name for program in programs_of(settings_of(tmp_path, {}))}
    assert "Valkey" not in {program.name for program in programs_of(own)}


def test_the_socket_of_a_deep_home_is_short_enough(tmp_path: Path) -> None:
    assert socket_path(Path("/srv/opencall")) == Path("/srv/opencall/run/valkey.sock")
    assert len(os.fsencode(socket_path(tmp_path / ("deep" * 30)))) < 104
