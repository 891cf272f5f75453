"""Loudspeaker layouts of ITU-R BS.2051, 5+5+3, and two ears.

They stand at the nominal positions of ITU-R BS.2127; `real_layouts` moves one to where a room's loudspeakers stand.

The order of channels is that of BS.2051's tables. A new layout is one entry in `_LAYOUTS`, a new spelling one entry in
`ALIASES`.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from audio_pipeline.spatialaudio.errors import UnknownLayout
from audio_pipeline.spatialaudio.geometry import FloatArray, cartesian
from audio_pipeline.spatialaudio.screens import DEFAULT_SCREEN, Screen

# The screen's own loudspeakers, which stand where the edges of the screen are.
SCREEN_NAMES: Final = frozenset({"M+SC", "M-SC"})


@dataclass(frozen=True, slots=True)
class Loudspeaker:
    """One channel of a layout: its BS.2051 label and the direction where it stands.

    Azimuth is in degrees, 0 in front, positive to the left; elevation in degrees, positive up. `nominal` is where the
    standard puts it, where that is another direction. An LFE has a direction too, which nothing pans to.
    """

    name: str
    azimuth_deg: float
    elevation_deg: float
    is_lfe: bool = False
    nominal: "Loudspeaker | None" = None


@dataclass(frozen=True)
class Layout:
    """A named set of loudspeakers in channel order, and the screen between them; None where there is no screen."""

    name: str
    loudspeakers: tuple[Loudspeaker, ...]
    screen: Screen | None = DEFAULT_SCREEN

    @property
    def channel_count(self) -> int:
        """Number of channels, LFE included."""
        return len(self.loudspeakers)

    @cached_property
    def channel_names(self) -> tuple[str, ...]:
        """Labels in channel order, such as `M+030`."""
        return tuple(loudspeaker.name for loudspeaker in self.loudspeakers)

    @cached_property
    def is_lfe(self) -> tuple[bool, ...]:
        """For each channel, whether it is an LFE."""
        return tuple(loudspeaker.is_lfe for loudspeaker in self.loudspeakers)

    @cached_property
    def full_range_channels(self) -> tuple[int, ...]:
        """Channel numbers, counted from 0, of every loudspeaker that is not an LFE."""
        return tuple(number for number, is_lfe in enumerate(self.is_lfe) if not is_lfe)

    @cached_property
    def positions(self) -> FloatArray:
        """Unit vectors, (channels, 3), to where the loudspeakers stand."""
        return cartesian(
            np.array([loudspeaker.azimuth_deg for loudspeaker in self.loudspeakers]),
            np.array([loudspeaker.elevation_deg for loudspeaker in self.loudspeakers]),
        )

    @cached_property
    def nominal(self) -> "Layout":
        """The same layout with every loudspeaker where the standard puts it."""
        if all(loudspeaker.nominal is None for loudspeaker in self.loudspeakers):
            return self
        return replace(self, loudspeakers=tuple(one.nominal or one for one in self.loudspeakers))

    def without_lfe(self) -> "Layout":
        """The same layout with its full-range loudspeakers only."""
        return replace(self, loudspeakers=tuple(self.loudspeakers[number] for number in self.full_range_channels))


def get_layout(name: str) -> Layout:
    """Look up a layout by BS.2051 name or alias, or `BINAURAL` by its own. Raises `UnknownLayout`."""
    if name == BINAURAL.name:
        return BINAURAL
    try:
        return _LAYOUTS[ALIASES.get(name, name)]
    except KeyError:
        raise UnknownLayout(name, (*LAYOUT_NAMES, BINAURAL.name, *ALIASES)) from None


def _layout(name: str, channel_names: str, *, bottom_elevation_deg: float = -30.0) -> Layout:
    """Build a layout from labels: a letter for the layer, a sign and three digits for the azimuth."""
    elevations_deg = {"B": bottom_elevation_deg, "M": 0.0, "U": 30.0, "UH": 45.0, "T": 90.0}

    def loudspeaker(label: str) -> Loudspeaker:
        if label in _UNLABELLED:
            return _UNLABELLED[label]
        layer, azimuth = label[:-4], label[-4:]
        return Loudspeaker(label, float(azimuth), elevations_deg[layer])

    return Layout(name, tuple(loudspeaker(label) for label in channel_names.split()))


# Labels that do not spell their position. BS.2127 puts the screen's own loudspeakers to ±15° unless told otherwise.
_UNLABELLED: Final = {
    "LFE1": Loudspeaker("LFE1", 45.0, -30.0, is_lfe=True),
    "LFE2": Loudspeaker("LFE2", -45.0, -30.0, is_lfe=True),
    "M+SC": Loudspeaker("M+SC", 15.0, 0.0),
    "M-SC": Loudspeaker("M-SC", -15.0, 0.0),
}

_FRONT_AND_LFE: Final = "M+030 M-030 M+000 LFE1"
_FIVE: Final = f"{_FRONT_AND_LFE} M+110 M-110"
_SEVEN: Final = f"{_FRONT_AND_LFE} M+090 M-090 M+135 M-135"

_LAYOUTS: Final = {
    layout.name: layout
    for layout in (
        _layout("0+2+0", "M+030 M-030"),
        _layout("0+5+0", _FIVE),
        _layout("2+5+0", f"{_FIVE} U+030 U-030"),
        _layout("4+5+0", f"{_FIVE} U+030 U-030 U+110 U-110"),
        _layout("4+5+1", f"{_FIVE} U+030 U-030 U+110 U-110 B+000"),
        _layout("3+7+0", "M+000 M+030 M-030 U+045 U-045 M+090 M-090 M+135 M-135 UH+180 LFE1 LFE2"),
        _layout("4+9+0", f"{_SEVEN} U+045 U-045 U+135 U-135 M+SC M-SC"),
        _layout(
            "9+10+3",
            "M+060 M-060 M+000 LFE1 M+135 M-135 M+030 M-030 M+180 LFE2 M+090 M-090 "
            "U+045 U-045 U+000 T+000 U+135 U-135 U+090 U-090 U+180 B+000 B+045 B-045",
        ),
        _layout("0+7+0", _SEVEN),
        _layout("4+7+0", f"{_SEVEN} U+045 U-045 U+135 U-135"),
        # Not of BS.2051: the 13.0 layout that 360 Reality Audio masters name as their renderer's.
        _layout(
            "5+5+3",
            "M+030 M-030 M+000 M+110 M-110 U+030 U-030 U+000 U+110 U-110 B+030 B-030 B+000",
            bottom_elevation_deg=-20.0,
        ),
    )
}

LAYOUT_NAMES: Final = tuple(_LAYOUTS)

# Two channels like any others for whoever writes or measures them, but ears: nothing is panned to them.
BINAURAL: Final = Layout("binaural", (Loudspeaker("left ear", 90.0, 0.0), Loudspeaker("right ear", -90.0, 0.0)))

ALIASES: Final = {
    "stereo": "0+2+0",
    "5.1": "0+5+0",
    "7.1": "0+7+0",
    "5.1.4": "4+5+0",
    "7.1.4": "4+7+0",
    "22.2": "9+10+3",
}
