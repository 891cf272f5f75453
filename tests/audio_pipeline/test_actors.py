"""The shell around stages: outcomes of real child processes, and what becomes of them."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine

from audio_pipeline import orders
from audio_pipeline.actors import StageWorker
from audio_pipeline.children import Child, ChildSpec, Died, Finished
from audio_pipeline.facts import RenderFinished
from audio_pipeline.pipeline import Inputs, Pipeline
from audio_pipeline.production import cancel_song, song_progress
from opencall.kernel.clock import SetClock
from opencall.kernel.facts import Fact
from opencall.kernel.ids import RandomIds
from opencall.kernel.object_store import FolderStore
from opencall.kernel.unit_of_work import UnitOfWork, Work
from tests.audio_pipeline.conftest import Order
from tests.audio_pipeline.tiny import TINY, only
from tests.audio_pipeline.tiny_functions import SourMilk

MakeWorker = Callable[[Pipeline], StageWorker]


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def worker_on(work: Work, store: FolderStore, scratch: Path, stop: threading.Event) -> MakeWorker:
    return lambda pipeline: StageWorker(work, store.root.as_uri(), scratch, "here:1", stop, pipeline)


def outcome(work: Work, pipeline: Pipeline) -> tuple[str, str | None]:
    with work.read() as uow:
        (stage,) = song_progress(uow, "s", pipeline)
    return stage.state, stage.error


def test_a_song_goes_through_all_stages_that_need_no_person(
    work: Work, order_song: Order, worker_on: MakeWorker, scratch: Path
) -> None:
    with work.write() as uow:
        worker, first = worker_on(TINY), order_song(uow)
    worker.perform(first)
    with work.read() as uow:
        render = orders.current_run(uow, "s", "render")
    assert render is not None
    worker.perform(render.id)
    with work.read() as uow:
        stages = [(stage.stage, stage.state, stage.progress) for stage in song_progress(uow, "s", TINY)]
    assert stages == [("normalise", "done", 1.0), ("render", "done", 1.0)]
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("function", "heavy", "state", "error"),
    [
        ("refuse", True, "failed", "The milk is sour; buy some."),
        ("refuse", False, "failed", "The milk is sour; buy some."),
        ("stumble", True, "failed", "ZeroDivisionError: by nought"),
        ("die", True, "queued", None),
        ("normalise", False, "done", None),
    ],
)
def test_what_a_stage_does_is_what_its_run_becomes(
    function: str, heavy: bool, state: str, error: str | None, work: Work, order_song: Order, worker_on: MakeWorker
) -> None:
    pipeline = only(function, heavy=heavy)
    with work.write() as uow:
        run_id = order_song(uow, pipeline)
    worker_on(pipeline).perform(run_id)
    assert outcome(work, pipeline) == (state, error)


def test_a_stage_that_takes_too_long_is_stopped_and_says_so(
    work: Work, order_song: Order, worker_on: MakeWorker
) -> None:
    pipeline = only("normalise", time_limit_s=0.5)
    with work.write() as uow:
        run_id = order_song(uow, pipeline, seconds=60)
    worker_on(pipeline).perform(run_id)
    state, error = outcome(work, pipeline)
    assert state == "failed"
    assert error is not None
    assert error.startswith("normalise took longer than 0.5 s")


@pytest.mark.parametrize(("what", "state"), [("cancel", "cancelled"), ("stop", "queued")])
def test_a_stage_is_stopped_by_cancelling_and_by_shutting_down(
    what: str, state: str, work: Work, order_song: Order, worker_on: MakeWorker, stop: threading.Event, tmp_path: Path
) -> None:
    pipeline, diary = only("breed"), tmp_path / "diary"
    with work.write() as uow:
        run_id = order_song(uow, pipeline, diary=str(diary))
    thread = threading.Thread(target=worker_on(pipeline).perform, args=(run_id,))
    thread.start()
    processes = read_pids(diary)
    if what == "stop":
        stop.set()
    else:
        with work.write() as uow:
            cancel_song(uow, "s")
    thread.join(10)
    assert outcome(work, pipeline) == (state, None)
    wait_until_dead(processes)


@pytest.fixture
def spec(store: FolderStore, scratch: Path, tmp_path: Path) -> Callable[..., ChildSpec]:
    def make(function: str, **params: Any) -> ChildSpec:
        return ChildSpec(
            function=f"tests.audio_pipeline.tiny_functions:{function}",
            inputs=Inputs(params=params),
            missing=("whole",),
            store=store.root.as_uri(),
            scratch=str(scratch / "1"),
        )

    return make


def test_a_child_ends_with_what_it_started_when_its_parents_pipe_closes(
    spec: Callable[..., ChildSpec], tmp_path: Path
) -> None:
    child = Child(spec("breed", diary=str(tmp_path / "diary")))
    processes = read_pids(tmp_path / "diary")
    child._leash.close()
    assert child.wait(10) == Died("it was killed by SIGKILL")
    wait_until_dead(processes)
    child.close()


def test_closing_a_child_leaves_neither_processes_nor_files(spec: Callable[..., ChildSpec], tmp_path: Path) -> None:
    child = Child(spec("breed", diary=str(tmp_path / "diary")))
    processes = read_pids(tmp_path / "diary")
    child.close()
    wait_until_dead(processes)
    assert not (tmp_path / "scratch" / "1").exists()


def test_a_child_tells_its_progress_and_its_artifacts(spec: Callable[..., ChildSpec]) -> None:
    child = Child(spec("normalise", title="Kyrie", seconds=1.0))
    seen = [child.progress]
    while (end := child.wait(0.1)) is None:
        seen.append(child.progress)
    child.close()
    assert isinstance(end, Finished)
    assert [artifact.name for artifact in end.artifacts] == ["scene.json"]
    assert seen == sorted(seen)
    assert seen[-1] > 0.5


def read_pids(diary: Path) -> list[int]:
    deadline = time.monotonic() + 20
    while not (diary.is_file() and diary.read_text().endswith("\n")):
        assert time.monotonic() < deadline, "the stage never began"
        time.sleep(0.02)
    found = [int(word) for word in diary.read_text().split()]
    assert all(alive(pid) for pid in found)
    assert os.getpid() not in found
    return found


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_dead(pids: list[int]) -> None:
    deadline = time.monotonic() + 5
    while any(map(alive, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_room_that_refuses_what_follows_fails_the_run_with_its_sentence(
    engine: Engine, clock: SetClock, order_song: Order, store: FolderStore, scratch: Path, stop: threading.Event
) -> None:
    def react(uow: UnitOfWork, fact: Fact) -> None:
        if isinstance(fact, RenderFinished):
            raise SourMilk

    work = Work(engine, clock, RandomIds(), react)
    worker = StageWorker(work, store.root.as_uri(), scratch, "here:1", stop, TINY)
    with work.write() as uow:
        first = order_song(uow)
    worker.perform(first)
    with work.read() as uow:
        render = orders.current_run(uow, "s", "render")
    assert render is not None
    worker.perform(render.id)
    with work.read() as uow:
        ended = song_progress(uow, "s", TINY)[1]
    assert ended.state == "failed"
    assert ended.error == "The work was done, but what follows from it was refused: The milk is sour; buy some."
