"""The check of loudspeaker masters, and which check a file gets when nobody says."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_pipeline.adm.findings import Finding
from audio_pipeline.masters.checking import check_file
from audio_pipeline.masters.errors import UnknownProfile


def write(path: Path, *, channels: int = 2, rate: int = 48000, subtype: str = "PCM_24", level: float = 0.5) -> Path:
    sound = level * np.sin(np.arange(rate) * 2 * np.pi * 997 / rate)[:, np.newaxis] * np.ones(channels)
    soundfile.write(path, sound, rate, subtype=subtype)
    return path


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


def test_a_good_master_has_no_findings(tmp_path: Path) -> None:
    verdict = check_file(write(tmp_path / "song.4+7+0.wav", channels=12))
    assert (verdict.profile, verdict.ok, verdict.findings) == ("loudspeakers", True, ())


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("song.4+7+0.wav", {"channels": 6}, "CHANNEL_COUNT"),
        ("song.wav", {"channels": 7}, "CHANNEL_COUNT"),
        ("song.0+2+0.wav", {"level": 0.95}, "TRUE_PEAK"),
        ("song.0+2+0.wav", {"subtype": "PCM_16"}, "BIT_DEPTH"),
        ("song.0+2+0.wav", {"rate": 32000}, "SAMPLE_RATE"),
    ],
)
def test_a_defect_is_named(tmp_path: Path, name: str, options: dict[str, int], code: str) -> None:
    verdict = check_file(write(tmp_path / name, **options))  # type: ignore[arg-type] # options of any kind are passed on
    assert not verdict.ok
    assert codes(verdict.findings) == [code]


def test_a_file_cut_short_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "song.0+2+0.wav")
    path.write_bytes(path.read_bytes()[:100_000])
    assert codes(check_file(path).findings) == ["DATA_SIZE_WRONG"]


def test_samples_that_are_no_numbers_are_named(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.full((48000, 2), np.nan), 48000, subtype="FLOAT")
    assert codes(check_file(tmp_path / "a.wav").findings) == ["NOT_FINITE"]


def test_silence_is_remarked(tmp_path: Path) -> None:
    verdict = check_file(write(tmp_path / "song.0+2+0.wav", level=0.0))
    assert verdict.ok
    assert codes(verdict.findings) == ["SILENT"]


def test_what_is_no_wave_file_is_a_verdict(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no sound at all")
    assert codes(check_file(tmp_path / "a.wav").findings) == ["NOT_WAVE"]


@pytest.mark.parametrize("name", ["song.binaural.wav", "song.binaural.flac", "song.flac"])
def test_a_good_file_for_headphones_has_no_findings(tmp_path: Path, name: str) -> None:
    verdict = check_file(write(tmp_path / name))
    assert (verdict.profile, verdict.ok, verdict.findings) == ("binaural", True, ())


@pytest.mark.parametrize("suffix", ["wav", "flac"])
@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"channels": 1}, "CHANNEL_COUNT"),
        ({"channels": 6}, "CHANNEL_COUNT"),
        ({"level": 0.95}, "TRUE_PEAK"),
        ({"subtype": "PCM_16"}, "BIT_DEPTH"),
        ({"rate": 32000}, "SAMPLE_RATE"),
    ],
)
def test_a_defect_of_a_file_for_headphones_is_named(
    tmp_path: Path, suffix: str, options: dict[str, int], code: str
) -> None:
    verdict = check_file(write(tmp_path / f"song.binaural.{suffix}", **options))  # type: ignore[arg-type] # options of any kind are passed on
    assert not verdict.ok
    assert codes(verdict.findings) == [code]


def test_flac_cut_short_is_no_good(tmp_path: Path) -> None:
    path = write(tmp_path / "song.binaural.flac")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    verdict = check_file(path)
    assert not verdict.ok
    assert {"UNREADABLE", "DATA_SIZE_WRONG"} & set(codes(verdict.findings))


def test_what_is_neither_wave_nor_flac_is_not_for_headphones(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no sound at all")
    assert codes(check_file(tmp_path / "a.wav", "binaural").findings) == ["NOT_AUDIO"]


def test_a_profile_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownProfile, match="adm, 360, atmos, loudspeakers, binaural"):
        check_file(write(tmp_path / "a.wav"), "mp3")


def test_a_size_left_open_is_said_as_such(tmp_path: Path) -> None:
    path = write(tmp_path / "song.0+2+0.wav")
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = bytes(4)
    path.write_bytes(content)
    (finding,) = check_file(path).findings
    assert (finding.code, finding.detail) == (
        "DATA_SIZE_WRONG",
        "the header leaves its size open; 48000 frames are there",
    )
