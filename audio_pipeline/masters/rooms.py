"""A listening room in a file: where its loudspeakers stand, and its screen. Schema `opencall.layout/1`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from audio_pipeline.containers import require_regular_file
from audio_pipeline.masters.errors import RoomUnreadable
from audio_pipeline.spatialaudio.errors import SpatialAudioError
from audio_pipeline.spatialaudio.layouts import BINAURAL, Layout, get_layout
from audio_pipeline.spatialaudio.real_layouts import in_room
from audio_pipeline.spatialaudio.screens import CartesianScreen, PolarScreen

SCHEMA: Final = "opencall.layout/1"

# Two dozen loudspeakers take a thousandth of this.
_LARGEST_BYTES: Final = 1 << 20

_Azimuth = Annotated[float, msgspec.Meta(ge=-360, le=360)]
_Elevation = Annotated[float, msgspec.Meta(ge=-90, le=90)]
_Positive = Annotated[float, msgspec.Meta(gt=0)]


class StandingLoudspeaker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A loudspeaker by its BS.2051 label; azimuth positive to the left, elevation positive up, in degrees."""

    name: str
    azimuth_deg: _Azimuth
    elevation_deg: _Elevation


class HangingScreen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="polar", tag_field="type"):
    """A screen by the direction of its centre, and the angle at which its width is seen."""

    aspect_ratio: _Positive
    azimuth_deg: _Azimuth
    elevation_deg: _Elevation
    width_deg: Annotated[float, msgspec.Meta(gt=0, lt=180)]
    distance: _Positive = 1.0


class WallScreen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="cartesian", tag_field="type"):
    """A screen by the place of its centre, X to the right, Y to the front, Z up, and its width along X."""

    aspect_ratio: _Positive
    x: float
    y: float
    z: float
    width: _Positive


class Room(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A layout as it stands somewhere. Loudspeakers that are not named stand where the standard puts them.

    A room without a word about its screen has the standard's; null is a room without any.
    """

    schema: Literal["opencall.layout/1"]
    layout: str
    loudspeakers: tuple[StandingLoudspeaker, ...] = ()
    screen: HangingScreen | WallScreen | msgspec.UnsetType | None = msgspec.UNSET


def read_room(path: Path) -> Layout:
    """The layout in the file at `path`.

    Raises `NoSuchFile`, `NotARegularFile`, and `RoomUnreadable` with the reason, positions out of range among them.
    """
    require_regular_file(path)
    if path.stat().st_size > _LARGEST_BYTES:
        raise RoomUnreadable(path, "it is larger than 1 MiB")
    try:
        room = msgspec.json.decode(path.read_bytes(), type=Room)
        names = [loudspeaker.name for loudspeaker in room.loudspeakers]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise RoomUnreadable(path, f"{twice[0]} stands in it twice")
        layout = get_layout(room.layout)
        if layout == BINAURAL:
            raise RoomUnreadable(path, "binaural has no loudspeakers that stand anywhere")
        layout = in_room(layout, {one.name: (one.azimuth_deg, one.elevation_deg) for one in room.loudspeakers})
        return _with_screen(layout, room)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:  # ValidationError is a DecodeError
        raise RoomUnreadable(path, str(fault)) from None
    except RecursionError:
        raise RoomUnreadable(path, "it is nested too deeply") from None
    except SpatialAudioError as fault:
        raise RoomUnreadable(path, str(fault).rstrip(".")) from fault


def _with_screen(layout: Layout, room: Room) -> Layout:
    match room.screen:
        case HangingScreen() as screen:
            hanging = PolarScreen(
                screen.aspect_ratio, screen.azimuth_deg, screen.elevation_deg, screen.distance, screen.width_deg
            )
            hanging.edges()
            return replace(layout, screen=hanging)
        case WallScreen() as screen:
            standing = CartesianScreen(screen.aspect_ratio, screen.x, screen.y, screen.z, screen.width)
            standing.edges()
            return replace(layout, screen=standing)
        case None:
            return replace(layout, screen=None)
        case _:
            return layout
