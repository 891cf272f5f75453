"""In which key a song stands: how much of each pitch class sounds, against what major and minor are made of."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.music.spectra import LOW_RATE_HZ, Spectra

WINDOW: Final = 8192
# From the open C of a cello to where partials outnumber notes.
LOWEST_HZ: Final = 65.0
HIGHEST_HZ: Final = 2100.0
# Pitches are kept to a fifth of a semitone until it is known how the song is tuned.
STEPS: Final = 5
_CLASSES: Final = 12 * STEPS
_C_HZ: Final = 440.0 * 2 ** (-9 / 12)
_SHORTEST_S: Final = 5.0
# What is this much softer than the strongest partial of its moment is none of its notes.
_RANGE: Final = 10 ** (-40 / 10)
_SILENCE: Final = 1e-8
_CLOSE: Final = 0.35

# Albrecht & Shanahan, "The use of large corpora to train a new type of key-finding algorithm", 2013: of each pitch
# class from the tonic up, as 490 and 492 pieces have it.
_MAJOR: Final = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
_MINOR: Final = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
_MAJOR_NAMES: Final = ("C", "D flat", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")
_MINOR_NAMES: Final = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "G sharp", "A", "B flat", "B")

Chroma = NDArray[np.float32]


class Key(msgspec.Struct, frozen=True, omit_defaults=True):
    """`name` in words, as in "A minor". `confidence` is how far the next best key is behind, 0 to 1; `or_name` is that
    one, where it is close: most often the relative key, which has the same notes."""

    name: str
    confidence: float
    or_name: str | None = None


class ChromaMeter:
    """How much of each pitch class sounds, in fifths of a semitone, one row for each long spectrum."""

    def __init__(self) -> None:
        self._first = int(LOWEST_HZ * WINDOW / LOW_RATE_HZ)
        self._last = int(HIGHEST_HZ * WINDOW / LOW_RATE_HZ)

    def apply(self, power: Spectra) -> Chroma:
        """Shape (spectra, `_CLASSES`); a silent one is all 0, any other sums to 1."""
        if not len(power):
            return np.zeros((0, _CLASSES), np.float32)
        some = power[:, self._first - 1 : self._last + 1]
        middle, left, right = some[:, 1:-1], some[:, :-2], some[:, 2:]
        floor = np.maximum(some.max(axis=1, keepdims=True) * _RANGE, _SILENCE)
        row, line = np.nonzero((middle > left) & (middle >= right) & (middle > floor))
        at, before, after = (np.log(each[row, line] + 1e-20) for each in (middle, left, right))
        # A parabola through three levels in dB: the pitch to a few cents, where lines are a quarter tone apart.
        off = 0.5 * (before - after) / np.minimum(before - 2 * at + after, -1e-6)
        pitch = np.log2((line + self._first + np.clip(off, -0.5, 0.5)) * (LOW_RATE_HZ / WINDOW / _C_HZ))
        step = np.rint(pitch * _CLASSES).astype(np.int64) % _CLASSES
        # Between level and loudness, so that a soft third still says which mode it is.
        sums = np.bincount(row * _CLASSES + step, np.exp(0.25 * at), len(power) * _CLASSES)
        rows = sums.reshape(-1, _CLASSES)
        chroma: Chroma = (rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-12)).astype(np.float32)
        return chroma


def pitch_classes(chroma: Chroma) -> NDArray[np.float64]:
    """Rows in fifths of a semitone as rows of the twelve pitch classes, C first, for however the song is tuned."""
    total = chroma.sum(axis=0, dtype=np.float64)
    angle = np.angle((total * np.exp(2j * np.pi * np.arange(_CLASSES) / STEPS)).sum()) if total.any() else 0.0
    tuned = np.roll(chroma, -round(angle / (2 * np.pi) * STEPS) + STEPS // 2, axis=1)
    folded: NDArray[np.float64] = tuned.reshape(len(chroma), 12, STEPS).sum(axis=2, dtype=np.float64)
    return folded


def key_of(classes: NDArray[np.float64], seconds: float) -> tuple[Key, int] | None:
    """The key of a song of whose pitch classes there is so much, and its tonic (0 is C); None where none is heard."""
    if seconds < _SHORTEST_S or not classes.sum() > 0 or not classes.std() > 0:
        return None
    found = [
        (_agreement(np.roll(classes, -tonic), profile), names[tonic] + mode, tonic)
        for profile, names, mode in ((_MAJOR, _MAJOR_NAMES, " major"), (_MINOR, _MINOR_NAMES, " minor"))
        for tonic in range(12)
    ]
    (best, name, tonic), (second, other, _) = sorted(found, reverse=True)[:2]
    if best <= 0:
        return None
    confidence = round(min(1.0, 4 * (best - max(second, 0.0))), 2)
    return Key(name, confidence, other if confidence < _CLOSE else None), tonic


def _agreement(classes: NDArray[np.float64], profile: tuple[float, ...]) -> float:
    return float(np.corrcoef(classes, profile)[0, 1])
