import itertools
import math
import os
import shutil
import subprocess
import sys

import numpy as np
import pyebur128
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import sosfilt

from audio_pipeline.compiled import build, library_path, sources
from audio_pipeline.loudness.errors import NoLoudnessAtRate
from audio_pipeline.loudness.hop_energy import HopEnergy
from audio_pipeline.loudness.k_weighting import (
    USUAL_RATES_HZ,
    channel_weight,
    design_k_weighting,
    design_with_pyloudnorm,
)
from audio_pipeline.loudness.meter import LoudnessMeter
from audio_pipeline.loudness.true_peak import TruePeakMeter, design_interpolator
from tests.conftest import PROJECT


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


CUTS = st.lists(st.integers(1, 3000), min_size=1, max_size=9)


@settings(max_examples=20, deadline=None)
@given(cuts=CUTS, rate_hz=st.sampled_from([11025, 44100, 96000]), channels=st.integers(1, 6), seed=st.integers(0, 99))
def test_result_does_not_depend_on_how_the_sound_is_cut(cuts, rate_hz, channels, seed):
    samples = music(0.7, rate_hz, channels, seed).astype(np.float32)
    whole = (HopEnergy(rate_hz, [1.0] * channels), TruePeakMeter(rate_hz, channels))
    cut = (HopEnergy(rate_hz, [1.0] * channels), TruePeakMeter(rate_hz, channels))
    for meter in whole:
        meter.process(samples)
    at = 0
    for frames in itertools.cycle(cuts):
        for meter in cut:
            meter.process(samples[at : at + frames])
        at += frames
        if at >= len(samples):
            break

    assert len(whole[0].hops) == 70
    assert np.array_equal(whole[0].hops, cut[0].hops)
    for peaks in (whole[1], cut[1]):
        peaks.finish()
    assert whole[1].true_peak_dbtp == cut[1].true_peak_dbtp
    assert whole[1].sample_peak_dbfs == cut[1].sample_peak_dbfs


@pytest.mark.parametrize(("rate_hz", "channels"), [(44100, 1), (48000, 2), (48000, 7), (11025, 3)])
def test_hops_are_those_of_the_formula(rate_hz, channels):
    samples = music(2, rate_hz, channels).astype(np.float32)
    weights = np.linspace(1.5, 0.5, channels)
    weighted = sosfilt(design_k_weighting(rate_hz), samples.astype(np.float64), axis=0)
    starts = np.arange(201) * rate_hz // 100
    expected = np.add.reduceat(np.square(weighted) @ weights, starts[:-1]) / np.diff(starts)

    meter = HopEnergy(rate_hz, weights.tolist())
    meter.process(samples)

    assert meter.hops == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_no_peak_is_skipped(channels):
    # Loud everywhere, then loud at the end: nearly nothing is skipped, and nearly all. Last the worst case: no sample
    # is higher than the rest, but their signs are those of the taps.
    samples = music(1, 48000, channels).astype(np.float32)
    quiet = samples.copy()
    quiet[:30000] *= 0.01
    worst = np.full((4800, channels), 0.5, np.float32)
    worst[100:112] *= np.sign(design_interpolator(4)[:, 1:2])
    for sound in (samples, quiet, worst):
        padded = np.concatenate([np.zeros((11, channels)), sound, np.zeros((11, channels))])
        between = sliding_window_view(padded, 12, axis=0) @ design_interpolator(4)
        meter = TruePeakMeter(48000, channels)
        meter.process(sound)
        meter.finish()
        highest = max(np.abs(between).max(), np.abs(sound).max())
        assert meter.true_peak_dbtp == pytest.approx(20 * math.log10(highest), abs=1e-5)


DIGEST = """
import hashlib
import numpy as np
from audio_pipeline.loudness.hop_energy import HopEnergy
from audio_pipeline.loudness.limiter import Limiter
from audio_pipeline.loudness.true_peak import TruePeakMeter
from audio_pipeline.packed_samples import packed_24_bit, unpacked_24_bit
from audio_pipeline.spatialaudio.convolving import Convolver
from audio_pipeline.spatialaudio.mixing import Mixer
from audio_pipeline.spatialaudio.timeline import Segments

samples = np.random.default_rng(5).standard_normal((48000, 5)).astype(np.float32)
energy, peaks = HopEnergy(48000, [1.0] * 5), TruePeakMeter(48000, 5)
energy.process(samples)
peaks.process(samples)
packed = packed_24_bit(samples / np.float32(4))
filtered, mixed = np.zeros((48000, 5), np.float32), np.empty((48000, 9), np.float32)
Convolver(samples[:512].astype(float)).add_to(filtered, samples)
rows = np.array([[0, 1, 2, 3, 4]])
segments = Segments(np.array([0, 48000]), rows, rows + 1, np.zeros((1, 5)), np.ones((1, 5)))
Mixer(samples[:54].reshape(-1, 9), 5).mix(samples, segments, mixed)
results = [filtered, mixed, energy.hops, Limiter(48000, 5).process(samples), unpacked_24_bit(packed)]
results = [repr(peaks.true_peak_dbtp).encode(), *(one.tobytes() for one in [packed, *results])]
print(hashlib.sha256(b"".join(results)).hexdigest())
"""


def test_wide_registers_change_no_bit(tmp_path, monkeypatch):
    # What the processor here makes use of, against a build that knows the narrow ones alone.
    ignored = shutil.ignore_patterns("__pycache__", "*.so", "hrtfs")
    shutil.copytree(PROJECT / "audio_pipeline", tmp_path / "audio_pipeline", ignore=ignored)
    monkeypatch.setattr("audio_pipeline.compiled.PACKAGE", tmp_path / "audio_pipeline")
    for source in sources(tmp_path / "audio_pipeline"):
        build(source, library_path(source), "-DWIDE=")

    digests = [
        subprocess.run(
            [sys.executable, "-P", "-c", DIGEST],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for places in ([tmp_path, PROJECT], [PROJECT])
    ]

    assert digests[0] == digests[1]


def test_an_array_of_another_width_is_refused_before_it_is_read():
    for meter in (HopEnergy(48000, (1.0, 1.0)), TruePeakMeter(48000, 2), LoudnessMeter(48000, (1.0, 1.0))):
        with pytest.raises(ValueError, match="2 channels are expected"):
            meter.process(np.zeros((480, 3), np.float32))
        with pytest.raises(ValueError, match="2 channels are expected"):
            meter.process(np.zeros(480, np.float32))


@pytest.mark.parametrize("fault", [np.nan, np.inf, 1e300])
@pytest.mark.parametrize("place", [0, 700, 999])
def test_what_is_no_number_is_never_taken_for_silence(fault, place):
    samples = np.full((1000, 2), 0.1)
    samples[place, 1] = fault
    found = measured(samples, (1.0, 1.0), 48000, 300)
    assert not found.sample_peak_dbfs < np.inf
    assert not found.true_peak_dbtp < np.inf


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
