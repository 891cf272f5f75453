"""Where everything is: the picture and its sentence say the same of a scene."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_pipeline.scene.model import Keyframe, Scene, SceneObject, Source
from audio_pipeline.scene.picture import CENTRE, RADIUS, picture_of, place_in_words, spoken_name


def scene(*objects: SceneObject) -> Scene:
    return Scene(name="s", sample_rate_hz=48_000, frames=480_000, objects=objects)


def thing(name: str, *keyframes: Keyframe, role: str = "keys", stem: str | None = None) -> SceneObject:
    return SceneObject(name=name, role=role, source=Source(stem or f"{name}.wav", (1.0,)), keyframes=keyframes)


@pytest.mark.parametrize(
    ("azimuth_deg", "elevation_deg", "words"),
    [
        (0, 0, "ahead"),
        (12, 11, "ahead"),
        (30, 15, "ahead on the left, a little above"),
        (-30, 0, "ahead on the right"),
        (-90, 30, "on the right, above"),
        (140, -15, "behind on the left, below"),
        (180, 0, "behind"),
        (-180, 90, "behind, overhead"),
    ],
)
def test_a_place_has_words(azimuth_deg: float, elevation_deg: float, words: str) -> None:
    assert place_in_words(Keyframe(azimuth_deg=azimuth_deg, elevation_deg=elevation_deg)) == words


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("03-Bajo_DI L", "Bajo DI"),
        ("Violas-and-Cellos", "Violas and Cellos"),
        ("07 - Cuerdas R", "Cuerdas"),
        ("12", "12"),
        ("sides upmix R", "sides"),
        ("mid harmonic upmix", "mid harmonic"),
        ("upmix", "upmix"),
    ],
)
def test_a_file_name_becomes_what_people_say(name: str, spoken: str) -> None:
    assert spoken_name(name) == spoken


def test_left_is_left_and_ahead_is_up() -> None:
    drawn = picture_of(
        scene(thing("front", Keyframe(azimuth_deg=0)), thing("left", Keyframe(azimuth_deg=90, distance=0.5)))
    )
    assert [(dot.x, dot.y) for dot in drawn.dots] == [(CENTRE, CENTRE - RADIUS), (CENTRE - RADIUS / 2, CENTRE)]
    assert drawn.sentence == (
        "Seen from above, you sit in the middle and look up the page. front is ahead; left is on the left."
    )


def test_the_two_of_a_pair_are_one_thing() -> None:
    pair = scene(
        thing("02-Piano L", Keyframe(azimuth_deg=40), stem="piano.wav"),
        thing("02-Piano R", Keyframe(azimuth_deg=-40), stem="piano.wav"),
    )
    drawn = picture_of(pair)
    assert [label.text for label in drawn.labels] == ["Piano"]
    assert len(drawn.dots) == 2
    assert drawn.sentence.endswith("Piano is ahead on both sides.")


def test_what_moves_shows_its_way() -> None:
    keyframes = [Keyframe(azimuth_deg=at, time_samples=at) for at in range(0, 170)]
    (dot,) = picture_of(scene(thing("bird", *keyframes))).dots
    assert dot.way.startswith("M200.0 80.0L")
    assert dot.way.count("L") < 60
    assert "bird begins ahead" in picture_of(scene(thing("bird", *keyframes))).sentence


def test_a_role_without_a_colour_is_drawn_as_ambience() -> None:
    (dot,) = picture_of(scene(thing("what", Keyframe(azimuth_deg=0), role="a role of tomorrow"))).dots
    assert dot.hue == "ambience"


@given(
    st.lists(
        st.tuples(st.floats(-180, 180), st.floats(-90, 90), st.floats(0, 1)),
        min_size=1,
        max_size=22,
    )
)
def test_no_name_lies_on_another(places: list[tuple[float, float, float]]) -> None:
    things = [
        thing(f"object number {index}", Keyframe(azimuth_deg=a, elevation_deg=e, distance=d))
        for index, (a, e, d) in enumerate(places)
    ]
    drawn = picture_of(scene(*things))
    assert len(drawn.labels) == len(things)
    for side in ("start", "end"):
        heights = sorted(label.y for label in drawn.labels if label.anchor == side)
        assert all(math.floor(below - above) >= 11 for above, below in itertools.pairwise(heights))


def test_dots_in_one_place_stand_side_by_side() -> None:
    drawn = picture_of(scene(*(thing(name, Keyframe(azimuth_deg=0)) for name in ("a", "b", "c"))))
    assert [(dot.x, dot.y) for dot in drawn.dots] == [(179.0, 80.0), (200.0, 80.0), (221.0, 80.0)]
