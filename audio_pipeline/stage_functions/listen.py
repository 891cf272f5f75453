"""Stage `listen`: what pages need of the artist's song: a copy to play, waveforms to draw, and a cover."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from audio_pipeline.covers import SongShape, draw_cover
from audio_pipeline.errors import AudioPipelineError
from audio_pipeline.hearing.copy_writing import SUFFIX
from audio_pipeline.hearing.errors import CopyNotWritten
from audio_pipeline.hearing.files import HeardSong, Outline, hear_song, outline_of
from audio_pipeline.hearing.peaks import SongPeaks, peaks_of_outline
from audio_pipeline.pipeline import Artifact, InputFile, Progress, StageTask

T = TypeVar("T")


def listen(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """The artifacts `peaks`, `preview` and `cover`; of a mix that cannot be read `peaks` alone, of its stems.

    That a file cannot be read is no failure here: the report says it, and what to do.
    """
    mix, stems = task.inputs.one("mix"), task.inputs.of_kind("stem")
    copy = task.scratch / f"listening-copy{SUFFIX}"
    share = 1 / (len(stems) + 1)

    # By their hashes: no name that an artist gave is of any use here.
    with task.store.local(mix.sha256) as song:
        heard = _unless_unreadable(hear_song, song, copy, lambda done: progress(share * done))
    outlines = []
    for stem in stems:
        with task.store.local(stem.sha256) as path:
            outlines.append(_unless_unreadable(outline_of, path))
        progress(share * (len(outlines) + 1))

    peaks = _keep_peaks(task, mix, stems, heard, outlines)
    if heard is None:
        return (peaks,)
    return (peaks, _keep_copy(task, mix, copy, heard), _keep_cover(task, mix, heard, outlines))


def _unless_unreadable(hear: Callable[..., T], *of: Any) -> T | None:
    try:
        return hear(*of)
    except CopyNotWritten:
        raise  # that is not the file's fault
    except AudioPipelineError:
        return None


def _keep_peaks(
    task: StageTask,
    mix: InputFile,
    stems: tuple[InputFile, ...],
    heard: HeardSong | None,
    outlines: list[Outline | None],
) -> Artifact:
    document = SongPeaks(
        song=None if heard is None else peaks_of_outline(mix.sha256, heard.outline),
        stems=tuple(
            None if outline is None else peaks_of_outline(stem.sha256, outline)
            for stem, outline in zip(stems, outlines, strict=True)
        ),
    )
    path = task.scratch / "peaks.json"
    path.write_bytes(msgspec.json.encode(document))
    return task.keep(path, kind="peaks", mix_sha256=mix.sha256, document=msgspec.to_builtins(document))


def _keep_copy(task: StageTask, mix: InputFile, copy: Path, heard: HeardSong) -> Artifact:
    return task.keep(
        copy,
        kind="preview",
        mix_sha256=mix.sha256,
        sample_rate_hz=heard.outline.sample_rate_hz,
        frames=heard.outline.frames,
        integrated_lufs=heard.integrated_lufs,
        true_peak_dbtp=heard.true_peak_dbtp,
    )


def _keep_cover(task: StageTask, mix: InputFile, heard: HeardSong, outlines: list[Outline | None]) -> Artifact:
    loudest_song = max(*heard.outline.levels.rms, 1)
    stems = [outline.levels.rms for outline in outlines if outline is not None]
    loudest_stem = max((level for stem in stems for level in stem), default=0) or 1
    shape = SongShape(
        seed=mix.sha256,
        levels=tuple(level / loudest_song for level in heard.outline.levels.rms),
        bands=heard.bands,
        stems=tuple(tuple(level / loudest_stem for level in stem) for stem in stems),
    )
    cover = draw_cover(shape)
    path = task.scratch / "cover.svg"
    path.write_text(cover.svg)
    return task.keep(
        path, kind="cover", mix_sha256=mix.sha256, drawn_as=cover.kind, palette=cover.palette, says=cover.says
    )
