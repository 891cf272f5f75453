"""The document that waveforms are drawn from: schema `opencall.peaks/1`.

It carries no file name: who listens blind is sent it, and artists write their names into those.
"""

from typing import Final

import msgspec

from audio_pipeline.hearing.files import Outline
from audio_pipeline.hearing.levels import FULL_SCALE

SCHEMA: Final = "opencall.peaks/1"


class Peaks(msgspec.Struct, frozen=True, kw_only=True):
    """One file: `peak` and `rms` hold a number a bar, `full_scale` of the document standing for ±1."""

    sha256: str
    sample_rate_hz: int
    frames: int
    peak: tuple[int, ...]
    rms: tuple[int, ...]

    @property
    def duration_s(self) -> float:
        """How long the file plays."""
        return self.frames / self.sample_rate_hz


class SongPeaks(msgspec.Struct, frozen=True, kw_only=True):
    """A song, or a render, and its stems in the order of the upload; None stands for a file that cannot be read."""

    schema: str = SCHEMA
    full_scale: int = FULL_SCALE
    song: Peaks | None
    stems: tuple[Peaks | None, ...] = ()


def peaks_of_outline(sha256: str, outline: Outline) -> Peaks:
    """What is kept of the file that has this hash."""
    return Peaks(
        sha256=sha256,
        sample_rate_hz=outline.sample_rate_hz,
        frames=outline.frames,
        peak=outline.levels.peak,
        rms=outline.levels.rms,
    )
