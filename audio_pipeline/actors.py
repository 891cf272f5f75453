"""The Dramatiq shell: a message says which run, everything else stands in the database.

Dramatiq's retries and time limits are off: attempts live in the row, and time limits must be able to interrupt native
code, which only killing a process does.
"""

import os
import socket
import threading
import time
from pathlib import Path
from typing import Final

import dramatiq
import structlog
from sqlalchemy.exc import OperationalError

from audio_pipeline import orders, runs
from audio_pipeline.children import Child, ChildSpec, Died, Finished, Outcome, Refused, run_function
from audio_pipeline.pipeline import Artifact, Pipeline, Queue, Stage
from audio_pipeline.run_errors import LeaseLost
from audio_pipeline.runs import Claim
from audio_pipeline.stages import PIPELINE
from opencall.kernel.errors import OpencallError
from opencall.kernel.unit_of_work import Work

log = structlog.get_logger()

# Progress is recorded, and a wish to cancel noticed, this often.
RENEW_EVERY_S: Final = 1.0


def actor_name(queue: str) -> str:
    """The name of the one actor that serves `queue`; a bell can be rung without knowing any actor's code."""
    return f"run_stage_on_{queue}"


def register(
    broker: dramatiq.Broker,
    work: Work,
    store: str,
    scratch: Path,
    stop: threading.Event,
    pipeline: Pipeline = PIPELINE,
) -> None:
    """Declare one actor a queue on `broker`. `store` is the object store's URL, `scratch` a folder for unfinished work.

    Setting `stop` makes every actor give its run back within a second: the worker is being shut down.
    """
    owner = f"{socket.gethostname()}:{os.getpid()}"
    worker = StageWorker(work, store, scratch, owner, stop, pipeline)
    for queue in Queue:
        declare = dramatiq.actor(actor_name=actor_name(queue), queue_name=queue, broker=broker)
        declare(worker.perform)


class StageWorker:
    """Performs runs: claim, compute, complete; three short transactions around one long computation."""

    def __init__(
        self, work: Work, store: str, scratch: Path, owner: str, stop: threading.Event, pipeline: Pipeline
    ) -> None:
        self._work = work
        self._store = store
        self._scratch = scratch
        self._owner = owner
        self._stop = stop
        self._pipeline = pipeline

    def perform(self, run_id: str) -> None:
        """Do the run's work if it waits for somebody; a bell that came too late or twice does nothing."""
        if self._stop.is_set():
            with self._work.write() as uow:
                runs.forget_bells(uow, run_id)  # this bell is used up, and whoever comes after us has to hear one
            return
        with self._work.write() as uow:
            claim = runs.claim(uow, self._pipeline, run_id, self._owner)
        if claim is None:
            return
        stage = self._pipeline[claim.stage]
        told = log.bind(song_id=claim.song_id, stage=stage.name, run_id=run_id, fence=claim.fence)
        told.info("stage_begun")
        started = time.monotonic()
        try:
            how = self._heavy(claim, stage) if stage.heavy else self._light(claim, stage)
        except LeaseLost as lost:
            told.warning("stage_dropped", reason=str(lost))
            return
        except Exception:  # noqa: BLE001 - a defect of ours costs this run an attempt, not the worker its life
            told.exception("stage_not_settled")
            self._give_back(claim, lost=True)  # tried again soon, and quarantined if it comes to that every time
            return
        told.info("stage_ended", how=how, seconds=round(time.monotonic() - started, 2))

    def _light(self, claim: Claim, stage: Stage) -> str:
        return self._settle(claim, run_function(self._spec(claim, stage), lambda _fraction: None))

    def _heavy(self, claim: Claim, stage: Stage) -> str:
        deadline = time.monotonic() + stage.time_limit_s
        child = Child(self._spec(claim, stage))
        try:
            while (outcome := child.wait(RENEW_EVERY_S)) is None:
                if self._stop.is_set():
                    return self._give_back(claim, lost=False)
                if time.monotonic() > deadline:
                    limit = f"{stage.name} took longer than {stage.time_limit_s:g} s and was stopped."
                    return self._settle(claim, Refused(f"{limit} Queue it again, or look for what is slow about it."))
                if self._renew(claim, child.progress):
                    with self._work.write() as uow:
                        runs.cancelled(uow, claim)
                    return "cancelled"
            return self._settle(claim, outcome)
        finally:
            child.close()

    def _renew(self, claim: Claim, progress: float) -> bool:
        try:
            with self._work.write() as uow:
                return runs.renew(uow, claim, progress)
        except OperationalError as busy:
            # The lease outlives many missed renewals; if it does not, the fence says so.
            log.warning("lease_not_renewed", run_id=claim.run_id, reason=str(busy.orig))
            return False

    def _settle(self, claim: Claim, outcome: Outcome) -> str:
        match outcome:
            case Finished(artifacts):
                return self._finish(claim, artifacts)
            case Refused(error):
                return self._fail(claim, error)
            case Died(reason):
                self._give_back(claim, lost=True)
                return reason

    def _finish(self, claim: Claim, artifacts: tuple[Artifact, ...]) -> str:
        try:
            with self._work.write() as uow:
                orders.finish(uow, self._pipeline, claim, artifacts)
        except LeaseLost:
            raise
        except OpencallError as refusal:
            return self._fail(claim, f"The work was done, but what follows from it was refused: {refusal}")
        return "done"

    def _fail(self, claim: Claim, error: str) -> str:
        with self._work.write() as uow:
            runs.fail(uow, claim, error)
        return error

    def _give_back(self, claim: Claim, *, lost: bool) -> str:
        with self._work.write() as uow:
            runs.release(uow, claim, lost=lost)
        return "given back"

    def _spec(self, claim: Claim, stage: Stage) -> ChildSpec:
        return ChildSpec(
            function=stage.function,
            inputs=claim.inputs,
            missing=claim.missing,
            store=self._store,
            scratch=str(self._scratch / f"{claim.run_id}-{claim.fence}"),
        )
