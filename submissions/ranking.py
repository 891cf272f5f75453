"""From scores to an order: weighted means, calibrated scores, and a lottery that anybody can repeat. Pure functions."""

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

import msgspec

from submissions.calibration import Estimate
from submissions.terms import Category


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a song stands. Equals share a `rank` until a lottery was drawn; `mean` is None without a review.

    `reviews` says how many scored, `abstentions` how many did not. `calibrated` is the score without the habits of
    those who gave it.
    """

    song_id: str
    rank: int
    mean: float | None
    reviews: int
    abstentions: int
    tied: bool
    calibrated: Estimate | None = None


def weighted_mean(categories: Sequence[Category], scores: Mapping[str, int | None]) -> Fraction:
    """The mean of the categories that were scored, each counting by its weight; not a sum, which would punish a
    category that was left out. Exact, so that equal songs are equal."""
    scored = [(category.weight, scores[category.key]) for category in categories]
    told = [(weight, score) for weight, score in scored if score is not None]
    return Fraction(sum(weight * score for weight, score in told), sum(weight for weight, _ in told))


def lottery_ticket(seed: str, song_id: str) -> str:
    """The song's ticket: SHA-256 of `seed`, a colon and the song's identifier, in hex. The lowest wins."""
    return hashlib.sha256(f"{seed}:{song_id}".encode()).hexdigest()


def mean_of(means: Sequence[Fraction]) -> float | None:
    """The mean of some reviews, rounded once and at the end; None of none."""
    if not means:
        return None
    # Over one denominator by hand: adding fractions one by one takes most of the time of a board of a thousand songs.
    whole = math.lcm(*(one.denominator for one in means))
    return sum(one.numerator * (whole // one.denominator) for one in means) / (whole * len(means))


def rank_songs(
    given: Mapping[str, Sequence[Fraction | None]], estimates: Mapping[str, Estimate], seed: str | None
) -> tuple[Standing, ...]:
    """The songs by calibrated score, best first. Equal to two decimals, as people read it, is equal: those are
    ordered by lottery, or left as ties while there is no `seed`.

    `given` names every song with what each of its reviews comes to: a mean, or None for an abstention.
    """
    keys = {song_id: _hundredths(estimates.get(song_id)) for song_id in given}
    tickets = {song_id: lottery_ticket(seed or "", song_id) for song_id in given}
    equals = Counter(keys.values())
    ranked: list[Standing] = []
    before: tuple[bool, int] | None = None
    for place, song_id in enumerate(sorted(given, key=lambda song_id: (keys[song_id], tickets[song_id])), start=1):
        told = [mean for mean in given[song_id] if mean is not None]
        key = keys[song_id]
        ranked.append(
            Standing(
                song_id=song_id,
                rank=ranked[-1].rank if key == before and seed is None else place,
                mean=mean_of(told),
                reviews=len(told),
                abstentions=len(given[song_id]) - len(told),
                tied=equals[key] > 1,
                calibrated=estimates.get(song_id),
            )
        )
        before = key
    return tuple(ranked)


def _hundredths(estimate: Estimate | None) -> tuple[bool, int]:
    """Sorts songs without a score last."""
    return (True, 0) if estimate is None else (False, -round(100 * estimate.score))
