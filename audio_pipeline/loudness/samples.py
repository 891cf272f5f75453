"""How arrays reach the loops in C: checked, laid out, and never copied without need."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# 120 dB above full scale: the power of anything higher is no number any more, and no sound ever was.
LARGEST_SAMPLE: Final = 1e6


def are_numbers(block: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which samples are numbers that a sound can have: neither NaN, nor infinite, nor absurd."""
    numbers: NDArray[np.bool_] = np.abs(block) <= LARGEST_SAMPLE
    return numbers


def interleaved(block: NDArray[np.floating], channels: int) -> NDArray[np.float32]:
    """`block`, (frames, channels), as the loops take it: float32, frame after frame.

    float32 holds 24 bits: what it rounds off is 150 dB below the sample. Raises `ValueError` for another shape.
    """
    if block.ndim != 2 or block.shape[1] != channels:
        raise ValueError(f"Blocks of {channels} channels are expected, shape (frames, {channels}); not {block.shape}.")
    # What float32 cannot hold becomes infinite, and is reported as that.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.ascontiguousarray(block, np.float32)
