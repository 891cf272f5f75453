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
# The spectrum is levelled in bands of this width, and not where there is next to nothing to level.
BAND_HZ: Final = 50.0
EMPTY_BAND: Final = 1e-7
# An excerpt cut in mid-sound ends in a click, and so does its mix at the same place: without a fade they would agree on
# lag 0, whatever the sound says.
FADE_S: Final = 0.02
# Bounds the memory of the search, whatever the length of the song: some 100 MB.
LARGEST_BLOCK: Final = 1 << 22
SMALLEST_BLOCK: Final = 1 << 16
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

    The correlation is divided by the mix's smoothed power spectrum: a stem is one of many, the others are noise to it,
    and each frequency counts for as much as the stem stands out there (the matched filter in coloured noise; Knapp and
    Carter, IEEE ASSP-24, 1976). Blocks of a fixed size keep memory independent of the length of the song.
    """
    reach = min(round(SEARCHED_S * sample_rate_hz), max(frames - 1, 1))
    levelled = _cross_correlation(stem, mix, frames, reach, sample_rate_hz, np.float32)
    spread = float(np.sqrt(np.mean(np.square(levelled))))
    height = np.abs(levelled)
    if spread == 0 or not math.isfinite(spread):
        return Lag(0, 1, certain=False)
    best = np.flatnonzero(height >= SAME_HEIGHT * height.max())
    # Index 0 stands for the lag −reach of the mix against the stem, which is a stem late by `reach`.
    index = int(best[np.abs(best - reach).argmin()])
    return Lag(reach - index, 1 if levelled[index] > 0 else -1, certain=bool(height[index] > CERTAIN_PEAK * spread))


def nearest_lag(stem: Signal, remainder: Remainder, frames: int, reach: int) -> int:
    """The lag within ±`reach` samples that leaves the least of `remainder`, which holds the stem and little else.

    Nothing is levelled here: of a signal without noise this is the exact least-squares answer, even where the peak of a
    bass is so blunt that neighbours differ in the fifth digit (hence double precision).
    """
    correlation = _cross_correlation(stem, remainder, frames, reach, 0, np.float64)
    return reach - int(np.argmax(correlation))


def _cross_correlation(
    stem: Signal,
    mix: Signal | Remainder,
    frames: int,
    reach: int,
    levelled_at_hz: int,
    dtype: type[np.float32] | type[np.float64],
) -> NDArray[np.floating]:
    """Σ stem(t)·mix(t + k) for k = −reach … reach, summed over the mix's channels; levelled for a rate above 0."""
    from scipy.fft import irfft, next_fast_len, rfft

    # Every block pays for the reach on both its sides: even ones that are long beside it cost least.
    block = math.ceil(frames / math.ceil(frames / min(LARGEST_BLOCK, max(SMALLEST_BLOCK, 16 * reach))))
    length = next_fast_len(block + 2 * reach, real=True)
    cross = np.zeros(length // 2 + 1, np.complex128)
    mix_power = np.zeros(length // 2 + 1)
    for start in range(0, frames, block):
        stop = min(start + block, frames)
        part = stem.between(start, stop, mix.channels)
        if levelled_at_hz:
            part *= _fade(stem, start, stop, round(FADE_S * levelled_at_hz))
        if not part.any():
            continue
        around = mix.between(start - reach, stop + reach)
        for channel in range(mix.channels):
            if channel == 0 or stem.channels > 1:  # a mono stem is the same in every channel
                stem_spectrum = rfft(part[:, channel].astype(dtype), length)
            mix_spectrum = rfft(around[:, channel].astype(dtype), length)
            cross += np.conj(stem_spectrum) * mix_spectrum
            if levelled_at_hz:
                mix_power += np.square(np.abs(mix_spectrum))
    if levelled_at_hz:
        level = _smooth(mix_power, max(1, round(BAND_HZ * length / levelled_at_hz)))
        floor = level.max() * EMPTY_BAND
        cross = cross / np.maximum(level, floor) if floor > 0 else cross
    # `around` begins `reach` before the stem's block, so lag −reach stands first.
    correlation: NDArray[np.floating] = irfft(cross, length)[: 2 * reach + 1]
    return correlation


def _fade(stem: Signal, start: int, stop: int, ramp: int) -> NDArray[np.float64]:
    """Session frames `start` to `stop` of a window that rises from the stem's first frame and falls to its last."""
    frames = np.arange(start, stop)
    inside = np.minimum(frames - stem.offset_samples, stem.end_samples - 1 - frames)
    rise = np.clip(inside / max(min(ramp, len(stem.samples) // 4), 1), 0.0, 1.0)
    return np.asarray(np.square(np.sin(np.pi / 2 * rise)))[:, np.newaxis]


def _smooth(power: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(power)])
    low = np.maximum(np.arange(len(power)) - bins // 2, 0)
    high = np.minimum(low + bins, len(power))
    return np.asarray(np.maximum(total[high] - total[low], 0) / (high - low))
