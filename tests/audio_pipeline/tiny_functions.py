"""What the tiny stages do; loaded by their processes, so it imports little."""

import os
import subprocess
import sys
import time
from pathlib import Path

from audio_pipeline.errors import AudioPipelineError
from audio_pipeline.pipeline import Artifact, Progress, StageTask


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
