"""Gains of Objects with rooms, locks, screens and zones agree with EAR, case by case (ITU-R BS.2127, clause 7)."""

import numpy as np
import pytest

from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.gains import block_gains
from audio_pipeline.spatialaudio.layouts import get_layout
from audio_pipeline.spatialaudio.screens import PolarScreen
from audio_pipeline.spatialaudio.zones import CartesianZone, PolarZone

LAYOUTS = ("0+2+0", "0+5+0", "2+5+0", "4+5+0", "4+5+1", "3+7+0", "4+9+0", "9+10+3", "0+7+0", "4+7+0")
NO_COLUMNS = ("zone", "screen", "direct_gains", "diffuse_gains")


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


def screen_of(screen):
    aspect_ratio, azimuth_deg, elevation_deg, width_deg = screen.tolist()
    return PolarScreen(aspect_ratio, azimuth_deg, elevation_deg, 1.0, width_deg)


@pytest.mark.parametrize("name", ["own", *LAYOUTS])
def test_every_frozen_case_agrees(reference, name):
    frozen = reference(f"objects/{name}.npz")
    layout = get_layout("4+5+0" if name == "own" else name)
    gains = block_gains(objects_of(frozen), [layout])
    played = list(layout.full_range_channels)
    cases = 1072 if name == "own" else 240
    assert gains.direct.shape == (cases, len(played))
    np.testing.assert_allclose(gains.direct, frozen["direct_gains"][:, played], rtol=0, atol=1e-9)
    np.testing.assert_allclose(gains.diffuse, frozen["diffuse_gains"][:, played], rtol=0, atol=1e-9)


def test_the_cases_use_everything(reference):
    for name in LAYOUTS:
        frozen = reference(f"objects/{name}.npz")
        used = {column: int((frozen[column] != 0).sum()) for column in ("cartesian", "divergence", "channel_lock")}
        used |= {column: int((frozen[column] != 0).sum()) for column in ("screen_ref", "room_width", "diffuse")}
        used |= {column: int((frozen[column] != 0).sum()) for column in ("horizontal_edge", "vertical_edge")}
        used["zone"] = int((~np.isnan(frozen["zone"][:, 0])).sum())
        assert min(used.values()) > 20, (name, used)
