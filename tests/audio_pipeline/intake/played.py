"""Songs of which everything is known: seeded synthesis of chords, bass, tune and drums at a told tempo, in a told key,
with another band after each turn."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 24_000
NAMES = {
    "major": ("C", "D flat", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B"),
    "minor": ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "G sharp", "A", "B flat", "B"),
}
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
# Degrees of the scale on which chords stand, a bar each. The fifth has its leading tone, also in minor.
_PROGRESSIONS = {
    "major": ((0, 4, 5, 3), (0, 3, 4, 0), (0, 5, 3, 4), (0, 3, 0, 4)),
    "minor": ((0, 5, 3, 4), (0, 3, 4, 0), (0, 6, 5, 4), (0, 3, 0, 4)),
}


@dataclass(frozen=True)
class Played:
    """One song, and what is true of it."""

    sound: NDArray[np.float32]
    bpm: float
    key: str
    turns_s: tuple[float, ...]


@dataclass(frozen=True)
class _Band:
    harmonics: NDArray[np.float64]
    decay_s: float
    strums_a_bar: int
    has_drums: bool
    kit: dict[str, NDArray[np.float64]]
    notes: dict[tuple[float, float], NDArray[np.float64]] = field(default_factory=dict)


def play_song(seed: int, seconds: float = 48.0, sections: int = 3) -> Played:
    """The song of a seed, one channel at `RATE_HZ`."""
    rng = np.random.default_rng(seed)
    bpm = float(rng.integers(68, 170))
    tonic, mode = int(rng.integers(12)), str(rng.choice(["major", "minor"]))
    cents = float(rng.uniform(-30, 30))
    bar_s = 4 * 60 / bpm
    bars = int(seconds / bar_s)
    turns = [round(bars * part / sections) for part in range(1, sections)]
    sound = np.zeros(int((bars + 1) * bar_s * RATE_HZ))
    bands = [_band(rng, has_drums=part > 0 or sections == 1) for part in range(sections)]
    progressions = _PROGRESSIONS[mode]
    chosen = [progressions[int(rng.integers(len(progressions)))] for _ in range(sections)]
    for bar in range(bars):
        part = sum(bar >= turn for turn in turns)
        degree = chosen[part][bar % 4]
        _play_bar(sound, rng, bands[part], (tonic, mode, cents), degree, bar * bar_s, bar_s)
    sound += 1e-4 * rng.standard_normal(len(sound))
    sound *= 0.5 / np.abs(sound).max()
    name = f"{NAMES[mode][tonic]} {mode}"
    return Played(sound.astype(np.float32), bpm, name, tuple(turn * bar_s for turn in turns))


def as_stereo(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Both sides the same."""
    return np.repeat(sound[:, np.newaxis], 2, axis=1)


def _band(rng: np.random.Generator, *, has_drums: bool) -> _Band:
    harmonics = rng.uniform(0.3, 1.0, 8) / np.arange(1, 9) ** rng.uniform(0.5, 2.5)
    return _Band(harmonics, float(rng.uniform(0.15, 0.9)), int(rng.choice([2, 4, 8])), has_drums, _kit(rng))


def _play_bar(
    sound: NDArray[np.float64],
    rng: np.random.Generator,
    band: _Band,
    key: tuple[int, str, float],
    degree: int,
    at_s: float,
    bar_s: float,
) -> None:
    tonic, mode, cents = key
    scale = _SCALES[mode]

    def pitch(step: int) -> float:
        leads = mode == "minor" and degree == 4 and step % 7 == 6
        return tonic + 12 * (step // 7) + scale[step % 7] + leads + cents / 100

    strum_s = bar_s / band.strums_a_bar
    for strum in range(band.strums_a_bar):
        level = 0.8 if strum % 2 == 0 else 0.55
        for step in (degree, degree + 2, degree + 4):
            _add(sound, at_s + strum * strum_s, _note(60 + pitch(step), strum_s * 1.5, band), 0.25 * level)
    for beat in range(4):
        _add(sound, at_s + beat * bar_s / 4, _note(36 + pitch(degree), bar_s / 4, band), 0.5 if beat == 0 else 0.35)
        tune = (degree + 2 * int(rng.integers(3))) if beat % 2 == 0 else int(rng.integers(7))
        _add(sound, at_s + beat * bar_s / 4, _note(72 + pitch(tune), bar_s / 4, band), 0.25)
        if band.has_drums:
            _add(sound, at_s + beat * bar_s / 4, band.kit["kick" if beat % 2 == 0 else "snare"], 0.7)
            for half in (0, 1):
                _add(sound, at_s + (beat + half / 2) * bar_s / 4, band.kit["hat"], 0.15)


def _note(midi: float, seconds: float, band: _Band) -> NDArray[np.float64]:
    if (midi, seconds) not in band.notes:
        band.notes[midi, seconds] = _new_note(midi, seconds, band)
    return band.notes[midi, seconds]


def _new_note(midi: float, seconds: float, band: _Band) -> NDArray[np.float64]:
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    hz = 440 * 2 ** ((midi - 69) / 12)
    partials = [
        level * np.sin(2 * np.pi * hz * number * time_s)
        for number, level in enumerate(band.harmonics, start=1)
        if hz * number < RATE_HZ / 2
    ]
    shape = np.exp(-time_s / band.decay_s) * np.minimum(1, time_s / 0.005)
    return np.sum(partials, axis=0) * shape * np.minimum(1, (time_s[-1] - time_s) / 0.01)


def _kit(rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    time_s = np.arange(int(0.15 * RATE_HZ)) / RATE_HZ
    noise = rng.standard_normal(len(time_s) + 1)
    return {
        "kick": np.sin(2 * np.pi * (50 * time_s + 6 * (1 - np.exp(-time_s / 0.02)))) * np.exp(-time_s / 0.06),
        "snare": 0.5 * noise[1:] * np.exp(-time_s / 0.05),
        "hat": np.diff(noise) * np.exp(-time_s / 0.015),
    }


def _add(sound: NDArray[np.float64], at_s: float, note: Sequence[float] | NDArray[np.float64], level: float) -> None:
    first = round(at_s * RATE_HZ)
    room = max(0, min(len(note), len(sound) - first))
    sound[first : first + room] += level * np.asarray(note)[:room]
