"""Where a song turns: the moments before and after which it sounds most different."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

# What is compared are so many seconds on each side; sections are not much shorter than that, and there are few.
SIDE_S: Final = 16.0
LEAST_S: Final = 8.0
MOST: Final = 8
# Turns that are this much less of one than the greatest are part of the flow.
_AS_GREAT: Final = 0.3
_STANDS_OUT: Final = 0.5


class Section(msgspec.Struct, frozen=True):
    """From when to when, in seconds."""

    start_s: float
    end_s: float


def sections_of(features: NDArray[np.float64], step_s: float, seconds: float) -> tuple[Section, ...]:
    """The sections of a song that is described every `step_s` seconds by a row of `features`.

    The first begins at 0, the last ends at `seconds`; a song that never turns, or is too short to, is one.
    """
    starts = [0.0, *(round(step_s * turn, 1) for turn in _turns(features, step_s))]
    return tuple(Section(a, b) for a, b in zip(starts, [*starts[1:], round(seconds, 1)], strict=True))


def novelty(features: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """How different the rows before each row are from it and those after it, as if weighed by a checkerboard.

    Foote (ICME 2000) slides a tapered checkerboard along the matrix of all products of rows. For products of the rows
    themselves that is the squared length of (after − before), which takes one pass and no matrix.
    """
    taper = np.exp(-0.5 * np.square(np.arange(side) / (0.5 * side)))
    signed = np.concatenate([-taper[::-1], taper]) / taper.sum()
    padded = np.pad(features, ((side, side - 1), (0, 0)), mode="edge")
    rows = [np.convolve(column, signed[::-1], "valid") for column in padded.T]
    found: NDArray[np.float64] = np.square(rows).sum(axis=0)
    return found


def _turns(features: NDArray[np.float64], step_s: float) -> list[int]:
    side, least = round(SIDE_S / step_s), round(LEAST_S / step_s)
    if len(features) < 2 * least + 1:
        return []
    spread = features.std(axis=0)
    level = novelty((features - features.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0), side)
    inside = np.arange(least, len(level) - least)
    peaks = [int(at) for at in inside if level[at] == level[at - least : at + least + 1].max()]
    enough = max(_AS_GREAT * level[inside].max(), level[inside].mean() + _STANDS_OUT * level[inside].std())
    great = sorted((at for at in peaks if level[at] > enough), key=lambda at: -level[at])
    return sorted(great[: MOST - 1])
