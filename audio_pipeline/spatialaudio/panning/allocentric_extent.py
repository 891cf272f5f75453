"""The extent panner for objects in a room (ITU-R BS.2127, clause 7.3.11): a crowd of points in a box around the object.

Every sum over the crowd falls apart into one sum along each axis. What the crowd gives is mixed from its inside and
from its touch with the walls; a small object is in part a point.
"""

from typing import Final

import numpy as np

from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.panning.allocentric import allocentric_gains, axis_gains

# Points of the crowd along each axis; half as many upwards where nothing stands below.
_POINTS: Final = 40

# A size as it is written, and how far the crowd reaches for it.
_SIZES: Final = (0.0, 0.2, 0.5, 0.75, 1.0)
_REACHES: Final = (0.0, 0.3, 1.0, 1.8, 2.8)

# Points fade to −130 dB, and what is not louder than that is silent.
_FADED: Final = 6.5
_FADE_REACH: Final = 0.2
_SILENT: Final = 1e-16

# So many objects at a time: their crowds stay in the processor's cache.
_BATCH: Final = 128


def allocentric_extent_gains(places: FloatArray, sizes: FloatArray, loudspeakers: FloatArray) -> FloatArray:
    """Gains, (n, loudspeakers), of unit power or silent, for places and sizes, (n, 3) each, along X, Y and Z."""
    points = allocentric_gains(places, loudspeakers)
    large = np.flatnonzero((sizes != 0.0).any(axis=1))
    for start in range(0, large.size, _BATCH):
        rows = large[start : start + _BATCH]
        points[rows] = _crowd_gains(places[rows], sizes[rows], loudspeakers)
    return points


def _crowd_gains(places: FloatArray, sizes: FloatArray, loudspeakers: FloatArray) -> FloatArray:
    has_lower_layer = np.unique(loudspeakers[:, 2]).size >= 3
    if not has_lower_layer:
        places = np.concatenate([places[:, :2], places[:, 2:].clip(min=0.0)], axis=1)
    upright_points = _POINTS if has_lower_layer else _POINTS // 2
    counts = np.array([_POINTS, _POINTS, upright_points])
    reach = np.maximum(np.interp(sizes, _SIZES, _REACHES), 2.0 / (counts - 1))
    level = np.linspace(-1.0, 1.0, _POINTS)
    upright = np.linspace(-1.0 if has_lower_layer else 0.0, 1.0, upright_points)
    effective = _effective_reach(reach, loudspeakers)
    exponent = np.where(effective <= 0.5, 6.0, 6.0 - 4.0 * (effective - 0.5) / (_REACHES[-1] - 0.5))

    weights = (
        _weights(level, places[:, 0], 2.0 * reach[:, 0]),
        _weights(level, places[:, 1], 2.0 * reach[:, 1]),
        _weights(upright, places[:, 2], reach[:, 2]) * np.cos(upright * (np.pi * 3.0 / 7.0)),
    )
    heard = axis_gains(level, level, upright, loudspeakers)
    # (n, loudspeakers) each: the whole crowd along an axis, its first and its last point.
    whole, first, last = zip(
        *(_sums(gains, weight, exponent) for gains, weight in zip(heard, weights, strict=True)), strict=True
    )
    inside = _unit(whole[0] * whole[1] * whole[2])
    at_walls = (
        (first[0] + last[0]) * whole[1] * whole[2]
        + whole[0] * (first[1] + last[1]) * whole[2]
        + whole[0] * whole[1] * (first[2] + last[2])
    )
    inside_share = _inside_share(places, reach, loudspeakers)[:, np.newaxis]
    crowd = _unit(np.power(at_walls + inside_share * inside, 1.0 / exponent[:, np.newaxis]))
    turn = (np.minimum(effective, _FADE_REACH) / _FADE_REACH * (np.pi / 2))[:, np.newaxis]
    point_share = np.where(effective[:, np.newaxis] < _FADE_REACH, np.cos(turn), 0.0)
    return _unit(point_share * allocentric_gains(places, loudspeakers) + np.sin(turn) * crowd)


def _weights(points: FloatArray, centre: FloatArray, reach: FloatArray) -> FloatArray:
    """(n, points): 1 at each object's centre, faded where its reach ends."""
    apart = 1.5 * (points - centre[:, np.newaxis]) / reach[:, np.newaxis]
    return np.asarray(np.power(10.0, -np.minimum(np.power(apart, 4.0), _FADED)))


def _sums(gains: FloatArray, weights: FloatArray, exponent: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """For gains (loudspeakers, points) and weights (n, points): powers of all points, of the first and of the last."""
    powers = np.power(gains * weights[:, np.newaxis], exponent[:, np.newaxis, np.newaxis])
    whole = powers.sum(axis=2)
    whole[whole < 10.0**-_FADED] = 0.0
    return whole, powers[:, :, 0], powers[:, :, -1]


def _effective_reach(reach: FloatArray, loudspeakers: FloatArray) -> FloatArray:
    """One reach for all axes that the layout has, the largest counting most."""
    if (loudspeakers[:, 1:] == loudspeakers[0, 1:]).all():
        return reach[:, 0]
    if (loudspeakers[:, 2] == loudspeakers[0, 2]).all():
        return np.asarray(np.sort(reach[:, :2], axis=1) @ [1 / 4, 3 / 4])
    return np.asarray(np.sort(reach, axis=1) @ [1 / 9, 2 / 9, 6 / 9])


def _inside_share(places: FloatArray, reach: FloatArray, loudspeakers: FloatArray) -> FloatArray:
    """How much the inside of the crowd counts against the walls, (n,): the less, the nearer a wall is."""
    # A single loudspeaker has no axis, and counts as if it had all.
    axes = int((loudspeakers != loudspeakers[0]).any(axis=0).sum()) or 3
    to_wall = (1.0 - np.abs(places[:, :axes])).min(axis=1).clip(min=0.0)[:, np.newaxis]
    width = 2.0 * reach[:, :axes]
    clear = (to_wall >= width) & (to_wall >= 0.4)
    share = np.where(clear, np.power(np.maximum(width, 0.4), 3.0) / (0.16 * width), to_wall**3 / (2.0 * 0.16))
    # Three axes of each one's cube root, or fewer, taken as many times.
    return np.asarray(np.power(np.prod(share, axis=1), 1.0 / axes))


def _unit(gains: FloatArray) -> FloatArray:
    length = np.linalg.norm(gains, axis=1, keepdims=True)
    return np.asarray(np.divide(gains, length, out=np.zeros_like(gains), where=length > _SILENT))
