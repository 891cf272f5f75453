"""Stage `master`: what was approved, as files to hand over, each held against its profile.

The loudspeaker masters are the very files that were listened to and approved, and the binaural one holds the very
samples; nothing is rendered again.
"""

from pathlib import Path
from typing import Any, Final

import msgspec

from audio_pipeline.masters.checking import check_file
from audio_pipeline.masters.deliverables.binaural import as_flac
from audio_pipeline.masters.exporting import export_programme
from audio_pipeline.masters.job import MadeFile
from audio_pipeline.masters.manifest import FILE_NAME, describe, write_manifest
from audio_pipeline.masters.notes import origin_words
from audio_pipeline.masters.programme import open_programme
from audio_pipeline.pipeline import Artifact, InputFile, Progress, StageTask
from audio_pipeline.spatialaudio.layouts import BINAURAL
from audio_pipeline.stage_functions.unpacking import unpack, unpack_scene

# What is made beside the renders, and the profile that every kind has to keep.
EXTRA_KINDS: Final = ("adm-360",)
PROFILES: Final = {"adm-360": "360", "loudspeakers": "loudspeakers", "binaural": "binaural"}


def master(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """An artifact for each master, `details.checks` being what its judges said, and the `manifest` of them all."""
    programme = open_programme(unpack_scene(task))
    folder = task.scratch / "masters"
    renders = task.inputs.of_kind("render")
    words = origin_words(programme)
    heard = [_as_made(file, path, words) for file, path in zip(renders, unpack(task, renders, folder), strict=True)]

    made = [*export_programme(programme, folder, EXTRA_KINDS, (), progress=progress).files, *heard]
    manifest = describe(programme, made)

    write_manifest(manifest, folder)
    masters = [task.keep(file.path, kind=file.kind, checks=[_judged(file)]) for file in made]
    return (*masters, task.keep(folder / FILE_NAME, kind="manifest"))


def _as_made(file: InputFile, path: Path, words: str) -> MadeFile:
    measured = {name: file.details[name] for name in ("layout", "channels", "sample_rate_hz", "frames", "overs")}
    loudness = {name: file.details[name] for name in ("integrated_lufs", "true_peak_dbtp")}
    if file.details["layout"] == BINAURAL.name:
        return as_flac(MadeFile(path=path, kind="binaural", **measured, **loudness), path.with_suffix(".flac"), words)
    return MadeFile(path=path, kind="loudspeakers", **measured, **loudness)


def _judged(file: MadeFile) -> dict[str, Any]:
    verdict = check_file(file.path, PROFILES[file.kind])
    findings = [msgspec.to_builtins(finding) for finding in verdict.findings]
    return {"profile": verdict.profile, "ok": verdict.ok, "findings": findings}
