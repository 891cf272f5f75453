"""Writing a scene: the same bytes every time, read back as the same scene, whole or not at all."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_pipeline.scene.model import Keyframe, Programme, Scene, SceneObject, Source
from audio_pipeline.scene.reading import parse_scene
from audio_pipeline.scene.writing import scene_bytes, write_scene

PROJECT = Path(__file__).resolve().parents[3]

keyframes = st.builds(
    Keyframe,
    time_samples=st.integers(0, 10**9),
    azimuth_deg=st.floats(-180, 180),
    elevation_deg=st.floats(-90, 90),
    width_deg=st.floats(0, 360),
    gain=st.floats(0, 1000),
    diffuse=st.floats(0, 1),
)
objects = st.builds(
    SceneObject,
    name=st.text(min_size=1, max_size=64),
    role=st.sampled_from(["kick", "unknown"]),
    source=st.builds(
        Source, st.text(min_size=1, max_size=20), st.lists(st.floats(-1000, 1000), min_size=1, max_size=3).map(tuple)
    ),
    keyframes=st.lists(keyframes, min_size=1, max_size=4).map(tuple),
    interpolation=st.sampled_from(["linear", "jump"]),
)
scenes = st.builds(
    Scene,
    name=st.text(min_size=1, max_size=200),
    sample_rate_hz=st.integers(8000, 768000),
    frames=st.integers(1, 10**10),
    programme=st.builds(Programme, st.floats(-120, 60)),
    objects=st.lists(objects, min_size=1, max_size=3).map(tuple),
    notes=st.lists(st.text(max_size=20), max_size=2).map(tuple),
)


@given(scenes)
def test_what_is_written_is_read_back_and_written_as_the_same_bytes(scene: Scene) -> None:
    document = scene_bytes(scene)

    assert parse_scene(document) == scene
    assert scene_bytes(parse_scene(document)) == document


def test_a_file_appears_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    scene = Scene(name="song", sample_rate_hz=48000, frames=1, objects=(kick(),))
    path = tmp_path / "scene.json"
    path.write_text("older")

    write_scene(scene, path)

    assert path.read_bytes() == scene_bytes(scene)
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    scene = Scene(name="\ud800", sample_rate_hz=48000, frames=1, objects=(kick(),))
    path = tmp_path / "scene.json"
    path.write_text("older")

    with pytest.raises(UnicodeEncodeError):
        write_scene(scene, path)

    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def kick() -> SceneObject:
    return SceneObject(name="k", role="kick", source=Source("k.wav", (1.0,)), keyframes=(Keyframe(azimuth_deg=0.0),))
