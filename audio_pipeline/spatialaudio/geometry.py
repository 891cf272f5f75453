"""Directions after ITU-R BS.2076: polar in degrees, Cartesian with X to the right, Y to the front, Z up.

Azimuth is 0 in front and positive to the **left**; elevation is positive up; distance 1 is the sphere on which the
loudspeakers stand.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]
BoolArray: TypeAlias = NDArray[np.bool_]


def cartesian(azimuth_deg: ArrayLike, elevation_deg: ArrayLike, distance: ArrayLike = 1.0) -> FloatArray:
    """Polar to Cartesian. The arguments are broadcast; the result has one more axis, of length 3, at its end."""
    azimuth_rad, elevation_rad = np.radians(azimuth_deg), np.radians(elevation_deg)
    position = np.stack(
        np.broadcast_arrays(
            -np.sin(azimuth_rad) * np.cos(elevation_rad),
            np.cos(azimuth_rad) * np.cos(elevation_rad),
            np.sin(elevation_rad),
        ),
        axis=-1,
    )
    return np.asarray(np.asarray(distance, dtype=np.float64)[..., np.newaxis] * position, dtype=np.float64)


def polar(position: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cartesian, (…, 3), to azimuth_deg, elevation_deg and distance. At the origin and the poles azimuth is 0."""
    x, y, z = np.moveaxis(np.asarray(position, dtype=np.float64), -1, 0)
    horizontal = np.hypot(x, y)
    # Without this, the sine of a rounded 180° would give the poles an azimuth out of nothing.
    at_pole = horizontal <= 1e-12 * np.abs(z)
    azimuth_deg = np.where(at_pole, 0.0, np.degrees(-np.arctan2(x, y)))
    return azimuth_deg, np.degrees(np.arctan2(z, horizontal)), np.hypot(horizontal, z)


def is_turned_into(azimuths_deg: FloatArray, first_deg: float, last_deg: float, tolerance_deg: float) -> BoolArray:
    """Whether azimuths lie on the way from `first_deg` to the left until `last_deg`; a full turn holds all."""
    way_deg = (last_deg - first_deg) % 360.0
    if way_deg == 0.0 and last_deg > first_deg:
        way_deg = 360.0
    from_first_deg = (azimuths_deg - first_deg + tolerance_deg) % 360.0
    return np.asarray(from_first_deg <= way_deg + 2 * tolerance_deg)
