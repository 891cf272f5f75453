"""`opencall render`, `export` and `check` as a person runs them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from audio_pipeline.scene.model import Keyframe, Programme, Scene, SceneObject, Source
from audio_pipeline.scene.writing import write_scene
from opencall.app.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def run_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any]:
    code, out, _ = run(capsys, *arguments, "--json")
    return code, json.loads(out)


def write_song(folder: Path, *, level: float = 0.1, gain_db: float = 0.0, frames: int = 9600) -> Path:
    sound = level * np.sin(np.arange(frames) / 20)
    soundfile.write(folder / "stem.wav", sound, 48000, subtype="FLOAT")
    centre = SceneObject(
        name="A", role="keys", source=Source("stem.wav", (1.0,)), keyframes=(Keyframe(azimuth_deg=0.0),)
    )
    scene = Scene(name="My Song", sample_rate_hz=48000, frames=frames, programme=Programme(gain_db), objects=(centre,))
    write_scene(scene, folder / "scene.json")
    return folder / "scene.json"


def test_render_writes_each_layout_under_its_canonical_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene, output = write_song(tmp_path), tmp_path / "out"
    code, document = run_json(capsys, "render", scene, "-o", output, "--to", "7.1.4,0+5+0,stereo")
    assert code == 0
    assert [(file["path"], file["layout"], file["channels"]) for file in document["files"]] == [
        (f"{output}/my-song.4+7+0.wav", "4+7+0", 12),
        (f"{output}/my-song.0+5+0.wav", "0+5+0", 6),
        (f"{output}/my-song.0+2+0.wav", "0+2+0", 2),
    ]
    assert {(file["frames"], file["sample_rate_hz"], file["overs"]) for file in document["files"]} == {(9600, 48000, 0)}
    surround, _ = soundfile.read(output / "my-song.0+5+0.wav", always_2d=True)
    stem, _ = soundfile.read(tmp_path / "stem.wav")
    assert np.abs(surround[:, 2] - stem).max() < 2 * 2**-23
    assert not surround[:, [0, 1, 3, 4, 5]].any()


def test_over_full_scale_is_written_reported_and_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = write_song(tmp_path, level=2.0)
    code, out, err = run(capsys, "render", scene, "-o", tmp_path / "out", "--to", "0+5+0")
    assert code == 1
    assert "my-song.0+5+0.wav" in out
    assert "beyond full scale" in err
    assert soundfile.read(tmp_path / "out/my-song.0+5+0.wav")[0].max() == pytest.approx(1.0, abs=1e-6)


def test_float32_is_never_clipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = write_song(tmp_path, level=2.0)
    code, document = run_json(capsys, "render", scene, "-o", tmp_path / "out", "--to", "5.1", "--encoding", "float32")
    assert code == 0
    assert document["files"][0]["overs"] == 0
    assert soundfile.info(tmp_path / "out/my-song.0+5+0.wav").subtype == "FLOAT"
    assert soundfile.read(tmp_path / "out/my-song.0+5+0.wav")[0].max() == pytest.approx(2.0, abs=1e-3)


def test_two_ears_are_rendered_beside_loudspeakers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene, output = write_song(tmp_path, frames=48000), tmp_path / "out"
    code, document = run_json(capsys, "render", scene, "-o", output, "--to", "stereo,binaural")
    assert code == 0
    assert [(file["path"], file["layout"], file["channels"], file["frames"]) for file in document["files"]] == [
        (f"{output}/my-song.0+2+0.wav", "0+2+0", 2, 48000),
        (f"{output}/my-song.binaural.wav", "binaural", 2, 48000),
    ]
    code, measured = run_json(capsys, "measure", *(file["path"] for file in document["files"]))
    assert code == 0
    stereo, binaural = (file["integrated_lufs"] for file in measured["files"])
    assert abs(stereo - binaural) < 1.0
    sounds = [soundfile.read(file["path"], always_2d=True)[0][:, 0] for file in document["files"]]
    lags = np.correlate(*(sound[2000:8000] for sound in sounds), mode="full")
    assert abs(lags.argmax() - 5999) < 24  # half a millisecond


def test_export_writes_flac_for_headphones_and_check_knows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene, output = write_song(tmp_path), tmp_path / "out"
    code, manifest = run_json(capsys, "export", scene, "-o", output, "--as", "binaural")
    assert code == 0
    assert [(file["path"], file["kind"]) for file in manifest["files"]] == [("my-song.binaural.flac", "binaural")]
    assert set(manifest["hrtf"]) == {"name", "sha256"}
    code, document = run_json(capsys, "check", output / "my-song.binaural.flac")
    assert (code, document["files"][0]["profile"]) == (0, "binaural")


@pytest.mark.parametrize("command", [["render", "--to", "0+2+0"], ["export", "--as", "loudspeakers"]])
def test_ears_for_which_nothing_is_made_are_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    scene, output = write_song(tmp_path), tmp_path / "out"
    code, document = run_json(capsys, *command, scene, "-o", output, "--hrtf", tmp_path / "ada.sofa")
    assert code == 2
    assert "--hrtf" in document["error"]["message"]
    assert not output.exists()


@pytest.mark.parametrize("command", [["render", "--to", "binaural"], ["export", "--as", "binaural"]])
def test_ears_that_are_not_there_exit_with_1_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    scene, output = write_song(tmp_path), tmp_path / "out"
    code, document = run_json(capsys, *command, scene, "-o", output, "--hrtf", tmp_path / "ada.sofa")
    assert (code, document["error"]["code"]) == (1, "NoSuchFile")
    assert not output.exists()


def test_two_ears_among_the_loudspeaker_masters_are_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ("--as", "loudspeakers", "--to", "0+2+0,binaural")
    code, document = run_json(capsys, "export", write_song(tmp_path), "-o", tmp_path / "out", *wanted)
    assert code == 2
    assert "--as" in document["error"]["message"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--to", "9.9.9"],
        ["--to", ""],
        ["--to", "0+2+0", "--encoding", "mp3"],
        [],
    ],
)
def test_wrong_usage_of_render_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    code, document = run_json(capsys, "render", write_song(tmp_path), "-o", tmp_path / "out", *arguments)
    assert code == 2
    assert set(document["error"]) == {"code", "message"}
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", [["render", "--to", "0+2+0"], ["export", "--as", "adm-360"]])
def test_a_folder_that_is_not_empty_needs_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    scene, output = write_song(tmp_path), tmp_path / "out"
    output.mkdir()
    (output / "precious.txt").write_text("mine")
    code, _, err = run(capsys, *command, scene, "-o", output)
    assert code == 2
    assert "--force" in err
    assert [path.name for path in output.iterdir()] == ["precious.txt"]
    code, _, _ = run(capsys, *command, scene, "-o", output, "--force")
    assert code == 0
    assert (output / "precious.txt").read_text() == "mine"


def test_export_prints_its_manifest_and_its_files_pass_their_checks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene, output = write_song(tmp_path), tmp_path / "out"
    code, manifest = run_json(capsys, "export", scene, "-o", output, "--as", "adm-360,loudspeakers")
    assert code == 0
    assert manifest == json.loads((output / "manifest.json").read_bytes())
    assert [file["path"] for file in manifest["files"]] == [
        "my-song.adm-360.wav",
        "my-song.0+2+0.wav",
        "my-song.4+7+0.wav",
        "my-song.5+5+3.wav",
    ]
    code, document = run_json(capsys, "check", *(output / file["path"] for file in manifest["files"]))
    assert code == 0
    assert [file["profile"] for file in document["files"]] == ["adm", *["loudspeakers"] * 3]
    assert all(list(file) == ["path", "profile", "ok", "findings"] for file in document["files"])


def test_a_master_above_the_limit_of_true_peak_is_written_reported_and_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = write_song(tmp_path, level=0.95)
    code, out, err = run(capsys, "export", scene, "-o", tmp_path / "out", "--as", "loudspeakers", "--to", "5.1,stereo")
    assert code == 1
    assert (tmp_path / "out/my-song.0+5+0.wav").exists()
    assert "my-song.0+5+0.wav" in out
    assert [line for line in err.splitlines() if "my-song.0+5+0.wav: the true peak is -0.4" in line]
    assert "my-song.0+2+0.wav" not in err  # panned to two loudspeakers, it is 3 dB below


def test_an_adm_file_renders_as_its_scene_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = write_song(tmp_path, gain_db=-3.0)
    run(capsys, "export", scene, "-o", tmp_path / "m", "--as", "adm-360")
    for source, output in ((scene, tmp_path / "a"), (tmp_path / "m/my-song.adm-360.wav", tmp_path / "b")):
        code, _, _ = run(capsys, "render", source, "-o", output, "--to", "4+7+0", "--encoding", "float32")
        assert code == 0
    one, other = (soundfile.read(tmp_path / name / "my-song.4+7+0.wav")[0] for name in "ab")
    assert np.abs(one - other).max() < 4 * 2**-23


def test_a_kind_that_cannot_be_made_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = run_json(capsys, "export", write_song(tmp_path), "-o", tmp_path / "out", "--as", "vinyl")
    assert code == 2
    assert "adm-360" in document["error"]["message"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("profile", ["adm", "360"])
def test_check_names_what_is_wrong_and_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], profile: str
) -> None:
    write_song(tmp_path)
    code, document = run_json(capsys, "check", tmp_path / "stem.wav", "--profile", profile)
    assert code == 1
    (file,) = document["files"]
    assert (file["path"], file["profile"], file["ok"]) == (str(tmp_path / "stem.wav"), profile, False)
    assert {"code", "severity", "where", "detail"} == set(file["findings"][0])
    assert "AXML_MISSING" in {finding["code"] for finding in file["findings"]}


@pytest.mark.parametrize(
    "command", [["render", "--to", "0+2+0", "-o", "out"], ["check"], ["export", "--as", "adm-360", "-o", "out"]]
)
def test_a_file_that_is_not_there_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, document = run_json(capsys, *command, tmp_path / "nowhere.json")
    assert code == 1
    assert document["error"]["code"] == "NoSuchFile"
    assert not (tmp_path / "out").exists()


def test_a_programme_of_a_scene_cannot_be_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "out"
    chosen = ("--programme", "APR_1001")
    code, document = run_json(capsys, "render", write_song(tmp_path), "-o", output, "--to", "0+2+0", *chosen)
    assert code == 1
    assert document["error"]["code"] == "SceneHasNoProgrammes"
    assert not output.exists() or not list(output.iterdir())


def write_room(folder: Path, layout: str, **loudspeakers: float) -> Path:
    room = {
        "schema": "opencall.layout/1",
        "layout": layout,
        "loudspeakers": [
            {"name": name, "azimuth_deg": azimuth_deg, "elevation_deg": 0} for name, azimuth_deg in loudspeakers.items()
        ],
    }
    (folder / "room.json").write_text(json.dumps(room))
    return folder / "room.json"


def write_side(folder: Path) -> Path:
    """A song whose object stands at 100° to the left."""
    path = write_song(folder)
    scene = json.loads(path.read_text())
    scene["objects"][0]["keyframes"][0]["azimuth_deg"] = 100.0
    path.write_text(json.dumps(scene))
    return path


def test_a_room_moves_what_a_layout_renders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene, room = write_side(tmp_path), write_room(tmp_path, "4+7+0", **{"M+090": 100.0})
    for name, options in (("usual", []), ("moved", ["--layout-file", room])):
        assert run(capsys, "render", scene, "-o", tmp_path / name, "--to", "4+7+0", *options)[0] == 0
    usual, moved = (soundfile.read(tmp_path / name / "my-song.4+7+0.wav")[0] for name in ("usual", "moved"))
    # Between M+090 and M+135 in the usual layout; on the loudspeaker in this room.
    assert [bool(channel) for channel in usual.any(axis=0)].count(True) == 2
    assert np.flatnonzero(moved.any(axis=0)).tolist() == [4]


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--to", "0+2+0"], 2, "which is not asked for"),
        (["--to", "4+7+0"], 1, "stands at azimuth 80°; it may stand at 85° to 110°"),
        (["--to", "0+2+0", "--head", "30"], 2, "--head is about binaural"),
        (["--to", "0+2+0", "--with-lfe"], 2, "--with-lfe is about binaural"),
        (["--to", "binaural", "--head", "left"], 2, "is no turn of a head"),
        (["--to", "binaural", "--head", "1,2"], 2, "is no turn of a head"),
        (["--to", "binaural", "--around-head", "binaural"], 2, "--around-head takes a layout of loudspeakers"),
        (["--to", "binaural", "--around-head", "round"], 2, "no loudspeaker layout 'round'"),
        (["--to", "binaural", "--importance", "11"], 2, "--importance"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], code: int, sentence: str
) -> None:
    azimuth_deg = 90.0 if options[1] == "0+2+0" else 80.0
    rooms = ["--layout-file", write_room(tmp_path, "4+7+0", **{"M+090": azimuth_deg})] if len(options) == 2 else []
    got, _, err = run(capsys, "render", write_song(tmp_path), "-o", tmp_path / "out", *options, *rooms)
    assert got == code
    assert sentence in " ".join(err.split())
    assert not (tmp_path / "out").exists()


def test_two_rooms_for_one_layout_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = write_room(tmp_path, "4+7+0", **{"M+090": 90.0})
    twice = ("--layout-file", room, "--layout-file", room)
    got, _, err = run(capsys, "render", write_song(tmp_path), "-o", tmp_path / "out", "--to", "4+7+0", *twice)
    assert (got, "a second --layout-file for 4+7+0" in " ".join(err.split())) == (2, True)


def test_the_head_turns_towards_what_stands_at_the_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = write_side(tmp_path)
    levels = {}
    for name, options in (("straight", []), ("turned", ["--head", "100,0,0"]), ("nine", ["--around-head", "9+10+3"])):
        assert run(capsys, "render", scene, "-o", tmp_path / name, "--to", "binaural", *options)[0] == 0
        levels[name] = soundfile.read(tmp_path / name / "my-song.binaural.wav")[0].std(axis=0)
    assert levels["straight"][0] > 1.5 * levels["straight"][1]
    assert levels["turned"][0] == pytest.approx(levels["turned"][1], rel=0.1)
    assert levels["nine"][0] > 1.5 * levels["nine"][1]
