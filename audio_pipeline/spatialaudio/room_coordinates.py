"""Allocentric coordinates: places in a room from −1 to 1, X to the right, Y to the front, Z up, and directions.

The walls of the room go through the loudspeakers: those of a layer stand on a square. ITU-R BS.2127, clause 10,
converts between such places and directions on the sphere.
"""

from typing import Final

import numpy as np

from audio_pipeline.spatialaudio.geometry import FloatArray, IntArray, cartesian
from audio_pipeline.spatialaudio.layouts import SCREEN_NAMES, Layout

# Azimuths of the corners and of the middle of the front wall, from there to the right; and where those are.
_CORNER_AZIMUTHS_DEG: Final = np.array([0.0, -30.0, -110.0, 110.0, 30.0])
_CORNERS: Final = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0]])
_RIGHT_AZIMUTHS_DEG: Final = np.roll(_CORNER_AZIMUTHS_DEG, -1)
_RIGHT_CORNERS: Final = np.roll(_CORNERS, -1, axis=0)
_WIDTHS_DEG: Final = (_CORNER_AZIMUTHS_DEG - _RIGHT_AZIMUTHS_DEG) % 360.0
_INVERSES: Final = np.linalg.inv(np.stack([_CORNERS, _RIGHT_CORNERS], axis=1))

# The elevation of the upper layer, and that of the edge between wall and ceiling.
_LAYER_DEG: Final = 30.0
_EDGE_DEG: Final = 45.0

_NOWHERE: Final = 1e-10

# Where the left half of every layer stands, by the azimuth in its label.
_PLACES: Final = {
    "000": (0.0, 1.0),
    "030": (-1.0, 1.0),
    "045": (-1.0, 1.0),
    "060": (-1.0, 0.414214),
    "090": (-1.0, 0.0),
    "110": (-1.0, -1.0),
    "135": (-1.0, -1.0),
    "180": (0.0, -1.0),
}
_HEIGHTS: Final = {"M": 0.0, "U": 1.0, "UH": 1.0, "B": -1.0}
_OTHER_PLACES: Final = {"T+000": (0.0, 0.0, 1.0), "LFE1": (-1.0, 1.0, -1.0), "LFE2": (1.0, 1.0, -1.0)}


def channel_places(layout: Layout) -> FloatArray:
    """Where the channels of a standard layout are in the room, (channels, 3), by their labels."""
    return np.array(
        [
            _screen_place(loudspeaker.azimuth_deg) if loudspeaker.name in SCREEN_NAMES else _place(loudspeaker.name)
            for loudspeaker in layout.loudspeakers
        ]
    )


def to_room(azimuth_deg: FloatArray, elevation_deg: FloatArray, distance: FloatArray) -> FloatArray:
    """Directions and distances, (n,) each, to places, (n, 3)."""
    above = np.abs(elevation_deg) > _LAYER_DEG
    steepness = (90.0 - _EDGE_DEG) / (90.0 - _LAYER_DEG)
    tilt_deg = np.where(
        above,
        _EDGE_DEG + steepness * (np.abs(elevation_deg) - _LAYER_DEG),
        elevation_deg * (_EDGE_DEG / _LAYER_DEG),
    )
    height = np.where(above, np.sign(elevation_deg), np.tan(np.radians(np.where(above, 0.0, tilt_deg)))) * distance
    reach = np.where(above, np.tan(np.radians(90.0 - np.where(above, tilt_deg, _EDGE_DEG))), 1.0) * distance

    from_right_deg = (azimuth_deg[:, np.newaxis] - _RIGHT_AZIMUTHS_DEG) % 360.0
    sector: IntArray = (from_right_deg <= _WIDTHS_DEG).argmax(axis=1)
    half_deg = _WIDTHS_DEG[sector] / 2
    from_middle_deg = from_right_deg[np.arange(sector.size), sector] - half_deg
    to_the_right = 0.5 - 0.5 * np.tan(np.radians(from_middle_deg)) / np.tan(np.radians(half_deg))
    share = (np.arctan2(to_the_right, 1.0 - to_the_right) * (2.0 / np.pi))[:, np.newaxis]
    flat = _CORNERS[sector] + (_RIGHT_CORNERS[sector] - _CORNERS[sector]) * share
    return np.concatenate([flat * reach[:, np.newaxis], height[:, np.newaxis]], axis=1)


