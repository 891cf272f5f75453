"""From the energy of 10 ms hops to loudness: windows, gates and range (BS.1770-5 annex 1, EBU Tech 3341 and 3342)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

MOMENTARY_HOPS: Final = 40
SHORT_TERM_HOPS: Final = 300
# Gating blocks overlap by 75 % of 400 ms (BS.1770-5), range windows by 2.9 of 3 s (Tech 3342): 100 ms either way.
STEP_HOPS: Final = 10

ABSOLUTE_GATE_LUFS: Final = -70.0
RELATIVE_GATE_LU: Final = -10.0
RANGE_GATE_LU: Final = -20.0
RANGE_PERCENTILES: Final = (10, 95)


def loudness_lufs(mean_square: NDArray[np.float64]) -> NDArray[np.float64]:
    """−0.691 + 10·log10 of weighted mean squares (BS.1770-5, equation 2); −∞ where there is nothing."""
    with np.errstate(divide="ignore"):
        return np.asarray(-0.691 + 10 * np.log10(mean_square))


def sliding_mean(hop_mean_square: NDArray[np.float64], window_hops: int) -> NDArray[np.float64]:
    """Means over every full window; element i ends with hop i + window_hops − 1. Empty where none is full.

    Summed afresh for each window: a running sum would leave its rounding behind in the silence after a loud passage.
    """
    if len(hop_mean_square) < window_hops:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(hop_mean_square, window_hops)
    return np.asarray(windows.mean(axis=1))


def integrated_lufs(momentary_mean_square: NDArray[np.float64]) -> float:
    """Gated loudness of a programme (BS.1770-5, equations 5 to 7); −∞ where every block is gated away."""
    blocks = momentary_mean_square[::STEP_HOPS]
    blocks = blocks[loudness_lufs(blocks) > ABSOLUTE_GATE_LUFS]
    if not len(blocks):
        return float("-inf")
    gate_lufs = loudness_lufs(blocks.mean()) + RELATIVE_GATE_LU
    return float(loudness_lufs(blocks[loudness_lufs(blocks) > gate_lufs].mean()))


def loudness_range_lu(short_term_mean_square: NDArray[np.float64]) -> float:
    """The spread between the 10th and the 95th percentile of gated short-term loudness (Tech 3342); 0 without any."""
    windows = short_term_mean_square[::STEP_HOPS]
    windows = windows[loudness_lufs(windows) > ABSOLUTE_GATE_LUFS]
    if not len(windows):
        return 0.0
    levels = loudness_lufs(windows)
    levels = np.sort(levels[levels > loudness_lufs(windows.mean()) + RANGE_GATE_LU])
    low, high = (levels[round((len(levels) - 1) * percent / 100)] for percent in RANGE_PERCENTILES)
    return float(high - low)
