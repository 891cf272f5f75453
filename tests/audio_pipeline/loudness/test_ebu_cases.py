"""The signals of EBU Tech 3341 and 3342, as tables."""

import numpy as np
import pytest

from audio_pipeline.loudness.measuring import layout_weights
from audio_pipeline.loudness.meter import Loudness, LoudnessMeter

RATE_HZ = 48000


def tone(parts, channels=2, frequency_hz=1000.0):
    """In-phase 1 kHz on all channels; `parts` are (seconds, peak dBFS), None for silence."""
    level = np.concatenate(
        [np.full(round(seconds * RATE_HZ), 0.0 if dbfs is None else 10 ** (dbfs / 20)) for seconds, dbfs in parts]
    )
    wave = level * np.sin(2 * np.pi * frequency_hz / RATE_HZ * np.arange(len(level)))
    return np.repeat(wave[:, np.newaxis], channels, axis=1)


def measured(samples, weights=(1.0, 1.0), rate_hz=RATE_HZ) -> Loudness:
    meter = LoudnessMeter(rate_hz, weights)
    meter.process(samples)
    return meter.finish()


@pytest.mark.parametrize(
    ("parts", "expected_lufs"),
    [
        ([(20, -23)], -23),
        ([(20, -33)], -33),
        ([(10, -36), (60, -23), (10, -36)], -23),
        ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23),
        ([(20, -26), (20.1, -20), (20, -26)], -23),
    ],
)
def test_3341_cases_1_to_5_integrated(parts, expected_lufs):
    assert measured(tone(parts)).integrated_lufs == pytest.approx(expected_lufs, abs=0.1)


def test_3341_case_6_weighs_the_surrounds_of_5_0():
    channels = [tone([(20, dbfs)], 1) for dbfs in (-28, -28, -24, -30, -30)]
    assert measured(np.hstack(channels), layout_weights("5.0")).integrated_lufs == pytest.approx(-23, abs=0.1)


def test_3341_case_9_short_term_is_constant():
    short_term = measured(tone([(1.34, -20), (1.66, -30)] * 5)).short_term_lufs
    assert np.abs(short_term[299:] + 23).max() < 0.1
    assert np.isnan(short_term[:299]).all()


@pytest.mark.parametrize("step", range(0, 20, 3))
def test_3341_cases_10_and_11_highest_short_term(step):
    silence = (step * 0.15, None)
    assert measured(tone([silence, (3, -23), (1, None)])).short_term_max_lufs == pytest.approx(-23, abs=0.1)
    loud = measured(tone([silence, (3, -38 + step), (3 - step * 0.15, None)]))
    assert loud.short_term_max_lufs == pytest.approx(-38 + step, abs=0.1)


def test_3341_case_12_momentary_is_constant():
    momentary = measured(tone([(0.18, -20), (0.22, -30)] * 25)).momentary_lufs
    assert np.abs(momentary[99:] + 23).max() < 0.1


@pytest.mark.parametrize("step", range(20))
def test_3341_cases_13_and_14_highest_momentary(step):
    silence = (step * 0.02, None)
    assert measured(tone([silence, (0.4, -23), (1, None)])).momentary_max_lufs == pytest.approx(-23, abs=0.1)
    loud = measured(tone([silence, (0.4, -38 + step), (0.4, None)]))
    assert loud.momentary_max_lufs == pytest.approx(-38 + step, abs=0.1)


@pytest.mark.parametrize(
    ("divisor", "amplitude", "phase_deg", "expected_dbtp"),
    [(4, 0.5, 0, -6), (4, 0.5, 45, -6), (6, 0.5, 60, -6), (8, 0.5, 67.5, -6), (4, 1.41, 45, 3)],
)
def test_3341_cases_15_to_19_true_peak(divisor, amplitude, phase_deg, expected_dbtp):
    time = np.arange(RATE_HZ)
    wave = amplitude * np.sin(2 * np.pi * time / divisor + np.radians(phase_deg))
    fade = np.minimum(1, np.minimum(time, time[::-1]) / 480)
    found = measured((wave * fade)[:, np.newaxis], (1.0,)).true_peak_dbtp
    assert expected_dbtp - 0.4 <= found <= expected_dbtp + 0.2


@pytest.mark.parametrize("quarter", range(4))
def test_3341_cases_20_to_23_peak_between_samples(quarter):
    # One burst at fs/6 whose crest of 0 dBTP lies on a quarter of the sample grid.
    time = np.arange(4800) - 2400 + quarter / 4
    wave = np.cos(2 * np.pi * time / 6) * np.exp(-np.square(time / 60))
    assert -0.4 <= measured(wave[:, np.newaxis], (1.0,)).true_peak_dbtp <= 0.2


@pytest.mark.parametrize(
    ("levels_dbfs", "expected_lu"),
    [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)],
)
def test_3342_loudness_range(levels_dbfs, expected_lu):
    assert measured(tone([(20, dbfs) for dbfs in levels_dbfs])).loudness_range_lu == pytest.approx(expected_lu, abs=1)
