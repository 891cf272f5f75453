"""`opencall diff` as a person runs it."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_pipeline.scene.model import Keyframe, Programme, Scene, SceneObject, Source
from audio_pipeline.scene.writing import write_scene
from opencall.app.cli import main


def write_song(path: Path, *, azimuth_deg: float, gain: float, gain_db: float, bell: bool) -> Path:
    soundfile.write(path.parent / "stem.wav", 0.1 * np.sin(np.arange(96_000) / 20), 48_000, subtype="FLOAT")
    voice = (Keyframe(azimuth_deg=azimuth_deg), Keyframe(time_samples=48_000, azimuth_deg=azimuth_deg, gain=gain))
    objects = [SceneObject(name="Voice", role="lead_vocal", source=Source("stem.wav", (1.0,)), keyframes=voice)]
    if bell:
        still = (Keyframe(azimuth_deg=0.0, elevation_deg=90.0),)
        objects.append(SceneObject(name="Bell", role="fx", source=Source("stem.wav", (0.5,)), keyframes=still))
    programme = Programme(gain_db)
    write_scene(
        Scene(name="Song", sample_rate_hz=48_000, frames=96_000, programme=programme, objects=tuple(objects)), path
    )
    return path


@pytest.fixture
def scenes(tmp_path: Path) -> tuple[Path, Path]:
    return (
        write_song(tmp_path / "a.json", azimuth_deg=30.0, gain=1.0, gain_db=-6.0, bell=True),
        write_song(tmp_path / "b.json", azimuth_deg=-15.0, gain=0.5, gain_db=-7.5, bell=False),
    )


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0), capsys.readouterr().out


def test_what_moved_is_told_in_lines(scenes: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "diff", *scenes) == (
        0,
        "programme gain: −6 dB → −7.5 dB\n"
        "Voice\n"
        "  position: 30.0° left → 15.0° right (45.0° apart), from 0:00.000 to 0:02.000\n"
        "  gain: 0 dB → −6.0206 dB, from 0:00.000 to 0:02.000\n"
        "Bell: removed\n",
    )


def test_the_document_says_the_same(scenes: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "diff", *scenes, "--json")
    document = json.loads(out)
    assert (code, document["a"], document["b"], document["same"]) == (0, str(scenes[0]), str(scenes[1]), False)
    assert [(one["name"], one["change"], one["renamed_to"]) for one in document["objects"]] == [
        ("Voice", "changed", None),
        ("Bell", "removed", None),
    ]
    position = document["objects"][0]["changes"][0]
    assert (position["what"], position["a"], position["b"]) == ("position", [30.0, 0.0], [-15.0, 0.0])
    assert (position["by"], position["start_s"], position["end_s"]) == (pytest.approx(45.0), 0.0, 2.0)


def test_nothing_is_told_of_two_that_are_the_same(
    scenes: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "diff", scenes[0], scenes[0]) == (0, "Nothing differs.\n")


def test_a_file_that_is_neither_is_refused(
    scenes: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = run(capsys, "diff", scenes[0], tmp_path / "none.json", "--json")
    assert (code, "none.json" in json.loads(out)["error"]["message"]) == (1, True)
