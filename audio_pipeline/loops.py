"""How Python calls the loops in C: by their names, with arrays that are laid out as they want them."""

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.ctypeslib import ndpointer

from audio_pipeline.compiled import load


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
