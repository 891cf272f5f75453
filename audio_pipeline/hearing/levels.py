"""How loud a sound is over its length, as bars: enough for any waveform on a page, and small."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

FULL_SCALE: Final = 10_000
"""The number that stands for ±1; a float file may be above it."""


class Levels(msgspec.Struct, frozen=True):
    """The same number of bars each: the highest sample, and the power as its root mean square, over all channels."""

    peak: tuple[int, ...]
    rms: tuple[int, ...]


class LevelMeter:
    """Cuts `frames` frames into `bars` bars that differ by one frame at most; a bar is never empty."""

    def __init__(self, frames: int, bars: int) -> None:
        bars = min(frames, bars)
        self._edges = np.arange(bars + 1, dtype=np.int64) * frames // max(bars, 1)
        self._peak = np.zeros(bars)
        self._power = np.zeros(bars)
        self._at = 0

    def process(self, block: NDArray[np.floating]) -> None:
        """Take the next frames, shape (frames, channels); what comes behind the last bar is left out."""
        stop = min(self._at + len(block), int(self._edges[-1]))
        if stop <= self._at:
            return
        block = block[: stop - self._at]
        first = int(np.searchsorted(self._edges, self._at, "right")) - 1
        last = int(np.searchsorted(self._edges, stop, "left"))
        starts = np.maximum(self._edges[first:last] - self._at, 0)
        highest = np.maximum.reduceat(np.abs(block).max(axis=1), starts)
        self._peak[first:last] = np.maximum(self._peak[first:last], highest)
        self._power[first:last] += np.add.reduceat(np.square(block, dtype=np.float64).mean(axis=1), starts)
        self._at = stop

    def finish(self) -> Levels:
        """The bars; frames that never came are silent."""
        return Levels(_as_integers(self._peak), _as_integers(np.sqrt(self._power / np.diff(self._edges))))


def _as_integers(values: NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(int(value) for value in np.rint(values * FULL_SCALE))
