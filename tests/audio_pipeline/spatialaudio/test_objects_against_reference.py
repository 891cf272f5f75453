"""Gains of Objects with rooms, locks, screens and zones agree with EAR, case by case (ITU-R BS.2127, clause 7)."""

import json
from dataclasses import replace

import numpy as np
import pytest

from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.gains import block_gains
from audio_pipeline.spatialaudio.geometry import cartesian
from audio_pipeline.spatialaudio.layouts import get_layout
from audio_pipeline.spatialaudio.real_layouts import in_room
from audio_pipeline.spatialaudio.room_coordinates import from_room_with_size, to_room
from audio_pipeline.spatialaudio.screens import CartesianScreen, PolarScreen, Screen
from audio_pipeline.spatialaudio.zones import CartesianZone, PolarZone

LAYOUTS = ("0+2+0", "0+5+0", "2+5+0", "4+5+0", "4+5+1", "3+7+0", "4+9+0", "9+10+3", "0+7+0", "4+7+0")
ROOMS = ("4+5+0", "4+7+0", "3+7+0", "4+9+0", "9+10+3")
NO_COLUMNS = ("zone", "screen", "shown", "direct_gains", "diffuse_gains")


def objects_of(frozen) -> list[ObjectBlocks]:
    """One object a case, for each has a screen of its own."""
    columns = {name: values for name, values in frozen.items() if name not in NO_COLUMNS}
    return [
        ObjectBlocks.of(
            start_samples=0,
            end_samples=1,
            zones=[zones_of(frozen["zone"][case])],
            reference_screen=screen_of(frozen["screen"][case]),
            **{name: values[case] for name, values in columns.items()},
        )
        for case in range(len(frozen["x"]))
    ]


def zones_of(zone):
    if np.isnan(zone[0]):
        return ()
    if np.isnan(zone[4]):
        return (PolarZone(*zone[:4].tolist()),)
    return (CartesianZone(tuple(zone[:3].tolist()), tuple(zone[3:].tolist())),)


def screen_of(screen) -> Screen:
    aspect_ratio, *centre, width = screen.tolist()
    if np.isnan(width):
        azimuth_deg, elevation_deg, width_deg = centre
        return PolarScreen(aspect_ratio, azimuth_deg, elevation_deg, 1.0, width_deg)
    return CartesianScreen(aspect_ratio, *centre, width)


def require_agreement(frozen, layout, cases):
    gains = block_gains(objects_of(frozen), [layout])
    played = list(layout.full_range_channels)
    assert gains.direct.shape == (cases, len(played))
    np.testing.assert_allclose(gains.direct, frozen["direct_gains"][:, played], rtol=0, atol=1e-10)
    np.testing.assert_allclose(gains.diffuse, frozen["diffuse_gains"][:, played], rtol=0, atol=1e-10)


def test_the_cases_that_the_reference_is_tested_with_agree(reference):
    require_agreement(reference("objects/own.npz"), get_layout("4+5+0"), 1072)


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_case_of_a_standard_layout_agrees(reference, name):
    require_agreement(reference(f"objects/{name}.npz"), get_layout(name), 240)


@pytest.mark.parametrize("name", ROOMS)
def test_every_case_in_a_room_with_its_own_screen_agrees(reference, name):
    frozen = reference(f"objects/room_{name}.npz")
    moved = json.loads(str(reference("rooms.npz")["room"]))[name]
    layout = replace(in_room(get_layout(name), moved), screen=screen_of(frozen["shown"]))
    require_agreement(frozen, layout, 120)


def test_a_place_and_a_size_in_a_room_are_seen_as_the_reference_says(reference):
    frozen = reference("objects/conversion.npz")
    assert frozen["places"].shape == (200, 3)
    vectors, seen = from_room_with_size(frozen["places"], frozen["sizes"])
    np.testing.assert_allclose(vectors, cartesian(*frozen["direction"].T), rtol=0, atol=1e-12)
    np.testing.assert_allclose(seen, frozen["seen"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(to_room(*frozen["direction"].T), frozen["places"], rtol=0, atol=1e-12)


def test_the_cases_use_everything(reference):
    for name in LAYOUTS:
        frozen = reference(f"objects/{name}.npz")
        used = {column: int((frozen[column] != 0).sum()) for column in ("cartesian", "divergence", "channel_lock")}
        used |= {column: int((frozen[column] != 0).sum()) for column in ("screen_ref", "room_width", "diffuse")}
        used |= {column: int((frozen[column] != 0).sum()) for column in ("horizontal_edge", "vertical_edge")}
        used["zone"] = int((~np.isnan(frozen["zone"][:, 0])).sum())
        used["screen in a room"] = int((~np.isnan(frozen["screen"][:, 4])).sum())
        assert min(used.values()) > 20, (name, used)
        assert (np.abs(frozen["elevation_deg"]) == 90).sum() > 5
