"""What songs are as music, as the machine told it, and which of them are alike. Pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

# How much each group counts: what a song sounds like first.
_WEIGHTS: Final = {"timbre": 0.5, "harmony": 0.25, "pace": 0.25}
_EVEN: Final = 1e-9


class Tempo(msgspec.Struct, frozen=True):
    """Beats a minute; `or_bpm` where people may as well count half or double."""

    bpm: float
    confidence: float = 1.0
    or_bpm: float | None = None


class Key(msgspec.Struct, frozen=True):
    """The key in words; `or_name` is the next best where it is close."""

    name: str
    confidence: float = 1.0
    or_name: str | None = None


class Section(msgspec.Struct, frozen=True):
    """From when to when, in seconds."""

    start_s: float
    end_s: float


class Likeness(msgspec.Struct, frozen=True):
    """What a song is like: each group is a point, and near is alike."""

    timbre: tuple[float, ...]
    harmony: tuple[float, ...]
    pace: tuple[float, ...]

    @property
    def kind(self) -> tuple[int, ...]:
        """Only what was described in as many numbers, by one version of the machine, can be compared."""
        return len(self.timbre), len(self.harmony), len(self.pace)


class Music(msgspec.Struct, frozen=True):
    """What the machine heard of a mix; None where there is nothing to tell."""

    likeness: Likeness
    tempo: Tempo | None = None
    key: Key | None = None
    sections: tuple[Section, ...] = ()


def music_in(findings: Mapping[str, Any]) -> Music | None:
    """What a listening report says of its mix, the one file in it that is heard as music; None where it says nothing.

    Reads `{"files": [{"music"}]}`, which another room wrote: what is not as it is here is not known, never an error.
    """
    told = [file["music"] for file in findings.get("files") or () if file.get("music")]
    try:
        return msgspec.convert(told[0], Music) if told else None
    except msgspec.ValidationError:
        return None


def distances(one: Likeness, songs: Sequence[Likeness]) -> NDArray[np.float64]:
    """How far `one` is from each of the `songs`; 0 is the same.

    Each number is measured in its own spread among all of them, so that what sets the songs of this very call apart
    is what counts; each group as the mean of its numbers.
    """
    far = np.zeros(len(songs))
    for group, weight in _WEIGHTS.items():
        points = np.array([getattr(song, group) for song in (*songs, one)], dtype=np.float64)
        if not points.shape[1]:
            continue
        spread = points.std(axis=0)
        offs = (points[:-1] - points[-1]) / np.where(spread > _EVEN, spread, 1.0)
        far += weight * np.square(offs).mean(axis=1)
    return np.sqrt(far)
