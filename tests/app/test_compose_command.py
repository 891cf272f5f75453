"""`opencall compose` as a person runs it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from audio_pipeline.scene.reading import read_scene
from opencall.app.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


@pytest.fixture
def stems(tmp_path: Path) -> Path:
    folder = tmp_path / "My Song" / "stems"
    folder.mkdir(parents=True)
    noise = np.random.default_rng(1).standard_normal((9600, 2)).astype(np.float32)
    soundfile.write(folder / "Kick.wav", noise[:, :1], 48000, subtype="FLOAT")
    soundfile.write(folder / "thing.wav", 0.1 * noise, 48000, subtype="FLOAT")
    return folder


def compose_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    code, out, err = run(capsys, "compose", *arguments, "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert isinstance(document, dict)
    return document


def test_a_scene_is_written_that_reads_back_and_does_not_clip(
    stems: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    output = tmp_path / "My Song" / "scene.json"

    report = compose_json(capsys, stems.parent, "-o", output)

    scene = read_scene(output)
    assert (scene.name, scene.objects[0].source.stem) == ("My Song", "stems/Kick.wav")
    assert report["scene"] == str(output)
    assert report["programme"]["gain_db"] == scene.programme.gain_db < -1.1
    assert [(stem["stem"], stem["role"], stem["confidence"]) for stem in report["stems"]] == [
        ("Kick.wav", "kick", 0.5),
        ("thing.wav", "unknown", 0.4),
    ]


def test_a_scene_may_be_written_anywhere(stems: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    output = tmp_path / "scenes" / "deep" / "scene.json"

    compose_json(capsys, stems, "-o", output, "--name", "Other")

    assert read_scene(output).name == "Other"


def test_a_scene_that_is_there_is_kept_unless_forced(
    stems: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    output = tmp_path / "scene.json"
    output.write_text("mine")

    code, _, err = run(capsys, "compose", stems, "-o", output)
    assert (code, output.read_text()) == (2, "mine")
    assert "--force" in err

    compose_json(capsys, stems, "-o", output, "--force")
    assert read_scene(output).name == "My Song"


def test_roles_come_from_a_file(stems: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    roles = tmp_path / "roles.json"
    roles.write_text('{"thing.wav": "pads"}')

    report = compose_json(capsys, stems, "-o", tmp_path / "scene.json", "--roles", roles)

    assert report["stems"][1]["role"] == "pads"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["missing", "-o", "scene.json"], 2),
        (["{stems}"], 2),
        (["{stems}", "-o", "scene.json", "--preset", "loud"], 2),
        (["{stems}", "-o", "scene.json", "--roles", "missing.json"], 2),
        (["{empty}", "-o", "scene.json"], 1),
        (["{stems}", "-o", "scene.json", "--roles", "{broken}"], 1),
    ],
)
def test_a_refusal_is_one_document_with_json(
    arguments: list[str],
    code: int,
    stems: Path,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_text("[1]")
    places = {"stems": stems, "empty": tmp_path / "empty", "broken": tmp_path / "broken.json"}

    found, out, err = run(capsys, "compose", *[argument.format_map(places) for argument in arguments], "--json")

    assert (found, err) == (code, "")
    assert set(json.loads(out)["error"]) == {"code", "message"}
    assert not (tmp_path / "scene.json").exists()
