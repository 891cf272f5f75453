"""A file that was an MP3, AAC, Vorbis or Opus file is found out without any wall in its treble; a clean one is not."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from audio_pipeline.intake.checks.coder_traces import EXCERPT_FRAMES, GRID, STANDS_OUT, coder_trace
from audio_pipeline.intake.findings import Code
from audio_pipeline.intake.judging import judge_file
from benchmarks.clean_sounds import treated
from benchmarks.judge_lossy_detector import coded, synthetic, told

SONG = Path(__file__).parents[3] / "fixtures" / "songs" / "largo" / "mix.flac"
RATE_HZ = 48000


@pytest.fixture(scope="module")
def song():
    sound, rate_hz = soundfile.read(SONG, start=5 * RATE_HZ, frames=4 * RATE_HZ, always_2d=True)
    assert rate_hz == RATE_HZ
    return sound


@pytest.mark.parametrize(("coder", "kbps"), [("mp3", 128), ("mp3", 320), ("aac", 320), ("vorbis", 256), ("opus", 160)])
def test_what_was_coded_is_found_out(song, tmp_path, coder, kbps):
    assert told(*coded((song, RATE_HZ), coder, kbps, tmp_path)) is Code.LOSSY_SOURCED


@pytest.mark.parametrize("how", ["vintage", "broadcast", "dithered", "gated"])
def test_no_treatment_of_a_clean_recording_looks_like_a_coder(song, how):
    assert told(*treated(song, RATE_HZ, how, 3)) is None


def test_what_was_never_coded_is_not_suspected(song):
    assert told(song, RATE_HZ) is None
    assert told(soxr.resample(song, RATE_HZ, 44100, "VHQ"), 44100) is None


@pytest.mark.parametrize(("name", "sound"), [(name, sound) for name, sound, _, _ in synthetic(4.0)])
def test_nothing_is_suspected_for_being_regular(name, sound):
    assert told(sound, RATE_HZ) is None


def test_it_says_what_it_saw_and_in_a_coded_file_says_nothing(song, tmp_path):
    back, rate_hz = coded((song, RATE_HZ), "mp3", 192, tmp_path)
    path = tmp_path / "song.wav"
    soundfile.write(path, back, rate_hz, "PCM_16")
    (finding,) = (one for one in judge_file(path).findings if one.code is Code.LOSSY_SOURCED)
    assert "frame by frame" in finding.detail
    codes = {one.code for one in judge_file(tmp_path / "coded.mp3").findings}
    assert Code.LOSSY_SOURCE in codes
    assert Code.LOSSY_SOURCED not in codes


def test_a_single_excerpt_proves_nothing():
    noise = np.random.default_rng(1).standard_normal((2, EXCERPT_FRAMES)).astype(np.float32)
    assert coder_trace([noise[:1]], RATE_HZ) == 0.0
    assert coder_trace([noise], RATE_HZ) < STANDS_OUT


def test_the_grid_is_one_of_all_coders():
    assert [GRID % hop for hop in (576, 960, 1024)] == [0, 0, 0]
