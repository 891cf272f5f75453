"""Which prints are of one recording: found by words that both have, judged by the share of bits that differ."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.music.printing import BITS, WORDS_A_SECOND, Words

# Copies coded at 48 to 96 kb/s have 0.02 to 0.12, up to 0.15 where they are half a hop off as well; other songs 0.43.
MOST_BIT_ERROR: Final = 0.15
# So much has to be the same; of a shorter song all of it, but not less than the second.
LEAST_S: Final = 30.0
SHORTEST_S: Final = 10.0
_LEAST_WORDS: Final = round(LEAST_S * WORDS_A_SECOND)
_SHORTEST_WORDS: Final = round(SHORTEST_S * WORDS_A_SECOND)
# Places that are judged for one pair; the right one has most words in common, unless the music goes round in circles.
_PLACES: Final = 12
_MOST_PAIRS: Final = 4_000_000
_NO_PLACE: Final = np.zeros(0, np.int64)


class Twin(msgspec.Struct, frozen=True, kw_only=True):
    """Where two recordings are one: `bit_error` over their best stretch of `LEAST_S`, `common_s` of sound in all.

    `begins_s` is where in this recording the other one begins, negative when that has something before it.
    """

    bit_error: float
    common_s: float
    begins_s: float


def find_twins(words: Words, others: Sequence[Words]) -> tuple[Twin | None, ...]:
    """For each of the `others`, whether it is of the same recording as `words`, and where."""
    places = _places(words, others)
    return tuple(_best(words, other, lags) for other, lags in zip(others, places, strict=True))


def bit_errors(first: Words, second: Words) -> NDArray[np.int64]:
    """How many bits differ, word by word; both have to have sound there, or −1 stands for it."""
    differ = np.bitwise_count(first ^ second).astype(np.int64)
    return np.where((first != 0) & (second != 0), differ, -1)


def _places(words: Words, others: Sequence[Words]) -> list[NDArray[np.int64]]:
    """For each other print the lags at which most of its words are those of `words`."""
    lengths = np.array([len(other) for other in others], np.int64)
    none = [_NO_PLACE] * len(others)
    if not lengths.sum() or not words.any():
        return none
    order = np.argsort(words, kind="stable")
    known = words[order]
    everything = np.concatenate(others)
    # Few words are known at all, and this says so of most others at once.
    bits = np.zeros(1 << 16, bool)
    bits[_shuffled(known)] = True
    maybe = np.nonzero(bits[_shuffled(everything)] & (everything != 0))[0]
    first = np.searchsorted(known, everything[maybe], "left")
    count = np.searchsorted(known, everything[maybe], "right") - first
    hit = count > 0
    maybe, first, count = maybe[hit], first[hit], count[hit]
    if not len(maybe):
        return none
    # A word that is everywhere says little of the place: the rarest are asked first, and so many in all.
    rarest = np.argsort(count, kind="stable")
    asked = np.sort(rarest[np.cumsum(count[rarest]) <= _MOST_PAIRS])
    maybe, first, count = maybe[asked], first[asked], count[asked]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    owner = np.searchsorted(starts, maybe, "right") - 1
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    lag = order[np.repeat(first, count) + step] - np.repeat(maybe - starts[owner], count)
    span = int(lengths.max()) + len(words)
    pair, votes = np.unique(np.repeat(owner, count) * (2 * span) + lag + span, return_counts=True)
    return [_most_voted(pair, votes, number, span) for number in range(len(others))]


def _most_voted(pair: NDArray[np.int64], votes: NDArray[np.int64], number: int, span: int) -> NDArray[np.int64]:
    first, last = np.searchsorted(pair, [number * 2 * span, (number + 1) * 2 * span])
    best = np.argsort(-votes[first:last], kind="stable")[:_PLACES]
    lags: NDArray[np.int64] = pair[first:last][best] - number * 2 * span - span
    return lags


def _best(words: Words, other: Words, lags: NDArray[np.int64]) -> Twin | None:
    found = [twin for lag in np.unique(lags) if (twin := _judge(words, other, int(lag))) is not None]
    return min(found, key=lambda twin: (twin.bit_error, twin.begins_s), default=None)


def _judge(words: Words, other: Words, lag: int) -> Twin | None:
    """The two with `other` beginning at word `lag` of `words`."""
    mine, theirs = words[max(0, lag) :], other[max(0, -lag) :]
    length = min(len(mine), len(theirs))
    errors = bit_errors(mine[:length], theirs[:length])
    errors = errors[errors >= 0]
    sounding = min(np.count_nonzero(words), np.count_nonzero(other))
    stretch = max(_SHORTEST_WORDS, min(_LEAST_WORDS, round(0.9 * sounding)))
    if len(errors) < stretch:
        return None
    total = np.concatenate([[0], np.cumsum(errors)])
    stretches = (total[stretch:] - total[:-stretch]) / (stretch * BITS)
    if stretches.min() >= MOST_BIT_ERROR:
        return None
    same = np.zeros(len(errors) + 1, np.int64)
    starts = np.nonzero(stretches < MOST_BIT_ERROR)[0]
    np.add.at(same, starts, 1)
    np.add.at(same, starts + stretch, -1)
    return Twin(
        bit_error=round(float(stretches.min()), 4),
        common_s=round(float(np.count_nonzero(np.cumsum(same) > 0) / WORDS_A_SECOND), 1),
        begins_s=round(lag / WORDS_A_SECOND, 2),
    )


def _shuffled(words: Words) -> NDArray[np.uint32]:
    """16 bits of each word, of every one of its bits something."""
    return (words * np.uint32(2_654_435_761)) >> np.uint32(16)
