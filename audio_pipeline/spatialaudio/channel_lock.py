"""Channel lock: objects that jump to the nearest loudspeaker (ITU-R BS.2127, clause 7.3.6)."""

from typing import Final

import numpy as np

from audio_pipeline.spatialaudio.geometry import BoolArray, FloatArray
from audio_pipeline.spatialaudio.layouts import Layout

_TOLERANCE: Final = 1e-5

# In a room a loudspeaker of another layer is far, one farther to the side near.
ROOM_WEIGHTS: Final = np.array([1 / 16, 4.0, 32.0])


def lock_to_channels(
    positions: FloatArray,
    within: FloatArray,
    channels: FloatArray,
    layout: Layout,
    excluded: BoolArray,
    weights: FloatArray | float = 1.0,
) -> FloatArray:
    """Positions, (n, 3), moved to the nearest of `channels`, (channels, 3), or left where none is `within`, (n,).

    `excluded`, (n, channels), are not considered. `weights` of the squares of X, Y and Z say what is near.
    """
    apart = np.square(positions[:, np.newaxis] - channels)
    possible = ~excluded & (np.sqrt(apart.sum(axis=2)) < within[:, np.newaxis] + _TOLERANCE)
    distances = np.where(possible, np.sqrt((apart * weights).sum(axis=2)), np.inf)
    equally_near = possible & (distances < distances.min(axis=1, keepdims=True) + _TOLERANCE)
    chosen = np.where(equally_near, _order(layout), channels.shape[0]).argmin(axis=1)
    return np.where(possible.any(axis=1)[:, np.newaxis], channels[chosen], positions)


def _order(layout: Layout) -> FloatArray:
    """Which of equally near channels is taken, the lowest number first: by height, then lower, front, right."""
    azimuths_deg = np.array([loudspeaker.azimuth_deg for loudspeaker in layout.loudspeakers])
    elevations_deg = np.array([loudspeaker.elevation_deg for loudspeaker in layout.loudspeakers])
    first_to_last = np.lexsort((azimuths_deg, np.abs(azimuths_deg), elevations_deg, np.abs(elevations_deg)))
    return np.argsort(first_to_last).astype(np.float64)
