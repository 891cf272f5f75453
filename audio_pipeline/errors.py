"""Refusals of the audio room."""

import os
from pathlib import Path
from typing import ClassVar

from opencall.kernel.errors import Kind, OpencallError


class AudioPipelineError(OpencallError):
    """Base of the room's refusals."""


class NoSuchFile(AudioPipelineError):
    """A path names nothing."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"There is no file {os.fspath(path)!r}. Check the name and the folder.")


class NotARegularFile(AudioPipelineError):
    """A path names a folder, a FIFO, a socket or a device, which we never open as sound."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{os.fspath(path)!r} is not an ordinary file, so it is not opened. Name a sound file.")


class NotFinite(AudioPipelineError):
    """A file holds samples that are no numbers, so nothing measured of it would mean anything."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"{os.fspath(path)!r} holds samples that are not finite numbers (NaN or infinity). Export it again."
        )


class NotAudio(AudioPipelineError):
    """The first bytes are those of no sound format that we know."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{os.fspath(path)!r} is no sound file by its first bytes. Deliver WAV or FLAC.")


class UnreadableAudio(AudioPipelineError):
    """The container is known, but it cannot be opened."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{os.fspath(path)!r} cannot be read: {reason}. Export the file again.")


class CorruptAudio(AudioPipelineError):
    """Decoding stopped before the end that the file itself declares."""

    def __init__(self, path: Path, frame: int, reason: str) -> None:
        self.path = path
        self.frame = frame
        self.reason = reason
        super().__init__(f"{os.fspath(path)!r} is damaged after frame {frame}: {reason}. Export or upload it again.")


class TooManyChannels(AudioPipelineError):
    """More channels than we are willing to allocate for."""

    def __init__(self, path: Path, channels: int, limit: int) -> None:
        self.path = path
        self.channels = channels
        self.limit = limit
        super().__init__(
            f"{os.fspath(path)!r} claims {channels} channels and {limit} is the most. Deliver fewer channels a file."
        )


class ChunkTooLarge(AudioPipelineError):
    """A chunk of text or tables is larger than any real one."""

    def __init__(self, path: Path, chunk_id: str, size_bytes: int, limit_bytes: int) -> None:
        self.path = path
        self.chunk_id = chunk_id
        super().__init__(
            f"The chunk {chunk_id!r} of {os.fspath(path)!r} holds {size_bytes} bytes; at most {limit_bytes} are read. "
            "Export the file with less metadata."
        )


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


class StaleApproval(AudioPipelineError):
    """The render was made anew since it was listened to."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, song_id: str, given_sha256: str, current_sha256: str) -> None:
        self.song_id, self.given_sha256, self.current_sha256 = song_id, given_sha256, current_sha256
        super().__init__(
            f"The approval names the render {given_sha256[:12]}…, but song {song_id} is now {current_sha256[:12]}…; "
            "listen to that one and approve it."
        )
