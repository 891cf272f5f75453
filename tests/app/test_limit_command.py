import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile


def limit(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "opencall.app", "limit", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    wave = 0.25 * np.sin(2 * np.pi * 440 / 48000 * np.arange(48000))
    wave[24000:24020] = 0.99
    soundfile.write(tmp_path / "song.wav", np.stack([wave, wave], axis=1), 48000, subtype="PCM_24")
    return tmp_path / "song.wav"


def test_it_tells_what_it_took_as_one_document(song: Path) -> None:
    out = song.with_name("out.wav")
    result = limit(song, "-o", out, "--json")
    assert (result.returncode, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert set(document) == {
        *("path", "output", "layout", "gain_db", "reduction_db", "integrated_lufs", "loudness_lost_lu"),
        *("true_peak_before_dbtp", "true_peak_dbtp"),
    }
    assert (document["path"], document["output"], document["layout"]) == (str(song), str(out), "0+2+0")
    assert document["true_peak_dbtp"] <= -1.0 < document["true_peak_before_dbtp"]
    assert 0 < document["reduction_db"] <= 3
    assert soundfile.info(out).frames == 48000


def test_more_than_three_decibels_are_not_taken_without_a_word(song: Path) -> None:
    out = song.with_name("out.wav")
    result = limit(song, "-o", out, "--gain", "6")
    assert result.returncode == 1
    assert result.stderr.startswith("opencall: ")
    assert "--at-most" in result.stderr
    assert not out.exists()
    assert limit(song, "-o", out, "--gain", "6", "--at-most", "12").returncode == 0


def test_a_file_that_is_there_is_replaced_only_when_asked(song: Path) -> None:
    assert limit(song, "-o", song).returncode == 2
    before = soundfile.read(song)[0]
    assert limit(song, "-o", song, "--force").returncode == 0
    after = soundfile.read(song)[0]
    assert len(after) == len(before)
    assert np.abs(after).max() < np.abs(before).max()


def test_a_file_that_ends_on_a_peak_is_judged_to_its_end(tmp_path: Path) -> None:
    wave = np.zeros(4800)
    wave[-2:] = (0.9, 0.9)  # between them, and behind the last one, it is higher
    soundfile.write(tmp_path / "end.wav", wave, 48000, subtype="FLOAT")
    document = json.loads(limit(tmp_path / "end.wav", "-o", tmp_path / "out.wav", "--at-most", "12", "--json").stdout)
    assert document["true_peak_before_dbtp"] > 0.0
    assert -2.0 < document["true_peak_dbtp"] <= -1.0


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("option", ["--gain", "--at-most"])
def test_what_is_no_number_of_decibels_is_refused(song: Path, option: str, value: str) -> None:
    assert limit(song, "-o", song.with_name("out.wav"), option, value).returncode == 2
    assert not song.with_name("out.wav").exists()


@pytest.mark.parametrize("fault", [np.nan, np.inf, 1e9])
def test_samples_that_no_sound_has_are_refused_by_name(tmp_path: Path, fault: float) -> None:
    wave = np.zeros(4800, np.float32)
    wave[1000] = fault
    soundfile.write(tmp_path / "bad.wav", wave, 44100, subtype="FLOAT")
    result = limit(tmp_path / "bad.wav", "-o", tmp_path / "out.wav", "--at-most", "60", "--json")
    assert (result.returncode, json.loads(result.stdout)["error"]["code"]) == (1, "NotFinite")
    assert result.stderr == ""
    assert not (tmp_path / "out.wav").exists()
