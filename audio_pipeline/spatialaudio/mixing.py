"""Signals times gains: what every renderer does for every sample.

In a segment every gain moves in a straight line. A matrix product with the gains at its begin, and a second one with
the ways they go, would do; but most gains of a point are 0, and a loop knows which.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.loops import ArrayOf, loop
from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.timeline import Segments

Audio = NDArray[np.float32]

_PART_BYTES: Final = 72  # as in the C file

_mix = loop(
    Path(__file__).with_suffix(".c"),
    "mix",
    [
        *(ArrayOf(np.float32), int, ArrayOf(np.int64), int, ArrayOf(np.int64), ArrayOf(np.int64)),
        *(ArrayOf(np.float64), ArrayOf(np.float64), ArrayOf(np.float32), int, ArrayOf(np.uint8)),
        ArrayOf(np.float32),
    ],
)


def gain_table(gains: Sequence[FloatArray]) -> Audio:
    """Gains of all blocks, (blocks, channels) each, side by side; the row of silence stands in front of them."""
    table = np.zeros((gains[0].shape[0] + 1, sum(each.shape[1] for each in gains)), dtype=np.float32)
    np.concatenate(gains, axis=1, out=table[1:])
    return table


class Mixer:
    """Mixes signals to channels by `table`, (rows, channels): linear gains, among which segments name their rows."""

    def __init__(self, table: Audio, signals: int) -> None:
        self.channel_count: Final = table.shape[1]
        self._signals = signals
        self._table = table
        self._parts = np.empty(signals * _PART_BYTES, dtype=np.uint8)

    def mix(self, samples: Audio, segments: Segments, out: Audio) -> None:
        """Write to `out`, (frames, channels), what `samples`, (frames, signals), give; `segments` cover all frames."""
        boundaries = segments.boundaries - segments.boundaries[0]
        rows = segments.from_row, segments.to_row
        shapes = {each.shape for each in (*rows, segments.progress_at_start, segments.progress_at_end)}
        if shapes != {(len(boundaries) - 1, self._signals)} or any(
            each.min() < 0 or each.max() >= len(self._table) for each in rows
        ):
            raise ValueError("the segments are not those of this table")
        if samples.shape != (boundaries[-1], self._signals) or out.shape != (boundaries[-1], self.channel_count):
            raise ValueError(f"samples {samples.shape} and out {out.shape} do not fit the segments")
        _mix(
            *(samples, samples.shape[1], boundaries, len(boundaries) - 1, segments.from_row, segments.to_row),
            *(segments.progress_at_start, segments.progress_at_end, self._table, self.channel_count),
            *(self._parts, out),
        )
