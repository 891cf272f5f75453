import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import minimum_filter1d
from scipy.signal import resample_poly

from audio_pipeline.codecs import open_audio
from audio_pipeline.loudness.limiter import CEILING_DBTP, Limiter, limited_blocks
from audio_pipeline.loudness.true_peak import TruePeakMeter
from tests.conftest import PROJECT

CEILING = 10 ** (CEILING_DBTP / 20)
SONGS = sorted((PROJECT / "fixtures" / "songs").glob("*/mix.flac"))


def hot(seconds, rate_hz=48000, channels=2, seed=1):
    """Noise without its highest octave and with hits that reach far above full scale."""
    generator = np.random.default_rng(seed)
    frames = round(seconds * rate_hz)
    noise = resample_poly(generator.standard_normal((frames // 2 + 1, channels)), 2, 1, axis=0)[:frames]
    level = 0.1 + 0.4 * (generator.random(frames // 600 + 1) < 0.2).repeat(600)[:frames]
    return (noise * level[:, np.newaxis]).astype(np.float32)


def limited(samples, rate_hz=48000):
    limiter = Limiter(rate_hz, samples.shape[1])
    return np.concatenate(list(limited_blocks(limiter, [samples]))), limiter


def true_peak_dbtp(samples):
    """At 8 ×, by a long filter that is not ours."""
    return 20 * math.log10(
        np.abs(resample_poly(samples.astype(np.float64), 8, 1, axis=0, window=("kaiser", 8.0))).max()
    )


@pytest.mark.parametrize("rate_hz", [44100, 48000, 96000])
def test_true_peaks_stay_below_the_limit(rate_hz):
    samples = hot(2, rate_hz)
    assert true_peak_dbtp(samples) > 5
    assert -1.2 < true_peak_dbtp(limited(samples, rate_hz)[0]) <= -1.05


@pytest.mark.parametrize("path", SONGS, ids=lambda path: path.parent.name)
def test_songs_at_6_db_more_stay_below_the_limit(path):
    with open_audio(path) as reader:
        samples = reader.read() * np.float32(10 ** (6 / 20))
        rate_hz = reader.sample_rate_hz
    loudest = max(int(np.abs(samples).max(axis=1).argmax()) - 3 * rate_hz, 0)
    excerpt = samples[loudest : loudest + 6 * rate_hz]
    assert true_peak_dbtp(excerpt) > 0
    assert true_peak_dbtp(limited(excerpt, rate_hz)[0]) <= -1.05


def test_what_needs_no_limiting_passes_bit_for_bit():
    samples = hot(1)
    samples *= np.float32(0.85) / np.abs(resample_poly(samples, 8, 1, axis=0)).max()
    out, limiter = limited(samples)
    assert np.array_equal(out, samples)
    assert limiter.reduction_db == 0.0


def test_far_from_a_peak_nothing_is_touched():
    samples = np.full((48000, 1), 0.25, np.float32)
    samples[24000] = 1.5
    out, limiter = limited(samples)
    changed = np.flatnonzero(out != samples)
    assert changed.min() >= 24000 - limiter.latency_samples
    assert changed.max() <= 24000 + limiter.latency_samples
    assert limiter.reduction_db == pytest.approx(20 * math.log10(1.5) + 1.1, abs=0.2)


def test_all_channels_are_lowered_alike():
    samples = np.abs(hot(1, channels=3)) + np.float32(0.01)
    samples[:, 1:] *= 0.1
    gains = limited(samples)[0] / samples
    assert gains.min() < 0.5
    assert gains[:, 1] == pytest.approx(gains[:, 0], rel=1e-6)
    assert gains[:, 2] == pytest.approx(gains[:, 0], rel=1e-6)


def test_the_gain_is_never_above_what_a_sample_needs_and_bends_smoothly():
    samples = hot(1, channels=1)
    samples[samples == 0] = 1e-9
    gain = (limited(samples)[0] / samples)[:, 0].astype(np.float64)
    needed = np.minimum(1, CEILING / np.abs(samples[:, 0]))
    assert np.all(gain <= needed * (1 + 1e-5))
    # A Hann window of 73 samples moves by at most 1/36 of the whole way from one to the next.
    assert np.abs(np.diff(gain)).max() < (1 - gain.min()) / 36


def test_the_gain_is_that_of_the_formula():
    samples = hot(1, channels=1)
    out, limiter = limited(samples)
    oversampled = resample_poly(samples[:, 0].astype(np.float64), 8, 1, window=("kaiser", 8.0))
    between = np.maximum.reduceat(np.abs(oversampled), np.arange(0, len(oversampled), 8))
    needed = np.minimum(1, CEILING / between)
    half = (limiter.latency_samples - 12) // 2
    held = minimum_filter1d(np.minimum(needed, np.roll(needed, 1)), 2 * half + 1, mode="constant", cval=1.0)
    window = np.hanning(2 * half + 3)[1:-1]
    expected = np.convolve(held - 1, window / window.sum(), mode="same") + 1
    audible = np.abs(samples[:, 0]) > 1e-3
    assert (out[:, 0] / samples[:, 0])[audible] == pytest.approx(expected[audible], abs=2e-2)


@settings(max_examples=15, deadline=None)
@given(
    cuts=st.lists(st.integers(1, 3000), min_size=1, max_size=7),
    channels=st.sampled_from([1, 2, 12, 65]),
    seed=st.integers(0, 99),
)
def test_result_does_not_depend_on_how_the_sound_is_cut(cuts, channels, seed):
    samples = hot(0.3, channels=channels, seed=seed)
    starts = [0, *itertools.takewhile(lambda at: at < len(samples), itertools.accumulate(itertools.cycle(cuts)))]
    blocks = [samples[start:stop] for start, stop in itertools.pairwise([*starts, len(samples)])]
    cut = np.concatenate(list(limited_blocks(Limiter(48000, channels), blocks)))
    assert np.array_equal(cut, limited(samples)[0])


@pytest.mark.parametrize("frames", [0, 1, 50, 84, 200])
def test_short_sounds_keep_their_length(frames):
    samples = np.full((frames, 2), 1.5, np.float32)
    out, _ = limited(samples)
    assert out.shape == samples.shape
    assert np.abs(out).max(initial=0) <= CEILING * (1 + 1e-6)


def test_what_is_no_number_does_not_come_out_as_one():
    samples = hot(0.2)
    samples[5000, 1] = np.nan
    assert np.isnan(limited(samples)[0][5000]).all()


def test_a_meter_that_looks_twice_as_finely_finds_no_less():
    samples = hot(0.5)
    usual, fine = TruePeakMeter(48000, 2), TruePeakMeter(48000, 2, 8)
    for meter in (usual, fine):
        meter.process(samples)
        meter.finish()
    assert fine.true_peak_dbtp >= usual.true_peak_dbtp
