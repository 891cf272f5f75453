"""Layouts as they stand in a room: real positions inside the ranges that ITU-R BS.2051 allows, and a real screen."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Final

from audio_pipeline.spatialaudio.errors import LoudspeakerMisplaced, LoudspeakersCrossed, LoudspeakerUnknown
from audio_pipeline.spatialaudio.layouts import SCREEN_NAMES, Layout, Loudspeaker

Range = tuple[float, float]

# Written for the left side, whose azimuths are positive; the right is its mirror. A loudspeaker that is not named
# stands where its label says. (azimuths, elevations)
_HEIGHTS_OF_FIVE: Final = {"U+030": ((30, 45), (30, 55)), "U+110": ((100, 135), (30, 55))}
_SEVEN: Final = {"M+030": ((30, 45), (0, 0)), "M+090": ((85, 110), (0, 0)), "M+135": ((120, 150), (0, 0))}
_HEIGHTS_OF_SEVEN: Final = {"U+045": ((30, 45), (30, 55)), "U+135": ((100, 150), (30, 55))}
_RANGES: Final[Mapping[str, Mapping[str, tuple[Range, Range]]]] = {
    "0+5+0": {"M+110": ((100, 120), (0, 15))},
    "2+5+0": {"M+110": ((100, 120), (0, 15)), "U+030": ((30, 45), (30, 55))},
    "4+5+0": {"M+110": ((100, 120), (0, 0)), **_HEIGHTS_OF_FIVE},
    "4+5+1": {"M+110": ((100, 120), (0, 0)), **_HEIGHTS_OF_FIVE, "B+000": ((0, 0), (-30, -15))},
    "3+7+0": {
        "U+045": ((30, 45), (30, 45)),
        "M+090": ((60, 150), (0, 0)),
        "M+135": ((60, 150), (0, 0)),
        "UH+180": ((180, 180), (45, 90)),
    },
    "0+7+0": _SEVEN,
    "4+7+0": {**_SEVEN, **_HEIGHTS_OF_SEVEN},
    "4+9+0": {**_SEVEN, **_HEIGHTS_OF_SEVEN},
    "9+10+3": {
        "M+060": ((45, 60), (0, 5)),
        "M+000": ((0, 0), (0, 5)),
        "M+135": ((110, 135), (0, 15)),
        "M+030": ((22.5, 30), (0, 5)),
        "M+180": ((180, 180), (0, 15)),
        "M+090": ((90, 90), (0, 15)),
        "U+045": ((45, 60), (30, 45)),
        "U+000": ((0, 0), (30, 45)),
        "U+135": ((110, 135), (30, 45)),
        "U+090": ((90, 90), (30, 45)),
        "U+180": ((180, 180), (30, 45)),
        "B+000": ((0, 0), (-30, -15)),
        "B+045": ((45, 60), (-30, -15)),
    },
}

# BS.2051 does not know this layout: what its loudspeakers may stray is ours.
_FREE_LAYOUT: Final = "5+5+3"
_STRAY_DEG: Final = 10.0
_SCREEN_RANGES: Final = ((5.0, 25.0), (35.0, 60.0))

_TOLERANCE_DEG: Final = 1e-6


def in_room(layout: Layout, positions_deg: Mapping[str, tuple[float, float]]) -> Layout:
    """`layout` with loudspeakers moved to (azimuth, elevation) by label; those not named stay.

    Raises `LoudspeakerUnknown`, `LoudspeakerMisplaced` and `LoudspeakersCrossed`. Where an LFE stands makes no
    difference.
    """
    for name in positions_deg:
        if name not in layout.channel_names:
            raise LoudspeakerUnknown(layout.name, name, layout.channel_names)
    moved = tuple(
        _moved(layout.name, one, *positions_deg[one.name]) if one.name in positions_deg else one
        for one in layout.nominal.loudspeakers
    )
    _refuse_crossed(layout.name, moved)
    return replace(layout, loudspeakers=moved)


def _refuse_crossed(layout_name: str, loudspeakers: tuple[Loudspeaker, ...]) -> None:
    """Ranges of neighbours may overlap (3+7+0), their order is the layout's; the screen's own stand on either side."""
    layers: dict[float, list[tuple[Loudspeaker, Loudspeaker]]] = {}
    for one in loudspeakers:
        nominal = one.nominal or one
        if not one.is_lfe and one.name not in SCREEN_NAMES:
            layers.setdefault(nominal.elevation_deg, []).append((nominal, one))
    for layer in layers.values():
        layer.sort(key=lambda pair: -pair[0].azimuth_deg)
        for (_, left), (_, right) in pairwise(layer):
            if left.azimuth_deg <= right.azimuth_deg:
                raise LoudspeakersCrossed(layout_name, left.name, right.name)


def _moved(layout_name: str, nominal: Loudspeaker, azimuth_deg: float, elevation_deg: float) -> Loudspeaker:
    if nominal.is_lfe:
        return nominal
    side = -1.0 if nominal.azimuth_deg < 0 else 1.0
    azimuths, elevations = _allowed(layout_name, nominal)
    # Turned to where the label is, so that −180 is 180, and mirrored for the right side.
    turned_deg = nominal.azimuth_deg + (azimuth_deg - nominal.azimuth_deg + 180.0) % 360.0 - 180.0
    if not any(_within(side * turned_deg, azimuth) for azimuth in azimuths):
        allowed = " or ".join(_text(tuple(sorted((side * low, side * high)))) for low, high in azimuths)
        raise LoudspeakerMisplaced(layout_name, nominal.name, "azimuth", azimuth_deg, allowed)
    if not _within(elevation_deg, elevations):
        raise LoudspeakerMisplaced(layout_name, nominal.name, "elevation", elevation_deg, _text(elevations))
    return replace(nominal, azimuth_deg=turned_deg, elevation_deg=elevation_deg, nominal=nominal)


def _allowed(layout_name: str, nominal: Loudspeaker) -> tuple[tuple[Range, ...], Range]:
    """Azimuths as on the left side, and elevations."""
    azimuth_deg, elevation_deg = abs(nominal.azimuth_deg), nominal.elevation_deg
    if nominal.name in SCREEN_NAMES:
        return _SCREEN_RANGES, (elevation_deg, elevation_deg)
    if layout_name == _FREE_LAYOUT:
        return (
            ((azimuth_deg - _STRAY_DEG, azimuth_deg + _STRAY_DEG),),
            (elevation_deg - _STRAY_DEG, elevation_deg + _STRAY_DEG),
        )
    at_label = ((azimuth_deg, azimuth_deg), (elevation_deg, elevation_deg))
    azimuths, elevations = _RANGES.get(layout_name, {}).get(nominal.name.replace("-", "+"), at_label)
    return (azimuths,), elevations


def _within(value_deg: float, allowed: Range) -> bool:
    return allowed[0] - _TOLERANCE_DEG <= value_deg <= allowed[1] + _TOLERANCE_DEG


def _text(allowed: tuple[float, ...]) -> str:
    low, high = allowed
    return f"{low:g}°" if low == high else f"{low:g}° to {high:g}°"
