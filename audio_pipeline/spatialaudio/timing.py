"""When blocks hold: what every kind of column has in common, whatever its blocks say of the sound.

Times are in samples and may have a fraction, as ADM's decimal times do: sample n belongs to a block where
start ≤ n < end. They should come from exact arithmetic (`Fraction`), for a rounding error in a whole number moves a
boundary by one sample. `end_samples` may be infinite where there is one block only.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.spatialaudio.errors import BlockEndsBeforeStart, BlocksOverlap, MetadataLengthMismatch
from audio_pipeline.spatialaudio.geometry import FloatArray


class Timed(Protocol):
    """Blocks in order of time; every field is an array of shape (blocks,).

    Gains move in a straight line from a block's predecessor to the block: over the whole of it, or over
    `interpolation_samples` where `jump_position` is set (0 is a jump).
    """

    @property
    def start_samples(self) -> FloatArray:
        """When each block begins."""

    @property
    def end_samples(self) -> FloatArray:
        """When each block ends."""

    @property
    def jump_position(self) -> NDArray[np.bool_]:
        """Where the movement is shorter than the block."""

    @property
    def interpolation_samples(self) -> FloatArray:
        """How long the movement lasts where `jump_position` is set."""

    def __len__(self) -> int:
        """Number of blocks."""


def require_order(start_samples: FloatArray, end_samples: FloatArray) -> None:
    """Raise `MetadataLengthMismatch`, `BlockEndsBeforeStart` or `BlocksOverlap`, naming the block."""
    start, end = start_samples, end_samples
    if start.ndim != 1 or end.shape != start.shape:
        raise MetadataLengthMismatch("end_samples", end.shape, start.size)
    bad = ~(end >= start) | (np.isinf(end) & (start.size > 1))
    if bad.any():
        block = int(np.argmax(bad))
        raise BlockEndsBeforeStart(block, float(start[block]), float(end[block]))
    overlaps = start[1:] < end[:-1]
    if overlaps.any():
        block = int(np.argmax(overlaps)) + 1
        raise BlocksOverlap(block, float(start[block]), float(end[block - 1]))


class Constant:
    """A column whose gains jump at its blocks' starts and hold: everything but Objects (BS.2127, clauses 8 and 9)."""

    start_samples: FloatArray
    __slots__ = ()

    @property
    def jump_position(self) -> NDArray[np.bool_]:
        """Every block starts with its own gains."""
        return np.ones(self.start_samples.shape, dtype=bool)

    @property
    def interpolation_samples(self) -> FloatArray:
        """Nothing moves."""
        return np.zeros(self.start_samples.shape)

    def __len__(self) -> int:
        """Number of blocks."""
        return self.start_samples.size
