"""Stage `normalise`: stems of one rate, one zero, one length and one gain."""

from contextlib import chdir
from pathlib import Path

from audio_pipeline.pipeline import Artifact, Progress, StageTask
from audio_pipeline.stage_functions.unpacking import unpack
from audio_pipeline.stems.normalising import normalise_files


def normalise(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """An artifact `stem` for each stem, and `stems_manifest`, which says what was done to it."""
    # Relative paths: the manifest names files as they came, and a second run is byte-identical.
    with chdir(task.scratch):
        mix = unpack(task, task.inputs.of_kind("mix"), Path("mix"))
        sources = unpack(task, task.inputs.of_kind("stem"), Path("sources"))

        manifest = normalise_files(sources, mix[0] if mix else None, Path("out"), confirm=False, progress=progress)

        stems = [task.keep(Path("out") / stem.output.path, kind="stem") for stem in manifest.stems]
        fit = manifest.fit
        done = task.keep(Path("out/manifest.json"), kind="stems_manifest", null_db=fit.null_db, verdict=fit.verdict)
        return (*stems, done)
