"""Where in a file something was found: moments that are close together are one place."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.findings import Place

# What is nearer together than this is heard as one.
NEAR_S: Final = 0.5
MOST: Final = 20


class PlaceKeeper:
    """Takes the numbers of frames, in order, and keeps the first `MOST` places."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._places: list[tuple[int, int]] = []
        self._is_full = False

    def add(self, frames: NDArray[np.integer[Any]]) -> None:
        """Take frames in which it was found, in rising order and none before those that were taken."""
        if self._is_full or not len(frames):
            return
        near = NEAR_S * self._rate_hz
        for piece in np.split(frames, np.nonzero(np.diff(frames) > near)[0] + 1):
            first, last = int(piece[0]), int(piece[-1])
            if self._places and first - self._places[-1][1] <= near:
                self._places[-1] = (self._places[-1][0], last)
            elif len(self._places) < MOST:
                self._places.append((first, last))
            else:
                self._is_full = True
                return

    def found(self) -> tuple[Place, ...]:
        """The places, in seconds."""
        return tuple(
            Place(round(first / self._rate_hz, 3), round(last / self._rate_hz, 3)) for first, last in self._places
        )
