"""What a stem's sound tells of its role: little, and that little surely enough to be of use.

What lies low is bass or kick, what is struck and noisy is drums or percussion; a voice is not told from a guitar here.
A name says more, so sound speaks where names are silent, and doubts those that it contradicts.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.codecs import open_audio
from audio_pipeline.scene.role_names import UNKNOWN, RoleGuess

# So much of a stem is listened to, in pieces over its whole length.
PIECES: Final = 32
PIECE_S: Final = 0.7
SHORTEST_S: Final = 0.1
SILENCE: Final = 10 ** (-70 / 20)
# Pieces so far below the loudest say nothing.
QUIET: Final = 1e-3
LOW_HZ: Final = 250.0
HIGH_HZ: Final = 4000.0
STEP_S: Final = 0.005
# Bass and kick have nearly all of their power below 250 Hz, whoever has less than the last has no bass in it.
MOSTLY_LOW: Final = 0.85
NEVER_LOW: Final = 0.02
MOSTLY_HIGH: Final = 0.5
# How far the loud moments stand above the common ones, in dB: what is struck, and what is held.
STRUCK_DB: Final = 14.0
# Noise has a flat spectrum, tones have lines.
NOISY: Final = 0.05
TONES_HZ: Final = (100.0, 10_000.0)
_SURE: Final = 0.7
_LIKELY: Final = 0.6
_DOUBTED: Final = 0.5
_LOW_ROLES: Final = frozenset({"bass", "kick"})
_NEVER_LOW_ROLES: Final = frozenset({"hats", "overheads", "lead_vocal", "backing_vocal", "snare"})


class SoundTraits(msgspec.Struct, frozen=True):
    """Shares of the power below 250 Hz and above 4 kHz, how noisy it is (0 to 1), and how far strokes stand out."""

    low: float
    high: float
    noise: float
    strokes_db: float


def traits_of(path: Path) -> SoundTraits | None:
    """What is heard in pieces of a file; None where it is silent, or over at once. Raises what `open_audio` raises."""
    with open_audio(path) as reader:
        frames = min(round(PIECE_S * reader.sample_rate_hz), reader.frames)
        if frames < SHORTEST_S * reader.sample_rate_hz:
            return None
        starts = np.linspace(0, reader.frames - frames, min(PIECES, reader.frames // frames))
        pieces = [reader.read(start=int(start), stop=int(start) + frames) for start in starts]
        return _traits([piece.mean(axis=1, dtype=np.float64) for piece in pieces], reader.sample_rate_hz)


def guess_by_sound(traits: SoundTraits | None) -> RoleGuess:
    """The role that the sound tells, `unknown` where it tells none."""
    if traits is None:
        return UNKNOWN
    struck = traits.strokes_db >= STRUCK_DB
    if struck and traits.noise >= NOISY:
        return RoleGuess("percussion", _LIKELY) if traits.high >= MOSTLY_HIGH else RoleGuess("drums", _SURE)
    if traits.low >= MOSTLY_LOW:
        return RoleGuess("kick", _LIKELY) if struck else RoleGuess("bass", _SURE)
    return UNKNOWN


def weighed(named: RoleGuess, traits: SoundTraits | None) -> RoleGuess:
    """What name and sound say together."""
    if named == UNKNOWN:
        return guess_by_sound(traits)
    if traits is not None and _contradicts(named.role, traits):
        return RoleGuess(named.role, _DOUBTED)
    return named


def _contradicts(role: str, traits: SoundTraits) -> bool:
    if role in _LOW_ROLES:
        return traits.low < NEVER_LOW
    return role in _NEVER_LOW_ROLES and traits.low >= MOSTLY_LOW


def _traits(pieces: Sequence[NDArray[np.float64]], sample_rate_hz: int) -> SoundTraits | None:
    powers = [float(np.square(piece).mean()) for piece in pieces]
    loudest = max(powers)
    if not math.isfinite(loudest) or loudest < SILENCE**2:
        return None
    heard = [piece for piece, power in zip(pieces, powers, strict=True) if power > QUIET * loudest]
    spectra = np.array([np.square(np.abs(np.fft.rfft(piece * np.hanning(len(piece))))) for piece in heard])
    bins_hz = np.fft.rfftfreq(len(heard[0]), 1 / sample_rate_hz)
    spectrum = spectra.sum(axis=0)
    total = float(spectrum.sum())
    return SoundTraits(
        low=float(spectrum[bins_hz < LOW_HZ].sum()) / total,
        high=float(spectrum[bins_hz >= HIGH_HZ].sum()) / total,
        noise=_flatness(spectra[:, (bins_hz >= TONES_HZ[0]) & (bins_hz < TONES_HZ[1])]),
        strokes_db=float(np.median([_strokes_db(piece, sample_rate_hz) for piece in heard])),
    )


def _flatness(powers: NDArray[np.float64]) -> float:
    """The geometric mean of a spectrum over its arithmetic one; the mean of those of all pieces."""
    audible = powers + 1e-20  # a silent line has no logarithm
    return float(np.mean(np.exp(np.log(audible).mean(axis=1)) / audible.mean(axis=1)))


def _strokes_db(piece: NDArray[np.float64], sample_rate_hz: int) -> float:
    step = max(1, round(STEP_S * sample_rate_hz))
    levels = np.square(piece[: len(piece) // step * step].reshape(-1, step)).mean(axis=1)
    return 10 * math.log10((float(np.percentile(levels, 95)) + 1e-20) / (float(np.median(levels)) + 1e-20))
