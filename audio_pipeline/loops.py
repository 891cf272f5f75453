"""How Python calls the loops in C: by their names, with arrays that are laid out as they want them."""

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.compiled import load


class ArrayOf:
    """The type of an argument that is an array of one kind without gaps; any other array is refused before the call.

    `numpy.ctypeslib.ndpointer` says the same, four times slower, and leaves garbage that waits for a collection.
    """

    def __init__(self, kind: type[np.number[Any]]) -> None:
        self._dtype = np.dtype(kind)

    def from_param(self, array: NDArray[Any]) -> object:
        """What `ctypes` hands over for `array`. Raises `TypeError`, which `ctypes` turns into its `ArgumentError`."""
        if array.dtype != self._dtype or not array.flags.c_contiguous:
            raise TypeError(f"wanted {self._dtype} without gaps, not {array.dtype} with strides {array.strides}")
        if array.flags.writeable and array.size:
            return ctypes.byref(ctypes.c_char.from_buffer(array.data))
        return ctypes.c_void_p(array.__array_interface__["data"][0])


def loop(source: Path, name: str, arguments: Sequence[type | ArrayOf]) -> Callable[..., Any]:
    """The function `name` of the C file `source`: `int` stands for int64_t, `float` for float; it returns int64_t."""
    function = getattr(load(source), name)
    scalars: dict[Any, Any] = {int: ctypes.c_int64, float: ctypes.c_float}
    function.argtypes = [scalars.get(kind, kind) for kind in arguments]
    function.restype = ctypes.c_int64
    return function  # type: ignore[no-any-return] # ctypes knows no more of it
