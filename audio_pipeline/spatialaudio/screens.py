"""Screens: where a picture hangs, and the angles at which its edges are seen (ITU-R BS.2127, clause 7.3.3).

Azimuth is positive to the left, elevation positive up, as everywhere here.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from audio_pipeline.spatialaudio.errors import ScreenUnusable
from audio_pipeline.spatialaudio.geometry import FloatArray, cartesian, polar

# Rounding may tilt the vertical axis of a screen by less than this.
_UPRIGHT_TOLERANCE_DEG: Final = 1e-3


@dataclass(frozen=True, slots=True)
class ScreenEdges:
    """The azimuths of the left and the right edge, the elevations of the lower and the upper one."""

    left_deg: float
    right_deg: float
    bottom_deg: float
    top_deg: float


@dataclass(frozen=True, slots=True)
class PolarScreen:
    """A flat screen at right angles to the direction of its centre; `aspect_ratio` is width to height."""

    aspect_ratio: float
    azimuth_deg: float
    elevation_deg: float
    distance: float
    width_deg: float

    def edges(self) -> ScreenEdges:
        """Raises `ScreenUnusable`."""
        _require_size(self.aspect_ratio, self.width_deg, most_width=180.0)
        half_width = self.distance * float(np.tan(np.radians(self.width_deg / 2)))
        centre = cartesian(self.azimuth_deg, self.elevation_deg, self.distance)
        right = cartesian(self.azimuth_deg - 90.0, 0.0)
        up = cartesian(self.azimuth_deg, self.elevation_deg + 90.0)
        return _edges(centre, right * half_width, up * half_width / self.aspect_ratio)


@dataclass(frozen=True, slots=True)
class CartesianScreen:
    """A flat screen that stands upright and faces the back; `width` is along X."""

    aspect_ratio: float
    x: float
    y: float
    z: float
    width: float

    def edges(self) -> ScreenEdges:
        """Raises `ScreenUnusable`."""
        _require_size(self.aspect_ratio, self.width, most_width=float("inf"))
        if not self.y > 0:
            raise ScreenUnusable("it reaches behind the listener")
        centre = np.array([self.x, self.y, self.z])
        half_width = self.width / 2
        return _edges(centre, np.array([half_width, 0.0, 0.0]), np.array([0.0, 0.0, half_width / self.aspect_ratio]))


Screen = PolarScreen | CartesianScreen

# What a programme and a room have unless they say otherwise (BS.2127, clause 7.3.3.1).
DEFAULT_SCREEN: Final = PolarScreen(aspect_ratio=1.78, azimuth_deg=0.0, elevation_deg=0.0, distance=1.0, width_deg=58.0)


def _require_size(aspect_ratio: float, width: float, most_width: float) -> None:
    if not (np.isfinite(aspect_ratio) and aspect_ratio > 0):
        raise ScreenUnusable(f"its aspect ratio is {aspect_ratio:g}")
    if not 0 < width < most_width:
        raise ScreenUnusable(f"its width is {width:g}")


def _edges(centre: FloatArray, right: FloatArray, up: FloatArray) -> ScreenEdges:
    sides_deg, _, _ = polar(np.stack([centre - right, centre + right]))
    middle_deg, heights_deg, _ = polar(np.stack([centre - up, centre + up]))
    if sides_deg[1] > sides_deg[0]:
        raise ScreenUnusable("it reaches behind the listener")
    if middle_deg[0] - middle_deg[1] > _UPRIGHT_TOLERANCE_DEG:
        raise ScreenUnusable("it reaches over the listener's head")
    return ScreenEdges(float(sides_deg[0]), float(sides_deg[1]), float(heights_deg[0]), float(heights_deg[1]))
