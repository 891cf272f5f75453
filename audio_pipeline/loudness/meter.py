"""The loudness meter: blocks of any size in, loudness, range and peaks out (BS.1770-5, EBU R 128)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.loudness import gating
from audio_pipeline.loudness.hop_energy import HopEnergy
from audio_pipeline.loudness.samples import interleaved
from audio_pipeline.loudness.true_peak import TruePeakMeter


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

    `oversampling` says how finely to look for true peaks, where not as the standard asks.

    The result does not depend on how the sound is cut into blocks. Memory is 800 bytes for each second that has passed.
    """

    def __init__(self, sample_rate_hz: int, weights: Sequence[float], oversampling: int | None = None) -> None:
        self._channels = len(weights)
        self._energy = HopEnergy(sample_rate_hz, weights)
        self._peaks = TruePeakMeter(sample_rate_hz, len(weights), oversampling)

    def process(self, block: NDArray[np.floating]) -> None:
        """Take the next frames, shape (frames, channels), full scale ±1."""
        samples = interleaved(block, self._channels)
        self._energy.process(samples)
        self._peaks.process(samples)

    def finish(self) -> Loudness:
        """The result; the meter takes no more sound after this."""
        self._peaks.finish()
        hops = self._energy.hops
        with np.errstate(invalid="ignore", over="ignore"):
            momentary = gating.sliding_mean(hops, gating.MOMENTARY_HOPS)
            short_term = gating.sliding_mean(hops, gating.SHORT_TERM_HOPS)
            return Loudness(
                integrated_lufs=gating.integrated_lufs(momentary),
                loudness_range_lu=gating.loudness_range_lu(short_term),
                momentary_max_lufs=_highest(momentary),
                short_term_max_lufs=_highest(short_term),
                true_peak_dbtp=self._peaks.true_peak_dbtp,
                sample_peak_dbfs=self._peaks.sample_peak_dbfs,
                momentary_lufs=_aligned(momentary, len(hops)),
                short_term_lufs=_aligned(short_term, len(hops)),
            )


def _highest(mean_square: NDArray[np.float64]) -> float:
    return float(gating.loudness_lufs(mean_square.max())) if len(mean_square) else float("-inf")


def _aligned(mean_square: NDArray[np.float64], hops: int) -> NDArray[np.float64]:
    full = np.full(hops, np.nan)
    if len(mean_square):
        full[hops - len(mean_square) :] = gating.loudness_lufs(mean_square)
    return full
