"""One channel at two rates, and power spectra of it: what all listening to music here begins with. Streaming."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE_HZ: Final = 22_050
# Chords, keys and prints need none of the treble, and twice as fine a spectrum for the same work.
LOW_RATE_HZ: Final = RATE_HZ // 2
# Nothing that anybody could listen to is louder, and squares of it are still numbers.
_LOUDEST: Final = 8.0
# Spectra that are made in one go: more would take memory, fewer time.
_AT_ONCE: Final = 256

Samples = NDArray[np.float32]
Spectra = NDArray[np.float32]


def to_mono(block: NDArray[np.floating]) -> Samples:
    """All channels of a block (frames, channels) as one, shape (frames, 1)."""
    mono: Samples = np.clip(block.mean(axis=1, keepdims=True), -_LOUDEST, _LOUDEST).astype(np.float32)
    return mono


class SpectrumStream:
    """The power spectra of one channel, one every `hop` samples, each of `window` samples; a full-scale sine is 1.

    The first begins with the first sample. What is too short for a last one is left out.
    """

    def __init__(self, window: int, hop: int) -> None:
        self._window, self._hop = window, hop
        taper = np.hanning(window)
        self._taper = (taper * 2 / taper.sum()).astype(np.float32)
        self._rest = np.zeros(0, np.float32)

    def process(self, samples: Samples) -> Spectra:
        """The spectra that are whole with these samples (frames, 1); shape (spectra, window // 2 + 1)."""
        import scipy.fft

        sound = np.concatenate([self._rest, samples[:, 0]])
        count = max(0, 1 + (len(sound) - self._window) // self._hop)
        self._rest = sound[count * self._hop :]
        power = np.empty((count, self._window // 2 + 1), np.float32)
        if not count:
            return power
        windows = np.lib.stride_tricks.sliding_window_view(sound, self._window)[:: self._hop]
        for first in range(0, count, _AT_ONCE):
            some = slice(first, min(first + _AT_ONCE, count))
            spectrum = scipy.fft.rfft(windows[some] * self._taper, axis=1)
            power[some] = np.square(spectrum.real) + np.square(spectrum.imag)
        return power
