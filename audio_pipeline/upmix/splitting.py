"""A stereo song, block by block, as parts that add up to it.

Every part but the remainder is a share of the song's spectrum, rounded to 24 bits; the remainder is what the song
still has when all of them, as they are stored, are taken away. So the sum is the song itself: to the last bit where the
song has 24 bits or fewer, and else to the rounding of a float32.

What a moment becomes depends on some 0.2 s around it, on nothing before or behind, and not on how the song is cut.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

import numpy as np

from audio_pipeline.upmix.frames import HOPS_PER_FRAME, Frames, Samples, Spectra
from audio_pipeline.upmix.masks import MEDIAN_REACH, SMOOTHED_FRAMES, character, low_cut, places


class Part(StrEnum):
    """What a song is taken apart into. A part of one channel sounds from both loudspeakers alike."""

    MID_HARMONIC = "mid harmonic"  # in the middle, and going on: voices, basses, chords
    MID_PERCUSSIVE = "mid percussive"  # in the middle, and sudden: kick, snare, consonants
    SIDES = "sides"  # what was panned, as far as it was
    AMBIENCE = "ambience"  # what left and right have, but not in common: rooms, reverb, wide pads
    REMAINDER = "remainder"  # everything else, where the mix has it


CHANNELS: Final = {
    Part.MID_HARMONIC: 1,
    Part.MID_PERCUSSIVE: 1,
    Part.SIDES: 2,
    Part.AMBIENCE: 2,
    Part.REMAINDER: 2,
}
LOWEST_RATE_HZ: Final = 8000
# Hops of a block times samples of a frame: 2.7 s at 48 kHz, and so much memory at any rate.
BLOCK_SIZE: Final = 256 * 2048
SHORTEST_BLOCK_HOPS: Final = 32
# Hops that have to be known on both sides of a block: for the masks, and for the frames that reach into it.
CONTEXT_HOPS: Final = MEDIAN_REACH + SMOOTHED_FRAMES + HOPS_PER_FRAME - 1
_GRID: Final = 2.0**23

Parts = dict[Part, Samples]


class Splitter:
    """Takes a song apart; `split` is called once for each song. The length of blocks decides on memory alone."""

    def __init__(self, sample_rate_hz: int, block_hops: int | None = None) -> None:
        self._frames = Frames.at_rate(sample_rate_hz)
        if block_hops is None:
            block_hops = max(SHORTEST_BLOCK_HOPS, BLOCK_SIZE // self._frames.length)
        self._low_cut = low_cut(self._frames.bins, sample_rate_hz)
        self._block = block_hops * self._frames.hop
        self._context = CONTEXT_HOPS * self._frames.hop

    def split(self, blocks: Iterable[Samples]) -> Iterator[tuple[Samples, Parts]]:
        """The song again, in blocks of our own, each with its parts, (frames, 1) or (frames, 2).

        `blocks` are stereo, (frames, 2), of any length; nothing in them is NaN or infinite.
        """
        window = 2 * self._context + self._block
        held = np.zeros((self._context, 2), np.float32)
        for block in blocks:
            held = np.concatenate([held, block])
            while len(held) >= window:
                yield self._split(held[:window], self._block)
                held = held[self._block :]
        # What is known now is short of the block, the context behind it, or both: silence follows.
        while len(held) > self._context:
            left = min(len(held) - self._context, self._block)
            padded = np.concatenate([held[:window], np.zeros((max(0, window - len(held)), 2), np.float32)])
            yield self._split(padded, left)
            held = held[left:]

    def _split(self, window: Samples, frames: int) -> tuple[Samples, Parts]:
        song = window[self._context : self._context + frames]
        masked = self._masked(np.ascontiguousarray(window.T))
        parts: Parts = {part: _on_the_grid(samples[:frames]) for part, samples in masked.items()}
        rest = song.astype(np.float64)
        for samples in parts.values():
            rest -= samples
        return song, {**parts, Part.REMAINDER: rest.astype(np.float32)}

    def _masked(self, channels: Samples) -> Parts:
        left, right = (self._frames.spectra(channel) for channel in channels)
        room, mid = places(left, right)
        # From here on without the frames that only smoothing had to know.
        left, right = left[SMOOTHED_FRAMES:-SMOOTHED_FRAMES], right[SMOOTHED_FRAMES:-SMOOTHED_FRAMES]
        middle: Spectra = mid * (1 - room) * np.float32(0.5) * (left + right)
        harmonic, percussive = character(np.abs(middle))
        # And without those that only the medians had to know.
        inner = slice(MEDIAN_REACH, -MEDIAN_REACH)
        left, right, room, middle = left[inner], right[inner], room[inner], middle[inner]
        moved = room * self._low_cut
        direct = (1 - room) * self._low_cut
        common = middle * self._low_cut
        return {
            Part.MID_HARMONIC: self._sound(middle * harmonic),
            Part.MID_PERCUSSIVE: self._sound(middle * percussive),
            Part.SIDES: self._sound(direct * left - common, direct * right - common),
            Part.AMBIENCE: self._sound(moved * left, moved * right),
        }

    def _sound(self, *spectra: Spectra) -> Samples:
        reach = (HOPS_PER_FRAME - 1) * self._frames.hop
        return np.stack([self._frames.samples(one)[reach : reach + self._block] for one in spectra], axis=1)


def _on_the_grid(samples: Samples) -> Samples:
    """Rounded to multiples of 2⁻²³: what a file of 24 bits holds, and float32 holds as well up to ±2."""
    return np.asarray((np.rint(samples * np.float64(_GRID)) / _GRID).astype(np.float32))
