"""The print of a recording: 32 bits for every 46 ms, the same for copies of it and different for all other sound.

In the manner of Haitsma and Kalker (ISMIR 2002): a bit says whether the difference between two neighbouring bands of
the spectrum rises or falls with time. No level is in it, so gain changes nothing; and nothing above 2 kHz, so coders do
little. Windows of 0.74 s that overlap by fifteen sixteenths, and a rise over 186 ms in place of one hop, make it hold
where copies are not cut at the same hop: half a hop off costs some 0.07 of the bits, not 0.14.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.music.spectra import LOW_RATE_HZ, Spectra

WINDOW: Final = 8192
HOP: Final = 512
WORDS_A_SECOND: Final = LOW_RATE_HZ / HOP
LOWEST_HZ: Final = 300.0
HIGHEST_HZ: Final = 2000.0
BITS: Final = 32
RISE_HOPS: Final = 4
# Below −70 dBFS in all bands together there is only what coders and converters leave.
SILENCE: Final = 1e-7

Words = NDArray[np.uint32]
"""A print: one word a hop; 0 stands where nothing sounds, and says nothing."""


class Printer:
    """Makes a print from the long spectra of a song."""

    def __init__(self) -> None:
        hz = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BITS + 2)
        self._edges = np.rint(hz * WINDOW / LOW_RATE_HZ).astype(np.int64)
        self._before = np.zeros((0, BITS + 1), np.float32)
        self._words: list[Words] = []

    def process(self, power: Spectra) -> None:
        """Take the next spectra."""
        bands = np.add.reduceat(power[:, : self._edges[-1]], self._edges[:-1], axis=1)
        bands = np.concatenate([self._before, bands])
        self._before = bands[-RISE_HOPS:]
        if len(bands) <= RISE_HOPS:
            return
        slope = bands[:, :-1] - bands[:, 1:]
        bits = slope[RISE_HOPS:] > slope[:-RISE_HOPS]
        sounds = bands.sum(axis=1) > SILENCE
        words = np.packbits(bits, axis=1, bitorder="little").view("<u4")[:, 0].astype(np.uint32)
        self._words.append(np.where(sounds[RISE_HOPS:] & sounds[:-RISE_HOPS], words, np.uint32(0)))

    def finish(self) -> Words:
        """The whole print; empty for less than a second."""
        return np.concatenate([*self._words, np.zeros(0, np.uint32)]).astype(np.uint32)


def to_bytes(words: Words) -> bytes:
    """The print as it is stored: its words, little-endian."""
    return words.astype("<u4").tobytes()


def from_bytes(content: bytes) -> Words:
    """A stored print. Raises `ValueError` for what is none."""
    return np.frombuffer(content, "<u4").astype(np.uint32)
