"""A look-ahead limiter for true peaks: one smooth gain for all channels, streaming.

The gain that a peak needs is held for as long as the window that smooths it, so the smooth gain is never above what is
needed. The window is Hann's: the gain bends without a corner. It lets go as fast as it comes, which costs the least
loudness and, on deep tones, some distortion: it is made for the last few decibels, not for a louder master.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.loops import ArrayOf, loop
from audio_pipeline.loudness.samples import interleaved
from audio_pipeline.loudness.true_peak import decibels, design_interpolator

# A tenth below −1 dBTP: what meters may differ by.
CEILING_DBTP: Final = -1.1
LOOK_AHEAD_S: Final = 0.0015
# Twice as fine as a meter looks, and up to the end of the band: the next meter may look between the points of this one.
OVERSAMPLING: Final = 8
TAPS: Final = 24

_TILE: Final = 64  # as in the C file
_FLOATS: Final = ArrayOf(np.float32)
_SOURCE: Final = Path(__file__).with_suffix(".c")
_envelope = loop(_SOURCE, "envelope", [_FLOATS, int, int, _FLOATS, int, int, float, float, _FLOATS])
_smooth_gain = loop(_SOURCE, "smooth_gain", [_FLOATS, int, _FLOATS, int, _FLOATS])


class Limiter:
    """Keeps true peaks below `ceiling_dbtp`. Where nothing has to be lowered, samples pass untouched.

    Sound comes out `latency_samples` late: leave out that many frames at the start, and `flush` restores the length.
    The result does not depend on how the sound is cut into blocks.
    """

    def __init__(self, sample_rate_hz: int, channels: int, ceiling_dbtp: float = CEILING_DBTP) -> None:
        self._ceiling = np.float32(10 ** (ceiling_dbtp / 20))
        phases = design_interpolator(OVERSAMPLING, TAPS).T
        self._phases = np.ascontiguousarray(phases, np.float32)
        # No point exceeds its samples by more than this; a hair more, for rounding.
        self._bound = float(np.abs(phases).sum(axis=1).max()) * 1.0001
        half = max(round(LOOK_AHEAD_S * sample_rate_hz / 2), TAPS // 4)
        weights = np.hanning(2 * half + 3)[1:-1]
        self._weights = np.ascontiguousarray(weights / weights.sum(), np.float32)
        # A peak lowers what lies one half of the window before it, smoothed another half before that.
        self.latency_samples: Final = 2 * half + TAPS // 2
        self._held = np.zeros((self.latency_samples, channels), np.float32)
        self._reduction = np.zeros(4 * half + 1, np.float32)
        self._lowest_gain = 1.0

    @property
    def reduction_db(self) -> float:
        """How far the sound was lowered where it was lowered most, at least 0."""
        return -decibels(self._lowest_gain) if self._lowest_gain < 1.0 else 0.0

    def process(self, block: NDArray[np.floating]) -> NDArray[np.float32]:
        """Take the next frames, shape (frames, channels); as many come back."""
        frames = len(block)
        samples = np.concatenate([self._held, interleaved(block, self._held.shape[1])])
        self._held = samples[frames:]
        reduction = np.concatenate([self._reduction, self._needed(samples, frames)])
        self._reduction = reduction[frames:]
        if not reduction.any():
            return samples[:frames]
        gain = self._smooth(reduction, frames)
        self._lowest_gain = min(self._lowest_gain, float(gain.min(initial=1.0)))
        return samples[:frames] * gain[:, np.newaxis]

    def flush(self) -> NDArray[np.float32]:
        """The last `latency_samples` frames, which the last block has left inside."""
        return self.process(np.zeros_like(self._held))

    def _needed(self, samples: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
        """1 − gain that brings each of the last `frames` windows of TAPS frames to the ceiling."""
        channels = samples.shape[1]
        reached = samples[self.latency_samples - (TAPS - 1) :]
        reached = np.concatenate([reached, np.zeros((-(-_TILE // channels), channels), np.float32)])
        highest = np.zeros(frames, np.float32)
        _envelope(
            *(reached, frames, channels, self._phases, len(self._phases), TAPS),
            *(self._bound, float(self._ceiling), highest),
        )
        return np.asarray(1 - self._ceiling / np.maximum(highest, self._ceiling), np.float32)

    def _smooth(self, reduction: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
        taps = len(self._weights)
        # A point between two samples lowers both of them: it is held for one sample longer than it is smoothed.
        held = np.concatenate([_running_highest(reduction, taps + 1), np.zeros(_TILE, np.float32)])
        gain = np.zeros(frames, np.float32)
        _smooth_gain(held, frames, self._weights, taps, gain)
        # The weights sum to one but for rounding: what has to vanish must not come back inverted.
        return np.maximum(gain, np.float32(0.0))


def limited_blocks(limiter: Limiter, blocks: Iterable[NDArray[np.floating]]) -> Iterator[NDArray[np.float32]]:
    """All of `blocks` through `limiter`, with its latency removed: as many frames come out as go in."""
    early = limiter.latency_samples
    for block in blocks:
        late = limiter.process(block)
        yield late[early:]
        early = max(early - len(late), 0)
    yield limiter.flush()[early:]


def _running_highest(values: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The highest of every `width` neighbours, by windows that double."""
    highest, reach = values, 1
    while 2 * reach <= width:
        highest = np.maximum(highest[:-reach], highest[reach:])
        reach *= 2
    if reach < width:
        highest = np.maximum(highest[: reach - width], highest[width - reach :])
    return highest
