"""The extent panner of ITU-R BS.2127, clause 6.2.1: objects with a width, a height or little distance.

A wide source is a crowd of point sources, spread evenly over the sphere and weighted by whether they lie inside its
shape. The weights know nothing of loudspeakers, so several layouts share them.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from audio_pipeline.spatialaudio.geometry import FloatArray, cartesian, polar
from audio_pipeline.spatialaudio.panning.point_source import PointSourcePanner
from audio_pipeline.spatialaudio.panning.regions import unit_power
from audio_pipeline.spatialaudio.products import product

# Rings of point sources from pole to pole, 5° apart, as are the points on the equator.
_RINGS: Final = 37

# Outside of the shape the weight falls from one to zero over this angle; a smaller source is in part a point.
_FADE_DEG: Final = 10.0
_FADE_RAD: Final = float(np.radians(_FADE_DEG))

# Nearer to a pole than this, an azimuth means nothing and counts as 0.
_POLE_TOLERANCE_DEG: Final = 1e-5

# Tangent of the smallest and largest half-angle that a source's size is taken for when its distance changes.
_SIZE_RANGE: Final = (0.2, 1.0)

# So many sources are weighted at a time: their weights stay in the processor's cache.
_BATCH: Final = 32


class ExtentPanner:
    """Pans sources of any size to the loudspeakers of several point-source panners side by side."""

    def __init__(self, panners: Sequence[PointSourcePanner]) -> None:
        self._panners = tuple(panners)
        edges = np.cumsum([0, *(panner.channel_count for panner in self._panners)]).tolist()
        self._columns = [slice(first, stop) for first, stop in pairwise(edges)]
        self.channel_count: Final = int(edges[-1])
        self._crowd = evenly_spread_directions()
        self._crowd_gains = self._point_gains(self._crowd)

    def power(self, directions: FloatArray, width_deg: FloatArray, height_deg: FloatArray) -> FloatArray:
        """Squared gains, (n, channels of all panners), for unit vectors (n, 3) and sizes in degrees, (n,)."""
        power: FloatArray = np.square(self._point_gains(directions))
        spread_share = np.clip(np.maximum(width_deg, height_deg) / _FADE_DEG, 0.0, 1.0)
        spread = np.flatnonzero(spread_share > 1e-10)
        for start in range(0, spread.size, _BATCH):
            rows = spread[start : start + _BATCH]
            share = spread_share[rows, np.newaxis]
            power[rows] *= 1.0 - share
            power[rows] += share * self._spread_power(directions[rows], width_deg[rows], height_deg[rows])
        return power

    def _point_gains(self, directions: FloatArray) -> FloatArray:
        return np.concatenate([panner.gains(directions) for panner in self._panners], axis=1)

    def _spread_power(self, directions: FloatArray, width_deg: FloatArray, height_deg: FloatArray) -> FloatArray:
        smallest_deg = _FADE_DEG / 2
        weights = crowd_weights(
            self._crowd, directions, np.maximum(width_deg, smallest_deg), np.maximum(height_deg, smallest_deg)
        )
        gains = np.empty((directions.shape[0], self.channel_count))
        product(weights, self._crowd_gains, out=gains)
        for columns in self._columns:
            gains[:, columns] = unit_power(gains[:, columns])
        power: FloatArray = np.square(gains)
        return power


def extent_at_distance(extent_deg: FloatArray, distance: FloatArray) -> FloatArray:
    """How large a source looks from `distance`, when it is `extent_deg` large at distance 1 (BS.2127, clause 7.3.8).

    The nearer the larger, up to 360° at the origin, for a point too; farther away the smaller.
    """
    size = np.interp(extent_deg, [0.0, 360.0], _SIZE_RANGE)
    angle_deg = 4 * np.degrees(np.arctan2(size, distance))
    angle_at_1_deg = 4 * np.degrees(np.arctan(size))
    nearer = extent_deg + (360.0 - extent_deg) * (angle_deg - angle_at_1_deg) / (360.0 - angle_at_1_deg)
    farther = extent_deg * angle_deg / angle_at_1_deg
    return np.asarray(np.where(angle_deg > angle_at_1_deg, nearer, farther), dtype=np.float64)


def evenly_spread_directions() -> FloatArray:
    """The crowd of point sources, (n, 3): rings of equal spacing, each with as many points as its length asks for."""
    elevations_deg = np.linspace(-90.0, 90.0, _RINGS)
    rings = []
    for elevation_deg in elevations_deg:
        points = max(round(2 * (_RINGS - 1) * float(np.cos(np.radians(elevation_deg)))), 1)
        rings.append(cartesian(np.linspace(0.0, 360.0, points, endpoint=False), elevation_deg))
    return np.concatenate(rings)


def crowd_weights(
    crowd: FloatArray, directions: FloatArray, width_deg: FloatArray, height_deg: FloatArray
) -> FloatArray:
    """Weights, (n, crowd), of the point sources: 1 inside of each source's shape, fading to 0 outside.

    The shape is a rectangle in azimuth and elevation around the source, its corners rounded as far as they go. A tall
    source is a wide one turned by 90°.
    """
    right, forward, up = _axes_towards(directions)
    tall = (height_deg > width_deg)[:, np.newaxis]
    right, up = np.where(tall, up, right), np.where(tall, right, up)
    long_rad = np.radians(np.maximum(width_deg, height_deg)) / 2
    radius = np.radians(np.minimum(width_deg, height_deg)) / 2
    # The shape is a straight band between the centres of two circles, that far to the sides.
    circle_azimuth = (_joined_behind(long_rad, radius) - radius)[:, np.newaxis]

    x, y, z = right @ crowd.T, forward @ crowd.T, up @ crowd.T
    level = np.sqrt(np.clip(1.0 - z * z, 0.0, 1.0))
    cos_azimuth = np.cos(circle_azimuth)
    beside_band = y >= cos_azimuth * level
    # Cosine of the angle to the middle of the band, or to the nearer circle's centre.
    cosine = np.where(beside_band, level, np.sin(circle_azimuth) * np.abs(x) + cos_azimuth * y)

    weights = (cosine >= np.cos(radius)[:, np.newaxis]).astype(np.float64)
    fade_end = np.cos(np.minimum(radius + _FADE_RAD, np.pi))[:, np.newaxis]
    # Few points lie in the fade; only they need their angle.
    source, point = np.nonzero((weights == 0) & (cosine >= fade_end))
    angle = np.arccos(np.clip(cosine[source, point], -1.0, 1.0))
    weights[source, point] = np.clip(1.0 - (angle - radius[source]) / _FADE_RAD, 0.0, 1.0)
    return weights


def _axes_towards(directions: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit vectors to the right of, along and above each direction, (n, 3) each."""
    azimuth_deg, elevation_deg, _ = polar(directions)
    azimuth_deg = np.where(np.abs(elevation_deg) > 90.0 - _POLE_TOLERANCE_DEG, 0.0, azimuth_deg)
    return (
        cartesian(azimuth_deg - 90.0, np.zeros_like(elevation_deg)),
        cartesian(azimuth_deg, elevation_deg),
        cartesian(azimuth_deg, elevation_deg + 90.0),
    )


def _joined_behind(long_rad: FloatArray, radius: FloatArray) -> FloatArray:
    """Stretch the half-width of flat shapes wider than a half circle, so that at 360° their ends meet."""
    half_circle = np.pi / 2
    stretched = np.where(
        long_rad <= half_circle,
        long_rad,
        half_circle + (long_rad - half_circle) * (half_circle + radius) / half_circle,
    )
    # In full for radii up to 45°, fading out towards 90°.
    kept = np.clip((radius - np.pi / 4) / (np.pi / 4), 0.0, 1.0)
    return stretched + kept * (long_rad - stretched)
