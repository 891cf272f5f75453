"""Which files are stems, and a scene that always stands above its stems."""

from pathlib import Path
from typing import Any

import pytest

from audio_pipeline.scene.errors import NoStems
from audio_pipeline.scene.model import Keyframe, Scene, SceneObject, Source
from audio_pipeline.scene.reading import check_scene, check_stems
from audio_pipeline.scene.stem_files import audio_folder, beside, stem_files


def scene_with(*stems: str) -> Scene:
    objects = tuple(
        SceneObject(name=str(index), role="x", source=Source(stem, (1.0, 0.0)), keyframes=(Keyframe(azimuth_deg=0.0),))
        for index, stem in enumerate(stems)
    )
    return Scene(name="s", sample_rate_hz=48000, frames=4800, objects=objects)


def stems_of(scene: Scene) -> list[str]:
    return [scene_object.source.stem for scene_object in scene.objects]


def test_mixes_hidden_files_and_what_is_no_sound_are_left_aside(tmp_path: Path, write_stem: Any) -> None:
    for name in ("b.wav", "A.wav", "Mix.wav", ".hidden.wav", "mixdown.wav"):
        write_stem(name)
    (tmp_path / "notes.txt").write_text("play loud")
    (tmp_path / "broken.wav").write_text("no sound")
    (tmp_path / "sound.bin").write_bytes((tmp_path / "b.wav").read_bytes())
    (tmp_path / "folder.wav").mkdir()

    names = [path.name for path in stem_files(tmp_path)]

    assert names == ["A.wav", "b.wav", "broken.wav", "mixdown.wav", "sound.bin"]


def test_a_folder_without_sound_is_refused(tmp_path: Path, write_stem: Any) -> None:
    write_stem("mix.wav")
    with pytest.raises(NoStems):
        stem_files(tmp_path)
    with pytest.raises(NoStems):
        stem_files(tmp_path / "missing")


def test_the_stems_of_a_normalised_folder_are_below_it(tmp_path: Path, write_stem: Any) -> None:
    write_stem("stems/a.wav")

    assert audio_folder(tmp_path) == audio_folder(tmp_path / "stems") == tmp_path / "stems"


def test_a_scene_above_its_stems_names_them_where_they_are(tmp_path: Path, write_stem: Any) -> None:
    write_stem("song/stems/a.wav")

    scene = beside(scene_with("a.wav"), tmp_path / "song" / "stems", tmp_path / "scene.json")

    assert stems_of(scene) == ["song/stems/a.wav"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["song"]


def test_a_scene_elsewhere_gets_links_that_hold_again_and_again(tmp_path: Path, write_stem: Any) -> None:
    write_stem("song/a.wav")
    write_stem("song/b.wav")
    (tmp_path / "scenes").mkdir()
    path = tmp_path / "scenes" / "my song.json"

    for _ in range(2):
        scene = beside(scene_with("a.wav", "b.wav", "a.wav"), tmp_path / "song", path)

    assert stems_of(scene) == ["my song.stems/a.wav", "my song.stems/b.wav", "my song.stems/a.wav"]
    check_scene(scene)
    check_stems(scene, path.parent)
    linked = tmp_path / "scenes" / "my song.stems"
    assert sorted(found.name for found in linked.iterdir()) == ["a.wav", "b.wav"]
    assert (linked / "a.wav").read_bytes() == (tmp_path / "song" / "a.wav").read_bytes()


def test_another_stem_of_the_same_name_replaces_the_link(tmp_path: Path, write_stem: Any) -> None:
    write_stem("one/a.wav", seed=1)
    write_stem("two/a.wav", seed=2)
    (tmp_path / "scenes").mkdir()
    path = tmp_path / "scenes" / "scene.json"

    beside(scene_with("a.wav"), tmp_path / "one", path)
    beside(scene_with("a.wav"), tmp_path / "two", path)

    assert (tmp_path / "scenes/scene.stems/a.wav").samefile(tmp_path / "two/a.wav")
    assert not (tmp_path / "one/a.wav").samefile(tmp_path / "two/a.wav")


def test_a_linked_folder_is_named_by_where_it_lies(tmp_path: Path, write_stem: Any) -> None:
    write_stem("elsewhere/a.wav")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "stems").symlink_to(tmp_path / "elsewhere")

    scene = beside(scene_with("a.wav"), tmp_path / "home" / "stems", tmp_path / "home" / "scene.json")

    assert stems_of(scene) == ["scene.stems/a.wav"]
    check_stems(scene, tmp_path / "home")
