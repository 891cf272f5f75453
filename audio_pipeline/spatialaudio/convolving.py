"""Every column through a filter of its own, block by block: overlap-save over Fourier transforms, in single precision.

Two columns share one complex transform, eight pairs of them are transformed side by side. scipy's transforms would do;
to import them takes longer than to filter two minutes of sound.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.loops import ArrayOf, loop
from audio_pipeline.spatialaudio.geometry import FloatArray

Audio = NDArray[np.float32]

# For short, medium and long blocks: a filter's tail and some frames have to fit.
_LENGTHS: Final = (1024, 2048, 4096)
_LANES: Final = 8  # as in the C file

_convolve = loop(
    Path(__file__).with_suffix(".c"),
    "convolve",
    [
        *(ArrayOf(np.float32), int, int, int, int, ArrayOf(np.float32), int, int),
        *(ArrayOf(np.float32), int, ArrayOf(np.int32), int, ArrayOf(np.float32)),
        *(ArrayOf(np.float32), ArrayOf(np.float32), int),
    ],
)


class Convolver:
    """Filters columns, (taps, columns); the result does not depend on how the sound is cut, but for rounding errors."""

    def __init__(self, filters: FloatArray) -> None:
        taps, self._columns = filters.shape
        self._tail = taps - 1
        if taps >= _LENGTHS[-1]:
            raise ValueError(f"filters of {taps} taps are too long: {_LENGTHS[-1] - 1} are the most")
        self._transforms = [_Transform(length, filters) for length in _LENGTHS if length > taps]
        self._history = np.zeros((self._tail, self._columns), dtype=np.float32)
        self._work = np.empty(2 * _LANES * _LENGTHS[-1], dtype=np.float32)

    def add_to(self, out: Audio, block: Audio, first: int = 0) -> None:
        """Filter the next frames, which are in `block` from column `first`; add them to the first columns of `out`.

        Both arrays have the shape (frames, columns), and may have more columns than there are filters.
        """
        if len(out) != len(block) or not 0 <= first <= block.shape[1] - self._columns or out.shape[1] < self._columns:
            raise ValueError(f"{self._columns} columns from {first} on do not fit {block.shape} and {out.shape}")
        longest = self._transforms[-1].length - self._tail
        for start in range(0, block.shape[0], longest):
            self._add_piece(out[start : start + longest], block[start : start + longest], first)

    def _add_piece(self, out: Audio, piece: Audio, first: int) -> None:
        needed = self._tail + piece.shape[0]
        transform = next(each for each in self._transforms if each.length >= needed)
        _convolve(
            *(piece, *piece.shape, first, self._columns, self._history, self._tail, transform.length),
            *(transform.turns, transform.turns.size, transform.mirrors, len(transform.mirrors), transform.filters),
            *(self._work, out, out.shape[1]),
        )


class _Transform:
    """What one length needs: factors of the butterflies, where frequencies end up, and the filters there."""

    def __init__(self, length: int, filters: FloatArray) -> None:
        self.length = length
        self.turns = np.concatenate([_turns(span) for span in _spans(length)]).astype(np.float32)
        places = np.argsort(_frequencies(length))
        low = np.arange(length // 2 + 1)
        self.mirrors = np.stack([places[low], places[-low % length]], axis=1).astype(np.int32)
        self.filters = _pair_responses(np.fft.rfft(filters, length, axis=0) / length)


def _spans(length: int) -> list[int]:
    """The lengths over which butterflies of four spread, the longest first."""
    return [length, *_spans(length // 4)] if length >= 4 else []


def _turns(span: int) -> FloatArray:
    """Three complex factors for each first quarter of a span, real and imaginary parts in turn."""
    angles = -2 * np.pi / span * np.outer(np.arange(span // 4), [1, 2, 3])
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1).ravel()


def _frequencies(length: int) -> NDArray[np.intp]:
    """The frequency at each place of a spectrum after butterflies of four (and a last one of two)."""
    if length <= 2:
        return np.arange(length)
    inner = 4 * _frequencies(length // 4)
    return np.concatenate([inner + rest for rest in range(4)])


def _pair_responses(spectra: NDArray[np.complex128]) -> Audio:
    """Half the sums and half the differences of the responses that share a lane, (groups, frequencies, 4, lanes)."""
    frequencies, columns = spectra.shape
    groups = -(-columns // (2 * _LANES))
    padded = np.zeros((frequencies, groups * 2 * _LANES), dtype=np.complex128)
    padded[:, :columns] = spectra
    first, second = np.moveaxis(padded.reshape(frequencies, groups, 2, _LANES), 2, 0)
    half_sum, half_gap = (first + second) / 2, (first - second) / 2
    parts = np.stack([half_sum.real, half_sum.imag, half_gap.real, half_gap.imag])
    return np.ascontiguousarray(parts.transpose(2, 1, 0, 3), dtype=np.float32)
