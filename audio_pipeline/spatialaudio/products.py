"""Matrix products that stay on one thread.

OpenBLAS shares a product out to threads when rows · columns · depth exceeds 2^18. For the flat products of a renderer
the threads then wait for each other many times longer than they compute (10 × measured), and the result depends on
their number. Cut into smaller ones, a product runs at nearly full speed on the thread that asked for it.
"""

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

_LARGEST_PRODUCT: Final = 2**18

Number = TypeVar("Number", np.float32, np.float64)


def product(left: NDArray[Number], right: NDArray[Number], out: NDArray[Number]) -> None:
    """Write left @ right, (rows, depth) @ (depth, columns), to `out`, (rows, columns)."""
    rows = max(_LARGEST_PRODUCT // right.size, 1)
    for start in range(0, left.shape[0], rows):
        np.matmul(left[start : start + rows], right, out=out[start : start + rows])
