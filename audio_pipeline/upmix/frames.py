"""Short-time spectra and back: frames that stand on one grid from the first sample on, however the sound is cut."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import fft

HOPS_PER_FRAME: Final = 4
# 2048 samples at 44.1 and 48 kHz: long enough for a tone, short enough for a stroke.
SHORTEST_FRAME_S: Final = 0.03

Samples = NDArray[np.float32]
Spectra = NDArray[np.complex64]


@dataclass(frozen=True)
class Frames:
    """A grid of frames: frame k holds the samples from k · hop on, weighed by a Hann window."""

    length: int
    window: Samples

    @classmethod
    def at_rate(cls, sample_rate_hz: int) -> Self:
        """Frames of 30 to 60 ms, a power of two long."""
        length = 1 << int(np.ceil(np.log2(SHORTEST_FRAME_S * sample_rate_hz)))
        return cls(length, (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32))

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""
        return self.length // HOPS_PER_FRAME

    @property
    def bins(self) -> int:
        """Frequencies of a spectrum, from 0 to half the rate."""
        return self.length // 2 + 1

    def spectra(self, samples: Samples) -> Spectra:
        """Of mono `samples`, a whole number of hops: shape (frames, bins)."""
        cut = np.lib.stride_tricks.sliding_window_view(samples, self.length)[:: self.hop]
        spectra: Spectra = fft.rfft(cut * self.window, axis=1)
        return spectra

    def samples(self, spectra: Spectra) -> Samples:
        """The sound of spectra that follow one another; of the first and last three hops only parts are there.

        Spectra as they came give back their samples: the squares of the windows add up to 3/2 everywhere else.
        """
        frames = fft.irfft(spectra, n=self.length, axis=1) * self.window
        hops = frames.reshape(len(frames), HOPS_PER_FRAME, self.hop)
        summed = np.zeros((len(frames) + HOPS_PER_FRAME - 1, self.hop), np.float32)
        for part in range(HOPS_PER_FRAME):
            summed[part : part + len(frames)] += hops[:, part]
        return np.asarray(summed.reshape(-1) / np.float32(1.5))
