"""Findings say when, and a file can have its picture taken while it is heard: nothing of it depends on blocks."""

import numpy as np
import pytest
import soundfile

from audio_pipeline.intake.checks.places import MOST, PlaceKeeper
from audio_pipeline.intake.findings import Code, Place
from audio_pipeline.intake.judging import judge_file
from audio_pipeline.intake.picture import BARS, FULL_SCALE, POINTS, LevelKeeper

RATE_HZ = 48000


def noise(seconds: float = 4.0) -> np.ndarray:
    return np.random.default_rng(2).standard_normal((int(seconds * RATE_HZ), 2)) * 0.05


def places_of(path, code: Code) -> tuple[Place, ...]:
    (finding,) = (one for one in judge_file(path).findings if one.code is code)
    return finding.places


def test_clipped_moments_are_told_and_near_ones_are_one(tmp_path):
    samples = noise()
    for at in (1.0, 1.2, 3.5):
        samples[int(at * RATE_HZ) : int(at * RATE_HZ) + 5, 1] = 0.999
    path = tmp_path / "a.wav"
    soundfile.write(path, samples, RATE_HZ, "PCM_24")
    assert places_of(path, Code.CLIPPED) == (Place(1.0, 1.2), Place(3.5, 3.5))


def test_no_numbers_and_overs_are_told_where_they_are(tmp_path):
    samples = noise()
    samples[RATE_HZ, 0] = np.nan
    samples[2 * RATE_HZ, 1] = 1.5
    path = tmp_path / "a.wav"
    soundfile.write(path, samples, RATE_HZ, "FLOAT")
    assert places_of(path, Code.NON_FINITE) == (Place(1.0, 1.0),)
    assert places_of(path, Code.OVER_0DBFS) == (Place(2.0, 2.0),)


def test_a_missing_end_is_where_the_sound_ends(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(), RATE_HZ, "PCM_16")
    path.write_bytes(path.read_bytes()[: 44 + 4 * RATE_HZ])
    assert places_of(path, Code.TRUNCATED) == (Place(1.0, 1.0),)


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_places_are_the_same_however_they_come(step):
    keeper = PlaceKeeper(1000)
    frames = np.sort(np.random.default_rng(4).choice(200_000, 100, replace=False))
    for first in range(0, len(frames), step):
        keeper.add(frames[first : first + step])
    whole = PlaceKeeper(1000)
    whole.add(frames)
    assert keeper.found() == whole.found()
    assert len(whole.found()) == MOST


@pytest.mark.parametrize("step", [1, 333, 65536])
def test_bars_are_the_highest_samples_of_their_parts(step):
    samples = np.random.default_rng(3).uniform(-1, 1, (2400, 2))
    keeper = LevelKeeper(2400)
    for first in range(0, 2400, step):
        keeper.process(samples[first : first + step])
    highest = np.abs(samples).reshape(BARS, 10, 2).max(axis=(1, 2))
    assert keeper.levels() == tuple(int(level) for level in np.rint(highest * FULL_SCALE))


def test_a_picture_shows_the_wall_and_is_taken_only_when_asked(tmp_path):
    spectrum = np.fft.rfft(noise(), axis=0)
    spectrum[np.fft.rfftfreq(4 * RATE_HZ, 1 / RATE_HZ) > 16_000] = 0
    path = tmp_path / "a.wav"
    soundfile.write(path, np.fft.irfft(spectrum, axis=0), RATE_HZ, "PCM_24")
    assert judge_file(path).picture is None
    picture = judge_file(path, draw=True).picture
    assert (len(picture.levels), len(picture.spectrum_db), picture.top_hz) == (BARS, POINTS, 24_000)
    assert picture.wall_hz == pytest.approx(16_000, abs=600)
    assert min(picture.spectrum_db[:79]) > -6 > -60 > max(picture.spectrum_db[82:])
