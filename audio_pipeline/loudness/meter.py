"""The loudness meter: blocks of any size in, loudness, range and peaks out (BS.1770-5, EBU R 128)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.loudness import gating
from audio_pipeline.loudness.k_weighting import design_k_weighting
from audio_pipeline.loudness.true_peak import TruePeakMeter

# States below this are the last echo of sound long gone; left alone they become denormal numbers, which are slow.
SILENT_STATE = 1e-15


@dataclass(frozen=True)
class Loudness:
    """What the meter found. −∞ stands for nothing at all, NaN for samples that were no numbers.

    `momentary_lufs[i]` and `short_term_lufs[i]` belong to the window ending at (i + 1)·10 ms, NaN before the first full
    one. Peaks cover all channels, those without weight too.
    """

    integrated_lufs: float
    loudness_range_lu: float
    momentary_max_lufs: float
    short_term_max_lufs: float
    true_peak_dbtp: float
    sample_peak_dbfs: float
    momentary_lufs: NDArray[np.float64]
    short_term_lufs: NDArray[np.float64]


class LoudnessMeter:
    """Measures one programme. `weights` holds the G of each channel, 0 for LFE (see `channel_weight`).

    It works on whole seconds inside, so the result does not depend on how the sound is cut into blocks. Memory is one
    second of sound and 800 bytes for each second that has passed.
    """

    def __init__(self, sample_rate_hz: int, weights: Sequence[float]) -> None:
        self.sample_rate_hz = sample_rate_hz
        self._heard = np.flatnonzero(weights)
        self._weights = np.asarray(weights, np.float64)[self._heard]
        self._sections = design_k_weighting(sample_rate_hz)
        self._state = np.zeros((2, len(self._heard), 2))
        self._peaks = TruePeakMeter(sample_rate_hz, len(weights))
        self._second = np.zeros((sample_rate_hz, len(weights)))
        self._filled = 0
        self._hops: list[NDArray[np.float64]] = []
        # Where a rate is no multiple of 100 Hz, hops differ by one sample and still make up exactly a second.
        self._hop_starts = np.arange(gating.HOPS_PER_S + 1) * sample_rate_hz // gating.HOPS_PER_S

    def process(self, block: NDArray[np.floating]) -> None:
        """Take the next frames, shape (frames, channels), full scale ±1."""
        at = 0
        while at < len(block):
            count = min(len(block) - at, len(self._second) - self._filled)
            self._second[self._filled : self._filled + count] = block[at : at + count]
            self._filled += count
            at += count
            if self._filled == len(self._second):
                self._take_second()

    def finish(self) -> Loudness:
        """The result; the meter takes no more sound after this."""
        with np.errstate(invalid="ignore", over="ignore"):
            self._take_second()
            self._peaks.finish()
        hops = np.concatenate(self._hops)
        momentary = gating.sliding_mean(hops, gating.MOMENTARY_HOPS)
        short_term = gating.sliding_mean(hops, gating.SHORT_TERM_HOPS)
        return Loudness(
            integrated_lufs=gating.integrated_lufs(momentary),
            loudness_range_lu=gating.loudness_range_lu(short_term),
            momentary_max_lufs=_highest(momentary),
            short_term_max_lufs=_highest(short_term),
            true_peak_dbtp=_decibels(self._peaks.true_peak),
            sample_peak_dbfs=_decibels(self._peaks.sample_peak),
            momentary_lufs=_aligned(momentary, len(hops)),
            short_term_lufs=_aligned(short_term, len(hops)),
        )

    def _take_second(self) -> None:
        from scipy.signal import sosfilt

        sound = self._second[: self._filled]
        self._peaks.process(sound)
        complete = self._hop_starts[: int(np.searchsorted(self._hop_starts, self._filled, "right"))]
        heard = np.ascontiguousarray(sound[:, self._heard].T)
        if heard.size and (self._state.any() or heard.any()):
            weighted, state = sosfilt(self._sections, heard, axis=1, zi=self._state)
            self._state = np.where(np.abs(state) < SILENT_STATE, 0.0, state)
            energy = self._weights @ np.square(weighted)
        else:
            energy = np.zeros(len(sound))
        if len(complete) > 1:
            sums = np.add.reduceat(energy[: complete[-1]], complete[:-1])
            self._hops.append(sums / np.diff(complete))
        else:
            self._hops.append(np.zeros(0))
        self._filled = 0


def _highest(mean_square: NDArray[np.float64]) -> float:
    return float(gating.loudness_lufs(mean_square.max())) if len(mean_square) else float("-inf")


def _decibels(linear: float) -> float:
    with np.errstate(divide="ignore"):
        return float(20 * np.log10(linear))


def _aligned(mean_square: NDArray[np.float64], hops: int) -> NDArray[np.float64]:
    full = np.full(hops, np.nan)
    if len(mean_square):
        full[hops - len(mean_square) :] = gating.loudness_lufs(mean_square)
    return full
