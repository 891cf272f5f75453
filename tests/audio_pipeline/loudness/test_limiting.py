import math

import numpy as np
import pytest
import soundfile

from audio_pipeline.loudness.errors import LimitingTooMuch
from audio_pipeline.loudness.limiting import limit_file
from audio_pipeline.loudness.measuring import measure_file


@pytest.fixture
def song(tmp_path):
    """Two seconds at −12 dBFS with a click at −1 dBFS in the middle."""
    wave = 0.25 * np.sin(2 * np.pi * 440 / 48000 * np.arange(96000))
    wave[48000:48020] = 0.89
    path = tmp_path / "song.wav"
    soundfile.write(path, np.stack([wave, wave], axis=1), 48000, subtype="FLOAT")
    return path


def test_what_is_written_is_what_is_told(song, tmp_path):
    made = limit_file(song, tmp_path / "out.wav", gain_db=1.0)

    measured = measure_file(tmp_path / "out.wav")
    assert measured.integrated_lufs == pytest.approx(made.integrated_lufs, abs=1e-4)
    assert measured.true_peak_dbtp == pytest.approx(made.true_peak_dbtp, abs=0.05)
    assert made.true_peak_dbtp <= -1.0 < made.true_peak_before_dbtp
    louder_lu = measured.integrated_lufs - measure_file(song).integrated_lufs
    assert made.loudness_lost_lu == pytest.approx(1.0 - louder_lu, abs=1e-4)
    assert made.loudness_lost_lu > 0
    before, after = soundfile.read(song)[0], soundfile.read(tmp_path / "out.wav")[0]
    assert len(after) == len(before)
    # Away from the click there is the gain and nothing else, at its place to the sample.
    assert after[:40000] == pytest.approx(before[:40000] * 10 ** (1 / 20), abs=2**-22)


def test_more_than_was_allowed_is_not_written(song, tmp_path):
    with pytest.raises(LimitingTooMuch, match=r"song\.wav.*lowered by 6\.\d dB.*--at-most") as refused:
        limit_file(song, tmp_path / "out.wav", gain_db=5.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["song.wav"]

    limit_file(song, tmp_path / "out.wav", gain_db=5.0, at_most_db=math.ceil(refused.value.needed_db))
    assert measure_file(tmp_path / "out.wav").true_peak_dbtp <= -1.0


def test_a_quiet_file_keeps_its_samples(song, tmp_path):
    soundfile.write(song, soundfile.read(song)[0] * 0.5, 48000, subtype="PCM_24")
    made = limit_file(song, tmp_path / "out.wav")
    assert (made.reduction_db, made.loudness_lost_lu) == (0.0, 0.0)
    assert np.array_equal(soundfile.read(tmp_path / "out.wav")[0], soundfile.read(song)[0])


def test_silence_stays_silence(song, tmp_path):
    soundfile.write(song, np.zeros((4800, 2)), 48000)
    made = limit_file(song, tmp_path / "out.wav", gain_db=6.0)
    assert (made.integrated_lufs, made.loudness_lost_lu, made.true_peak_dbtp) == (None, 0.0, None)
