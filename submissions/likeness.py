"""Which songs of a call are alike: near one another among all of them. Pure functions over numbers.

What the numbers are is the machine's business; here they are three groups, each a point in a room of its own.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

# How much each group counts: what a song sounds like first.
_WEIGHTS: Final = {"timbre": 0.5, "harmony": 0.25, "pace": 0.25}
_EVEN: Final = 1e-9


class Likeness(msgspec.Struct, frozen=True):
    """What a song is like; near is alike, in each of the groups."""

    timbre: tuple[float, ...]
    harmony: tuple[float, ...]
    pace: tuple[float, ...]


def distances(one: Likeness, songs: Sequence[Likeness]) -> NDArray[np.float64]:
    """How far `one` is from each of the `songs`; 0 is the same.

    Each number is measured in its own spread among all of them, so that what sets the songs of this very call apart
    is what counts; each group as the mean of its numbers.
    """
    far = np.zeros(len(songs))
    for group, weight in _WEIGHTS.items():
        points = np.array([getattr(song, group) for song in (*songs, one)], dtype=np.float64)
        spread = points.std(axis=0)
        offs = (points[:-1] - points[-1]) / np.where(spread > _EVEN, spread, 1.0)
        far += weight * np.square(offs).mean(axis=1)
    return np.sqrt(far)
