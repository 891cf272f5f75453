"""Stage `audition`: a copy to play, and a waveform to draw, of every render that headphones or two speakers carry."""

from typing import Final

import msgspec

from audio_pipeline.hearing.copy_writing import SUFFIX
from audio_pipeline.hearing.files import hear_song
from audio_pipeline.hearing.peaks import SongPeaks, peaks_of_outline
from audio_pipeline.pipeline import Artifact, InputFile, Progress, StageTask

HEARD_IN_BROWSERS: Final = ("binaural", "0+2+0")


def audition(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """For each such layout that was rendered a `preview` and its `peaks`, `details.layout` being its name."""
    renders = [file for file in task.inputs.of_kind("render") if file.details["layout"] in HEARD_IN_BROWSERS]
    artifacts: list[Artifact] = []
    for index, render in enumerate(renders):
        artifacts += _audition(task, render)
        progress((index + 1) / len(renders))
    return tuple(artifacts)


def _audition(task: StageTask, render: InputFile) -> tuple[Artifact, Artifact]:
    layout = render.details["layout"]
    copy = task.scratch / f"{layout}{SUFFIX}"

    with task.store.local(render.sha256) as path:
        heard = hear_song(path, copy)
    document = SongPeaks(song=peaks_of_outline(render.sha256, heard.outline))

    peaks = task.scratch / f"{layout}.peaks.json"
    peaks.write_bytes(msgspec.json.encode(document))
    preview = task.keep(
        copy,
        kind="preview",
        layout=layout,
        sample_rate_hz=heard.outline.sample_rate_hz,
        frames=heard.outline.frames,
        integrated_lufs=heard.integrated_lufs,
        true_peak_dbtp=heard.true_peak_dbtp,
    )
    return preview, task.keep(peaks, kind="peaks", layout=layout, document=msgspec.to_builtins(document))
