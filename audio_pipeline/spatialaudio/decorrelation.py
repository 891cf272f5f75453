"""The decorrelators of the diffuse path (ITU-R BS.2127, clause 7.4), and the delay that the direct path needs."""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.layouts import Layout

Audio: TypeAlias = NDArray[np.float32]

FILTER_SAMPLES: Final = 512

# The energy of an all-pass filter of random phase is spread around its middle.
DECORRELATOR_DELAY_SAMPLES: Final = (FILTER_SAMPLES - 1) // 2

# Transform lengths for short, medium and long blocks; the last holds a renderer's chunk with a filter's tail.
_TRANSFORM_LENGTHS: Final = (1024, 2048, 4608)


def design_decorrelators(layout: Layout) -> FloatArray:
    """All-pass filters, (512, full-range channels): one a channel, of random phase.

    The seed is the channel's place in the sorted names of the layout's channels, LFE included; the random numbers are
    the raw output of MT19937 seeded as in 1998, which `RandomState` keeps for ever.
    """
    sorted_names = sorted(layout.channel_names)
    names = layout.without_lfe().channel_names
    return np.stack([_all_pass_filter(sorted_names.index(name)) for name in names], axis=1)


def _all_pass_filter(seed: int) -> FloatArray:
    bins = FILTER_SAMPLES // 2
    turns = np.random.RandomState(seed).randint(0, 2**32, bins - 1, dtype=np.uint32) / 2**32
    spectrum = np.ones(bins + 1, dtype=np.complex128)
    spectrum[1:bins] = np.exp(2j * np.pi * turns)
    return np.asarray(np.fft.irfft(spectrum), dtype=np.float64)


class Convolver:
    """Filters each channel with a filter of its own, block by block, by overlap-save in single precision."""

    def __init__(self, filters: FloatArray) -> None:
        self.latency_samples: Final = 0
        self._tail_samples = filters.shape[0] - 1
        self._spectra = {
            length: np.asarray(np.fft.rfft(filters, length, axis=0), dtype=np.complex64)
            for length in _TRANSFORM_LENGTHS
        }
        self._history = np.zeros((self._tail_samples, filters.shape[1]), dtype=np.float32)

    def process(self, block: Audio) -> Audio:
        """Filter the next frames, (frames, channels), of any number; as many come back."""
        longest = _TRANSFORM_LENGTHS[-1] - self._tail_samples
        pieces = [self._filter(block[start : start + longest]) for start in range(0, block.shape[0], longest)]
        return np.concatenate(pieces) if pieces else np.zeros_like(block)

    def _filter(self, piece: Audio) -> Audio:
        # Twice as fast as numpy's for many channels, and slow to import where nothing is diffuse.
        from scipy import fft

        padded = np.concatenate([self._history, piece])
        self._history = padded[piece.shape[0] :]
        if not padded.any():
            return np.zeros_like(piece)
        length = next(length for length in _TRANSFORM_LENGTHS if length >= padded.shape[0])
        spectrum = fft.rfft(padded, length, axis=0)
        spectrum *= self._spectra[length]
        filtered = fft.irfft(spectrum, length, axis=0, overwrite_x=True)
        return np.asarray(filtered[self._tail_samples : padded.shape[0]], dtype=np.float32)


class DelayLine:
    """Delays all channels by a whole number of samples."""

    def __init__(self, delay_samples: int, channels: int) -> None:
        self.latency_samples: Final = delay_samples
        self._held = np.zeros((delay_samples, channels), dtype=np.float32)

    def process(self, block: Audio) -> Audio:
        """Take the next frames, (frames, channels); as many come back, late."""
        joined = np.concatenate([self._held, block])
        self._held = joined[block.shape[0] :]
        return joined[: block.shape[0]]
