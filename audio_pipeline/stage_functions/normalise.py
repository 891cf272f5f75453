"""Stage `normalise`: stems of one rate, one zero, one length and one gain."""

from contextlib import chdir
from pathlib import Path

import msgspec

from audio_pipeline.pipeline import Artifact, Progress, StageTask
from audio_pipeline.stage_functions.unpacking import unpack
from audio_pipeline.stems.normalising import normalise_files
from opencall.kernel.whole_files import link_or_copy


def normalise(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """An artifact `stem` for each stem, and `stems_manifest`, which says what was done to it and how the stems fit.

    A song without stems is one stem: its mix.
    """
    # Relative paths: the manifest names files as they came, and a second run is byte-identical.
    with chdir(task.scratch):
        mix = unpack(task, task.inputs.of_kind("mix"), Path("mix"))
        sources = unpack(task, task.inputs.of_kind("stem"), Path("sources")) or _whole(mix)

        manifest = normalise_files(sources, mix[0] if mix else None, Path("out"), confirm=False, progress=progress)

        stems = [task.keep(Path("out") / stem.output.path, kind="stem") for stem in manifest.stems]
        return (
            *stems,
            task.keep(Path("out/manifest.json"), kind="stems_manifest", **msgspec.to_builtins(manifest.fit)),
        )


def _whole(mix: tuple[Path, ...]) -> tuple[Path, ...]:
    # Under another name, because what is called `mix` in a folder of stems is taken for the mix of them.
    folder = Path("sources")
    whole = [(path, folder / f"whole song{path.suffix}") for path in mix]
    for path, name in whole:
        link_or_copy(path, name)
    return tuple(name for _, name in whole)
