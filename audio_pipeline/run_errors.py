"""Refusals of runs, orders and approvals."""

from typing import ClassVar

from audio_pipeline.errors import AudioPipelineError
from opencall.kernel.errors import Kind


class UnknownStage(AudioPipelineError):
    """A stage that the pipeline does not have."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name, self.known = name, known
        super().__init__(f"The pipeline has no stage {name}; it has {', '.join(known)}.")


class NoSuchSong(AudioPipelineError):
    """Nothing was ever ordered for the song."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, song_id: str) -> None:
        self.song_id = song_id
        super().__init__(f"The pipeline knows no song {song_id}; it gets to know one when its files are complete.")


class NoSuchRun(AudioPipelineError):
    """No run has that identifier."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"There is no run {run_id}; the song's page lists its runs.")


class NotReadyFor(AudioPipelineError):
    """A stage was ordered before the stages that it reads from are done."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, song_id: str, stage: str, missing: str) -> None:
        self.song_id, self.stage, self.missing = song_id, stage, missing
        super().__init__(f"Song {song_id} is not ready for {stage}: {missing} is not done; it follows by itself then.")


class MoveRefused(AudioPipelineError):
    """The run is in a state in which that cannot happen."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, run_id: str, state: str, event: str) -> None:
        self.run_id, self.state, self.event = run_id, state, event
        super().__init__(f"Run {run_id} is {state}, so it cannot {event}; load its page again.")


class LeaseLost(AudioPipelineError):
    """Somebody else holds the run by now, or it was ended: what this worker did no longer counts."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, run_id: str, fence: int) -> None:
        self.run_id, self.fence = run_id, fence
        super().__init__(f"The claim number {fence} on run {run_id} is no longer the last one; its work is dropped.")


class NothingToApprove(AudioPipelineError):
    """The song has no finished render."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, song_id: str) -> None:
        self.song_id = song_id
        super().__init__(f"Song {song_id} has no finished render; listen and approve when it is there.")


class AlreadyMastered(AudioPipelineError):
    """The masters of the song are made, from the scene that everybody approved."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, song_id: str) -> None:
        self.song_id = song_id
        super().__init__(f"The masters of song {song_id} are made; its scene is what was approved, and stays so.")


class StaleApproval(AudioPipelineError):
    """The render was made anew since it was listened to."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, song_id: str, given_sha256: str, current_sha256: str) -> None:
        self.song_id, self.given_sha256, self.current_sha256 = song_id, given_sha256, current_sha256
        super().__init__(
            f"The approval names the render {given_sha256[:12]}…, but song {song_id} is now {current_sha256[:12]}…; "
            "listen to that one and approve it."
        )
