"""The pipeline as data: which stage needs whose artifacts, where it runs, what it takes and what it announces.

Adding a stage is one entry here and one function. The function is named, not imported: who orders and sweeps never
loads the code that computes. A stage's version is raised when its output changes for the same input.
"""

from typing import Final

from audio_pipeline.approvals import approval_sha256, approved_by_all
from audio_pipeline.facts import MastersFinished, RenderFinished, SongInspected
from audio_pipeline.pipeline import FinishedRun, Inputs, Pipeline, Queue, Stage
from audio_pipeline.runs import version_of
from audio_pipeline.spatialaudio import VERSION as RENDERER_VERSION
from opencall.kernel.facts import Fact
from opencall.kernel.unit_of_work import UnitOfWork

# What people listen to before they approve, and what a master is made of.
DEFAULT_LAYOUTS: Final = ("0+2+0", "4+7+0", "5+5+3", "binaural")


def _inspected(finished: FinishedRun) -> Fact:
    (report,) = (artifact for artifact in finished.artifacts if artifact.kind == "report")
    return SongInspected(
        song_id=finished.song_id,
        mix_sha256=finished.inputs.one("mix").sha256,
        stem_sha256s=tuple(file.sha256 for file in finished.inputs.of_kind("stem")),
        verdict=report.details["verdict"],
        report=report.details["report"],
    )


def _rendered(finished: FinishedRun) -> Fact:
    return RenderFinished(
        song_id=finished.song_id,
        approval_sha256=approval_sha256(finished.inputs, finished.stage.version),
        is_upmix=any(file.details.get("source") == "upmix" for file in finished.inputs.of_kind("stems_manifest")),
    )


def _mastered(finished: FinishedRun) -> Fact:
    artifacts = [
        {"kind": item.kind, "name": item.name, "sha256": item.sha256, "bytes": item.bytes, "details": item.details}
        for item in finished.artifacts
    ]
    return MastersFinished(song_id=finished.song_id, artifacts=artifacts)


def _approved(uow: UnitOfWork, song_id: str, inputs: Inputs) -> bool:
    return approved_by_all(uow, song_id, approval_sha256(inputs, version_of(uow, song_id, "render")))


def _function(name: str) -> str:
    return f"audio_pipeline.stage_functions.{name}:{name}"


PIPELINE: Final = Pipeline(
    (
        Stage(
            name="inspect",
            version="3",
            queue=Queue.IO,
            function=_function("inspect"),
            uploads=True,
            time_limit_s=900,
            announces=_inspected,
        ),
        Stage(
            name="normalise",
            version="3",
            queue=Queue.CPU,
            function=_function("normalise"),
            uploads=True,
            time_limit_s=1800,
        ),
        Stage(
            name="listen",
            version="1",
            queue=Queue.IO,
            function=_function("listen"),
            beside=("inspect", "normalise"),
            uploads=True,
            time_limit_s=900,
        ),
        Stage(
            name="compose",
            version="3",
            queue=Queue.CPU,
            function=_function("compose"),
            needs=("normalise",),
            takes=("title", "preset", "roles", "layouts", "edited_scene"),
            time_limit_s=1800,
        ),
        Stage(
            name="render",
            version=RENDERER_VERSION,
            queue=Queue.RENDER,
            function=_function("render"),
            needs=("normalise", "compose"),
            takes=("hrtf",),
            parts_from="layouts",
            time_limit_s=7200,
            announces=_rendered,
        ),
        Stage(
            name="audition",
            version="1",
            queue=Queue.IO,
            function=_function("audition"),
            needs=("render",),
            time_limit_s=900,
        ),
        Stage(
            name="master",
            version="3",
            queue=Queue.RENDER,
            function=_function("master"),
            needs=("normalise", "compose", "render"),
            takes=("title", "artist_name", "hrtf", "layouts"),
            time_limit_s=7200,
            announces=_mastered,
            gate=_approved,
        ),
    )
)
