"""The K-weighted energy of 10 ms hops, streaming: all that loudness is made of."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.loops import ArrayOf, loop
from audio_pipeline.loudness.k_weighting import design_k_weighting
from audio_pipeline.loudness.samples import interleaved

HOPS_PER_S: Final = 100
LANES: Final = 4  # channels that are filtered at once; as in the C file
STATES: Final = 6

_hop_energy = loop(
    Path(__file__).with_suffix(".c"),
    "hop_energy",
    [
        *(ArrayOf(np.float32), int, int, int, ArrayOf(np.int32), ArrayOf(np.float64), ArrayOf(np.float64)),
        *(ArrayOf(np.float64), ArrayOf(np.float64), int, int, ArrayOf(np.float64)),
    ],
)


class HopEnergy:
    """Weighted mean squares of 10 ms hops. `weights` holds the G of each channel; those of weight 0 cost nothing.

    The result does not depend on how the sound is cut into blocks. Memory is 800 bytes for each second that has passed.
    """

    def __init__(self, sample_rate_hz: int, weights: Sequence[float]) -> None:
        heard = np.flatnonzero(weights)
        self._groups = -(-len(heard) // LANES)
        # Lanes that are left over listen to the first channel, and weigh nothing.
        self._at = np.zeros(self._groups * LANES, np.int32)
        self._at[: len(heard)] = heard
        self._weights = np.zeros(self._groups * LANES)
        self._weights[: len(heard)] = np.asarray(weights, np.float64)[heard]
        self._sections = design_k_weighting(sample_rate_hz)
        self._state = np.zeros((self._groups, STATES, LANES))
        self._energy = np.zeros((self._groups, LANES))
        self._sample_rate_hz = sample_rate_hz
        self._channels = len(weights)
        self._frames = 0
        self._hops: list[NDArray[np.float64]] = []

    def process(self, block: NDArray[np.floating]) -> None:
        """Take the next frames, shape (frames, channels)."""
        samples = interleaved(block, self._channels)
        complete = np.zeros(len(samples) * HOPS_PER_S // self._sample_rate_hz + 1)
        written = _hop_energy(
            *(samples, len(samples), self._channels, self._groups, self._at, self._weights, self._sections),
            *(self._state, self._energy, self._sample_rate_hz, self._frames, complete),
        )
        self._frames += len(samples)
        self._hops.append(complete[:written])

    @property
    def hops(self) -> NDArray[np.float64]:
        """The mean square of every complete hop so far."""
        return np.concatenate(self._hops) if self._hops else np.zeros(0)
