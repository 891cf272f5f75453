"""What a page draws of a file beside its findings: its waveform in bars, and its spectrum with the wall in it."""

import math
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

BARS: Final = 240
POINTS: Final = 120
FULL_SCALE: Final = 1000
FLOOR_DB: Final = -120


class Picture(msgspec.Struct, frozen=True):
    """`levels` are the highest samples of `BARS` equal parts, `FULL_SCALE` is ±1; `spectrum_db` goes evenly from 0 to
    `top_hz`, 0 is the strongest of its points; `wall_hz` is where the treble ends at once, if it does."""

    levels: tuple[int, ...]
    spectrum_db: tuple[int, ...]
    top_hz: float
    wall_hz: float | None


class LevelKeeper:
    """The highest sample of each part of a file of about `frames` frames."""

    def __init__(self, frames: int) -> None:
        self._step = max(1, math.ceil(frames / BARS))
        self._levels = np.zeros(BARS)
        self._at = 0

    def process(self, block: NDArray[np.float64]) -> None:
        """Take the next frames, shape (frames, channels)."""
        # Where bars begin within the block; what is behind the last one belongs to it.
        end, last = self._at + len(block), (BARS - 1) * self._step
        starts = np.arange(self._at // self._step * self._step, min(end, last + 1), self._step)
        starts = np.array([last]) if self._at > last else starts
        bars = starts // self._step
        edges = np.maximum(starts - self._at, 0) * block.shape[1]
        self._levels[bars] = np.maximum(self._levels[bars], np.maximum.reduceat(np.abs(block).ravel(), edges))
        self._at = end

    def levels(self) -> tuple[int, ...]:
        """What was kept."""
        return tuple(int(level) for level in np.rint(np.minimum(self._levels, 1e3) * FULL_SCALE))


def spectrum_points(power: NDArray[np.float64]) -> tuple[int, ...]:
    """A power spectrum as `POINTS` whole decibels, the mean of each equal part; nothing where there is no sound."""
    if len(power) < POINTS or not power.max() > 0:
        return ()
    edges = np.arange(POINTS) * len(power) // POINTS
    parts = np.add.reduceat(power, edges) / np.diff(edges, append=len(power))
    level_db = 10 * np.log10(np.maximum(parts, parts.max() * 10 ** (FLOOR_DB / 10)) / parts.max())
    return tuple(int(level) for level in np.rint(level_db))
