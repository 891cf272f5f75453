"""Composing: a folder of stems becomes a scene, its roles told by names or by a person."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio_pipeline.errors import NotAudio
from audio_pipeline.scene.composing import compose
from audio_pipeline.scene.errors import (
    NoStems,
    OnlyLfeStems,
    RoleForNoStem,
    StemHasTooManyChannels,
    StemNotFinite,
    StemPathEscapes,
    StemsDisagree,
    TooManyObjects,
    UnknownPreset,
    UnknownRole,
)
from audio_pipeline.scene.reading import check_scene, check_stems
from audio_pipeline.scene.writing import scene_bytes


def test_a_folder_becomes_a_scene_that_its_own_reader_takes(tmp_path: Path, write_stem: Any) -> None:
    write_stem("stems/01 Kick.wav", channels=1)
    write_stem("stems/02 Pad.wav", seed=2)
    write_stem("mix.wav", seed=3)

    composition = compose(tmp_path, "song")

    scene = composition.scene
    check_scene(scene)
    check_stems(scene, composition.folder)
    assert composition.folder == tmp_path / "stems"
    assert (scene.name, scene.sample_rate_hz, scene.frames, scene.notes) == ("song", 48000, 4800, ())
    assert [(it.name, it.role) for it in scene.objects] == [
        ("01 Kick", "kick"),
        ("02 Pad L", "pads"),
        ("02 Pad R", "pads"),
    ]
    assert [(stem.stem, stem.confidence, stem.objects) for stem in composition.stems] == [
        ("01 Kick.wav", 0.5, ("01 Kick",)),
        ("02 Pad.wav", 0.95, ("02 Pad L", "02 Pad R")),
    ]


def test_the_same_folder_makes_the_same_bytes(tmp_path: Path, write_stem: Any) -> None:
    for index, name in enumerate(["Drums.wav", "Hats.wav", "Vox.wav"]):
        write_stem(name, seed=index)

    assert scene_bytes(compose(tmp_path, "song").scene) == scene_bytes(compose(tmp_path, "song").scene)


def test_a_persons_roles_overrule_the_names(tmp_path: Path, write_stem: Any) -> None:
    for index, name in enumerate(["Drums.wav", "a.wav", "b.wav", "c.wav"]):
        write_stem(name, seed=index)
    roles = {"Drums.wav": "music_bed", "a": "Lead Vocal", "b.flac": "Bajo", "c.wav": "other"}

    composition = compose(tmp_path, "song", roles=roles)

    assert [(stem.role, stem.confidence) for stem in composition.stems] == [
        ("music_bed", 1.0),
        ("lead_vocal", 1.0),
        ("bass", 1.0),
        ("unknown", 1.0),
    ]


def test_an_lfe_stem_stays_outside_and_a_short_one_is_noted(tmp_path: Path, write_stem: Any) -> None:
    write_stem("Drums.wav")
    write_stem("Keys.wav", frames=4000, seed=2)
    write_stem("LFE.wav", channels=1)

    composition = compose(tmp_path, "song")

    assert {it.source.stem for it in composition.scene.objects} == {"Drums.wav", "Keys.wav"}
    assert composition.stems[2].objects == ()
    assert ["800 samples" in composition.scene.notes[0], "LFE" in composition.scene.notes[1]] == [True, True]


def test_a_silent_stem_keeps_its_place(tmp_path: Path, write_stem: Any) -> None:
    write_stem("Pad.wav", samples=np.zeros((4800, 2)))
    write_stem("Drums.wav")

    assert [it.name for it in compose(tmp_path, "song").scene.objects] == ["Drums L", "Drums R", "Pad L", "Pad R"]


def test_what_cannot_be_composed_is_refused(tmp_path: Path, write_stem: Any) -> None:
    with pytest.raises(NoStems):
        compose(tmp_path, "song")
    write_stem("LFE.wav", channels=1)
    with pytest.raises(OnlyLfeStems):
        compose(tmp_path, "song")
    write_stem("Pad.wav")
    with pytest.raises(UnknownPreset, match="stage"):
        compose(tmp_path, "song", "loud")
    with pytest.raises(UnknownRole, match="lead_vocal"):
        compose(tmp_path, "song", roles={"Pad.wav": "xyzzy"})
    with pytest.raises(RoleForNoStem, match=r"Pad\.wav"):
        compose(tmp_path, "song", roles={"Pads.wav": "pads"})
    write_stem("Pad44.wav", rate=44100)
    with pytest.raises(StemsDisagree, match="44100, 48000"):
        compose(tmp_path, "song")
    write_stem("Pad44.wav", channels=6)
    with pytest.raises(StemHasTooManyChannels, match=r"Pad44\.wav"):
        compose(tmp_path, "song")
    write_stem("Pad44.wav", samples=np.full((480, 2), np.inf))
    with pytest.raises(StemNotFinite, match=r"Pad44\.wav"):
        compose(tmp_path, "song")
    (tmp_path / "Pad44.wav").write_text("no sound")
    with pytest.raises(NotAudio):
        compose(tmp_path, "song")


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path, write_stem: Any) -> None:
    write_stem("outside.wav")
    (tmp_path / "song").mkdir()
    (tmp_path / "song" / "Pad.wav").symlink_to(tmp_path / "outside.wav")

    with pytest.raises(StemPathEscapes):
        compose(tmp_path / "song", "song")


def test_more_objects_than_a_scene_carries_are_refused(tmp_path: Path, write_stem: Any) -> None:
    for index in range(65):
        write_stem(f"{index}.wav", frames=10, seed=index)

    with pytest.raises(TooManyObjects, match="130"):
        compose(tmp_path, "song")
