"""Rooms in files: what one says is what is rendered to, and every fault is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from audio_pipeline.masters.errors import RoomUnreadable
from audio_pipeline.masters.rooms import read_room
from audio_pipeline.spatialaudio.layouts import get_layout
from audio_pipeline.spatialaudio.screens import DEFAULT_SCREEN, CartesianScreen, PolarScreen

PROJECT = Path(__file__).parents[3]


def write(folder: Path, **room: Any) -> Path:
    path = folder / "room.json"
    path.write_text(json.dumps({"schema": "opencall.layout/1", "layout": "4+7+0"} | room))
    return path


def standing(name: str, azimuth_deg: float, elevation_deg: float = 0.0) -> dict[str, Any]:
    return {"name": name, "azimuth_deg": azimuth_deg, "elevation_deg": elevation_deg}


def test_loudspeakers_stand_where_the_file_says_and_the_others_where_the_standard_does(tmp_path: Path) -> None:
    layout = read_room(write(tmp_path, loudspeakers=[standing("M+090", 100), standing("U+045", 31, 50)]))
    assert layout.name == "4+7+0"
    moved = {one.name: (one.azimuth_deg, one.elevation_deg) for one in layout.loudspeakers if one.nominal}
    assert moved == {"M+090": (100.0, 0.0), "U+045": (31.0, 50.0)}
    assert layout.nominal == get_layout("4+7+0")


def test_a_layout_may_be_named_by_its_alias(tmp_path: Path) -> None:
    assert read_room(write(tmp_path, layout="7.1.4")) == get_layout("4+7+0")


def test_a_room_has_the_screen_it_names_the_usual_one_or_none(tmp_path: Path) -> None:
    polar = {"type": "polar", "aspect_ratio": 1.5, "azimuth_deg": 2, "elevation_deg": 3, "width_deg": 50}
    flat = {"type": "cartesian", "aspect_ratio": 2.0, "x": 0, "y": 1, "z": 0.1, "width": 1.2}
    assert read_room(write(tmp_path)).screen == DEFAULT_SCREEN
    assert read_room(write(tmp_path, screen=None)).screen is None
    assert read_room(write(tmp_path, screen=polar)).screen == PolarScreen(1.5, 2.0, 3.0, 1.0, 50.0)
    assert read_room(write(tmp_path, screen=flat)).screen == CartesianScreen(2.0, 0.0, 1.0, 0.1, 1.2)


@pytest.mark.parametrize(
    ("room", "reason"),
    [
        ({"schema": "opencall.layout/2"}, "schema"),
        ({"layout": "11+11+11"}, "no loudspeaker layout"),
        ({"layout": "binaural", "loudspeakers": []}, "binaural has no loudspeakers"),
        ({"loudspeakers": [standing("M+090", 80)]}, "M[+]090 of layout 4[+]7[+]0 stands at azimuth 80"),
        ({"loudspeakers": [standing("M+000", 0, 5)]}, "elevation 5"),
        ({"loudspeakers": [standing("X+000", 0)]}, "no loudspeaker 'X[+]000'"),
        ({"loudspeakers": [standing("M+090", 90), standing("M+090", 91)]}, "stands in it twice"),
        ({"loudspeakers": [{"name": "M+090"}]}, "azimuth_deg"),
        ({"loudspeakers": [standing("M+090", 90) | {"distance_m": 2}]}, "distance_m"),
        ({"screen": {"type": "round"}}, "round"),
        ({"screen": {"type": "cartesian", "aspect_ratio": 2, "x": 0, "y": -1, "z": 0, "width": 1}}, "behind"),
    ],
)
def test_a_room_with_a_fault_is_refused_and_the_fault_named(tmp_path: Path, room: dict[str, Any], reason: str) -> None:
    with pytest.raises(RoomUnreadable, match=reason) as refusal:
        read_room(write(tmp_path, **room))
    assert "room.json cannot be used as a layout" in str(refusal.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 5000, b" " * (1 << 20) + b"{}"])
def test_what_is_no_room_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "room.json"
    path.write_bytes(content)
    with pytest.raises(RoomUnreadable):
        read_room(path)
