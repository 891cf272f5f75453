"""What is left of a song, drawn: where each level stands, which stretch is marked, and where most of it is."""

import re

import pytest

from opencall.kernel.web.lanes import FLOOR_DB, HEIGHT, NARROWEST, WIDTH, Stretch, lanes_of

REST = {
    "says": ["…"],
    "step_s": 2.0,
    "left_db": [-60, -30, 0, None],
    "bands": [{"name": "bass", "left_db": [-60, -12, -90, None]}, {"name": "treble", "left_db": [None] * 4}],
    "places": [{"start_s": 2.0, "end_s": 6.0}],
}


def test_a_level_fills_its_step_from_the_floor_to_full_scale():
    whole, treble, bass = lanes_of(REST).lanes
    assert whole.path == "M0 40V40H150V20H300V0H450V40H600V40z"
    assert (whole.label, whole.most_db) == ("All of it", 0)
    assert (treble.label, treble.path, treble.most_db) == ("Treble", "", None)
    assert (bass.label, bass.path, bass.most_db) == ("Bass", "M0 40V40H150V8H300V40H450V40H600V40z", -12)


def test_places_are_marked_where_they_are_and_never_too_thin_to_see():
    assert lanes_of(REST).marks == (Stretch(WIDTH / 4, WIDTH / 2),)
    thin = lanes_of({**REST, "places": [{"start_s": 7.999, "end_s": 8.0}]})
    assert thin.marks == (Stretch(WIDTH - NARROWEST, NARROWEST),)


def test_times_are_even_and_the_most_is_where_it_is():
    picture = lanes_of(REST)
    assert picture.ticks_s == (0.0, 2.0, 4.0, 6.0, 8.0)
    assert (picture.most_db, picture.most_at_s, picture.most_in) == (0, 4.0, "Bass")


@pytest.mark.parametrize("rest", [None, {}, {"step_s": 1.0}, {"left_db": [-3], "step_s": 0}])
def test_what_is_not_known_is_not_drawn(rest):
    assert lanes_of(rest) is None


def test_nothing_leaves_the_box_whatever_the_levels():
    picture = lanes_of({"step_s": 1.0, "left_db": [7, FLOOR_DB - 40, None] * 40})
    numbers = re.findall(r"([VH])([\d.]+)", picture.lanes[0].path)
    assert max(float(y) for kind, y in numbers if kind == "V") == HEIGHT
    assert [float(x) for kind, x in numbers if kind == "H"][-1] == WIDTH
