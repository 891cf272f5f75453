"""Sound at another rate, block by block: soxr, whose delay is taken out."""

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray


class Quality(StrEnum):
    """How faithful, in soxr's own words."""

    FOR_WORK = "VHQ"
    FOR_ANALYSIS = "MQ"


class Resampler:
    """Makes blocks of one rate of blocks of another; together they are as long as what went in, to a frame."""

    def __init__(self, from_hz: int, to_hz: int, channels: int, quality: Quality) -> None:
        import soxr

        self._nothing: Final = np.zeros((0, channels), np.float32)
        self._stream = soxr.ResampleStream(from_hz, to_hz, channels, "float32", quality)

    def process(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is ready, shape (frames, channels), with the next frames, of the same shape."""
        made: NDArray[np.float32] = self._stream.resample_chunk(block)
        return made

    def finish(self) -> NDArray[np.float32]:
        """The last frames."""
        made: NDArray[np.float32] = self._stream.resample_chunk(self._nothing, last=True)
        return made
