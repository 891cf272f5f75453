"""Does the sum of the stems make the mix? Least squares, and how much of the mix is left over."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.stems.signals import Remainder, Signal

Verdict = Literal["exact", "bus_processing", "does_not_reconstruct"]
EXACT_DB: Final = -60.0
BUS_PROCESSING_DB: Final = -30.0
# A gain that gains less than this is left out, so that samples which fit already stay as they are.
WORTHWHILE_DB: Final = 0.1

BLOCK_FRAMES: Final = 1 << 16

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Fit:
    """mix ≈ gain · Σ stems. `null_db` is the RMS of the rest relative to the mix; −∞ for none, NaN for a silent mix."""

    gain: float
    null_db: float

    @property
    def gain_db(self) -> float:
        """The gain in dB."""
        return 20 * math.log10(self.gain)

    @property
    def verdict(self) -> Verdict:
        """What a person should make of it."""
        return classify(self.null_db)


def classify(null_db: float) -> Verdict:
    """At most −60 dB is exact, at most −30 dB bus processing, anything else does not reconstruct."""
    if null_db <= EXACT_DB:
        return "exact"
    return "bus_processing" if null_db <= BUS_PROCESSING_DB else "does_not_reconstruct"


def fit(
    mix: Signal, stems: Sequence[Signal], frames: int, *, mean_free: bool, progress: Progress = lambda done: None
) -> Fit:
    """The one gain g > 0 that minimises ‖mix − g·Σ stems‖, and what is left.

    With `mean_free` the constant part of mix and sum is not counted: it is no sound, and normalising removes it from
    stems one by one. Two passes, because the rest of an exact fit is too small to be had from squared sums.
    """
    gain = _best_gain(mix, stems, frames, mean_free, lambda done: progress(done / 2))
    sum_of_stems = tuple((gain, stem) for stem in stems)
    at_unity, at_gain = _rest_db(mix, sum_of_stems, frames, mean_free, lambda done: progress(0.5 + done / 2))
    if at_unity <= at_gain + WORTHWHILE_DB:
        return Fit(1.0, at_unity)
    return Fit(gain, at_gain)


def gram_matrix(
    mix: Signal, signals: Sequence[Signal], frames: int, progress: Progress = lambda done: None, *, begin: int = 0
) -> NDArray[np.float64]:
    """Inner products of [mix, *signals], each folded to the mix's channels: shape (1 + n, 1 + n).

    Of session frames `begin` to `frames`.
    """
    rows = [mix, *signals]
    gram = np.zeros((len(rows), len(rows)))
    for start in range(begin, frames, BLOCK_FRAMES):
        stop = min(start + BLOCK_FRAMES, frames)
        block = np.stack([row.between(start, stop, mix.channels).ravel() for row in rows])
        gram += block @ block.T
        progress(stop / frames)
    return gram


def partial_correlations(gram: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each stem of a Gram matrix [mix, *stems]: its own best gain, and its correlation with what the others leave.

    A stem that is part of the mix correlates fully with the mix less all other stems, however quiet it is in the mix;
    one that is not, with nothing. Silent stems get NaN.
    """
    stem_products, mix_products = gram[1:, 1:], gram[1:, 0]
    energy = np.diag(stem_products)
    scale = np.sqrt(np.where(energy > 0, energy, 1.0))
    # Of stems that hold the same sound each gets a share (least norm); the cut-off is that of rounding.
    solved = np.linalg.lstsq(stem_products / np.outer(scale, scale), mix_products / scale, rcond=1e-9)[0]
    gains = solved / scale
    left_energy = max(float(gram[0, 0] - 2 * gains @ mix_products + gains @ stem_products @ gains), 0.0)
    correlations = np.full(len(gains), np.nan)
    for index, gain in enumerate(gains):
        own = energy[index]
        if own <= 0:
            continue
        # What the others leave is the rest of all plus this stem's own share; the rest is orthogonal to every stem.
        product = gain * own
        target_energy = left_energy + gain**2 * own
        correlations[index] = product / math.sqrt(own * target_energy) if target_energy > 0 else 0.0
    return gains, correlations


def null_from_gram(gram: NDArray[np.float64], chosen: Sequence[int]) -> float:
    """The null in dB of the sum of the stems in rows `chosen`, from a Gram matrix; good down to about −100 dB."""
    picked = np.asarray(chosen)
    sum_energy = float(gram[np.ix_(picked, picked)].sum())
    product = float(gram[0, picked].sum())
    mix_energy = float(gram[0, 0])
    if mix_energy <= 0:
        return math.nan
    rest = mix_energy - (product**2 / sum_energy if sum_energy > 0 and product > 0 else 0.0)
    return 10 * math.log10(rest / mix_energy) if rest > 0 else -math.inf


def _best_gain(mix: Signal, stems: Sequence[Signal], frames: int, mean_free: bool, progress: Progress) -> float:
    product = energy = 0.0
    mix_sum, stem_sum = np.zeros(mix.channels), np.zeros(mix.channels)
    for start in range(0, frames, BLOCK_FRAMES):
        stop = min(start + BLOCK_FRAMES, frames)
        whole = mix.between(start, stop)
        total = np.zeros_like(whole)
        for stem in stems:
            total += stem.between(start, stop, mix.channels)
        product += float(np.vdot(whole, total))
        energy += float(np.vdot(total, total))
        mix_sum += whole.sum(axis=0)
        stem_sum += total.sum(axis=0)
        progress(stop / frames)
    if mean_free and frames:
        product -= float(mix_sum @ stem_sum) / frames
        energy -= float(stem_sum @ stem_sum) / frames
    # A sum that runs against the mix is no matter of level: the gain stays, and the null says so.
    return product / energy if energy > 0 and product > 0 else 1.0


def _rest_db(
    mix: Signal, parts: tuple[tuple[float, Signal], ...], frames: int, mean_free: bool, progress: Progress
) -> tuple[float, float]:
    """The null in dB with gain 1 and with the gain of `parts`."""
    at_unity, at_gain, whole = (_Energy(mix.channels) for _ in range(3))
    gain = parts[0][0] if parts else 1.0
    rest = Remainder(mix, tuple((1.0, part) for _, part in parts))
    for start in range(0, frames, BLOCK_FRAMES):
        stop = min(start + BLOCK_FRAMES, frames)
        full = mix.between(start, stop)
        left = rest.between(start, stop)
        whole.add(full)
        at_unity.add(left)
        at_gain.add(full - gain * (full - left) if gain != 1.0 else left)
        progress(stop / frames)
    reference = whole.total(mean_free)
    return _ratio_db(at_unity.total(mean_free), reference), _ratio_db(at_gain.total(mean_free), reference)


class _Energy:
    def __init__(self, channels: int) -> None:
        self._squares = 0.0
        self._sum = np.zeros(channels)
        self._frames = 0

    def add(self, block: NDArray[np.float64]) -> None:
        self._squares += float(np.vdot(block, block))
        self._sum += block.sum(axis=0)
        self._frames += len(block)

    def total(self, mean_free: bool) -> float:
        constant = float(self._sum @ self._sum) / self._frames if mean_free and self._frames else 0.0
        return max(self._squares - constant, 0.0)


def _ratio_db(energy: float, reference: float) -> float:
    if reference <= 0:
        return math.nan
    return 10 * math.log10(energy / reference) if energy > 0 else -math.inf
