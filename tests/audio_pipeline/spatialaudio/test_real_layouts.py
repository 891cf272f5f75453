"""Layouts as they stand in rooms: what BS.2051 allows can be panned to, and the rest is refused by name."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from audio_pipeline.spatialaudio.bed_gains import bed_gains
from audio_pipeline.spatialaudio.decorrelation import design_decorrelators
from audio_pipeline.spatialaudio.direct_speakers import (
    Bounded,
    CartesianSpeakerPosition,
    DirectSpeaker,
    DirectSpeakerBlocks,
    PolarSpeakerPosition,
)
from audio_pipeline.spatialaudio.errors import (
    LoudspeakerMisplaced,
    LoudspeakersCrossed,
    LoudspeakerUnknown,
    ScreenUnusable,
)
from audio_pipeline.spatialaudio.geometry import cartesian
from audio_pipeline.spatialaudio.layouts import LAYOUT_NAMES, get_layout
from audio_pipeline.spatialaudio.panning.point_source import design_point_source_panner
from audio_pipeline.spatialaudio.real_layouts import in_room
from audio_pipeline.spatialaudio.room_coordinates import channel_places, from_room, to_room
from audio_pipeline.spatialaudio.screens import DEFAULT_SCREEN, CartesianScreen, PolarScreen

# A little of every range, and its ends.
CORNERS = {
    "0+5+0": {"M+110": (100, 15), "M-110": (-120, 7)},
    "2+5+0": {"U+030": (45, 55), "M-110": (-100, 0)},
    "4+5+0": {"M+110": (120, 0), "U+030": (45, 30), "U-110": (-135, 55)},
    "4+5+1": {"B+000": (0, -15), "U-030": (-45, 55)},
    "3+7+0": {"UH+180": (180, 90), "M+090": (60, 0), "M-135": (-150, 0), "U-045": (-30, 45)},
    "0+7+0": {"M+030": (45, 0), "M-090": (-85, 0), "M+135": (150, 0)},
    "4+7+0": {"U+135": (100, 55), "U-045": (-30, 30), "M-030": (-45, 0)},
    "4+9+0": {"M+SC": (5, 0), "M-SC": (-60, 0), "M+090": (110, 0)},
    "9+10+3": {"M+030": (22.5, 5), "M-060": (-45, 0), "T+000": (0, 90), "B-045": (-60, -15), "U+180": (-180, 45)},
    "5+5+3": {"M+110": (120, 5), "B-030": (-25, -30)},
}


@pytest.mark.parametrize("name", CORNERS)
def test_a_room_is_panned_with_unit_power_and_each_loudspeaker_plays_alone_where_it_stands(name):
    moved = in_room(get_layout(name), CORNERS[name])
    real = moved.without_lfe()
    panner = design_point_source_panner(moved)
    np.testing.assert_allclose(panner.gains(real.positions), np.eye(real.channel_count), rtol=0, atol=1e-9)
    directions = np.random.default_rng(1).standard_normal((300, 3))
    np.testing.assert_allclose(np.square(panner.gains(directions)).sum(axis=1), 1.0, rtol=0, atol=1e-9)


def test_every_layout_but_stereo_has_a_room_here():
    assert set(LAYOUT_NAMES) - set(CORNERS) == {"0+2+0"}


def test_what_is_not_moved_stays_and_names_filters_and_lfe_stay_as_they_are():
    layout = get_layout("4+7+0")
    moved = in_room(layout, {"M+090": (100, 0), "LFE1": (-20, -80)})
    assert moved.channel_names == layout.channel_names
    assert moved.nominal == layout
    assert [one for one, other in zip(moved.loudspeakers, layout.loudspeakers, strict=True) if one != other] == [
        replace(layout.loudspeakers[4], azimuth_deg=100, nominal=layout.loudspeakers[4])
    ]
    assert np.array_equal(design_decorrelators(moved), design_decorrelators(layout))
    assert in_room(moved, {}) == layout


@pytest.mark.parametrize(
    ("name", "speaker", "position", "sentence"),
    [
        ("4+7+0", "M+090", (84.9, 0), "stands at azimuth 84.9°; it may stand at 85° to 110°"),
        ("4+7+0", "M-090", (90, 0), "stands at azimuth 90°; it may stand at -110° to -85°"),
        ("4+7+0", "M+090", (90, 1), "stands at elevation 1°; it may stand at 0°"),
        ("0+2+0", "M+030", (29, 0), "may stand at 30°"),
        ("4+9+0", "M+SC", (30, 0), "may stand at 5° to 25° or 35° to 60°"),
        ("9+10+3", "U+180", (178, 30), "may stand at 180°"),
        ("5+5+3", "M+110", (121, 0), "may stand at 100° to 120°"),
        ("0+5+0", "M+110", (float("nan"), 0), "stands at azimuth nan°"),
    ],
)
def test_a_loudspeaker_out_of_its_range_is_refused_by_name(name, speaker, position, sentence):
    with pytest.raises(LoudspeakerMisplaced, match=sentence) as refusal:
        in_room(get_layout(name), {speaker: position})
    assert f"Loudspeaker {speaker} of layout {name}" in str(refusal.value)


def test_a_channel_of_a_bed_is_matched_with_where_loudspeakers_belong_not_with_where_they_stand():
    moved = in_room(get_layout("4+7+0"), {"M+090": (110, 0)})
    speaker = DirectSpeaker(PolarSpeakerPosition(Bounded(115.0, 80.0, 140.0), Bounded(0.0)))
    column = DirectSpeakerBlocks(start_samples=np.zeros(1), end_samples=np.ones(1), speakers=(speaker,))
    assert moved.channel_names[bed_gains(column, moved).argmax()] == "M+135"


def test_a_loudspeaker_that_the_layout_does_not_have_is_refused():
    with pytest.raises(LoudspeakerUnknown, match=r"no loudspeaker 'U\+030'"):
        in_room(get_layout("0+5+0"), {"U+030": (30, 30)})


def test_the_screen_of_the_standard_reaches_29_degrees_to_both_sides():
    edges = DEFAULT_SCREEN.edges()
    assert (edges.left_deg, edges.right_deg) == pytest.approx((29.0, -29.0), abs=1e-12)
    assert edges.top_deg == -edges.bottom_deg == pytest.approx(np.degrees(np.arctan(np.tan(np.radians(29)) / 1.78)))


def test_how_far_away_a_screen_hangs_does_not_change_the_angles_at_which_it_is_seen():
    near, far = (PolarScreen(1.5, 5.0, 10.0, distance, 40.0).edges() for distance in (1.0, 3.0))
    for edge in ("left_deg", "right_deg", "bottom_deg", "top_deg"):
        assert getattr(near, edge) == pytest.approx(getattr(far, edge), abs=1e-9)


def test_a_screen_is_the_same_in_both_kinds_of_coordinates():
    polar = PolarScreen(2.0, 0.0, 0.0, 1.0, 90.0).edges()
    flat = CartesianScreen(2.0, 0.0, 1.0, 0.0, 2.0).edges()
    for edge in ("left_deg", "right_deg", "bottom_deg", "top_deg"):
        assert getattr(polar, edge) == pytest.approx(getattr(flat, edge), abs=1e-9)


@pytest.mark.parametrize(
    "screen",
    [
        PolarScreen(0.0, 0.0, 0.0, 1.0, 58.0),
        PolarScreen(1.78, 0.0, 0.0, 1.0, 180.0),
        PolarScreen(1.78, 180.0, 0.0, 1.0, 58.0),
        PolarScreen(1.78, 0.0, 85.0, 1.0, 58.0),
        CartesianScreen(1.78, 0.0, -1.0, 0.0, 1.0),
        CartesianScreen(1.78, 0.0, 1.0, 0.0, float("nan")),
    ],
)
def test_a_screen_that_nobody_can_look_at_is_refused(screen):
    with pytest.raises(ScreenUnusable):
        screen.edges()


def test_a_channel_locks_to_the_edge_of_the_rooms_own_screen_or_to_none():
    left_edge = DirectSpeaker(PolarSpeakerPosition(Bounded(0.0), Bounded(0.0)), horizontal_edge="left")
    column = DirectSpeakerBlocks(start_samples=np.zeros(1), end_samples=np.ones(1), speakers=(left_edge,))
    layout = get_layout("4+7+0")
    wide = replace(layout, screen=PolarScreen(1.78, 0.0, 0.0, 1.0, 60.0))
    assert wide.channel_names[bed_gains(column, wide).argmax()] == "M+030"
    assert bed_gains(column, wide).max() == pytest.approx(1.0)
    assert bed_gains(column, replace(layout, screen=None))[0, layout.channel_names.index("M+000")] == 1.0


coordinates = st.floats(-1, 1, allow_subnormal=False)


@given(st.floats(-180, 180), st.floats(-90, 90), st.floats(0.01, 1))
def test_places_and_directions_convert_back(azimuth_deg, elevation_deg, distance):
    # Next to a pole the azimuth is lost in rounding.
    assume(abs(elevation_deg) < 89.99)
    place = to_room(np.array([azimuth_deg]), np.array([elevation_deg]), np.array([distance]))
    found = cartesian(*from_room(place))
    np.testing.assert_allclose(found, [cartesian(azimuth_deg, elevation_deg, distance)], rtol=0, atol=1e-7)


def test_the_corners_of_the_room_are_where_loudspeakers_stand():
    layout = get_layout("4+5+0").without_lfe()
    angles = [(one.azimuth_deg, one.elevation_deg) for one in layout.loudspeakers]
    places = to_room(*np.array(angles).T, np.ones(len(angles)))
    np.testing.assert_allclose(places, channel_places(layout), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", LAYOUT_NAMES)
@settings(max_examples=20, deadline=None)
@given(place=st.tuples(coordinates, coordinates, coordinates))
def test_a_place_in_the_room_is_panned_with_unit_power_in_every_layout(name, place):
    speaker = DirectSpeaker(CartesianSpeakerPosition(*map(Bounded, place)))
    column = DirectSpeakerBlocks(start_samples=np.zeros(1), end_samples=np.ones(1), speakers=(speaker,))
    gains = bed_gains(column, get_layout(name))
    assert np.square(gains).sum() == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    "positions_deg", [{"M+090": (150, 0), "M+135": (60, 0)}, {"M-090": (-100, 0), "M-135": (-100, 0)}]
)
def test_neighbours_keep_their_order_where_their_ranges_overlap(positions_deg):
    layout = get_layout("3+7+0")
    assert in_room(layout, {"M+090": (60, 0), "M+135": (150, 0)}).name == "3+7+0"
    with pytest.raises(LoudspeakersCrossed):
        in_room(layout, positions_deg)
