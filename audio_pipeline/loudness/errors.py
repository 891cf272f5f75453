"""Refusals of the meter."""

import os
from pathlib import Path

from audio_pipeline.errors import AudioPipelineError


class LayoutUnknown(AudioPipelineError):
    """The number of channels does not tell the layout."""

    def __init__(self, path: Path, channels: int) -> None:
        self.path = path
        self.channels = channels
        super().__init__(
            f"{os.fspath(path)!r} has {channels} channels, which may be several layouts. Name one with --layout."
        )


class LayoutDoesNotFit(AudioPipelineError):
    """A layout was named that has another number of channels."""

    def __init__(self, path: Path, channels: int, layout: str, expected: int) -> None:
        self.path = path
        self.channels = channels
        self.layout = layout
        self.expected = expected
        super().__init__(
            f"{os.fspath(path)!r} has {channels} channels, but layout {layout} has {expected}. Name the one it is in."
        )


class LimitingTooMuch(AudioPipelineError):
    """A limiter would have to take more than it was allowed to."""

    def __init__(self, path: Path, needed_db: float, at_most_db: float) -> None:
        self.path = path
        self.needed_db = needed_db
        self.at_most_db = at_most_db
        super().__init__(
            f"{os.fspath(path)!r} was not limited: its highest peak would be lowered by {needed_db:.1f} dB, and "
            f"{at_most_db:g} dB is allowed. Lower --gain, or allow more with --at-most."
        )


class NoLoudnessAtRate(AudioPipelineError):
    """Loudness is asked of a sample rate that does not reach as far as its definition."""

    def __init__(self, sample_rate_hz: int, lowest_hz: int) -> None:
        self.sample_rate_hz = sample_rate_hz
        self.lowest_hz = lowest_hz
        super().__init__(
            f"Loudness is not defined at a sample rate of {sample_rate_hz} Hz; {lowest_hz} Hz is the lowest. "
            "Export the sound again, at 44.1 or 48 kHz."
        )
