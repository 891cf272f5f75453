"""From scores to an order: weighted means, calibrated scores, and a lottery that anybody can repeat. Pure functions."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import msgspec

from submissions.calibration import Estimate
from submissions.terms import Category


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a song stands. Equals share a `rank` until a lottery was drawn; `mean` is None without a review.

    `mean` is exact in `mean_exact` (numerator, denominator); `reviews` says how many scored, `abstentions` how many
    did not. `calibrated` is the score without the habits of those who gave it.
    """

    song_id: str
    rank: int
    mean: float | None
    mean_exact: tuple[int, int] | None
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


def rank_songs(
    categories: Sequence[Category],
    reviews: Mapping[str, Iterable[Mapping[str, int | None] | None]],
    seed: str | None,
) -> tuple[Standing, ...]:
    """Songs by mean over their reviews, best first; ties by lottery, or left as ties while there is no `seed`.

    `reviews` names every song; a review of None is an abstention and does not count.
    """
    return rank_means(
        {
            song_id: [None if scores is None else weighted_mean(categories, scores) for scores in given]
            for song_id, given in reviews.items()
        },
        seed,
    )


def rank_means(given: Mapping[str, Sequence[Fraction | None]], seed: str | None) -> tuple[Standing, ...]:
    """As `rank_songs`, over what each review comes to: a mean, or None for an abstention."""
    means: dict[str, Fraction | None] = {}
    counts: dict[str, tuple[int, int]] = {}
    for song_id, listed in given.items():
        told = [mean for mean in listed if mean is not None]
        means[song_id] = sum(told, Fraction(0)) / len(told) if told else None
        counts[song_id] = (len(told), len(listed) - len(told))

    ordered = sorted(means, key=lambda song_id: (_descending(means[song_id]), lottery_ticket(seed or "", song_id)))
    standings: list[Standing] = []
    for place, song_id in enumerate(ordered, start=1):
        mean = means[song_id]
        follows_equal = bool(standings) and means[standings[-1].song_id] == mean
        precedes_equal = place < len(ordered) and means[ordered[place]] == mean
        standings.append(
            Standing(
                song_id=song_id,
                rank=standings[-1].rank if follows_equal and seed is None else place,
                mean=None if mean is None else float(mean),
                mean_exact=None if mean is None else mean.as_integer_ratio(),
                reviews=counts[song_id][0],
                abstentions=counts[song_id][1],
                tied=follows_equal or precedes_equal,
            )
        )
    return tuple(standings)


def rank_calibrated(
    standings: Iterable[Standing], estimates: Mapping[str, Estimate], seed: str | None
) -> tuple[Standing, ...]:
    """The songs by calibrated score, best first. Equal to two decimals, as people read it, is equal: those are
    ordered by lottery, or left as ties while there is no `seed`."""
    listed = [msgspec.structs.replace(one, calibrated=estimates.get(one.song_id)) for one in standings]
    listed.sort(key=lambda one: (_hundredths(one), lottery_ticket(seed or "", one.song_id)))
    counts = Counter(map(_hundredths, listed))
    ranked: list[Standing] = []
    for place, one in enumerate(listed, start=1):
        key = _hundredths(one)
        follows_equal = bool(ranked) and _hundredths(ranked[-1]) == key
        rank = ranked[-1].rank if follows_equal and seed is None else place
        ranked.append(msgspec.structs.replace(one, rank=rank, tied=counts[key] > 1))
    return tuple(ranked)


def _descending(mean: Fraction | None) -> tuple[bool, Fraction]:
    return (True, Fraction(0)) if mean is None else (False, -mean)


def _hundredths(one: Standing) -> tuple[bool, int]:
    """Sorts songs without a score last."""
    return (True, 0) if one.calibrated is None else (False, -round(100 * one.calibrated.score))
