"""Ambisonics over time: audioBlockFormats of the type HOA (ITU-R BS.2076), one component a column."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from audio_pipeline.spatialaudio.errors import HoaUnsupported, MetadataLengthMismatch
from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.timing import Constant, require_order

Normalisation = Literal["N3D", "SN3D", "FuMa"]

HIGHEST_ORDER: Final = 5
_HIGHEST_FUMA_ORDER: Final = 3


@dataclass(frozen=True, slots=True)
class HoaFormat:
    """The components that are decoded together: order n and degree m of each, −n ≤ m ≤ n, in the order of the tracks.

    Any set will do. `screen_ref` and `nfc_distance_m` are kept as the file has them; the standard has no rule for the
    former and none is applied, and a renderer for loudspeakers at unknown distances leaves the latter alone.
    """

    orders: tuple[int, ...]
    degrees: tuple[int, ...]
    normalisation: Normalisation = "SN3D"
    nfc_distance_m: float | None = None
    screen_ref: bool = False

    def __post_init__(self) -> None:
        highest = _HIGHEST_FUMA_ORDER if self.normalisation == "FuMa" else HIGHEST_ORDER
        components = list(zip(self.orders, self.degrees, strict=False))
        if not components or len(self.orders) != len(self.degrees):
            raise HoaUnsupported(f"there are {len(self.orders)} orders and {len(self.degrees)} degrees")
        if self.normalisation not in ("N3D", "SN3D", "FuMa"):
            raise HoaUnsupported(f"their normalisation is {self.normalisation!r}")
        for order, degree in components:
            if not 0 <= order <= highest:
                raise HoaUnsupported(f"one is of order {order}, and {self.normalisation} goes to {highest} here")
            if abs(degree) > order:
                raise HoaUnsupported(f"one of order {order} has the degree {degree}")
        if len(set(components)) < len(components):
            raise HoaUnsupported("two of them have the same order and degree")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class HoaBlocks(Constant):
    """One component: number `component` (from 0) of its `format`; times are those of `timing`.

    Every component of a group is a column of its own, and all of them carry the same format. `gain` is linear, one a
    block.
    """

    start_samples: FloatArray
    end_samples: FloatArray
    format: HoaFormat
    component: int
    gain: FloatArray

    def __post_init__(self) -> None:
        require_order(self.start_samples, self.end_samples)
        if self.gain.shape != self.start_samples.shape:
            raise MetadataLengthMismatch("gain", self.gain.shape, len(self))
        if not 0 <= self.component < len(self.format.orders):
            raise HoaUnsupported(f"there is no component {self.component} among {len(self.format.orders)}")

    @classmethod
    def group(
        cls, form: HoaFormat, *, start_sample: float = 0.0, end_sample: float = float("inf"), gain: float = 1.0
    ) -> "tuple[HoaBlocks, ...]":
        """A column for each component of `form`, with one block from `start_sample` to `end_sample`."""
        return tuple(
            cls(
                start_samples=np.array([start_sample]),
                end_samples=np.array([end_sample]),
                format=form,
                component=component,
                gain=np.array([gain]),
            )
            for component in range(len(form.orders))
        )
