"""How arrays reach the loops in C: checked, laid out, and never copied without need."""

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.ctypeslib import ndpointer
from numpy.typing import NDArray

from audio_pipeline.compiled import load


def interleaved(block: NDArray[np.floating], channels: int) -> NDArray[np.float32]:
    """`block`, (frames, channels), as the loops take it: float32, frame after frame.

    float32 holds 24 bits: what it rounds off is 150 dB below the sample. Raises `ValueError` for another shape.
    """
    if block.ndim != 2 or block.shape[1] != channels:
        raise ValueError(f"Blocks of {channels} channels are expected, shape (frames, {channels}); not {block.shape}.")
    # What float32 cannot hold becomes infinite, and is reported as that.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.ascontiguousarray(block, np.float32)


def array_of(kind: type[np.number[Any]]) -> type:
    """The type of an argument that is an array without gaps; any other array is refused before the call."""
    return ndpointer(kind, flags="C_CONTIGUOUS")


def loop(source: Path, name: str, arguments: Sequence[type]) -> Callable[..., Any]:
    """The function `name` of the C file `source`: `int` stands for int64_t, `float` for float; it returns int64_t."""
    function = getattr(load(source), name)
    scalars = {int: ctypes.c_int64, float: ctypes.c_float}
    function.argtypes = [scalars.get(kind, kind) for kind in arguments]
    function.restype = ctypes.c_int64
    return function  # type: ignore[no-any-return] # ctypes knows no more of it
