"""Which gains hold when: the pieces of time between which every column's gains move in straight lines.

Gains live in one table for all columns: row 0 is silence, the blocks of the first column follow, then those of the
second, and so on. A piece says from which row to which row a column's gains move.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from audio_pipeline.spatialaudio.geometry import FloatArray, IntArray
from audio_pipeline.spatialaudio.timing import Timed


@dataclass(frozen=True, eq=False, slots=True)
class Segments:
    """Consecutive stretches of time in which no column begins or ends a piece.

    `boundaries`, (segments + 1,), are whole samples. The other fields have the shape (segments, columns): a column's
    gains are table[from_row] + p · (table[to_row] − table[from_row]), with p moving from `progress_at_start` at the
    first sample to `progress_at_end` at the sample behind the last one.
    """

    boundaries: IntArray
    from_row: IntArray
    to_row: IntArray
    progress_at_start: FloatArray
    progress_at_end: FloatArray


class Timeline:
    """The pieces of all columns, to be asked for segment by segment."""

    def __init__(self, columns: Sequence[Timed]) -> None:
        first_rows = np.cumsum([1, *(len(blocks) for blocks in columns)]).tolist()
        pieces = [_column_pieces(blocks, row) for blocks, row in zip(columns, first_rows[:-1], strict=True)]
        # `np.unique` would import numpy's masked arrays, which takes as long as to render a second of sound.
        self._boundaries = np.unique_counts(np.concatenate([piece.first_sample for piece in pieces])).values
        # The columns' pieces stand one behind the other on one axis, an age apart: one search finds them all.
        self._origins = _AGE_SAMPLES * np.arange(len(pieces))
        self._keys = np.concatenate(
            [piece.first_sample + origin for piece, origin in zip(pieces, self._origins, strict=True)]
        )
        self._ramp_start = np.concatenate([piece.ramp_start for piece in pieces])
        self._ramp_rate = np.concatenate([piece.ramp_rate for piece in pieces])
        self._from_row = np.concatenate([piece.from_row for piece in pieces])
        self._to_row = np.concatenate([piece.to_row for piece in pieces])

    def segments(self, start_sample: int, stop_sample: int) -> Segments:
        """The segments of the samples start ≤ n < stop; there is at least one sample."""
        after = np.searchsorted(self._boundaries, start_sample, side="right")
        behind = np.searchsorted(self._boundaries, stop_sample, side="left")
        boundaries = np.concatenate([[start_sample], self._boundaries[after:behind], [stop_sample]])
        piece = np.searchsorted(self._keys, boundaries[:-1, np.newaxis] + self._origins, side="right") - 1
        ramp_start, ramp_rate = self._ramp_start[piece], self._ramp_rate[piece]
        return Segments(
            boundaries=boundaries,
            from_row=self._from_row[piece],
            to_row=self._to_row[piece],
            progress_at_start=(boundaries[:-1, np.newaxis] - ramp_start) * ramp_rate,
            progress_at_end=(boundaries[1:, np.newaxis] - ramp_start) * ramp_rate,
        )


# Longer than any audio: 265 days at 48 kHz. What would begin later, or never ends, counts as this late.
_AGE_SAMPLES: Final = 2**40


@dataclass(frozen=True, eq=False, slots=True)
class _Pieces:
    """One column's pieces, (pieces,) each, in order of time.

    A piece begins at `first_sample` and lasts until the next one begins, so one that begins together with its successor
    is empty. Progress at sample n is
    (n − ramp_start) · ramp_rate, where `ramp_start` may lie between samples.
    """

    first_sample: IntArray
    ramp_start: FloatArray
    ramp_rate: FloatArray
    from_row: IntArray
    to_row: IntArray


def _column_pieces(blocks: Timed, first_row: int) -> _Pieces:
    """Silence until the first block, then three pieces a block: its ramp, what it holds, the silence behind it.

    The ramp of a block that follows none is empty, so that it may start from any row.
    """
    start, end = blocks.start_samples, blocks.end_samples
    count = len(blocks)
    follows = np.zeros(count, dtype=bool)
    follows[1:] = start[1:] == end[:-1]
    wanted_length = np.where(blocks.jump_position, blocks.interpolation_samples, end - start)
    ramp_end = np.where(follows, np.minimum(start + wanted_length, end), start)
    ramp_length = ramp_end - start

    row = first_row + np.arange(count)
    silent = np.zeros(count, dtype=np.intp)
    still = np.zeros(count)
    rate = np.divide(1.0, ramp_length, out=np.zeros(count), where=ramp_length > 0)

    def interleave(ramp: FloatArray | IntArray, hold: FloatArray | IntArray, gap: FloatArray | IntArray) -> FloatArray:
        return np.concatenate([np.zeros(1), np.stack([ramp, hold, gap], axis=1).ravel()])

    return _Pieces(
        first_sample=np.ceil(interleave(start, ramp_end, end).clip(max=_AGE_SAMPLES - 1)).astype(np.intp),
        ramp_start=interleave(start, still, still),
        ramp_rate=interleave(rate, still, still),
        from_row=interleave(row - 1, row, silent).astype(np.intp),
        to_row=interleave(row, row, silent).astype(np.intp),
    )
