"""Refusals of what listens for pages."""

import os
from pathlib import Path

from audio_pipeline.errors import AudioPipelineError


class CopyNotWritten(AudioPipelineError):
    """The encoder ended before the copy was whole."""

    def __init__(self, path: Path, exit_code: int) -> None:
        self.path, self.exit_code = path, exit_code
        super().__init__(
            f"The listening copy {os.fspath(path)!r} was not written: the encoder ended with code {exit_code}. "
            "Look for space on the disk, then queue the run again."
        )


class NothingToHear(AudioPipelineError):
    """A file holds no sound at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{os.fspath(path)!r} holds no sound at all. Export it again.")


class RateTooLow(AudioPipelineError):
    """So few samples a second that the result would be no music, and no loudness could be measured."""

    def __init__(self, path: Path, sample_rate_hz: int, lowest_hz: int) -> None:
        self.path, self.sample_rate_hz = path, sample_rate_hz
        super().__init__(
            f"{os.fspath(path)!r} has {sample_rate_hz} samples a second and {lowest_hz} is the least. "
            "Export it with 44 100 or 48 000."
        )
