"""Stage `compose`: a scene of the stems, proposed by a preset or as an engineer edited it, with its programme gain."""

import math
from pathlib import Path

import msgspec

from audio_pipeline.pipeline import Artifact, Progress, StageTask
from audio_pipeline.scene import composing, stem_files
from audio_pipeline.scene.gain import programme_gain_db, propose_programme_gain
from audio_pipeline.scene.model import Material, Programme, Scene
from audio_pipeline.scene.reading import check_scene, check_stems, parse_scene
from audio_pipeline.scene.writing import write_scene
from audio_pipeline.stage_functions.unpacking import unpack


def compose(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """One artifact `scene`; its stems are `stems/<name>` beside it."""
    unpack(task, task.inputs.of_kind("stem"), task.scratch / "stems")
    path = task.scratch / "scene.json"
    edited = task.inputs.params.get("edited_scene")

    scene = _edited(task, edited, progress) if edited else _proposed(task, path, progress)
    # An upmix stays one whatever is edited; its stems were named as such before anybody could rename them.
    scene = msgspec.structs.replace(scene, source=_source(task))

    write_scene(scene, path)
    return (task.keep(path, kind="scene", objects=len(scene.objects), gain_db=scene.programme.gain_db),)


def _source(task: StageTask) -> Material:
    # What was normalised before there were upmixes does not say.
    source: Material = task.inputs.one("stems_manifest").details.get("source", "stems")
    return source


def _proposed(task: StageTask, path: Path, progress: Progress) -> Scene:
    params = task.inputs.params
    composition = composing.compose(
        path.parent / "stems",
        params["title"],
        params.get("preset", "stage"),
        params.get("roles"),
        lambda done: progress(0.3 * done),
    )
    scene = stem_files.beside(composition.scene, composition.folder, path)
    return propose_programme_gain(scene, path.parent, params["layouts"], lambda done: progress(0.3 + 0.7 * done)).scene


def _edited(task: StageTask, sha256: str, progress: Progress) -> Scene:
    """The engineer's scene, with the engineer's gain, or the highest one at which nothing clips."""
    with task.store.open(sha256) as file:
        scene = parse_scene(file.read(), "the edited scene")
    check_scene(scene)
    check_stems(scene, task.scratch)
    proposal = propose_programme_gain(scene, task.scratch, task.inputs.params["layouts"], progress)
    highest_db = programme_gain_db(max(proposal.true_peaks_dbtp.values()), math.inf, math.inf)
    return msgspec.structs.replace(scene, programme=Programme(min(scene.programme.gain_db, highest_db)))
