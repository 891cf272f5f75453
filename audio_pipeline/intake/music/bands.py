"""The sound as an ear divides it: forty bands, in decibels. Onsets and timbre are read from them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.music.spectra import RATE_HZ, Spectra

WINDOW: Final = 1024
HOP: Final = 512
HOPS_A_SECOND: Final = RATE_HZ / HOP
BANDS: Final = 40
LOWEST_HZ: Final = 40.0
HIGHEST_HZ: Final = 10_500.0
# A band that is softer is silent: what coders leave there is no part of the music.
FLOOR_DB: Final = -80.0

Bands = NDArray[np.float32]
"""Levels in dB, shape (hops, `BANDS`)."""


class BandFilter:
    """Triangles of equal width on the mel scale, each half over its neighbours."""

    def __init__(self) -> None:
        mel = np.linspace(_mel(LOWEST_HZ), _mel(HIGHEST_HZ), BANDS + 2)
        edges_hz = 700 * np.expm1(mel / 1127)
        hz = np.arange(WINDOW // 2 + 1) * RATE_HZ / WINDOW
        rising = (hz[:, np.newaxis] - edges_hz[:-2]) / np.diff(edges_hz)[:-1]
        falling = (edges_hz[2:] - hz[:, np.newaxis]) / np.diff(edges_hz)[1:]
        weights = np.maximum(0, np.minimum(rising, falling))
        # The lowest triangles lie between two lines of the spectrum; each takes the nearest.
        nearest = np.rint(edges_hz[1:-1] * WINDOW / RATE_HZ).astype(np.int64)
        empty = np.nonzero(weights.sum(axis=0) == 0)[0]
        weights[nearest[empty], empty] = 1
        self._weights = (weights / weights.sum(axis=0)).astype(np.float32)

    def apply(self, power: Spectra) -> Bands:
        """The levels of the bands of power spectra."""
        levels: Bands = 10 * np.log10(np.maximum(power @ self._weights, np.float32(10 ** (FLOOR_DB / 10))))
        return levels


def _mel(hz: float) -> float:
    return float(1127 * np.log1p(hz / 700))
