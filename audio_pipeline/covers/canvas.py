"""What every kind of cover draws with: the song as numbers, its own chance, and the square of 400 × 400."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

import msgspec

from audio_pipeline.covers.palettes import Palette

SIDE: Final = 400

T = TypeVar("T")


class SongShape(msgspec.Struct, frozen=True, kw_only=True):
    """A song as a picture needs it; all numbers run from 0 (silence) to 1 (as loud as it gets).

    `seed` is the SHA-256 (hex) of its audio, `levels` its loudness over time, `bands` the same for each part of the
    spectrum, lowest first, `stems` for each stem (a song may have none).
    """

    seed: str
    levels: tuple[float, ...]
    bands: tuple[tuple[float, ...], ...]
    stems: tuple[tuple[float, ...], ...] = ()


class Cover(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, and a sentence for who does not see it."""

    kind: str
    palette: str
    says: str
    svg: str


class Chance:
    """Numbers that look random and are the same for the same seed, on every machine and in every version."""

    def __init__(self, seed: str) -> None:
        self._numbers = _numbers(seed)

    def between(self, low: float, high: float) -> float:
        """A number from `low` up to `high`."""
        return low + (high - low) * next(self._numbers)

    def one_of(self, choices: Sequence[T]) -> T:
        """One of the choices, each as likely."""
        return choices[int(next(self._numbers) * len(choices))]


Drawing = Callable[[SongShape, Palette, Chance], tuple[list[str], str]]
"""Draws a song: the elements of the picture, and the sentence that says what it shows."""


def document(ground: str, parts: Sequence[str]) -> str:
    """The SVG document: a ground, and what lies on it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}">'
        f'<rect width="{SIDE}" height="{SIDE}" fill="{ground}"/>{"".join(parts)}</svg>'
    )


def sampled(values: Sequence[float], count: int) -> list[float]:
    """`values` as `count` numbers: the mean of those that fall together, or each again where there are fewer."""
    picked = []
    for index in range(count):
        first = index * len(values) // count
        group = values[first : max(first + 1, (index + 1) * len(values) // count)]
        picked.append(sum(group) / len(group))
    return picked


def stretched(values: Sequence[float], low: float = 0.0) -> list[float]:
    """`values` spread over `low` … 1, so that a song that is loud throughout has a shape as well."""
    least, most = min(values), max(values)
    span = most - least
    return [low + (1 - low) * (value - least) / span if span > 0 else low for value in values]


def circle(x: float, y: float, radius: float, fill: str) -> str:
    """A filled circle."""
    return f'<circle cx="{short(x)}" cy="{short(y)}" r="{short(radius)}" fill="{fill}"/>'


def short(value: float) -> str:
    """A coordinate with one decimal at most: finer than a cover is ever shown."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _numbers(seed: str) -> Iterator[float]:
    count = 0
    while True:
        digest = hashlib.sha256(f"{seed}/{count}".encode()).digest()
        for at in range(0, len(digest), 4):
            yield int.from_bytes(digest[at : at + 4], "big") / 2**32
        count += 1
