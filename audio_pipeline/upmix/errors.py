"""Refusals of upmixing."""

import os
from pathlib import Path

from audio_pipeline.errors import AudioPipelineError


class SongNotStereo(AudioPipelineError):
    """An upmix takes left and right apart; a mono song counts as both alike."""

    def __init__(self, path: Path, channels: int) -> None:
        self.path, self.channels = path, channels
        super().__init__(
            f"{os.fspath(path)!r} has {channels} channels, and an upmix is made of one or two. "
            "Deliver the stereo mix, or the stems."
        )


class SongRateUnfit(AudioPipelineError):
    """The windows of the analysis are a share of the rate; below a music's rate they are no windows."""

    def __init__(self, path: Path, sample_rate_hz: int, lowest_hz: int) -> None:
        self.path, self.sample_rate_hz = path, sample_rate_hz
        super().__init__(
            f"{os.fspath(path)!r} has {sample_rate_hz} Hz; an upmix is made from {lowest_hz} Hz up. "
            "Export the song again at 44.1 or 48 kHz."
        )


class SongInTheWay(AudioPipelineError):
    """A part would be written over the song that it is a part of."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"A part would be written over {os.fspath(path)!r} itself. Name another folder for the parts.")
