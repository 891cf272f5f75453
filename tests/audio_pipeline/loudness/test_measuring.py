import numpy as np
import pytest
import soundfile

from audio_pipeline.errors import NotFinite
from audio_pipeline.loudness.measuring import measure_file


@pytest.mark.parametrize("fault", [np.nan, np.inf, -np.inf])
def test_a_file_with_samples_that_are_no_numbers_is_refused(tmp_path, fault):
    samples = np.full((48000, 2), 0.1, np.float32)
    samples[20000, 1] = fault
    soundfile.write(tmp_path / "a.wav", samples, 48000, subtype="FLOAT")
    with pytest.raises(NotFinite, match=r"a\.wav"):
        measure_file(tmp_path / "a.wav")


def test_silence_measures_as_nothing(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros((48000, 2)), 48000)
    measured = measure_file(tmp_path / "a.wav")
    assert (measured.integrated_lufs, measured.true_peak_dbtp, measured.sample_peak_dbfs) == (None, None, None)
