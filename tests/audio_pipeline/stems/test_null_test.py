import numpy as np
import pytest
import soundfile

from audio_pipeline.errors import NotFinite
from audio_pipeline.stems.null_test import null_files, null_signals
from audio_pipeline.stems.signals import Signal

RATE_HZ = 48000


def sound(seed=1):
    samples = 0.1 * np.random.default_rng(seed).standard_normal((RATE_HZ, 2)).astype(np.float32)
    samples[-2000:] = 0
    return samples


def test_a_file_against_itself_leaves_nothing():
    report = null_signals(Signal(sound()), Signal(sound()), RATE_HZ)
    assert (report.residual_rms_db, report.residual_peak_dbfs, report.aligned_residual_rms_db) == (None, None, None)
    assert (report.lag_samples, report.polarity) == (0, 1)
    assert report.gain_db == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("lag", [-700, -1, 1, 480])
@pytest.mark.parametrize("polarity", [1, -1])
def test_lag_polarity_and_gain_of_b_against_a(lag, polarity):
    samples = sound()
    a = np.concatenate([np.zeros((max(-lag, 0), 2), np.float32), samples])
    b = np.concatenate([np.zeros((max(lag, 0), 2), np.float32), polarity * 0.5 * samples])
    report = null_signals(Signal(a), Signal(b.astype(np.float32)), RATE_HZ)
    assert (report.lag_samples, report.polarity) == (lag, polarity)
    assert report.gain_db == pytest.approx(-6.02, abs=0.01)
    assert report.residual_rms_db is not None
    assert report.residual_rms_db > -7
    assert report.aligned_residual_rms_db is None or report.aligned_residual_rms_db < -120


@pytest.mark.parametrize("lag", [-4000, -300, 300, 4000])
def test_what_the_lag_pushes_out_of_the_file_does_not_count_as_residual(lag):
    song = 0.1 * np.random.default_rng(3).standard_normal((2 * RATE_HZ, 2)).astype(np.float32)
    a, b = song[10000:58000], song[10000 - lag : 58000 - lag]
    report = null_signals(Signal(a), Signal(b), RATE_HZ)
    assert report.lag_samples == lag
    assert report.gain_db == pytest.approx(0, abs=1e-6)
    assert report.aligned_residual_rms_db is None or report.aligned_residual_rms_db < -120
    assert report.residual_rms_db == pytest.approx(3, abs=0.2)


@pytest.mark.parametrize("fault", [np.nan, np.inf])
@pytest.mark.parametrize("guilty", ["a.wav", "b.wav"])
def test_a_file_with_samples_that_are_no_numbers_is_refused(tmp_path, fault, guilty):
    for name in ("a.wav", "b.wav"):
        samples = sound()
        if name == guilty:
            samples[5, 1] = fault
        soundfile.write(tmp_path / name, samples, RATE_HZ, subtype="FLOAT")
    with pytest.raises(NotFinite, match=guilty):
        null_files(tmp_path / "a.wav", tmp_path / "b.wav")


def test_strangers_have_no_lag():
    report = null_signals(Signal(sound(1)), Signal(sound(2)), RATE_HZ)
    assert report.residual_rms_db == pytest.approx(3, abs=0.1)
    assert (report.lag_samples, report.polarity) in {(0, 1), (0, -1)}


def test_silence_has_no_level_to_relate_to():
    report = null_signals(Signal(np.zeros((100, 2), np.float32)), Signal(sound()), RATE_HZ)
    assert report.residual_rms_db is None
    assert report.residual_peak_dbfs is not None
    assert report.gain_db is None
