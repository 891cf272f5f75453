"""True peak by oversampling (ITU-R BS.1770-5, annex 2), streaming: it looks only where a peak can be."""

import math
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.loops import ArrayOf, loop
from audio_pipeline.loudness.samples import interleaved

# The energy of the interpolator is in its middle: 12 input samples around each point give ±0.1 dB up to 0.45·fs.
TAPS_PER_PHASE: Final = 12  # as in the C file

_true_peak = loop(
    Path(__file__).with_suffix(".c"),
    "true_peak",
    [ArrayOf(np.float32), int, int, ArrayOf(np.float32), int, float, ArrayOf(np.float32)],
)


def oversampling_factor(sample_rate_hz: int) -> int:
    """4 below 96 kHz, 2 below 192 kHz, 1 from there on: at least 192 kHz is looked at (BS.1770-5, annex 2)."""
    if sample_rate_hz < 96000:
        return 4
    return 2 if sample_rate_hz < 192000 else 1


def design_interpolator(factor: int, taps: int = TAPS_PER_PHASE) -> NDArray[np.float64]:
    """A Hann-windowed sinc, shape (taps, factor − 1): one column for each point between two samples."""
    length = taps * factor + 1
    place = np.arange(length) - (length - 1) / 2
    kernel = np.sinc(place / factor) * np.hanning(length)
    return kernel[1:].reshape(taps, factor)[:, : factor - 1]


def decibels(linear: float) -> float:
    """20·log10 of a magnitude: −∞ for 0, and what is no number stays so."""
    return -math.inf if linear == 0.0 else 20.0 * math.log10(linear)


class TruePeakMeter:
    """Holds the highest sample and the highest true peak over all channels of what went through it.

    NaN or infinite where samples were no numbers. The result does not depend on how the sound is cut into blocks.
    `oversampling` says how finely to look, where not as the standard asks.
    """

    def __init__(self, sample_rate_hz: int, channels: int, oversampling: int | None = None) -> None:
        phases = design_interpolator(oversampling or oversampling_factor(sample_rate_hz)).T
        self._phases = np.ascontiguousarray(phases, np.float32)
        # No point between samples can exceed the highest neighbour by more than this; a hair more, for rounding.
        self._bound = float(np.abs(phases).sum(axis=1).max(initial=1.0)) * 1.0001
        self._seen = np.zeros((TAPS_PER_PHASE - 1, channels), np.float32)
        self._channels = channels
        self._peaks = np.zeros(2, np.float32)

    @property
    def sample_peak_dbfs(self) -> float:
        """The highest sample."""
        return decibels(float(self._peaks[0]))

    @property
    def true_peak_dbtp(self) -> float:
        """The highest sample or point between samples."""
        return decibels(float(self._peaks[1]))

    def process(self, block: NDArray[np.floating]) -> None:
        """Take the next frames, shape (frames, channels)."""
        samples = interleaved(block, self._channels)
        # The first points reach back into the last block; all others lie within this one.
        start = np.concatenate([self._seen, samples[: TAPS_PER_PHASE - 1]])
        self._look(start)
        if len(samples) >= TAPS_PER_PHASE:
            self._look(samples)
        self._seen = np.concatenate([start, samples[TAPS_PER_PHASE - 1 :]])[-(TAPS_PER_PHASE - 1) :]

    def finish(self) -> None:
        """Look at the points that the last samples still reach into."""
        self.process(np.zeros_like(self._seen))

    def _look(self, samples: NDArray[np.float32]) -> None:
        """Look at `samples`, the first TAPS_PER_PHASE − 1 frames of which were seen before."""
        frames = len(samples) - (TAPS_PER_PHASE - 1)
        _true_peak(samples, frames, self._channels, self._phases, len(self._phases), self._bound, self._peaks)
