"""How fast a song goes, from the places where sounds begin: the distance at which they repeat best."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.music.bands import HOPS_A_SECOND, Bands

SLOWEST_BPM: Final = 40.0
FASTEST_BPM: Final = 220.0
# Where people tap when a song leaves them the choice, and how far from it they still do, in octaves.
_USUAL_BPM: Final = 118.0
_SPREAD_OCTAVES: Final = 1.0
# So many beats ahead have to repeat too: it tells a beat from one echo, and a tempo to a tenth.
_BEATS: Final = 4
_BEATS_FINE: Final = 16
_MEAN_S: Final = 1.0
# Under this nothing repeats; an octave that is so much as likely is said as well.
LEAST_CONFIDENCE: Final = 0.1
_AS_LIKELY: Final = 0.75
_SHORTEST_S: Final = 8.0

Onsets = NDArray[np.float32]
"""How much begins in each hop, in decibels of rise over all bands."""


class Tempo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Beats a minute. `confidence` is how well sounds repeat at that distance, 0 to 1; `or_bpm` is half or double,
    where a listener may as well count so."""

    bpm: float
    confidence: float
    or_bpm: float | None = None


class OnsetMeter:
    """How much begins, hop by hop."""

    def __init__(self) -> None:
        self._last: Bands | None = None
        self._onsets: list[Onsets] = []

    def process(self, bands: Bands) -> None:
        """Take the next levels."""
        if not len(bands):
            return
        before = bands[:1] if self._last is None else self._last
        self._onsets.append(np.maximum(0, np.diff(bands, axis=0, prepend=before)).mean(axis=1))
        self._last = bands[-1:]

    def finish(self) -> Onsets:
        """All of them."""
        return np.concatenate([*self._onsets, np.zeros(0, np.float32)])


def onsets_a_second(onsets: Onsets) -> float:
    """How often something begins that stands out."""
    if len(onsets) < 3:
        return 0.0
    peaks = (onsets[1:-1] > onsets[:-2]) & (onsets[1:-1] >= onsets[2:]) & (onsets[1:-1] > onsets.mean() + onsets.std())
    return float(np.count_nonzero(peaks) * HOPS_A_SECOND / len(onsets))


def tempo_of(onsets: Onsets) -> Tempo | None:
    """The tempo; None where too little sounds, or nothing repeats."""
    if len(onsets) < _SHORTEST_S * HOPS_A_SECOND:
        return None
    repeats = _repeats(onsets)
    if repeats is None:
        return None
    bpm = np.geomspace(SLOWEST_BPM, FASTEST_BPM, 800)
    heard = _comb(repeats, bpm, _BEATS)
    liked = np.exp(-0.5 * np.square(np.log2(bpm / _USUAL_BPM) / _SPREAD_OCTAVES))
    score = np.maximum(heard, 0) * liked
    best = int(score.argmax())
    if heard[best] < LEAST_CONFIDENCE:
        return None
    exact = _refined(repeats, float(bpm[best]))
    return Tempo(round(exact, 1), round(min(1.0, float(heard[best])), 2), _octave(bpm, score, exact))


def _octave(bpm: NDArray[np.float64], score: NDArray[np.float64], exact: float) -> float | None:
    likely = [
        (float(np.interp(other, bpm, score)), other)
        for other in (exact / 2, exact * 2)
        if SLOWEST_BPM <= other <= FASTEST_BPM
    ]
    level, other = max(likely, default=(0.0, 0.0))
    return round(other, 1) if level >= _AS_LIKELY * score.max() else None


def _repeats(onsets: Onsets) -> NDArray[np.float64] | None:
    """The autocorrelation of what stands out of its surroundings, 1 at lag 0."""
    import scipy.fft

    width = round(_MEAN_S * HOPS_A_SECOND) | 1
    around = np.convolve(np.pad(onsets.astype(np.float64), width // 2, mode="edge"), np.full(width, 1 / width), "valid")
    # Softened by a hop to each side: players are no clocks.
    rise = np.convolve(np.maximum(0, onsets - around), (0.25, 0.5, 0.25), "same")
    rise -= rise.mean()
    lags = min(len(rise) - 1, int(_BEATS_FINE * 60 / SLOWEST_BPM * HOPS_A_SECOND) + 2)
    size = scipy.fft.next_fast_len(len(rise) + lags, real=True)
    spectrum = scipy.fft.rfft(rise, size)
    raw = scipy.fft.irfft(np.square(spectrum.real) + np.square(spectrum.imag), size)[: lags + 1]
    if raw[0] <= 0:
        return None
    # The further apart, the less there is of it to compare.
    shares = 1 - np.arange(lags + 1) / len(rise)
    found: NDArray[np.float64] = raw / raw[0] / np.maximum(shares, 0.25)
    return found


def _comb(repeats: NDArray[np.float64], bpm: NDArray[np.float64], beats: int) -> NDArray[np.float64]:
    """How well sounds repeat after one to `beats` beats of each tempo, on average."""
    lags = np.multiply.outer(60 / bpm * HOPS_A_SECOND, np.arange(1, beats + 1))
    there = lags <= len(repeats) - 1
    levels = np.interp(lags, np.arange(len(repeats)), repeats)
    combed: NDArray[np.float64] = (levels * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return combed


def _refined(repeats: NDArray[np.float64], bpm: float) -> float:
    """The tempo within 2 % at which many beats ahead repeat best."""
    near = bpm * np.linspace(0.98, 1.02, 401)
    return float(near[_comb(repeats, near, _BEATS_FINE).argmax()])
