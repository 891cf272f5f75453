"""Zone exclusion: parts of the room whose loudspeakers stay out of it (ITU-R BS.2127, clause 7.3.12).

Whether a loudspeaker is in a zone is judged by its nominal position. In polar mode the object is panned as if nothing
were excluded, and what would have come from an excluded loudspeaker comes from the best others instead.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.spatialaudio.geometry import FloatArray, is_turned_into
from audio_pipeline.spatialaudio.layouts import Layout

_TOLERANCE: Final = 1e-6

# What counts as bottom, middle, upper layer and top, by elevation; and the order in which layers stand in for each.
_LAYER_EDGES_DEG: Final = (-10.0, 10.0, 75.0)
_LAYER_ORDER: Final = np.array([[0, 1, 2, 3], [3, 0, 1, 2], [3, 2, 0, 1], [3, 2, 1, 0]])


@dataclass(frozen=True, slots=True)
class PolarZone:
    """From the azimuth `first_deg` to the left until `last_deg`, between two elevations; all in degrees."""

    first_deg: float
    last_deg: float
    lowest_deg: float
    highest_deg: float


@dataclass(frozen=True, slots=True)
class CartesianZone:
    """A box: what the unit vector to a loudspeaker may be at least and at most, X right, Y front, Z up."""

    least: tuple[float, float, float]
    most: tuple[float, float, float]


Zone = PolarZone | CartesianZone


def excluded_channels(zones: tuple[Zone, ...], layout: Layout) -> NDArray[np.bool_]:
    """For each channel of `layout`, (channels,), whether it stands in one of `zones`."""
    nominal = layout.nominal
    azimuths_deg = np.array([loudspeaker.azimuth_deg for loudspeaker in nominal.loudspeakers])
    elevations_deg = np.array([loudspeaker.elevation_deg for loudspeaker in nominal.loudspeakers])
    excluded = np.zeros(layout.channel_count, dtype=bool)
    for zone in zones:
        if isinstance(zone, CartesianZone):
            above = nominal.positions > np.array(zone.least) - _TOLERANCE
            below = nominal.positions < np.array(zone.most) + _TOLERANCE
            excluded |= (above & below).all(axis=1)
        else:
            at_height = (elevations_deg > zone.lowest_deg - _TOLERANCE) & (
                elevations_deg < zone.highest_deg + _TOLERANCE
            )
            # Straight above or below, a loudspeaker has every azimuth.
            at_pole = np.abs(elevations_deg) > 90.0 - _TOLERANCE
            excluded |= at_height & (at_pole | is_turned_into(azimuths_deg, zone.first_deg, zone.last_deg, _TOLERANCE))
    return excluded


def excluded_in_room(excluded: NDArray[np.bool_], places: FloatArray) -> NDArray[np.bool_]:
    """The same for the allocentric panner, (channels,): whole rows go, so that every row keeps both its ends.

    Nothing is excluded where nothing would be left.
    """
    rows = places[excluded & (np.abs(places[:, 0]) == 1.0) & (np.abs(places[:, 1]) != 1.0)]
    whole = excluded | (places[:, np.newaxis, 1:] == rows[np.newaxis, :, 1:]).all(axis=2).any(axis=1)
    return np.zeros_like(excluded) if whole.all() else whole


def spread_from_excluded(excluded: NDArray[np.bool_], layout: Layout) -> FloatArray:
    """Shares of power, (from channels, to channels): those of an excluded one go to the best that are left."""
    count = layout.channel_count
    if excluded.all() or not excluded.any():
        return np.eye(count)
    shares = np.zeros((count, count))
    for channel, ranks in enumerate(_ranks(layout)):
        best = (ranks == ranks[~excluded].min()) & ~excluded
        shares[channel, best] = 1.0 / np.count_nonzero(best)
    return shares


@cache
def _ranks(layout: Layout) -> NDArray[np.intp]:
    """For each channel how well others stand in for it, (channels, channels); itself is 0, equally good ones share.

    First by layer, up before down; then those on the same side of front and back; the nearer ones; those less far to
    the front or back.
    """
    nominal = layout.nominal
    positions = nominal.positions
    elevations_deg = np.array([loudspeaker.elevation_deg for loudspeaker in nominal.loudspeakers])
    layer = np.searchsorted(_LAYER_EDGES_DEG, elevations_deg, side="right")
    front_back = np.where(np.abs(positions[:, 1]) > _TOLERANCE, np.sign(positions[:, 1]), 0.0)
    apart = positions[:, np.newaxis] - positions
    keys = np.stack(
        [
            _LAYER_ORDER[layer[:, np.newaxis], layer].astype(np.float64),
            np.abs(front_back[:, np.newaxis] - front_back),
            np.linalg.norm(apart, axis=2),
            np.abs(apart[:, :, 1]),
        ],
        axis=2,
    )
    ranks = np.empty(keys.shape[:2], dtype=np.intp)
    for channel, key in enumerate(np.round(keys / _TOLERANCE).astype(np.int64)):
        ranks[channel] = np.unique(key, axis=0, return_inverse=True)[1].reshape(-1)
    return ranks
