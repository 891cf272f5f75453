"""`opencall upmix`, and how what it makes stays marked through scene, masters and their judges."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from audio_pipeline.masters.checking import check_file
from opencall.app.cli import main
from tests.audio_pipeline.upmix.sounds import on_grid

RATE_HZ = 48000


@pytest.fixture
def song(tmp_path: Path) -> Path:
    noise = np.random.default_rng(6).standard_normal((RATE_HZ // 2, 4)) * 0.1
    samples = on_grid(noise[:, :2] + noise[:, 2:3] + noise[:, 3:] * [1.0, 0.2])
    path = tmp_path / "Kyrie.wav"
    soundfile.write(path, samples, RATE_HZ, subtype="PCM_24")
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    def run(*arguments: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        return int(stop.value.code or 0), capsys.readouterr().out

    return run


def test_the_parts_lie_in_the_folder_and_the_document_is_their_manifest(run, song, tmp_path):
    code, out = run("upmix", song, "-o", tmp_path / "Parts", "--json")
    assert code == 0
    document = json.loads(out)
    assert document == json.loads((tmp_path / "Parts" / "manifest.json").read_bytes())
    assert (document["schema"], document["source"], document["null_db"]) == ("opencall.upmix/1", "upmix", None)
    assert document["song"]["path"] == str(song)
    assert sorted(path.name for path in (tmp_path / "Parts").iterdir()) == [
        "ambience upmix.wav",
        "manifest.json",
        "mid harmonic upmix.wav",
        "mid percussive upmix.wav",
        "remainder upmix.wav",
        "sides upmix.wav",
    ]


def test_people_read_what_it_is_and_what_is_left(run, song, tmp_path):
    code, out = run("upmix", song, "-o", tmp_path / "Parts")
    assert code == 0
    first, *parts, last = out.splitlines()
    assert first == "Upmix from the stereo mix: 48000 Hz, 0.50 s"
    assert parts[0].startswith("mid harmonic upmix.wav  mono, −")
    assert len(parts) == 5
    assert last == "The song without the sum of the parts leaves nothing"


def test_a_folder_with_anything_in_it_is_refused_without_force(run, song, tmp_path):
    (tmp_path / "Parts").mkdir()
    (tmp_path / "Parts" / "mine.txt").write_text("x")
    code, out = run("upmix", song, "-o", tmp_path / "Parts", "--json")
    assert code == 2
    assert "say --force" in json.loads(out)["error"]["message"]
    assert run("upmix", song, "-o", tmp_path / "Parts", "--force")[0] == 0
    assert (tmp_path / "Parts" / "mine.txt").read_text() == "x"


def test_what_is_no_stereo_song_is_one_refusal(run, tmp_path):
    code, out = run("upmix", tmp_path / "nothing.wav", "-o", tmp_path / "Parts", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (1, "NoSuchFile")
    soundfile.write(tmp_path / "wide.wav", np.zeros((9000, 4)), RATE_HZ)
    code, out = run("upmix", tmp_path / "wide.wav", "-o", tmp_path / "Parts", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (1, "SongNotStereo")


def test_an_upmix_says_that_it_is_one_in_scene_masters_and_before_every_judge(run, song, tmp_path):
    parts, masters = tmp_path / "Parts", tmp_path / "Masters"
    run("upmix", song, "-o", parts)
    # A role that somebody gave a part makes no stem of it.
    (tmp_path / "roles.json").write_bytes(msgspec.json.encode({"mid harmonic upmix": "lead_vocal"}))
    roles = ("--roles", tmp_path / "roles.json")
    _, out = run("compose", parts, "-o", parts / "scene.json", "--name", "Kyrie", *roles, "--json")
    assert json.loads(out)["source"] == "upmix"
    assert json.loads((parts / "scene.json").read_bytes())["source"] == "upmix"

    code, _ = run(
        "export", parts / "scene.json", "-o", masters, "--as", "adm-360,loudspeakers,binaural", "--to", "0+2+0"
    )
    assert code == 0
    for name in ("kyrie.0+2+0.wav", "kyrie.binaural.flac"):
        with soundfile.SoundFile(masters / name) as file:
            assert file.comment == "Upmix from the stereo mix"
    assert json.loads((masters / "manifest.json").read_bytes())["source"] == "upmix"
    master = masters / "kyrie.adm-360.wav"
    assert b'audioProgrammeName="Kyrie (upmix from the stereo mix)"' in master.read_bytes()
    verdict = check_file(master, "360")
    assert verdict.ok
    assert [(one.code, one.severity) for one in verdict.findings if "UPMIX" in one.code] == [("UPMIX", "info")]
    assert "UPMIX_REFUSED" in {one.code for one in check_file(master, "atmos").findings if one.severity == "reject"}

    # And what is made of the master is named as one, once.
    code, _ = run("export", master, "-o", tmp_path / "Again", "--as", "adm-360")
    assert code == 0
    assert json.loads((tmp_path / "Again" / "manifest.json").read_bytes())["source"] == "upmix"
    assert (tmp_path / "Again" / "kyrie.adm-360.wav").read_bytes().count(b"(upmix from the stereo mix) (upmix") == 0


def test_masters_of_stems_and_of_other_adm_files_say_nothing_of_an_upmix(run, song, tmp_path):
    (tmp_path / "Stems").mkdir()
    song.rename(tmp_path / "Stems" / "drums.wav")
    run("compose", tmp_path / "Stems", "-o", tmp_path / "Stems" / "scene.json", "--name", "Kyrie")
    run("export", tmp_path / "Stems" / "scene.json", "-o", tmp_path / "Masters", "--as", "adm-360,loudspeakers")
    with soundfile.SoundFile(tmp_path / "Masters" / "kyrie.0+2+0.wav") as file:
        assert not file.comment
    assert json.loads((tmp_path / "Masters" / "manifest.json").read_bytes())["source"] == "stems"
    master = tmp_path / "Masters" / "kyrie.adm-360.wav"
    assert not [one for one in check_file(master, "atmos").findings if "UPMIX" in one.code]
    run("export", master, "-o", tmp_path / "Again", "--as", "adm-360")
    assert json.loads((tmp_path / "Again" / "manifest.json").read_bytes())["source"] == "adm"
