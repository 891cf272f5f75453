import math

import numpy as np
import pyebur128
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_pipeline.loudness.errors import NoLoudnessAtRate
from audio_pipeline.loudness.k_weighting import (
    USUAL_RATES_HZ,
    channel_weight,
    design_k_weighting,
    design_with_pyloudnorm,
)
from audio_pipeline.loudness.meter import LoudnessMeter


def music(seconds, rate_hz, channels=2, seed=3):
    """Noise with a falling spectrum and a slow envelope."""
    generator = np.random.default_rng(seed)
    white = generator.standard_normal((round(seconds * rate_hz), channels))
    coloured = white + np.roll(white, 1, axis=0) + np.roll(white, 2, axis=0)
    envelope = 0.05 + 0.1 * np.square(np.sin(np.arange(len(white)) / rate_hz))
    return coloured * envelope[:, np.newaxis]


def measured(samples, weights, rate_hz, block=4800):
    meter = LoudnessMeter(rate_hz, weights)
    for start in range(0, len(samples), block):
        meter.process(samples[start : start + block])
    return meter.finish()


@pytest.mark.parametrize("rate_hz", [44100, 48000, 96000, 192000])
def test_agrees_with_libebur128(rate_hz):
    samples = music(6, rate_hz)
    mode = pyebur128.MeasurementMode
    peer = pyebur128.R128State(2, rate_hz, mode.MODE_I | mode.MODE_TRUE_PEAK | mode.MODE_SAMPLE_PEAK)
    peer.add_frames(samples.ravel(), len(samples))

    ours = measured(samples, (1.0, 1.0), rate_hz)

    assert ours.integrated_lufs == pytest.approx(pyebur128.get_loudness_global(peer), abs=0.02)
    highest = max(pyebur128.get_true_peak(peer, channel) for channel in range(2))
    assert ours.true_peak_dbtp == pytest.approx(20 * math.log10(highest), abs=0.1)


def test_k_weighting_at_48_khz_is_the_table_of_bs_1770():
    shelf, high_pass = design_k_weighting(48000)
    expected_shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585]
    assert shelf == pytest.approx(expected_shelf, abs=1e-8)
    assert high_pass == pytest.approx([1, -2, 1, 1, -1.99004745483398, 0.99007225036621], abs=1e-8)


@pytest.mark.parametrize("rate_hz", USUAL_RATES_HZ)
def test_kept_designs_are_those_of_pyloudnorm(rate_hz):
    assert design_k_weighting(rate_hz) == pytest.approx(design_with_pyloudnorm(rate_hz), rel=1e-12)


def test_an_unusual_rate_is_designed_when_it_is_met():
    assert np.array_equal(design_k_weighting(37800), design_with_pyloudnorm(37800))


def test_a_rate_that_ends_below_the_weighting_is_refused():
    with pytest.raises(NoLoudnessAtRate, match="3999 Hz"):
        LoudnessMeter(3999, (1.0,))


@settings(max_examples=8)
@given(st.integers(1, 60000), st.sampled_from([11025, 44100]))
def test_result_does_not_depend_on_block_size(block, rate_hz):
    samples = music(3.7, rate_hz)
    whole, cut = measured(samples, (1.0, 1.0), rate_hz, len(samples)), measured(samples, (1.0, 1.0), rate_hz, block)
    assert whole.integrated_lufs == cut.integrated_lufs
    assert whole.true_peak_dbtp == cut.true_peak_dbtp
    assert np.array_equal(whole.momentary_lufs, cut.momentary_lufs, equal_nan=True)


def test_silence_has_no_loudness():
    silent = measured(np.zeros((48000, 2)), (1.0, 1.0), 48000)
    assert silent.integrated_lufs == silent.true_peak_dbtp == silent.momentary_max_lufs == -math.inf


def test_less_than_one_window_has_no_loudness_and_still_a_peak():
    short = measured(np.full((4800, 1), 0.5), (1.0,), 48000)
    assert short.integrated_lufs == -math.inf
    assert np.isnan(short.momentary_lufs).all()
    assert short.sample_peak_dbfs == pytest.approx(-6.02, abs=0.01)


def test_peak_of_a_channel_without_weight_counts():
    samples = np.zeros((48000, 2))
    samples[100, 1] = 0.9
    assert measured(samples, (1.0, 0.0), 48000).sample_peak_dbfs == pytest.approx(20 * math.log10(0.9))


def test_peak_between_the_last_two_samples_is_seen():
    samples = np.zeros((48000, 1))
    samples[-2:] = 0.8
    assert measured(samples, (1.0,), 48000).true_peak_dbtp == pytest.approx(0.1, abs=0.2)


@pytest.mark.parametrize(
    ("azimuth_deg", "elevation_deg", "expected"),
    [
        (30, 0, 1.0),
        (59.9, 0, 1.0),
        (60, 0, 1.41),
        (-110, 0, 1.41),
        (120, 29.9, 1.41),
        (121, 0, 1.0),
        (90, 30, 1.0),
        (90, -30, 1.0),
    ],
)
def test_sides_near_the_horizon_weigh_more(azimuth_deg, elevation_deg, expected):
    assert channel_weight(azimuth_deg, elevation_deg) == expected


def test_lfe_weighs_nothing():
    assert channel_weight(90, 0, lfe=True) == 0
