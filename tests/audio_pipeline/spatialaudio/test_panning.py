from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_pipeline.spatialaudio.errors import LayoutNotPannable
from audio_pipeline.spatialaudio.geometry import cartesian
from audio_pipeline.spatialaudio.layouts import LAYOUT_NAMES, Layout, get_layout
from audio_pipeline.spatialaudio.panning.point_source import design_point_source_panner

REFERENCE_NAMES = (*(name for name in LAYOUT_NAMES if name != "5+5+3"), "4+9+0_45")

azimuths_deg = st.floats(-180, 180)
elevations_deg = st.floats(-90, 90)


def with_wide_screen(layout):
    """4+9+0 with its screen loudspeakers outside of M±030, as BS.2051 allows."""
    return replace(
        layout,
        loudspeakers=tuple(
            replace(speaker, azimuth_deg=speaker.azimuth_deg * 3) if speaker.name.endswith("SC") else speaker
            for speaker in layout.loudspeakers
        ),
    )


def layout_of(reference_name):
    layout = get_layout(reference_name.removesuffix("_45"))
    return with_wide_screen(layout) if reference_name.endswith("_45") else layout


def gains_at(layout_name, azimuth_deg, elevation_deg):
    return design_point_source_panner(get_layout(layout_name)).gains(
        np.atleast_2d(cartesian(azimuth_deg, elevation_deg))
    )


def mirrored(layout):
    """For each full-range channel the number of the one on the other side."""
    names = layout.without_lfe().channel_names
    swap = str.maketrans("+-", "-+")
    return [names.index(name if name[-3:] in ("000", "180") else name.translate(swap)) for name in names]


@pytest.mark.parametrize("reference_name", REFERENCE_NAMES)
def test_gains_agree_with_the_itu_reference_renderer(reference, reference_name):
    frozen = reference(f"psp/{reference_name}.npz")
    positions = cartesian(frozen["azimuth_deg"], frozen["elevation_deg"])
    assert positions.shape == (31 * 15 + 600, 3)
    gains = design_point_source_panner(layout_of(reference_name)).gains(positions)
    np.testing.assert_allclose(gains, frozen["gains"], rtol=0, atol=1e-12)


def test_there_is_a_reference_for_every_layout_of_the_standard():
    assert len(REFERENCE_NAMES) == 11


@pytest.mark.parametrize("layout_name", LAYOUT_NAMES)
def test_a_source_at_a_loudspeaker_sounds_from_it_alone(layout_name):
    layout = get_layout(layout_name).without_lfe()
    gains = design_point_source_panner(layout).gains(layout.positions)
    np.testing.assert_allclose(gains, np.identity(layout.channel_count), rtol=0, atol=1e-12)


@pytest.mark.parametrize("layout_name", [name for name in LAYOUT_NAMES if name != "0+2+0"])
@settings(max_examples=40)
@given(azimuth_deg=azimuths_deg, elevation_deg=elevations_deg)
def test_power_is_preserved_in_every_direction(layout_name, azimuth_deg, elevation_deg):
    gains = gains_at(layout_name, azimuth_deg, elevation_deg)
    assert (gains >= 0).all()
    np.testing.assert_allclose(np.sum(gains**2), 1.0, rtol=0, atol=1e-12)


@settings(max_examples=40)
@given(azimuth_deg=azimuths_deg, elevation_deg=elevations_deg)
def test_stereo_loses_3_db_at_most(azimuth_deg, elevation_deg):
    power = np.sum(gains_at("0+2+0", azimuth_deg, elevation_deg) ** 2)
    assert 0.5 - 1e-12 <= power <= 1 + 1e-12


@pytest.mark.parametrize("layout_name", LAYOUT_NAMES)
@settings(max_examples=40)
@given(azimuth_deg=azimuths_deg, elevation_deg=elevations_deg)
def test_left_mirrors_right(layout_name, azimuth_deg, elevation_deg):
    left, right = gains_at(layout_name, [azimuth_deg, -azimuth_deg], elevation_deg)
    np.testing.assert_allclose(right, left[mirrored(get_layout(layout_name))], rtol=0, atol=1e-6)


@pytest.mark.parametrize("layout_name", LAYOUT_NAMES)
def test_gains_are_continuous(layout_name):
    """Half a degree moves no gain by more than a tenth, anywhere on the sphere but at the poles."""
    azimuth_deg, elevation_deg = np.meshgrid(np.arange(-180, 180.25, 0.5), np.arange(-85, 85.25, 2.5))
    gains = design_point_source_panner(get_layout(layout_name)).gains(
        cartesian(azimuth_deg, elevation_deg).reshape(-1, 3)
    )
    steps = np.diff(gains.reshape(*azimuth_deg.shape, -1), axis=1)
    assert np.abs(steps).max() < 0.1


def test_one_direction_pans_as_it_does_among_many():
    panner = design_point_source_panner(get_layout("9+10+3"))
    directions = np.random.default_rng(1).standard_normal((150, 3))
    together = panner.gains(directions)
    alone = np.concatenate([panner.gains(direction[np.newaxis]) for direction in directions])
    np.testing.assert_allclose(alone, together, rtol=0, atol=1e-14)


def test_distance_does_not_matter_to_a_point_and_the_origin_is_straight_ahead():
    panner = design_point_source_panner(get_layout("4+7+0"))
    np.testing.assert_allclose(
        panner.gains(cartesian(50.0, 20.0, [1.0, 0.01, 30.0])), np.repeat(gains_at("4+7+0", 50.0, 20.0), 3, axis=0)
    )
    assert panner.gains(np.zeros((1, 3))).tolist() == gains_at("4+7+0", 0.0, 0.0).tolist()


def test_many_random_directions_of_5_5_3_all_find_a_region_of_at_most_five_loudspeakers():
    directions = np.random.default_rng(553).standard_normal((20000, 3))
    gains = design_point_source_panner(get_layout("5+5+3")).gains(directions)
    assert (gains > 0).sum(axis=1).max() <= 5
    np.testing.assert_allclose(np.sum(gains**2, axis=1), 1.0, rtol=0, atol=1e-12)


def test_5_5_3_keeps_a_low_front_source_in_the_lower_front():
    names = np.array(get_layout("5+5+3").channel_names)
    gains = gains_at("5+5+3", [15.0, 30.0, 0.0], [-20.0, -10.0, -20.0])
    # Between two loudspeakers at −20° the straight way runs a little lower than −20°, hence the trace in the middle.
    playing = [set(names[row > 0.05]) for row in gains]
    assert playing == [{"B+030", "B+000"}, {"M+030", "B+030"}, {"B+000"}]


def test_loudspeakers_that_leave_a_hole_are_refused():
    front = tuple(speaker for speaker in get_layout("0+5+0").loudspeakers if abs(speaker.azimuth_deg) <= 30)
    with pytest.raises(LayoutNotPannable):
        design_point_source_panner(Layout("front", front)).gains(np.array([[0.0, -1.0, 0.0]]))
