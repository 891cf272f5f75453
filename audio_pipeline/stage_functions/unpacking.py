"""Stored inputs as files in the scratch folder, under the names that people gave them."""

from collections.abc import Iterable
from pathlib import Path, PurePath

from audio_pipeline.pipeline import InputFile, StageTask
from opencall.kernel.whole_files import link_or_copy


def unpack(task: StageTask, files: Iterable[InputFile], folder: Path) -> tuple[Path, ...]:
    """The files in `folder`, in order: second names of what is stored, so never to be written to.

    Raises `FileExistsError` when two have the same name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for file in files:
        # A name is only ever a name here, wherever it came from.
        path = folder / (PurePath(file.name).name or "unnamed")
        with task.store.local(file.sha256) as stored:
            link_or_copy(stored, path)
        paths.append(path)
    return tuple(paths)


def unpack_scene(task: StageTask) -> Path:
    """`scene.json` with its stems beside it in `stems/`, ready to be rendered; returns the scene's path."""
    unpack(task, task.inputs.of_kind("stem"), task.scratch / "stems")
    (scene,) = unpack(task, task.inputs.of_kind("scene"), task.scratch)
    return scene
