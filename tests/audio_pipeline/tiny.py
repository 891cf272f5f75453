"""A pipeline of tiny stages, for tests of what happens around stages; workers load it by name."""

import os
import subprocess
import sys
import time
from pathlib import Path

from audio_pipeline.approvals import approval_sha256, approved_by_all
from audio_pipeline.errors import AudioPipelineError
from audio_pipeline.facts import MastersFinished, RenderFinished
from audio_pipeline.pipeline import Artifact, FinishedRun, Inputs, Pipeline, Progress, Queue, Stage, StageTask
from opencall.kernel.unit_of_work import UnitOfWork


def _function(name: str) -> str:
    return f"tests.audio_pipeline.tiny:{name}"


def _diary(task: StageTask, line: str) -> None:
    """Note what happened in the file that the song's settings name: an append is atomic."""
    if "diary" in task.inputs.params:
        with Path(task.inputs.params["diary"]).open("a") as diary:
            diary.write(f"{line} {os.getpid()}\n")


def normalise(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """Upper-case the uploads, as slowly as the settings say."""
    _diary(task, "normalise")
    steps = round(task.inputs.params.get("seconds", 0) / 0.05)
    for step in range(steps):
        time.sleep(0.05)
        progress(step / steps)
    kept = []
    for file in task.inputs.of_kind("stem"):
        with task.store.open(file.sha256) as source:
            path = task.scratch / file.name
            path.write_bytes(source.read().upper())
        kept.append(task.keep(path, kind="stem"))
    scene = task.scratch / "scene.json"
    scene.write_text(str(task.inputs.params.get("title")))
    return (*kept, task.keep(scene, kind="scene"))


def render(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """One file a layout that is missing."""
    _diary(task, "render " + ",".join(task.missing))
    kept = []
    for layout in task.missing:
        path = task.scratch / f"{layout}.txt"
        path.write_text(f"{layout} of {task.inputs.one('scene').sha256}")
        kept.append(task.keep(path, kind="render", part=layout, loudness_lufs=-14.0))
    return tuple(kept)


def master(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    path = task.scratch / "manifest.json"
    path.write_text("{}")
    return (task.keep(path, kind="manifest"),)


class SourMilk(AudioPipelineError):
    """A refusal that a stage can run into."""

    def __init__(self) -> None:
        super().__init__("The milk is sour; buy some.")


def refuse(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    raise SourMilk


def stumble(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    raise ZeroDivisionError("by nought")


def die(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """End like a process that ran out of memory."""
    _diary(task, "die")
    os._exit(137)


def breed(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """Start another process, as a stage that decodes does, and wait for it."""
    decoder = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(task.inputs.params["diary"]).write_text(f"{os.getpid()} {decoder.pid}\n")
    decoder.wait()
    return ()


def _rendered(finished: FinishedRun) -> RenderFinished:
    return RenderFinished(
        song_id=finished.song_id, approval_sha256=approval_sha256(finished.inputs, finished.stage.version)
    )


def _mastered(finished: FinishedRun) -> MastersFinished:
    return MastersFinished(song_id=finished.song_id, artifacts=[{"name": item.name} for item in finished.artifacts])


def _approved(uow: UnitOfWork, song_id: str, inputs: Inputs) -> bool:
    return approved_by_all(uow, song_id, approval_sha256(inputs, "1"))


NORMALISE = Stage(
    name="normalise",
    version="1",
    queue=Queue.CPU,
    function=_function("normalise"),
    uploads=True,
    takes=("title", "seconds", "diary"),
)
RENDER = Stage(
    name="render",
    version="1",
    queue=Queue.RENDER,
    function=_function("render"),
    needs=("normalise",),
    takes=("diary",),
    parts_from="layouts",
    announces=_rendered,
)
MASTER = Stage(
    name="master",
    version="1",
    queue=Queue.RENDER,
    function=_function("master"),
    needs=("normalise", "render"),
    announces=_mastered,
    gate=_approved,
)
TINY = Pipeline((NORMALISE, RENDER, MASTER))


def only(function: str, *, heavy: bool = True, time_limit_s: float = 5.0) -> Pipeline:
    """A pipeline of one stage, which calls `function` of this module."""
    stage = Stage(
        name="normalise",
        version="1",
        queue=Queue.CPU,
        function=_function(function),
        uploads=True,
        takes=("diary", "seconds"),
        heavy=heavy,
        time_limit_s=time_limit_s,
    )
    return Pipeline((stage,))


DYING = only("die")
