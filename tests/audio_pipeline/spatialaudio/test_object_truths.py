"""Truths of rooms, locks, zones and screens that hold in every layout, whatever a reference says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.ears import BUS
from audio_pipeline.spatialaudio.gains import block_gains
from audio_pipeline.spatialaudio.layouts import LAYOUT_NAMES, get_layout
from audio_pipeline.spatialaudio.room_coordinates import channel_places, from_room, to_room
from audio_pipeline.spatialaudio.screens import DEFAULT_SCREEN, PolarScreen
from audio_pipeline.spatialaudio.zones import CartesianZone, PolarZone, excluded_channels, excluded_in_room

ROOMS = [get_layout(name).without_lfe() for name in LAYOUT_NAMES]
SMALL = settings(max_examples=25, deadline=None)
coordinates = st.lists(st.floats(-1, 1, allow_subnormal=False), min_size=3, max_size=3)
sizes = st.lists(st.sampled_from([0.0, 0.1, 0.4, 1.0]), min_size=3, max_size=3)
rooms = st.sampled_from(ROOMS)


def in_room(x, y, z, width=0.0, height=0.0, depth=0.0, **columns):
    size = {"room_width": width, "room_height": height, "room_depth": depth}
    return ObjectBlocks.of(start_samples=0, end_samples=1, cartesian=True, x=x, y=y, z=z, **size, **columns)


def gains_of(blocks, layout):
    gains = block_gains([blocks], [layout])
    assert not gains.diffuse.any()
    return gains.direct[0]


def mirrored(layout):
    """For each channel the one on the other side."""
    names = layout.channel_names

    def other(name):
        return name if name[-3:] in ("000", "180") else name.translate(str.maketrans("+-", "-+"))

    return [names.index(other(name)) for name in names]


@pytest.mark.parametrize("layout", ROOMS, ids=LAYOUT_NAMES)
def test_an_object_at_a_loudspeakers_place_comes_from_it_alone(layout):
    for number, place in enumerate(channel_places(layout)):
        expected = np.eye(layout.channel_count)[number]
        np.testing.assert_allclose(gains_of(in_room(*place), layout), expected, rtol=0, atol=1e-12)


@SMALL
@given(layout=rooms, place=coordinates, size=sizes)
def test_power_in_a_room_is_kept_whatever_the_size(layout, place, size):
    assert (gains_of(in_room(*place, *size), layout) ** 2).sum() == pytest.approx(1.0, abs=1e-9)


@SMALL
@given(layout=rooms, place=coordinates, size=sizes, divergence=st.floats(0, 1))
def test_the_mirrored_place_is_heard_from_the_mirrored_loudspeakers(layout, place, size, divergence):
    x, y, z = place
    columns = {"divergence": divergence, "divergence_x": 0.4}
    here, there = (gains_of(in_room(side, y, z, *size, **columns), layout) for side in (x, -x))
    np.testing.assert_allclose(there, here[mirrored(layout)], rtol=0, atol=1e-9)


degrees = st.integers(-180, 180)


@SMALL
@given(
    layout=rooms,
    cartesian=st.booleans(),
    angles=st.tuples(degrees, st.integers(-90, 90)),
    place=coordinates,
    divergence=st.sampled_from([0.0, 0.4]),
    sides=st.tuples(st.sampled_from([-1, 0, 1]), st.sampled_from([-1, 0, 1])),
    screen=st.none() | st.tuples(st.integers(-30, 30), st.integers(-20, 20)),
    zone=st.none() | st.tuples(degrees, degrees) | st.tuples(st.integers(-8, 8), st.integers(0, 8), st.integers(-8, 8)),
)
def test_a_scene_in_a_mirror_sounds_in_a_mirror(layout, cartesian, angles, place, divergence, sides, screen, zone):
    def scene(side):
        columns = {"cartesian": cartesian, "azimuth_deg": side * angles[0], "elevation_deg": angles[1]}
        columns |= {"x": side * place[0], "y": place[1], "z": place[2], "width_deg": 25.0, "room_width": 0.1}
        columns |= {"divergence": divergence, "divergence_azimuth_deg": 50.0, "divergence_x": 0.3}
        columns |= {"horizontal_edge": side * sides[0], "vertical_edge": sides[1]}
        if screen is not None:
            columns |= {
                "screen_ref": True,
                "reference_screen": PolarScreen(1.5, side * screen[0], screen[1], 1.0, 40.0),
            }
        if zone is not None and len(zone) == 2:
            first, last = (side * angle for angle in zone[::side])
            columns["zones"] = [(PolarZone(first, last, -30.0, 30.0),)]
        elif zone is not None:
            left, width, back = (step / 8 for step in zone)
            least, most = sorted((side * left, side * (left + width)))
            columns["zones"] = [(CartesianZone((least, back, -1.0), (most, 1.0, 0.4)),)]
        return gains_of(ObjectBlocks.of(start_samples=0, end_samples=1, **columns), layout)

    np.testing.assert_allclose(np.square(scene(-1)), np.square(scene(1))[mirrored(layout)], rtol=0, atol=1e-9)


@SMALL
@given(
    layout=rooms,
    azimuth_deg=st.floats(-180, 180),
    elevation_deg=st.floats(-85, 85),
    distance=st.floats(0.01, 2),
    size=sizes,
    screen_ref=st.booleans(),
    moved=st.sampled_from(
        ["azimuth_deg", "elevation_deg", "distance", "width_deg", "height_deg", "depth", "divergence"]
    ),
)
def test_a_small_step_around_the_listener_is_a_small_change(
    layout, azimuth_deg, elevation_deg, distance, size, screen_ref, moved
):
    picture = PolarScreen(1.5, 10.0, -5.0, 1.0, 40.0)
    columns = {"azimuth_deg": azimuth_deg, "elevation_deg": elevation_deg, "distance": distance, "divergence": 0.3}
    columns |= dict(zip(("width_deg", "height_deg", "depth"), np.multiply(size, [200.0, 90.0, 1.0]), strict=True))
    columns |= {"start_samples": 0, "end_samples": 1, "divergence_azimuth_deg": 40.0}
    columns |= {"screen_ref": screen_ref, "reference_screen": picture}
    here = gains_of(ObjectBlocks.of(**columns), layout)
    there = gains_of(ObjectBlocks.of(**columns | {moved: columns[moved] + 1e-6}), layout)
    assert np.abs(there**2 - here**2).max() < 2e-5


@SMALL
@given(layout=rooms, place=coordinates, size=sizes, axis=st.sampled_from("xyz"))
def test_a_small_step_in_a_room_is_a_small_change(layout, place, size, axis):
    beside = [min(value + 1e-6, 1.0) if axis == name else value for name, value in zip("xyz", place, strict=True)]
    change = gains_of(in_room(*beside, *size), layout) - gains_of(in_room(*place, *size), layout)
    # Layers and rows that stand close together are passed in a short way.
    assert np.abs(change).max() < 2e-4


@SMALL
@given(
    layout=rooms,
    azimuth_deg=st.floats(-180, 180),
    elevation_deg=st.floats(-90, 90),
    room=st.booleans(),
    size=st.sampled_from([0.0, 0.5]),
    zone=st.one_of(
        st.builds(PolarZone, st.floats(-180, 0), st.floats(0, 170), st.floats(-90, 0), st.floats(0, 90)),
        st.builds(CartesianZone, st.tuples(*[st.floats(-1.1, 0)] * 3), st.tuples(*[st.floats(0, 1.1)] * 3)),
    ),
)
def test_no_loudspeaker_of_a_zone_plays_and_no_power_is_lost(layout, azimuth_deg, elevation_deg, room, size, zone):
    excluded = excluded_channels((zone,), layout)
    place = to_room(np.array([azimuth_deg]), np.array([elevation_deg]), np.ones(1))[0].clip(-1, 1)
    position = dict(zip("xyz", place, strict=True)) | {"room_width": size}
    if not room:
        position = {"azimuth_deg": azimuth_deg, "elevation_deg": elevation_deg, "width_deg": 100 * size}
    blocks = ObjectBlocks.of(start_samples=0, end_samples=1, cartesian=room, zones=[(zone,)], **position)
    free = ObjectBlocks.of(start_samples=0, end_samples=1, cartesian=room, **position)
    gains = gains_of(blocks, layout)
    assert (gains**2).sum() == pytest.approx((gains_of(free, layout) ** 2).sum(), abs=1e-9)
    # Whole rows go in a room: where nothing would be left, everything stays.
    out = excluded_in_room(excluded, channel_places(layout)) if room else excluded & ~excluded.all()
    assert not gains[out].any()
    assert (out | ~excluded).all() or not out.any()


@pytest.mark.parametrize("layout", ROOMS, ids=LAYOUT_NAMES)
@pytest.mark.parametrize("room", [False, True])
def test_a_locked_object_comes_from_one_loudspeaker(layout, room):
    rng = np.random.default_rng(5)
    count = 30
    position = dict(zip("xyz", rng.uniform(-1, 1, (3, count)), strict=True))
    if not room:
        position = {"azimuth_deg": rng.uniform(-180, 180, count), "elevation_deg": rng.uniform(-90, 90, count)}
    times = {"start_samples": np.arange(count), "end_samples": np.arange(count) + 1}
    gains = block_gains([ObjectBlocks.of(**times, cartesian=room, channel_lock=True, **position)], [layout]).direct
    assert np.sort(gains, axis=1)[:, :-1] == pytest.approx(0.0, abs=1e-12)
    assert gains.max(axis=1) == pytest.approx(1.0, abs=1e-12)


def test_a_lock_reaches_no_farther_than_it_says():
    layout = get_layout("0+5+0").without_lfe()
    times = {"start_samples": 0, "end_samples": 1, "azimuth_deg": 20.0, "channel_lock": True}
    apart = 2 * np.sin(np.radians(10.0 / 2))
    free = gains_of(ObjectBlocks.of(start_samples=0, end_samples=1, azimuth_deg=20.0), layout)
    near = gains_of(ObjectBlocks.of(**times, lock_distance=apart - 0.001), layout)
    far = gains_of(ObjectBlocks.of(**times, lock_distance=apart + 0.001), layout)
    np.testing.assert_array_equal(near, free)
    assert far.round(12).tolist() == [1, 0, 0, 0, 0]


def test_what_was_at_the_edge_of_the_picture_is_at_the_edge_of_the_screen():
    wide = PolarScreen(aspect_ratio=1.78, azimuth_deg=0.0, elevation_deg=0.0, distance=1.0, width_deg=80.0)
    layout = get_layout("0+5+0").without_lfe()
    times = {"start_samples": 0, "end_samples": 1}
    picture = gains_of(ObjectBlocks.of(**times, azimuth_deg=40.0, screen_ref=True, reference_screen=wide), layout)
    locked = gains_of(ObjectBlocks.of(**times, azimuth_deg=-90.0, horizontal_edge=1), layout)
    plain = gains_of(ObjectBlocks.of(**times, azimuth_deg=DEFAULT_SCREEN.width_deg / 2), layout)
    np.testing.assert_allclose(picture, plain, rtol=0, atol=1e-9)
    np.testing.assert_allclose(locked, plain, rtol=0, atol=1e-9)


@SMALL
@given(place=coordinates)
def test_a_room_and_its_directions_are_the_same_places(place):
    places = np.array([place])
    azimuth_deg, elevation_deg, distance = from_room(places)
    assert to_room(azimuth_deg, elevation_deg, distance) == pytest.approx(places, abs=1e-6)


def test_a_place_in_a_room_is_a_direction_for_ears():
    """The bus of two ears has no walls: the middle of the left wall is at the left."""
    left = gains_of(in_room(-1, 0, 0), BUS)
    azimuth_deg, elevation_deg, _ = from_room(np.array([[-1.0, 0.0, 0.0]]))
    plain = ObjectBlocks.of(start_samples=0, end_samples=1, azimuth_deg=azimuth_deg[0], elevation_deg=elevation_deg[0])
    np.testing.assert_allclose(left, gains_of(plain, BUS), rtol=0, atol=1e-9)
    assert BUS.loudspeakers[int(left.argmax())].azimuth_deg in (60.0, 90.0)


def test_blocks_that_repeat_cost_nothing_new_and_are_the_same():
    rng = np.random.default_rng(9)
    few = rng.uniform(-1, 1, (3, 5))
    order = rng.integers(0, 5, 200)
    times = {"start_samples": np.arange(200), "end_samples": np.arange(200) + 1}
    columns = dict(zip("xyz", few[:, order], strict=True))
    layout = get_layout("4+7+0")
    many = block_gains([ObjectBlocks.of(**times, cartesian=True, room_width=0.3, **columns)], [layout]).direct
    for number in range(5):
        alone = gains_of(in_room(*few[:, number], 0.3), layout)
        np.testing.assert_allclose(many[order == number], np.tile(alone, (np.sum(order == number), 1)), atol=1e-12)


def test_of_two_equally_near_loudspeakers_the_one_of_the_middle_layer_is_locked_to():
    layout = get_layout("4+5+1").without_lfe()
    between = ObjectBlocks.of(start_samples=0, end_samples=1, elevation_deg=-15.0, channel_lock=True)
    assert layout.channel_names[int(gains_of(between, layout).argmax())] == "M+000"


def test_an_excluded_middle_layer_is_replaced_from_above_before_below():
    layout = get_layout("9+10+3").without_lfe()
    middle = PolarZone(-180.0, 180.0, -5.0, 5.0)
    front = ObjectBlocks.of(start_samples=0, end_samples=1, zones=[(middle,)])
    assert layout.channel_names[int(gains_of(front, layout).argmax())] == "U+000"
