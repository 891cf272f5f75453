"""Lag and polarity of a stem by cross-correlation with the mix it is part of."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.stems.signals import Remainder, Signal

SEARCHED_S: Final = 10.0
# The highest of two million values of pure chance stays near 5.3 standard deviations.
CERTAIN_PEAK: Final = 8.0
# The spectra are levelled in bands of this width, and not where there is next to nothing to level.
BAND_HZ: Final = 50.0
EMPTY_BAND: Final = 1e-6
# Among peaks of the same height the smallest lag wins: sound that repeats has many.
SAME_HEIGHT: Final = 0.99


@dataclass(frozen=True)
class Lag:
    """Where a stem stands against the mix: positive when it is late. `certain` tells a find from a guess."""

    lag_samples: int
    polarity: int
    certain: bool


def find_lag(stem: Signal, mix: Signal | Remainder, frames: int, sample_rate_hz: int) -> Lag:
    """Search ±10 s for the lag at which `stem` is found in `mix`, both `frames` long.

    The correlation is levelled by both spectra (smoothed coherence transform; Knapp and Carter, IEEE ASSP-24, 1976):
    a stem is one of many, and without it the loudest of the others would decide. Blocks of a fixed size keep memory
    independent of the length of the song.
    """
    reach = min(round(SEARCHED_S * sample_rate_hz), max(frames - 1, 1))
    levelled = _cross_correlation(stem, mix, frames, reach, sample_rate_hz)
    spread = float(np.sqrt(np.mean(np.square(levelled))))
    height = np.abs(levelled)
    if spread == 0 or not math.isfinite(spread):
        return Lag(0, 1, certain=False)
    best = np.flatnonzero(height >= SAME_HEIGHT * height.max())
    # Index 0 stands for the lag −reach of the mix against the stem, which is a stem late by `reach`.
    index = int(best[np.abs(best - reach).argmin()])
    return Lag(reach - index, 1 if levelled[index] > 0 else -1, certain=bool(height[index] > CERTAIN_PEAK * spread))


def _cross_correlation(
    stem: Signal, mix: Signal | Remainder, frames: int, reach: int, sample_rate_hz: int
) -> NDArray[np.float32]:
    """Levelled Σ stem(t)·mix(t + k) for k = −reach … reach, summed over the mix's channels."""
    from scipy.fft import irfft, next_fast_len, rfft

    block = min(frames, max(2 * reach, 1 << 18))
    length = next_fast_len(block + 2 * reach, real=True)
    cross = np.zeros(length // 2 + 1, np.complex128)
    stem_power = np.zeros(length // 2 + 1)
    mix_power = np.zeros(length // 2 + 1)
    for start in range(0, frames, block):
        stop = min(start + block, frames)
        part = stem.between(start, stop, mix.channels)
        if not part.any():
            continue
        around = mix.between(start - reach, stop + reach)
        for channel in range(mix.channels):
            stem_spectrum = rfft(part[:, channel].astype(np.float32), length)
            mix_spectrum = rfft(around[:, channel].astype(np.float32), length)
            cross += np.conj(stem_spectrum) * mix_spectrum
            stem_power += np.square(np.abs(stem_spectrum))
            mix_power += np.square(np.abs(mix_spectrum))
    bins = max(1, round(BAND_HZ * length / sample_rate_hz))
    level = np.sqrt(_smooth(stem_power, bins) * _smooth(mix_power, bins))
    floor = level.max() * EMPTY_BAND
    if floor > 0:
        cross /= np.maximum(level, floor)
    # `around` begins `reach` before the stem's block, so lag −reach stands first.
    correlation: NDArray[np.float32] = irfft(cross, length)[: 2 * reach + 1].astype(np.float32)
    return correlation


def _smooth(power: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(power)])
    low = np.maximum(np.arange(len(power)) - bins // 2, 0)
    high = np.minimum(low + bins, len(power))
    return np.asarray(np.maximum(total[high] - total[low], 0) / (high - low))
