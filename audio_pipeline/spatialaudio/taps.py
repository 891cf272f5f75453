"""Signals mixed from tracks before anything is rendered: what the type Matrix asks for (ITU-R BS.2127, clause 11).

A column's signal is a sum of taps, each a track times a gain, late by whole samples. A track of its own is one tap; a
silent one has none. Matrices of matrices multiply out: gains multiply, delays add.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from audio_pipeline.spatialaudio.decorrelation import Audio
from audio_pipeline.spatialaudio.errors import TapUnusable


@dataclass(frozen=True, slots=True)
class Tap:
    """One track (counted from 0), its linear gain and its delay."""

    track: int
    gain: float = 1.0
    delay_samples: int = 0

    def __post_init__(self) -> None:
        if self.track < 0 or self.delay_samples < 0 or not math.isfinite(self.gain):
            raise TapUnusable(f"track {self.track} with gain {self.gain:g}, {self.delay_samples} samples late")

    def through(self, gain: float = 1.0, delay_samples: int = 0) -> "Tap":
        """This tap as a matrix coefficient passes it on."""
        return Tap(self.track, self.gain * gain, self.delay_samples + delay_samples)


def delay_in_samples(delay_ms: Fraction, sample_rate_hz: int) -> int:
    """A coefficient's delay as whole samples; halves are rounded down."""
    return math.ceil(delay_ms * sample_rate_hz / 1000 - Fraction(1, 2))


class TapMixer:
    """Mixes the tracks of a file into columns, block by block; `taps` has one entry a column."""

    def __init__(self, taps: Sequence[Sequence[Tap]], tracks: int) -> None:
        for tap in (tap for column in taps for tap in column):
            if tap.track >= tracks:
                raise TapUnusable(f"there is no track {tap.track + 1} among {tracks}")
        self.column_count = len(taps)
        plain = {
            number: column[0].track
            for number, column in enumerate(taps)
            if len(column) == 1 and column[0] == Tap(column[0].track)
        }
        self._plain_columns, self._plain_tracks = list(plain), list(plain.values())
        self._mixed = [(number, column) for number, column in enumerate(taps) if number not in plain]
        latest = max((tap.delay_samples for _, column in self._mixed for tap in column), default=0)
        self._held = np.zeros((latest, tracks), dtype=np.float32)

    def process(self, block: Audio) -> Audio:
        """Take the next frames, (frames, tracks); return (frames, columns). A delay's tail is cut at the end."""
        frames = block.shape[0]
        out = np.zeros((frames, self.column_count), dtype=np.float32)
        out[:, self._plain_columns] = block[:, self._plain_tracks]
        if self._mixed:
            latest = self._held.shape[0]
            tracks = np.concatenate([self._held, block])
            self._held = tracks[frames:]
            for number, column in self._mixed:
                for tap in column:
                    first = latest - tap.delay_samples
                    out[:, number] += np.float32(tap.gain) * tracks[first : first + frames, tap.track]
        return out
