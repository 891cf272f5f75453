import hashlib
from pathlib import Path

import numpy as np
import pytest

import audio_pipeline.hrtfs
from audio_pipeline.hrtfs import DEFAULT_HRTF_NAME, DEFAULT_HRTF_SHA256, default_hrtf
from audio_pipeline.spatialaudio.errors import HrtfMalformed
from audio_pipeline.spatialaudio.hrtf import Hrtf, resampled


def responses_of(azimuths_deg, elevations_deg, **changes):
    """Each direction's response is its own number."""
    numbered = np.arange(len(azimuths_deg), dtype=float)[:, np.newaxis, np.newaxis] * np.ones((1, 2, 4))
    return Hrtf(
        **{
            "name": "mine.sofa",
            "sha256": "00",
            "sample_rate_hz": 48000,
            "azimuth_deg": np.array(azimuths_deg, dtype=float),
            "elevation_deg": np.array(elevations_deg, dtype=float),
            "responses": numbered,
        }
        | changes
    )


def test_the_default_ears_are_the_file_that_is_named():
    folder = Path(audio_pipeline.hrtfs.__file__).parent
    assert hashlib.sha256((folder / "mit_kemar.npz").read_bytes()).hexdigest() == DEFAULT_HRTF_SHA256
    hrtf = default_hrtf()
    assert (hrtf.name, hrtf.sha256, hrtf.sample_rate_hz) == (DEFAULT_HRTF_NAME, DEFAULT_HRTF_SHA256, 48000)
    assert hrtf.responses.shape == (710, 2, 256)
    assert "cited" in (folder / "NOTICE").read_text()


@pytest.mark.parametrize("rate_hz", [44100, 88200, 96000, 192000])
def test_another_rate_has_the_same_response_to_every_frequency(rate_hz):
    taps = default_hrtf().responses[40].astype(np.float64)
    other = resampled(taps, 48000, rate_hz)
    assert other.shape == (2, -(-256 * rate_hz // 48000))
    for frequency_hz in (100.0, 1000.0, 5000.0, 16000.0):
        one, another = (
            h @ np.exp(-2j * np.pi * frequency_hz / rate * np.arange(h.shape[-1]))
            for h, rate in ((taps, 48000), (other, rate_hz))
        )
        np.testing.assert_allclose(another, one, rtol=0, atol=0.003)


def test_the_same_rate_changes_nothing():
    taps = default_hrtf().responses[:3]
    assert resampled(taps, 48000, 48000) is taps


@pytest.mark.parametrize(
    "changes",
    [
        {"responses": np.zeros((2, 3, 4))},
        {"responses": np.zeros((2, 2))},
        {"responses": np.zeros((2, 2, 0))},
        {"responses": np.zeros((3, 2, 4))},
        {"elevation_deg": np.zeros(3)},
        {"responses": np.full((2, 2, 4), np.nan)},
        {"azimuth_deg": np.array([0.0, np.inf])},
    ],
)
def test_what_does_not_fit_together_is_refused(changes):
    with pytest.raises(HrtfMalformed, match=r"mine\.sofa"):
        responses_of([0, 90], [0, 0], **changes)
