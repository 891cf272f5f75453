"""What a 360-compatible master says of an object, and what it cannot say.

Its blocks are polar: places in a room become what a listener sees of them (BS.2127, clause 10). What its form has no
field for is left out and named, so that nobody has to find out by listening.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.geometry import FloatArray, polar
from audio_pipeline.spatialaudio.room_coordinates import from_room_with_size

# A boundary this near to a whole sample comes from arithmetic, not from the file.
_NEAR_SAMPLES: Final = 1e-6


def polar_blocks(blocks: ObjectBlocks) -> ObjectBlocks:
    """`blocks` with polar positions only."""
    size: FloatArray = np.stack([blocks.width_deg, blocks.height_deg, blocks.depth], axis=1)
    position: FloatArray = np.stack([blocks.azimuth_deg, blocks.elevation_deg, blocks.distance], axis=1)
    rows = blocks.cartesian
    if rows.any():
        places = np.stack([blocks.x, blocks.y, blocks.z], axis=1)[rows]
        room_size = np.stack([blocks.room_width, blocks.room_height, blocks.room_depth], axis=1)[rows]
        seen, size[rows] = from_room_with_size(places, room_size)
        position[rows] = np.stack(polar(seen), axis=1)
    return replace(
        blocks,
        azimuth_deg=position[:, 0],
        elevation_deg=position[:, 1],
        distance=position[:, 2],
        width_deg=size[:, 0],
        height_deg=size[:, 1],
        depth=size[:, 2],
        cartesian=np.zeros_like(rows),
    )


def not_carried(name: str, blocks: ObjectBlocks) -> tuple[str, ...]:
    """What a master leaves out or changes of the object `name`, a sentence each; nothing for what it carries."""
    return tuple(
        f"Track {name!r}: {what} ({int(rows.sum())} of {len(blocks)} blocks)"
        for what, rows in _losses(blocks)
        if rows.any()
    )


def _losses(blocks: ObjectBlocks) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    polar_rows = ~blocks.cartesian
    yield "places in a room became directions", blocks.cartesian
    yield "divergence is left out", blocks.divergence != 0
    yield "channel lock is left out", blocks.channel_lock
    yield "the reference to the screen is left out", blocks.screen_ref
    yield "the lock to edges of the screen is left out", (blocks.horizontal_edge != 0) | (blocks.vertical_edge != 0)
    if blocks.zones:
        yield "excluded zones are left out", np.array([bool(zones) for zones in blocks.zones])
    yield "a distance beyond the sphere became 1", polar_rows & (blocks.distance > 1)
    yield "a depth above 1 became 1", polar_rows & (blocks.depth > 1)
    yield "times between two samples moved to the nearer one", _between_samples(blocks)


def _between_samples(blocks: ObjectBlocks) -> NDArray[np.bool_]:
    end = np.where(np.isinf(blocks.end_samples), 0.0, blocks.end_samples)
    movement = np.where(blocks.jump_position, blocks.interpolation_samples, 0.0)
    times = np.stack([blocks.start_samples, end, movement])
    between: NDArray[np.bool_] = (np.abs(times - np.round(times)) > _NEAR_SAMPLES).any(axis=0)
    return between
