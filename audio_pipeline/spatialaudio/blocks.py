"""The metadata of one object over time: audioBlockFormats of ITU-R BS.2076 as columns.

A block holds what an object reaches by the end of its interpolation. Where a block follows its predecessor without a
gap, the loudspeaker gains (not the angles) move in a straight line from the predecessor's gains to its own: over the
whole block, or over `interpolation_samples` where `jump_position` is set (0 is a jump). The first block, and one after
a gap, is constant from its start. Before the first block, in gaps and after the last block the object is silent
(BS.2127, clause 7.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from audio_pipeline.spatialaudio.errors import InterpolationTooLong, MetadataLengthMismatch, ValueOutOfRange
from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.screens import DEFAULT_SCREEN, Screen
from audio_pipeline.spatialaudio.timing import require_order
from audio_pipeline.spatialaudio.zones import Zone

_LARGEST: Final = float(np.finfo(np.float64).max)

# What each column may hold. Azimuth is unbounded because a turn more points to the same direction.
_RANGES: Final = {
    "start_samples": (0.0, _LARGEST),
    "azimuth_deg": (-_LARGEST, _LARGEST),
    "elevation_deg": (-90.0, 90.0),
    "distance": (0.0, _LARGEST),
    "width_deg": (0.0, 360.0),
    "height_deg": (0.0, 360.0),
    "depth": (0.0, _LARGEST),
    "gain": (-_LARGEST, _LARGEST),
    "diffuse": (0.0, 1.0),
    "interpolation_samples": (0.0, _LARGEST),
    "divergence": (0.0, 1.0),
    "divergence_azimuth_deg": (0.0, 180.0),
    "x": (-_LARGEST, _LARGEST),
    "y": (-_LARGEST, _LARGEST),
    "z": (-_LARGEST, _LARGEST),
    "room_width": (0.0, _LARGEST),
    "room_height": (0.0, _LARGEST),
    "room_depth": (0.0, _LARGEST),
    "divergence_x": (0.0, 1.0),
    "lock_distance": (0.0, float("inf")),
    "horizontal_edge": (-1.0, 1.0),
    "vertical_edge": (-1.0, 1.0),
}


# The last fields, which are no arrays.
_NO_COLUMNS: Final = ("zones", "reference_screen")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ObjectBlocks:
    """One object's blocks in order of time; every field but the last two is an array of shape (blocks,).

    Times are in samples and may have a fraction, as ADM's decimal times do: sample n belongs to a block where
    start ≤ n < end. They should come from exact arithmetic (`Fraction`), for a rounding error in a whole number
    moves a boundary by one sample. `end_samples` may be infinite where there is one block only.

    Where a block is and how large: azimuth in degrees, 0 in front, positive to the **left**; elevation in degrees,
    positive up; distance 1 is the sphere of the loudspeakers. Where `cartesian` is set, these do not count, but `x` (to
    the right), `y` (to the front) and `z` (up) in a room that reaches from −1 to 1, and its sizes of the same unit.

    `gain` is linear; `interpolation_samples` counts only where `jump_position` is set. `divergence` moves power from
    the object to two copies, `divergence_azimuth_deg` (in a room `divergence_x`) to its left and right: none at 0, a
    third to each at 0.5, all of it at 1. `channel_lock` moves the object to the nearest loudspeaker, where one is
    within `lock_distance`. `screen_ref` moves it with the picture, from `reference_screen` to the screen of the layout;
    `horizontal_edge` (1 left, −1 right) and `vertical_edge` (1 top, −1 bottom) to the edges of that screen. No
    loudspeaker in one of a block's `zones` plays it; `zones` holds those of each block, or is empty.

    `ObjectBlocks.of` makes one from lists and single values.
    """

    start_samples: FloatArray
    end_samples: FloatArray
    azimuth_deg: FloatArray
    elevation_deg: FloatArray
    distance: FloatArray
    width_deg: FloatArray
    height_deg: FloatArray
    depth: FloatArray
    gain: FloatArray
    diffuse: FloatArray
    jump_position: NDArray[np.bool_]
    interpolation_samples: FloatArray
    divergence: FloatArray
    divergence_azimuth_deg: FloatArray
    cartesian: NDArray[np.bool_]
    x: FloatArray
    y: FloatArray
    z: FloatArray
    room_width: FloatArray
    room_height: FloatArray
    room_depth: FloatArray
    divergence_x: FloatArray
    channel_lock: NDArray[np.bool_]
    lock_distance: FloatArray
    screen_ref: NDArray[np.bool_]
    horizontal_edge: FloatArray
    vertical_edge: FloatArray
    zones: tuple[tuple[Zone, ...], ...]
    reference_screen: Screen

    def __post_init__(self) -> None:
        blocks = len(self)
        if len(self.zones) not in (0, blocks):
            raise MetadataLengthMismatch("zones", (len(self.zones),), blocks)
        for field in self.__slots__[: -len(_NO_COLUMNS)]:
            column: NDArray[np.generic] = getattr(self, field)
            if column.shape != (blocks,):
                raise MetadataLengthMismatch(field, column.shape, blocks)
        for field, (lowest, highest) in _RANGES.items():
            values: FloatArray = getattr(self, field)
            outside = np.flatnonzero(~((values >= lowest) & (values <= highest)))
            if outside.size:
                raise ValueOutOfRange(field, int(outside[0]), float(values[outside[0]]), lowest, highest)
        self._refuse_bad_times()

    def _refuse_bad_times(self) -> None:
        start, end = self.start_samples, self.end_samples
        require_order(start, end)
        # The slack is for lengths that were rounded on their own; the interpolation then ends with the block.
        too_long = self.jump_position & (self.interpolation_samples > end - start + 0.5)
        if too_long.any():
            block = int(np.argmax(too_long))
            length = float(end[block] - start[block])
            raise InterpolationTooLong(block, float(self.interpolation_samples[block]), length)

    def __len__(self) -> int:
        """Number of blocks."""
        return self.start_samples.size

    @classmethod
    def of(
        cls,
        *,
        start_samples: ArrayLike,
        end_samples: ArrayLike,
        azimuth_deg: ArrayLike = 0.0,
        elevation_deg: ArrayLike = 0.0,
        distance: ArrayLike = 1.0,
        width_deg: ArrayLike = 0.0,
        height_deg: ArrayLike = 0.0,
        depth: ArrayLike = 0.0,
        gain: ArrayLike = 1.0,
        diffuse: ArrayLike = 0.0,
        jump_position: ArrayLike = False,
        interpolation_samples: ArrayLike = 0.0,
        divergence: ArrayLike = 0.0,
        divergence_azimuth_deg: ArrayLike = 0.0,
        cartesian: ArrayLike = False,
        x: ArrayLike = 0.0,
        y: ArrayLike = 0.0,
        z: ArrayLike = 0.0,
        room_width: ArrayLike = 0.0,
        room_height: ArrayLike = 0.0,
        room_depth: ArrayLike = 0.0,
        divergence_x: ArrayLike = 0.0,
        channel_lock: ArrayLike = False,
        lock_distance: ArrayLike = np.inf,
        screen_ref: ArrayLike = False,
        horizontal_edge: ArrayLike = 0.0,
        vertical_edge: ArrayLike = 0.0,
        zones: Sequence[tuple[Zone, ...]] = (),
        reference_screen: Screen = DEFAULT_SCREEN,
    ) -> "ObjectBlocks":
        """Make blocks from arrays, lists or single values; a single value holds for every block.

        The number of blocks is that of `start_samples`. Raises a `SpatialAudioError` that names the field and block.
        """
        start = np.atleast_1d(np.array(start_samples, dtype=np.float64))

        def column(field: str, value: ArrayLike) -> FloatArray:
            values = np.asarray(value, dtype=np.float64)
            try:
                each = np.broadcast_to(values, start.shape)
            except ValueError:
                raise MetadataLengthMismatch(field, values.shape, start.size) from None
            # Most columns say one thing in all blocks; a long song has many blocks, and one value is enough for that.
            is_constant = each.size > 0 and bool((each == each[0]).all())
            return np.broadcast_to(each[0].copy(), start.shape) if is_constant else each.copy()

        return cls(
            start_samples=start,
            end_samples=column("end_samples", end_samples),
            azimuth_deg=column("azimuth_deg", azimuth_deg),
            elevation_deg=column("elevation_deg", elevation_deg),
            distance=column("distance", distance),
            width_deg=column("width_deg", width_deg),
            height_deg=column("height_deg", height_deg),
            depth=column("depth", depth),
            gain=column("gain", gain),
            diffuse=column("diffuse", diffuse),
            jump_position=column("jump_position", jump_position) != 0.0,
            interpolation_samples=column("interpolation_samples", interpolation_samples),
            divergence=column("divergence", divergence),
            divergence_azimuth_deg=column("divergence_azimuth_deg", divergence_azimuth_deg),
            cartesian=column("cartesian", cartesian) != 0.0,
            x=column("x", x),
            y=column("y", y),
            z=column("z", z),
            room_width=column("room_width", room_width),
            room_height=column("room_height", room_height),
            room_depth=column("room_depth", room_depth),
            divergence_x=column("divergence_x", divergence_x),
            channel_lock=column("channel_lock", channel_lock) != 0.0,
            lock_distance=column("lock_distance", lock_distance),
            screen_ref=column("screen_ref", screen_ref) != 0.0,
            horizontal_edge=column("horizontal_edge", horizontal_edge),
            vertical_edge=column("vertical_edge", vertical_edge),
            zones=tuple(zones),
            reference_screen=reference_screen,
        )
