"""How arrays reach the loops in C: checked, laid out, and never copied without need."""

import numpy as np
from numpy.typing import NDArray


def interleaved(block: NDArray[np.floating], channels: int) -> NDArray[np.float32]:
    """`block`, (frames, channels), as the loops take it: float32, frame after frame.

    float32 holds 24 bits: what it rounds off is 150 dB below the sample. Raises `ValueError` for another shape.
    """
    if block.ndim != 2 or block.shape[1] != channels:
        raise ValueError(f"Blocks of {channels} channels are expected, shape (frames, {channels}); not {block.shape}.")
    # What float32 cannot hold becomes infinite, and is reported as that.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.ascontiguousarray(block, np.float32)
