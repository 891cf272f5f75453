"""Refusals of normalising stems."""

import os
from pathlib import Path

from audio_pipeline.errors import AudioPipelineError
from opencall.kernel.errors import Kind


class NoStems(AudioPipelineError):
    """A folder without a single stem."""

    kind = Kind.NOT_FOUND

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{os.fspath(folder)!r} holds no stems. Name the folder with the stems' WAV or FLAC files.")


class StemUnusable(AudioPipelineError):
    """A stem or mix that cannot be normalised, because part of its sound is missing or is no sound."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{os.fspath(path)!r} cannot be used: {reason}. Export it again.")


class RatesDiffer(AudioPipelineError):
    """A null of two files needs one sample rate."""

    def __init__(self, a: Path, rate_a_hz: int, b: Path, rate_b_hz: int) -> None:
        super().__init__(
            f"{os.fspath(a)!r} has {rate_a_hz} Hz and {os.fspath(b)!r} has {rate_b_hz} Hz. "
            "Bring both to one rate before comparing."
        )


class ChannelsDiffer(AudioPipelineError):
    """A null of two files needs the same channels."""

    def __init__(self, a: Path, channels_a: int, b: Path, channels_b: int) -> None:
        super().__init__(
            f"{os.fspath(a)!r} has {channels_a} channels and {os.fspath(b)!r} has {channels_b}. "
            "Compare files with the same channels."
        )


class NameUnspeakable(AudioPipelineError):
    """A file's name holds bytes that are no UTF-8, which a manifest cannot carry."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"The name of {os.fspath(path)!r} is not UTF-8, so no manifest can hold it. Rename the file.")
