"""Where in the spectrum a song is loud, and when: coarse, for a picture and not for a measurement."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

BANDS: Final = 12
SLICES: Final = 48
LOWEST_HZ: Final = 50.0
HIGHEST_HZ: Final = 12_000.0
WINDOW: Final = 4096
# What is this far below the loudest band at its loudest is drawn as silence.
RANGE_DB: Final = 48.0
_NOTHING: Final = 1e-12  # of energy in a window: the same as none at all


class BandMeter:
    """Energy in `BANDS` bands of equal width on a logarithmic scale, window by window."""

    def __init__(self, sample_rate_hz: int) -> None:
        edges_hz = np.geomspace(LOWEST_HZ, min(HIGHEST_HZ, sample_rate_hz / 2), BANDS + 1)
        edges = np.rint(edges_hz * WINDOW / sample_rate_hz).astype(np.int64)
        # The lowest bands are narrower than a bin; each keeps one of its own.
        self._edges = np.maximum.accumulate(np.maximum(edges, 1 + np.arange(BANDS + 1)))
        self._taper = np.hanning(WINDOW).astype(np.float32)
        self._rest = np.zeros(0, np.float32)
        self._energies: list[NDArray[np.float64]] = []

    def process(self, block: NDArray[np.floating]) -> None:
        """Take the next frames, shape (frames, channels), all channels as one."""
        sound = np.concatenate([self._rest, block.mean(axis=1, dtype=np.float32)])
        whole = len(sound) // WINDOW * WINDOW
        self._rest = sound[whole:]
        if whole:
            self._take(sound[:whole])

    def finish(self) -> tuple[tuple[float, ...], ...]:
        """For each band, lowest first, `SLICES` numbers from 0 (silence) to 1 (the loudest of all)."""
        if len(self._rest):
            self._take(np.pad(self._rest, (0, WINDOW - len(self._rest))))
        if not self._energies:
            return ((0.0,) * SLICES,) * BANDS
        energies = np.concatenate(self._energies)
        first = np.arange(SLICES) * len(energies) // SLICES
        after = np.maximum(first + 1, (np.arange(SLICES) + 1) * len(energies) // SLICES)
        slices = np.array([energies[a:b].mean(axis=0) for a, b in zip(first, after, strict=True)])
        level_db = 10 * np.log10(np.maximum(slices, _NOTHING) / _NOTHING)
        shares = np.clip(1 + (level_db - max(level_db.max(), RANGE_DB)) / RANGE_DB, 0.0, 1.0)
        return tuple(tuple(round(float(value), 3) for value in band) for band in shares.T)

    def _take(self, sound: NDArray[np.float32]) -> None:
        power = np.square(np.abs(np.fft.rfft(sound.reshape(-1, WINDOW) * self._taper, axis=1)))
        self._energies.append(np.add.reduceat(power[:, : self._edges[-1]], self._edges[:-1], axis=1))
