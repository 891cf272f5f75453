"""Samples of 24 bits as files hold them: three bytes each, low byte first."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.loops import ArrayOf, loop

Samples = NDArray[np.float32] | NDArray[np.float64]

_OFF_GRID_LSB: Final = 1 / 64  # more than a float32 product at low level strays from the grid, far less than a rounding

_SOURCE: Final = Path(__file__).with_suffix(".c")
_unpack = loop(_SOURCE, "unpack_24", [ArrayOf(np.uint8), int, ArrayOf(np.float32)])
_PACKING: Final[list[type | ArrayOf]] = [
    *(int, int, ArrayOf(np.float32), ArrayOf(np.int64), int, int, float),
    *(ArrayOf(np.int32), ArrayOf(np.uint8)),
]
_pack_float = loop(_SOURCE, "pack_24_float", [ArrayOf(np.float32), *_PACKING])
_pack_double = loop(_SOURCE, "pack_24_double", [ArrayOf(np.float64), *_PACKING])


class Noise(NamedTuple):
    """Dither in units of the lowest bit: each segment of `segment_frames` takes `table` from one of `places` on."""

    table: NDArray[np.float32]
    places: Sequence[int]
    segment_frames: int


_SILENCE: Final = Noise(np.zeros(0, np.float32), (), 0)


def unpacked_24_bit(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """One-dimensional samples, full scale ±1; float32 holds all of their bits."""
    samples = np.empty(packed.size // 3, np.float32)
    _unpack(np.ascontiguousarray(packed), samples.size, samples)
    return samples


def packed_24_bit(samples: Samples, noise: Noise = _SILENCE) -> NDArray[np.uint8]:
    """Samples, (frames, channels), full scale ±1, as the nearest codes; what is off the scale gets its end.

    In each segment `noise` is added to the channels of which a sample lies between two codes; the others stay as they
    are, to the bit.
    """
    codes, packed = np.empty(samples.size, np.int32), np.empty(3 * samples.size, np.uint8)
    pack = _pack_float if samples.dtype == np.float32 else _pack_double
    places = np.array(noise.places, dtype=np.int64)
    pack(
        *(np.ascontiguousarray(samples), *samples.shape, noise.table, places, len(places), noise.segment_frames),
        *(_OFF_GRID_LSB, codes, packed),
    )
    return packed
