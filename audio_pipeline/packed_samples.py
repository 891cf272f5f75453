"""Samples of 24 bits as files hold them: three bytes each, low byte first."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.loops import array_of, loop

Scaled = NDArray[np.float32] | NDArray[np.float64]

_SOURCE: Final = Path(__file__).with_suffix(".c")
_unpack = loop(_SOURCE, "unpack_24", [array_of(np.uint8), int, array_of(np.float32)])
_pack_float = loop(_SOURCE, "pack_24_float", [array_of(np.float32), int, array_of(np.uint8)])
_pack_double = loop(_SOURCE, "pack_24_double", [array_of(np.float64), int, array_of(np.uint8)])
_STRAYING: Final = [int, int, float, array_of(np.uint8)]
_stray_float = loop(_SOURCE, "off_grid_float", [array_of(np.float32), *_STRAYING])
_stray_double = loop(_SOURCE, "off_grid_double", [array_of(np.float64), *_STRAYING])


def unpacked_24_bit(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """One-dimensional samples, full scale ±1; float32 holds all of their bits."""
    samples = np.empty(packed.size // 3, np.float32)
    _unpack(np.ascontiguousarray(packed), samples.size, samples)
    return samples


def packed_24_bit(scaled: Scaled) -> bytes:
    """Samples in units of the lowest bit, any shape, as the nearest codes; what is off the scale gets its end."""
    packed = np.empty(3 * scaled.size, np.uint8)
    pack = _pack_float if scaled.dtype == np.float32 else _pack_double
    pack(np.ascontiguousarray(scaled), scaled.size, packed)
    return packed.tobytes()


def off_grid(scaled: Scaled, limit: float) -> NDArray[np.bool_]:
    """For each channel of (frames, channels) whether a sample lies farther from a whole number than `limit`."""
    strayed = np.zeros(scaled.shape[1], np.uint8)
    stray = _stray_float if scaled.dtype == np.float32 else _stray_double
    stray(np.ascontiguousarray(scaled), *scaled.shape, limit, strayed)
    return np.asarray(strayed, dtype=bool)
