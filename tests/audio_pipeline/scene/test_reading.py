"""Reading a scene refuses every fault by name and place."""

import json
from pathlib import Path
from typing import Any

import pytest

from audio_pipeline.scene.errors import (
    DuplicateObjectName,
    KeyframeBeyondEnd,
    KeyframesUnordered,
    SceneMissing,
    SceneUnreadable,
    StemDoesNotFit,
    StemMissing,
    StemPathEscapes,
)
from audio_pipeline.scene.model import Keyframe, Scene, SceneObject, Source
from audio_pipeline.scene.reading import check_scene, parse_scene, read_scene


def scene_document(**changes: Any) -> dict[str, Any]:
    return {
        "schema": "opencall.scene/1",
        "name": "song",
        "sample_rate_hz": 48000,
        "frames": 4800,
        "objects": [
            {
                "name": "kick",
                "role": "kick",
                "source": {"stem": "kick.wav", "channel_gains": [1.0, 0.0]},
                "keyframes": [{"azimuth_deg": 0.0}],
            }
        ],
    } | changes


def write(document: Any, path: Path) -> Path:
    path.write_text(json.dumps(document))
    return path


def with_object(**changes: Any) -> dict[str, Any]:
    document = scene_document()
    document["objects"][0] |= changes
    return document


def test_a_good_scene_is_read(tmp_path: Path, write_stem: Any) -> None:
    write_stem("kick.wav")

    scene = read_scene(write(scene_document(), tmp_path / "scene.json"))

    assert scene.objects[0].keyframes == (Keyframe(azimuth_deg=0.0),)
    assert scene.programme.gain_db == 0.0


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (scene_document(tempo=120), ["unknown field `tempo`"]),
        (with_object(colour="red"), ["unknown field `colour`", "$.objects[0]"]),
        (with_object(keyframes=[{"azimuth_deg": 181}]), ["<= 180", "$.objects[0].keyframes[0].azimuth_deg"]),
        (with_object(keyframes=[{"azimuth_deg": "left"}]), ["Expected `float`", "azimuth_deg"]),
        (with_object(keyframes=[{"azimuth_deg": 0, "time_samples": 0.5}]), ["Expected `int`", "time_samples"]),
        (with_object(keyframes=[]), ["length >= 1", "keyframes"]),
        (with_object(interpolation="cubic"), ["cubic", "interpolation"]),
        (scene_document(objects=[]), ["length >= 1", "objects"]),
        (scene_document(schema="opencall.scene/2"), ["opencall.scene/2", "schema"]),
        (scene_document(programme={"gain_db": 1e9}), ["programme.gain_db"]),
        ([], ["Expected `object`"]),
    ],
)
def test_a_document_of_another_shape_is_refused_with_its_place(document: Any, words: list[str]) -> None:
    with pytest.raises(SceneUnreadable) as refusal:
        parse_scene(json.dumps(document).encode(), "some.json")

    assert all(word in str(refusal.value) for word in ["some.json", *words, "compose the scene again"])


@pytest.mark.parametrize("document", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"frames": NaN}', b'{"name": "\xff"}'])
def test_bytes_that_are_no_json_are_refused(document: bytes) -> None:
    with pytest.raises(SceneUnreadable):
        parse_scene(document)


def test_a_missing_scene_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SceneMissing):
        read_scene(tmp_path / "scene.json")
    with pytest.raises(SceneUnreadable):
        read_scene(tmp_path)


@pytest.mark.parametrize("times", [(0, 0), (10, 5), (0, 100, 99)])
def test_keyframes_out_of_order_are_refused(times: tuple[int, ...]) -> None:
    with pytest.raises(KeyframesUnordered, match="kick"):
        check_scene(scene_of(keyframes=tuple(Keyframe(time_samples=time, azimuth_deg=0) for time in times)))


def test_a_keyframe_may_stand_at_the_end_but_not_behind_it() -> None:
    check_scene(scene_of(keyframes=(Keyframe(time_samples=4800, azimuth_deg=0),)))
    with pytest.raises(KeyframeBeyondEnd):
        check_scene(scene_of(keyframes=(Keyframe(time_samples=4801, azimuth_deg=0),)))


def test_two_objects_of_one_name_are_refused() -> None:
    scene = scene_of()
    with pytest.raises(DuplicateObjectName, match="kick"):
        check_scene(Scene(name="song", sample_rate_hz=48000, frames=4800, objects=scene.objects * 2))


@pytest.mark.parametrize(
    "stem",
    [
        "/etc/passwd", "../kick.wav", "stems/../../kick.wav", "..", "C:\\kick.wav", "C:kick.wav", "\\\\host\\kick.wav",
        "..\\kick.wav", "kick\x00.wav", "stems/..",
    ],
)  # fmt: skip
def test_a_stem_path_that_leads_out_is_refused_even_if_the_file_is_there(
    stem: str, tmp_path: Path, write_stem: Any
) -> None:
    write_stem("kick.wav")
    (tmp_path / "song").mkdir()
    document = with_object(source={"stem": stem, "channel_gains": [1, 0]})

    with pytest.raises(StemPathEscapes) as refusal:
        read_scene(write(document, tmp_path / "song" / "scene.json"))

    assert "'kick'" in str(refusal.value)


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_not(tmp_path: Path, write_stem: Any) -> None:
    write_stem("outside.wav")
    write_stem("song/inside.wav")
    (tmp_path / "song" / "kick.wav").symlink_to(tmp_path / "outside.wav")
    scene_path = write(scene_document(), tmp_path / "song" / "scene.json")
    with pytest.raises(StemPathEscapes, match="link"):
        read_scene(scene_path)

    (tmp_path / "song" / "kick.wav").unlink()
    (tmp_path / "song" / "kick.wav").symlink_to("inside.wav")
    assert read_scene(scene_path).name == "song"


def test_a_missing_stem_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StemMissing, match=r"kick\.wav"):
        read_scene(write(scene_document(), tmp_path / "scene.json"))


@pytest.mark.parametrize(
    ("stem", "words"),
    [
        ({"rate": 44100}, ["44100 Hz", "48000 Hz"]),
        ({"frames": 4801}, ["4801 frames", "4800 frames"]),
        ({"channels": 1}, ["1 channels", "channel_gains"]),
    ],
)
def test_a_stem_that_does_not_fit_is_refused(
    stem: dict[str, int], words: list[str], tmp_path: Path, write_stem: Any
) -> None:
    write_stem("kick.wav", **stem)

    with pytest.raises(StemDoesNotFit) as refusal:
        read_scene(write(scene_document(), tmp_path / "scene.json"))

    assert all(word in str(refusal.value) for word in ["kick.wav", *words])


def test_a_stem_may_end_before_the_scene(tmp_path: Path, write_stem: Any) -> None:
    write_stem("kick.wav", frames=100)

    assert read_scene(write(scene_document(), tmp_path / "scene.json")).frames == 4800


def scene_of(keyframes: tuple[Keyframe, ...] = (Keyframe(azimuth_deg=0.0),)) -> Scene:
    kick = SceneObject(name="kick", role="kick", source=Source("kick.wav", (1.0, 0.0)), keyframes=keyframes)
    return Scene(name="song", sample_rate_hz=48000, frames=4800, objects=(kick,))
