"""A pipeline of tiny stages, for tests of what happens around stages; workers load it by name."""

from dataclasses import replace

from audio_pipeline.approvals import approval_sha256, approved_by_all
from audio_pipeline.facts import MastersFinished, RenderFinished
from audio_pipeline.pipeline import FinishedRun, Inputs, Pipeline, Queue, Stage
from audio_pipeline.runs import version_of
from opencall.kernel.unit_of_work import UnitOfWork


def _function(name: str) -> str:
    return f"tests.audio_pipeline.tiny_functions:{name}"


def _rendered(finished: FinishedRun) -> RenderFinished:
    return RenderFinished(
        song_id=finished.song_id, approval_sha256=approval_sha256(finished.inputs, finished.stage.version)
    )


def _mastered(finished: FinishedRun) -> MastersFinished:
    return MastersFinished(song_id=finished.song_id, artifacts=[{"name": item.name} for item in finished.artifacts])


def _approved(uow: UnitOfWork, song_id: str, inputs: Inputs) -> bool:
    return approved_by_all(uow, song_id, approval_sha256(inputs, version_of(uow, song_id, "render")))


NORMALISE = Stage(
    name="normalise",
    version="1",
    queue=Queue.CPU,
    function=_function("normalise"),
    uploads=True,
    takes=("title", "seconds", "diary"),
)
RENDER = Stage(
    name="render",
    version="1",
    queue=Queue.RENDER,
    function=_function("render"),
    needs=("normalise",),
    takes=("diary",),
    parts_from="layouts",
    announces=_rendered,
)
MASTER = Stage(
    name="master",
    version="1",
    queue=Queue.RENDER,
    function=_function("master"),
    needs=("normalise", "render"),
    announces=_mastered,
    gate=_approved,
)
TINY = Pipeline((NORMALISE, RENDER, MASTER))


def only(function: str, *, heavy: bool = True, time_limit_s: float = 5.0) -> Pipeline:
    """A pipeline of one stage, which calls `function` of `tiny_functions`."""
    stage = Stage(
        name="normalise",
        version="1",
        queue=Queue.CPU,
        function=_function(function),
        uploads=True,
        takes=("diary", "seconds"),
        heavy=heavy,
        time_limit_s=time_limit_s,
    )
    return Pipeline((stage,))


# For a whole house, in which no room knows the song; with a stage that dies of it, whatever it is.
UNHEARD = Pipeline(
    (NORMALISE, replace(RENDER, announces=None), replace(NORMALISE, name="die", function=_function("die")))
)
