"""FLAC holds the very samples of the WAV, and appears whole or not at all."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_pipeline.errors import AudioPipelineError
from audio_pipeline.flac_writing import write_flac
from audio_pipeline.intake.judging import judge_file
from audio_pipeline.wave_writing import WaveWriter


def write_wave(path: Path, frames: int = 150_000) -> Path:
    codes = np.random.default_rng(1).integers(-(2**23), 2**23, (frames, 2))
    codes[:2] = [[-(2**23), 2**23 - 1], [0, -1]]
    with WaveWriter(path, channels=2, sample_rate_hz=48000) as writer:
        writer.write((codes / 2.0**23).astype(np.float32))
    return path


def test_every_sample_is_kept_to_the_bit_at_both_ends_of_the_scale(tmp_path: Path) -> None:
    wave = write_wave(tmp_path / "a.wav")
    write_flac(wave, tmp_path / "a.flac")
    info = soundfile.info(tmp_path / "a.flac")
    assert (info.format, info.subtype, info.samplerate) == ("FLAC", "PCM_24", 48000)
    one, other = (soundfile.read(tmp_path / name, dtype="int32")[0] for name in ("a.wav", "a.flac"))
    assert np.array_equal(one, other)
    assert (one.min(), one.max()) == (-(2**31), (2**23 - 1) * 256)


def test_its_signature_is_right(tmp_path: Path) -> None:
    write_flac(write_wave(tmp_path / "a.wav"), tmp_path / "a.flac")
    assert "CORRUPT" not in [finding.code for finding in judge_file(tmp_path / "a.flac").findings]


def test_a_source_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no sound at all")
    with pytest.raises(AudioPipelineError):
        write_flac(tmp_path / "a.wav", tmp_path / "a.flac")
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
