"""True peak by oversampling (ITU-R BS.1770-5, annex 2), streaming."""

import numpy as np
from numpy.typing import NDArray

# The energy of the interpolator is in its middle: 12 input samples around each point give ±0.1 dB up to 0.45·fs.
TAPS_PER_PHASE = 12
# A patch is looked at more closely only where its samples are high enough for the peak between them to count.
PATCH_FRAMES = 32


def oversampling_factor(sample_rate_hz: int) -> int:
    """4 below 96 kHz, 2 below 192 kHz, 1 from there on: at least 192 kHz is looked at (BS.1770-5, annex 2)."""
    if sample_rate_hz < 96000:
        return 4
    return 2 if sample_rate_hz < 192000 else 1


def design_interpolator(factor: int) -> NDArray[np.float64]:
    """A Hann-windowed sinc, shape (TAPS_PER_PHASE, factor − 1): one column for each point between two samples."""
    taps = TAPS_PER_PHASE * factor + 1
    place = np.arange(taps) - (taps - 1) / 2
    kernel = np.sinc(place / factor) * np.hanning(taps)
    return kernel[1:].reshape(TAPS_PER_PHASE, factor)[:, : factor - 1]


class TruePeakMeter:
    """Holds the highest sample and the highest true peak over all channels of what went through it (linear)."""

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        self._phases = design_interpolator(oversampling_factor(sample_rate_hz))
        # No point between samples can exceed the highest neighbour by more than this.
        self._bound = float(np.abs(self._phases).sum(axis=0).max(initial=1.0))
        self._tail = np.zeros((TAPS_PER_PHASE, channels))
        self.sample_peak = 0.0
        self.true_peak = 0.0

    def process(self, block: NDArray[np.float64]) -> None:
        """Take the next frames, shape (frames, channels)."""
        if not len(block):
            return
        self.sample_peak = float(np.maximum(self.sample_peak, np.abs(block).max()))
        self.true_peak = float(np.maximum(self.true_peak, self.sample_peak))
        if self._phases.shape[1]:
            extended = np.concatenate([self._tail, block])
            self._tail = extended[-TAPS_PER_PHASE:]
            for channel in extended.T:
                self._look_between(channel)

    def finish(self) -> None:
        """Look at the points that the last samples still reach into."""
        self.process(np.zeros_like(self._tail))

    def _look_between(self, samples: NDArray[np.float64]) -> None:
        points = len(samples) - TAPS_PER_PHASE
        patches = -(-points // PATCH_FRAMES)
        padded = np.zeros((patches + 1) * PATCH_FRAMES)
        padded[: len(samples)] = samples
        highest = np.abs(padded.reshape(-1, PATCH_FRAMES)).max(axis=1)
        # The window of a point reaches from its own patch into the next one.
        near = np.flatnonzero(np.maximum(highest[:-1], highest[1:]) * self._bound > self.true_peak)
        if not len(near):
            return
        windows = np.lib.stride_tricks.sliding_window_view(padded, TAPS_PER_PHASE)
        rows = (near[:, np.newaxis] * PATCH_FRAMES + np.arange(PATCH_FRAMES)).ravel()
        between = windows[rows[rows < points]] @ self._phases
        self.true_peak = float(np.maximum(self.true_peak, np.abs(between).max(initial=0.0)))
