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
    """The first bytes are those of no sound format that we know; `found` and `advice` are sentences about them."""

    def __init__(self, path: Path, look: "tuple[str, str]") -> None:
        self.path = path
        self.found, self.advice = look
        super().__init__(f"{os.fspath(path)!r} is no sound file that we open. {self.found} {self.advice}")


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


class UnpacksToTooMuch(AudioPipelineError):
    """More sound than a file of its size can mean, or, where it `is_long`, than a song can be."""

    def __init__(self, path: Path, most_s: float, *, is_long: bool) -> None:
        self.path = path
        self.most_s = most_s
        than = "we take. Send the song alone." if is_long else "a file of its size can mean. Export it again, as WAV."
        super().__init__(
            f"{os.fspath(path)!r} unpacks to more than {most_s / 60:.0f} minutes of sound, which is more than {than}"
        )


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