def from_room(places: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Places, (n, 3), to azimuth_deg, elevation_deg and distance, (n,) each."""
    x, y, z = places.T
    upright = (np.abs(x) < _NOWHERE) & (np.abs(y) < _NOWHERE)
    flat = np.where(upright[:, np.newaxis], np.array([0.0, 1.0]), places[:, :2])
    gains = np.einsum("ni,sij->nsj", flat, _INVERSES)
    sector: IntArray = gains.min(axis=2).argmax(axis=1)
    left, right = gains[np.arange(sector.size), sector].T
    reach = left + right
    half_deg = _WIDTHS_DEG[sector] / 2
    turn = right / reach * (np.pi / 2)
    share = np.sin(turn) / (np.cos(turn) + np.sin(turn))
    from_middle_deg = np.degrees(np.arctan(2.0 * (0.5 - share) * np.tan(np.radians(half_deg))))
    azimuth_deg = (_RIGHT_AZIMUTHS_DEG[sector] + half_deg + from_middle_deg + 180.0) % 360.0 - 180.0

    tilt_deg = np.degrees(np.arctan2(z, reach))
    above = np.abs(tilt_deg) > _EDGE_DEG
    steepness = (90.0 - _LAYER_DEG) / (90.0 - _EDGE_DEG)
    steep_deg = np.sign(tilt_deg) * (_LAYER_DEG + steepness * (np.abs(tilt_deg) - _EDGE_DEG))
    elevation_deg = np.where(above, steep_deg, tilt_deg * (_LAYER_DEG / _EDGE_DEG))
    distance = np.where(above, np.abs(z), reach)
    straight_up_deg = np.where(np.abs(z) < _NOWHERE, 0.0, np.sign(z) * 90.0)
    return (
        np.where(upright, 0.0, azimuth_deg),
        np.where(upright, straight_up_deg, elevation_deg),
        np.where(upright, np.where(np.abs(z) < _NOWHERE, 0.0, np.abs(z)), distance),
    )


def from_room_with_size(places: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Places and their widths, heights and depths in the room, (n, 3) each, to what a listener sees.

    Returns vectors from the listener, (n, 3), and width and height in degrees and depth in distance, (n, 3).
    """
    azimuth_deg, elevation_deg, distance = from_room(places)
    axes = np.stack(
        [
            cartesian(azimuth_deg - 90.0, 0.0),
            cartesian(azimuth_deg, elevation_deg),
            cartesian(azimuth_deg, elevation_deg + 90.0),
        ],
        axis=1,
    )
    # Along X, Y and Z, and then along the listener's right, forward and up.
    along_room = size[:, np.newaxis, [0, 2, 1]]
    right, forward, up = np.linalg.norm(axes * along_room, axis=2).clip(max=1.0).T
    from_forward_deg = 2.0 * np.degrees(np.arccos(1.0 - 2.0 * forward))
    seen_deg = []
    for across in (right, up):
        flat_deg = 2.0 * np.degrees(np.arcsin(across))
        seen_deg.append(flat_deg + across * np.maximum(from_forward_deg - flat_deg, 0.0))
    # Depth is what the width and the height of a round object do not account for.
    round_depth = (1.0 - np.cos(np.radians(np.maximum(*seen_deg) / 2.0))) / 2.0
    return cartesian(azimuth_deg, elevation_deg, distance), np.stack(
        [*seen_deg, np.maximum(forward - round_depth, 0.0)], axis=1
    )


def _place(name: str) -> tuple[float, float, float]:
    if name in _OTHER_PLACES:
        return _OTHER_PLACES[name]
    x, y = _PLACES[name[-3:]]
    return (-x if name[-4] == "-" else x, y, _HEIGHTS[name[:-4]])


def _screen_place(azimuth_deg: float) -> tuple[float, float, float]:
    """On the front wall or on a side one; exactly, so that they share a row with the others there."""
    x, y, _ = to_room(np.array([abs(azimuth_deg)]), np.zeros(1), np.ones(1))[0]
    x = -1.0 if abs(x + 1.0) < _NOWHERE else float(x)
    y = 1.0 if abs(y - 1.0) < _NOWHERE else float(y)
    return (float(np.copysign(x, -azimuth_deg)), y, 0.0)
