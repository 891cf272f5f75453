"""What composing needs to know of a stem's sound: levels, panning, how much is in the sides. Streaming and pure."""

import math
from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

# Below this the sides are rounding, not sound: L and R are one signal.
SAME_SIGNAL_DB = -110.0


class StemFeatures(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over a stem's whole length. A mono stem sounds from both loudspeakers alike: L = R = x.

    `side_energy` is Σ((L−R)/2)², summed as such: the difference of nearly equal sums would lose it.
    """

    channels: int
    frames: int
    left_energy: float
    right_energy: float
    cross_energy: float
    side_energy: float

    @property
    def silent(self) -> bool:
        """Not one sample differs from zero."""
        return self.left_energy == 0.0 == self.right_energy

    @property
    def mid_energy(self) -> float:
        """Σ((L+R)/2)²."""
        return max(0.0, (self.left_energy + self.right_energy + 2.0 * self.cross_energy) / 4.0)

    @property
    def side_to_mid(self) -> float:
        """Energy ratio of side to mid; 0 for silence, infinite where there is no mid."""
        if self.side_energy == 0.0:
            return 0.0
        return self.side_energy / self.mid_energy if self.mid_energy > 0.0 else math.inf

    @property
    def side_to_mid_db(self) -> float:
        """`side_to_mid` in dB; −∞ where there is no side."""
        ratio = self.side_to_mid
        return 10.0 * math.log10(ratio) if ratio > 0.0 else -math.inf

    @property
    def same_signal(self) -> bool:
        """L and R are one signal at one level."""
        return self.side_to_mid_db <= SAME_SIGNAL_DB

    @property
    def pan(self) -> float:
        """(L−R)/(L+R) of the RMS levels: 1 is all left, −1 all right, 0 also for silence."""
        left, right = math.sqrt(self.left_energy), math.sqrt(self.right_energy)
        return (left - right) / (left + right) if left + right > 0.0 else 0.0

    @property
    def correlation(self) -> float:
        """Normalised correlation of L and R at lag 0, −1 to 1; 0 where one is silent."""
        product = math.sqrt(self.left_energy * self.right_energy)
        return max(-1.0, min(1.0, self.cross_energy / product)) if product > 0.0 else 0.0


def measure_stem(blocks: Iterable[NDArray[np.float32]], channels: int) -> StemFeatures:
    """The features of a stem given as arrays of shape (frames, channels), `channels` 1 or 2."""
    frames = 0
    left_energy = right_energy = cross_energy = side_energy = 0.0
    for block in blocks:
        samples = block.astype(np.float64)
        left, right = samples[:, 0], samples[:, channels - 1]
        frames += len(samples)
        # What is not finite shows in the energies; whoever asks judges it.
        with np.errstate(invalid="ignore"):
            side = (left - right) / 2.0
            left_energy += float(left @ left)
            right_energy += float(right @ right)
            cross_energy += float(left @ right)
            side_energy += float(side @ side)
    return StemFeatures(
        channels=channels,
        frames=frames,
        left_energy=left_energy,
        right_energy=right_energy,
        cross_energy=cross_energy,
        side_energy=side_energy,
    )
