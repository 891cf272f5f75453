"""Objects of a picture: scaled with the screen, or held at its edge (ITU-R BS.2127, clauses 7.3.3 and 7.3.4).

Both change azimuth and elevation and leave the distance. A place in a room is moved as the direction that it is.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from audio_pipeline.spatialaudio.geometry import BoolArray, FloatArray, cartesian, polar
from audio_pipeline.spatialaudio.layouts import Layout
from audio_pipeline.spatialaudio.room_coordinates import from_room, to_room
from audio_pipeline.spatialaudio.screens import ScreenEdges

Angles: TypeAlias = tuple[FloatArray, FloatArray]
"""azimuth_deg and elevation_deg, (n,) each."""


def scaled(
    position: FloatArray, in_room: BoolArray, seen: ScreenEdges, shown: ScreenEdges, layout: Layout
) -> FloatArray:
    """Positions, (n, 3), of a picture that was `seen` so, for a screen where it is `shown` so."""

    def move(azimuth_deg: FloatArray, elevation_deg: FloatArray) -> Angles:
        return (
            np.interp(azimuth_deg, _around(seen), _around(shown)),
            np.interp(elevation_deg, _over(seen), _over(shown)),
        )

    return _moved(position, in_room, move, layout)


def at_edges(
    position: FloatArray,
    in_room: BoolArray,
    horizontal_edge: FloatArray,
    vertical_edge: FloatArray,
    shown: ScreenEdges,
    layout: Layout,
) -> FloatArray:
    """Positions, (n, 3), moved to the left (1) or right (−1), the upper (1) or lower (−1) edge of a screen; 0 stays."""

    def move(azimuth_deg: FloatArray, elevation_deg: FloatArray) -> Angles:
        at_side_deg = np.where(horizontal_edge > 0, shown.left_deg, shown.right_deg)
        at_height_deg = np.where(vertical_edge > 0, shown.top_deg, shown.bottom_deg)
        return (
            np.where(horizontal_edge == 0, azimuth_deg, at_side_deg),
            np.where(vertical_edge == 0, elevation_deg, at_height_deg),
        )

    return _moved(position, in_room, move, layout)


def upright_in_room(azimuth_deg: FloatArray, elevation_deg: FloatArray, layout: Layout) -> FloatArray:
    """Azimuths, (n,), for which a place that rises in the room rises straight up in `layout`."""
    if "U+045" not in layout.channel_names:
        return azimuth_deg
    front_deg = np.interp(elevation_deg, [0.0, 30.0, 90.0], [30.0, 20.0, 30.0])
    inside = azimuth_deg * front_deg / 30.0
    outside = np.sign(azimuth_deg) * (front_deg + (np.abs(azimuth_deg) - 30.0) * (180.0 - front_deg) / 150.0)
    return np.where(np.abs(azimuth_deg) <= 30.0, inside, outside)


def _around(edges: ScreenEdges) -> list[float]:
    return [-180.0, edges.right_deg, edges.left_deg, 180.0]


def _over(edges: ScreenEdges) -> list[float]:
    return [-90.0, edges.bottom_deg, edges.top_deg, 90.0]


def _moved(
    position: FloatArray, in_room: BoolArray, move: Callable[[FloatArray, FloatArray], Angles], layout: Layout
) -> FloatArray:
    azimuth_deg, elevation_deg, distance = (
        np.where(in_room, place, direction)
        for place, direction in zip(from_room(position), polar(position), strict=True)
    )
    azimuth_deg, elevation_deg = move(azimuth_deg, elevation_deg)
    upright_deg = upright_in_room(azimuth_deg, elevation_deg, layout)
    return np.where(
        in_room[:, np.newaxis],
        to_room(upright_deg, elevation_deg, distance),
        cartesian(azimuth_deg, elevation_deg, distance),
    )
