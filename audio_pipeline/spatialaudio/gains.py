"""From the metadata of blocks to loudspeaker gains (ITU-R BS.2127, clause 7.3), for all blocks and layouts at once."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.geometry import FloatArray, cartesian, polar
from audio_pipeline.spatialaudio.layouts import Layout
from audio_pipeline.spatialaudio.panning.extent import ExtentPanner, extent_at_distance
from audio_pipeline.spatialaudio.panning.point_source import design_point_source_panner, unit_directions

_COLUMNS: Final = (
    "azimuth_deg",
    "elevation_deg",
    "distance",
    "width_deg",
    "height_deg",
    "depth",
    "gain",
    "diffuse",
    "divergence",
    "divergence_azimuth_deg",
)


class BlockGains(NamedTuple):
    """Gains of the direct and the diffuse path, (blocks, full-range channels of all layouts) each."""

    direct: FloatArray
    diffuse: FloatArray


def block_gains(objects: Sequence[ObjectBlocks], layouts: Sequence[Layout]) -> BlockGains:
    """The gains that each block reaches; the blocks of all objects one after another, the layouts side by side."""
    metadata = np.stack(
        [np.concatenate([getattr(blocks, column) for blocks in objects]) for column in _COLUMNS], axis=1
    )
    shapes, gain, diffuse = metadata[:, :6], metadata[:, 6:7], metadata[:, 7:8]
    panner = ExtentPanner([design_point_source_panner(layout) for layout in layouts])
    power = _power(panner, shapes)
    diverging = metadata[:, 8] > 0
    if diverging.any():
        power[diverging] = _diverged_power(panner, shapes[diverging], power[diverging], *metadata[diverging, 8:].T)
    gains = np.sqrt(power) * gain
    return BlockGains(direct=gains * np.sqrt(1.0 - diffuse), diffuse=gains * np.sqrt(diffuse))


def _diverged_power(
    panner: ExtentPanner, shapes: FloatArray, own_power: FloatArray, divergence: FloatArray, azimuth_deg: FloatArray
) -> FloatArray:
    """Squared gains of objects of `own_power` that share with a copy to the left and one to the right."""
    left, right = shapes.copy(), shapes.copy()
    left[:, :2] = _turned(shapes, azimuth_deg)
    right[:, :2] = _turned(shapes, -azimuth_deg)
    copies_power = _power(panner, left) + _power(panner, right)
    share = divergence[:, np.newaxis]
    return np.asarray(((1.0 - share) * own_power + share * copies_power) / (1.0 + share))


def _turned(shapes: FloatArray, azimuth_deg: FloatArray) -> FloatArray:
    """Azimuth and elevation, (shapes, 2), of objects turned to the left in their own horizontal plane."""
    right = cartesian(shapes[:, 0] - 90.0, np.zeros(shapes.shape[0]))
    forward = cartesian(shapes[:, 0], shapes[:, 1])
    turn = np.radians(azimuth_deg)[:, np.newaxis]
    turned_azimuth_deg, turned_elevation_deg, _ = polar(np.cos(turn) * forward - np.sin(turn) * right)
    return np.stack([turned_azimuth_deg, turned_elevation_deg], axis=1)


def _power(panner: ExtentPanner, shapes: FloatArray) -> FloatArray:
    """Squared gains, (shapes, channels), for rows of the first six of `_COLUMNS`."""
    power = np.empty((shapes.shape[0], panner.channel_count))
    large = (shapes[:, 2] < 1.0) | (shapes[:, 3:] > 0.0).any(axis=1)
    power[~large] = _shape_power(panner, shapes[~large])
    # Panning a large source costs as much as some hundred points, and resting objects repeat theirs in every block.
    different, number = np.unique(shapes[large], axis=0, return_inverse=True)
    power[large] = _shape_power(panner, different)[number]
    return power


def _shape_power(panner: ExtentPanner, shapes: FloatArray) -> FloatArray:
    """As `_power`, one by one."""
    azimuth_deg, elevation_deg, distance, width_deg, height_deg, depth = shapes.T
    directions = unit_directions(cartesian(azimuth_deg, elevation_deg, distance))

    def power_at(rows: slice | FloatArray, end_distance: FloatArray) -> FloatArray:
        return panner.power(
            directions[rows],
            extent_at_distance(width_deg[rows], end_distance[rows]),
            extent_at_distance(height_deg[rows], end_distance[rows]),
        )

    power = power_at(slice(None), distance + depth / 2)
    # A deep source is half at its far end, half at its near one.
    deep = depth > 0
    if deep.any():
        near_end = np.maximum(distance - depth / 2, 0.0)
        power[deep] = (power[deep] + power_at(deep, near_end)) / 2
    return power
