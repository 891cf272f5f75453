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


def design_decorrelators(layout: Layout) -> FloatArray:
    """All-pass filters, (512, channels): one a full-range channel, of random phase; an LFE has none, and is silent.

    The seed is the channel's place in the sorted names of the layout's channels, LFE included; the random numbers are
    the raw output of MT19937 seeded as in 1998, which `RandomState` keeps for ever.
    """
    sorted_names = sorted(layout.channel_names)
    filters = np.zeros((FILTER_SAMPLES, layout.channel_count))
    for channel in layout.full_range_channels:
        filters[:, channel] = _all_pass_filter(sorted_names.index(layout.channel_names[channel]))
    return filters


def _all_pass_filter(seed: int) -> FloatArray:
    bins = FILTER_SAMPLES // 2
    turns = np.random.RandomState(seed).randint(0, 2**32, bins - 1, dtype=np.uint32) / 2**32
    spectrum = np.ones(bins + 1, dtype=np.complex128)
    spectrum[1:bins] = np.exp(2j * np.pi * turns)
    return np.asarray(np.fft.irfft(spectrum), dtype=np.float64)


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
