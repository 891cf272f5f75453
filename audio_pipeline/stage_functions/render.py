"""Stage `render`: every layout that is missing, in one pass, with the loudness of each."""

from audio_pipeline.hrtfs import DEFAULT_HRTF_SHA256
from audio_pipeline.masters.errors import EarsReplaced
from audio_pipeline.masters.exporting import render_programme
from audio_pipeline.masters.programme import open_programme
from audio_pipeline.pipeline import Artifact, Progress, StageTask
from audio_pipeline.spatialaudio.layouts import get_layout
from audio_pipeline.stage_functions.unpacking import unpack_scene


def render(task: StageTask, progress: Progress) -> tuple[Artifact, ...]:
    """An artifact `render` for each missing layout, which is the part that it belongs to. Raises `EarsReplaced`."""
    # What people approve names these ears by their hash: no others may be heard under it.
    ears = task.inputs.params.get("hrtf") or DEFAULT_HRTF_SHA256
    if ears != DEFAULT_HRTF_SHA256:
        raise EarsReplaced(ears)

    programme = open_programme(unpack_scene(task))

    made = render_programme(programme, task.scratch / "out", task.missing, measure_loudness=True, progress=progress)

    part_of = {get_layout(part).name: part for part in task.missing}
    return tuple(
        task.keep(
            file.path,
            kind="render",
            part=part_of[str(file.layout)],
            layout=file.layout,
            channels=file.channels,
            sample_rate_hz=file.sample_rate_hz,
            frames=file.frames,
            overs=file.overs,
            integrated_lufs=file.integrated_lufs,
            true_peak_dbtp=file.true_peak_dbtp,
        )
        for file in made
    )
