"""Stage `normalise`: stems of one rate, one zero, one length and one gain; of a song without any, an upmix."""

from contextlib import chdir
from pathlib import Path
from typing import Final

import msgspec

from audio_pipeline.pipeline import Artifact, Progress, StageTask
from audio_pipeline.stage_functions.unpacking import unpack
from audio_pipeline.stems.manifest import StemsManifest
from audio_pipeline.stems.normalising import normalise_files
from audio_pipeline.upmix.files import MANIFEST_NAME, upmix_file
from opencall.kernel.whole_files import link_or_copy

OUT: Final = Path("out")


def normalise(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """An artifact `stem` for each stem, and `stems_manifest`, which says what was done to it and how the stems fit.

    A song without stems is taken apart: its mix is brought to the session's rate as a stem is, and the parts of its
    upmix stand in place of the stems. `details.source` of the manifest says so, and `upmix_manifest` how.
    """
    # Relative paths: the manifest names files as they came, and a second run is byte-identical.
    with chdir(task.scratch):
        mix = unpack(task, task.inputs.of_kind("mix"), Path("mix"))
        sources = unpack(task, task.inputs.of_kind("stem"), Path("sources"))
        whole = () if sources else _whole(mix)
        share = 0.5 if whole else 1.0

        manifest = normalise_files(
            sources or whole, mix[0] if mix else None, OUT, confirm=False, progress=lambda done: progress(share * done)
        )

        if whole:
            return _upmix(task, manifest, lambda done: progress(share + (1 - share) * done))
        stems = [task.keep(OUT / stem.output.path, kind="stem") for stem in manifest.stems]
        fit = msgspec.to_builtins(manifest.fit)
        return (*stems, task.keep(OUT / "manifest.json", kind="stems_manifest", source="stems", **fit))


def _upmix(task: StageTask, manifest: StemsManifest, progress: Progress) -> tuple[Artifact, ...]:
    (whole,) = manifest.stems
    upmix = upmix_file(OUT / whole.output.path, Path("upmix"), progress)
    parts = [task.keep(Path("upmix") / part.path, kind="stem") for part in upmix.parts]
    done = task.keep(
        OUT / "manifest.json", kind="stems_manifest", null_db=upmix.null_db, verdict="exact", source=upmix.source
    )
    # Both are called manifest.json, and a song has one file of a name.
    record = (Path("upmix") / MANIFEST_NAME).rename("upmix.json")
    return (*parts, done, task.keep(record, kind="upmix_manifest"))


def _whole(mix: tuple[Path, ...]) -> tuple[Path, ...]:
    # Under another name, because what is called `mix` in a folder of stems is taken for the mix of them.
    folder = Path("sources")
    whole = [(path, folder / f"whole song{path.suffix}") for path in mix]
    for path, name in whole:
        link_or_copy(path, name)
    return tuple(name for _, name in whole)
