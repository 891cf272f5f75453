"""Scores without the habits of those who gave them: some curators are mild, some use only the middle of the scale.

The model, for the score y that curator c gave song s: y = m + b_c + a_c q_s + noise. `q` is how far the song stands
from the middle, `b` the curator's leniency, `a` the width of the scale that the curator uses. Each is drawn towards
nothing-special (0, 0 and 1) the more, the less was heard: with one review a song keeps near the middle, and a curator
of three songs has no habits yet. Pure functions over numbers.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

# Half the width of an interval that holds the truth four times in five, in standard deviations.
FOUR_IN_FIVE: Final = 1.2816
_ROUNDS: Final = 40
# What is believed before anything is heard, on a scale of one to five, and how many reviews that belief weighs.
_NOISE, _SPREAD, _LENIENCY, _SCALE = 0.5, 0.5, 0.15, 0.04
_BELIEF: Final = 4.0

Floats = npt.NDArray[np.float64]


class Given(msgspec.Struct, frozen=True):
    """A score that a curator gave a song; any scale, the same for all."""

    song_id: str
    curator_id: str
    score: float


class Estimate(msgspec.Struct, frozen=True):
    """What a song's score would be without the habits of its curators, and the standard deviation of that."""

    score: float
    deviation: float

    @property
    def low(self) -> float:
        """The lower end of the 80 % interval."""
        return self.score - FOUR_IN_FIVE * self.deviation

    @property
    def high(self) -> float:
        """The upper end of the 80 % interval."""
        return self.score + FOUR_IN_FIVE * self.deviation


def calibrate(given: Sequence[Given]) -> dict[str, Estimate]:
    """The calibrated score of every song that has a score; the order of `given` does not matter.

    Alternating ridge regressions; the variances that say how much is drawn back are estimated on the way
    (expectation maximisation), each with a belief worth four observations, so that a call of two songs has an answer
    too.
    """
    if not given:
        return {}
    songs = sorted({one.song_id for one in given})
    curators = sorted({one.curator_id for one in given})
    # Sums of floating-point numbers depend on their order, and equal songs must come out equal.
    listed = sorted(given, key=lambda one: (one.curator_id, one.song_id, one.score))
    song_places = {song: place for place, song in enumerate(songs)}
    curator_places = {curator: place for place, curator in enumerate(curators)}
    of_song = np.array([song_places[one.song_id] for one in listed])
    of_curator = np.array([curator_places[one.curator_id] for one in listed])
    score = np.array([one.score for one in listed], dtype=np.float64)

    quality, variance, middle = _fit(score, of_song, of_curator, len(songs), len(curators))
    return {
        song: Estimate(float(middle + quality[place]), float(np.sqrt(variance[place])))
        for place, song in enumerate(songs)
    }


def _fit(
    score: Floats, of_song: npt.NDArray[np.intp], of_curator: npt.NDArray[np.intp], n_songs: int, n_curators: int
) -> tuple[Floats, Floats, float]:
    """Quality of each song, its variance, and the middle of the scale."""

    def by_song(values: Floats) -> Floats:
        return np.bincount(of_song, values, n_songs).astype(np.float64)

    def by_curator(values: Floats) -> Floats:
        return np.bincount(of_curator, values, n_curators).astype(np.float64)

    noise, spread, leniency_spread = _NOISE, _SPREAD, _LENIENCY
    middle = float(score.mean())
    scale, leniency = np.ones(n_curators), np.zeros(n_curators)
    quality = variance = np.zeros(n_songs)
    reviews = by_curator(np.ones_like(score))
    for _ in range(_ROUNDS):
        a, b = scale[of_curator], leniency[of_curator]
        variance = 1 / (by_song(a * a) / noise + 1 / spread)
        quality = by_song(a * (score - middle - b)) / noise * variance
        q = quality[of_song]
        leniency_variance = 1 / (reviews / noise + 1 / leniency_spread)
        leniency = by_curator(score - middle - a * q) / noise * leniency_variance
        b = leniency[of_curator]
        # What is not known of the songs counts too, or curators would seem to exaggerate what was only drawn back.
        weight = by_curator(q * q + variance[of_song]) / noise + 1 / _SCALE
        scale = (by_curator(q * (score - middle - b)) / noise + 1 / _SCALE) / weight
        a = scale[of_curator]
        middle = float((score - b - a * q).mean())
        residual = score - middle - b - a * q
        noise = _mean_square(residual**2 + a * a * variance[of_song] + leniency_variance[of_curator], _NOISE)
        spread = _mean_square(quality**2 + variance, _SPREAD)
        leniency_spread = _mean_square(leniency**2 + leniency_variance, _LENIENCY)
    return quality, variance, middle


def _mean_square(squares: Floats, belief: float) -> float:
    return float((squares.sum() + _BELIEF * belief) / (squares.size + _BELIEF))
