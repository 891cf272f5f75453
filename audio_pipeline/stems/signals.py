"""Sound at its place on the session's time line."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Signal:
    """`samples` (frames, channels) whose first frame lands at `offset_samples`; silence before and behind.

    `channel_means` is subtracted on reading, `polarity` (±1) multiplied. The first sample of the input lies
    `lead_samples` behind the first frame: more than 0 where silence was put before the input, so that a lag which is
    whole at the input's rate stays exact at the session's.
    """

    samples: NDArray[np.float32]
    offset_samples: int = 0
    polarity: int = 1
    channel_means: tuple[float, ...] = ()
    lead_samples: float = 0.0

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[1])

    @property
    def end_samples(self) -> int:
        """Session time of the frame behind the last."""
        return self.offset_samples + len(self.samples)

    @property
    def input_zero_samples(self) -> float:
        """Session time of the input's first sample."""
        return self.offset_samples + self.lead_samples

    def between(self, start: int, stop: int, channels: int | None = None) -> NDArray[np.float64]:
        """Session frames `start` to `stop`, shape (stop − start, channels), folded where `channels` differs.

        A mono signal goes to all channels at unity (pan law 0 dB); of anything else that does not fit, the mean does.
        """
        taken = np.zeros((stop - start, self.channels))
        first, last = max(start, self.offset_samples), min(stop, self.end_samples)
        if first < last:
            place = taken[first - start : last - start]
            place[:] = self.samples[first - self.offset_samples : last - self.offset_samples]
            if any(self.channel_means):
                behind_lead = max(0, self.offset_samples + math.ceil(self.lead_samples) - first)
                place[behind_lead:] -= np.asarray(self.channel_means)
            if self.polarity < 0:
                np.negative(place, out=place)
        if channels in (None, self.channels):
            return taken
        return np.repeat(taken.mean(axis=1, keepdims=True), channels or 1, axis=1)


@dataclass(frozen=True)
class Remainder:
    """What is left of `whole` when each of `parts` is taken away with its gain."""

    whole: Signal
    parts: tuple[tuple[float, Signal], ...] = field(default=())

    @property
    def channels(self) -> int:
        """Number of channels of the whole."""
        return self.whole.channels

    def between(self, start: int, stop: int, channels: int | None = None) -> NDArray[np.float64]:
        """Session frames `start` to `stop`; `channels` must be left out or be the whole's own."""
        left = self.whole.between(start, stop, channels)
        for gain, part in self.parts:
            left -= gain * part.between(start, stop, left.shape[1])
        return left
