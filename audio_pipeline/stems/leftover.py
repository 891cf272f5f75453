"""What the stems together leave of the mix, worked out once for all the searches that listen to it."""

from collections.abc import Sequence

from audio_pipeline.stems.alignment import LEVELLING_REACH, Heard
from audio_pipeline.stems.fitting import BLOCK_FRAMES
from audio_pipeline.stems.preparing import MEMORY_BYTES, room_for
from audio_pipeline.stems.signals import Remainder, Signal


class Leftover:
    """`mix` less each of `parts` with its gain, from a search's reach before the session to one behind it.

    `heard` is for whoever listens to it, and another one after each move.
    """

    def __init__(self, mix: Signal, parts: Sequence[tuple[float, Signal]], frames: int) -> None:
        shape = frames + 2 * LEVELLING_REACH, mix.channels
        self._samples = room_for(shape, in_memory=4 * shape[0] * shape[1] <= MEMORY_BYTES // 4)
        self._samples[:] = 0
        self._add(Remainder(mix, tuple(parts)))

    def move(self, gain: float, before: Signal, after: Signal) -> None:
        """A part with that gain goes from one place to another."""
        self._add(Remainder(Signal(before.samples[:0]), ((-gain, before), (gain, after))))

    def _add(self, sound: Remainder) -> None:
        for first in range(0, len(self._samples), BLOCK_FRAMES):
            last = min(first + BLOCK_FRAMES, len(self._samples))
            here = self._samples[first:last]
            here += sound.between(first - LEVELLING_REACH, last - LEVELLING_REACH, here.shape[1])
        self.heard = Heard(Signal(self._samples, -LEVELLING_REACH))
