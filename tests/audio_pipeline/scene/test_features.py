"""Features of stems: known by construction, the same however the sound is cut."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_pipeline.scene.features import measure_stem

NOISE = np.random.default_rng(3).standard_normal((4000, 2)).astype(np.float32)


def stereo(left_gain: float, right_gain: float) -> np.ndarray:
    return np.stack([NOISE[:, 0] * np.float32(left_gain), NOISE[:, 0] * np.float32(right_gain)], axis=1)


def test_one_signal_in_both_channels_is_recognised() -> None:
    features = measure_stem([stereo(0.5, 0.5)], 2)

    assert (features.same_signal, features.pan, features.side_energy) == (True, 0.0, 0.0)
    assert features.correlation == pytest.approx(1.0)


def test_the_last_bit_of_16_makes_two_signals() -> None:
    samples = stereo(0.5, 0.5)
    samples[::2, 0] += np.float32(2.0**-15)

    assert not measure_stem([samples], 2).same_signal


@pytest.mark.parametrize(("left", "right", "pan"), [(1, 0, 1.0), (0, 1, -1.0), (3, 1, 0.5), (1, 3, -0.5)])
def test_pan_is_positive_to_the_left(left: float, right: float, pan: float) -> None:
    assert measure_stem([stereo(left, right)], 2).pan == pytest.approx(pan)


def test_side_to_mid_of_one_channel_alone_is_0_db_and_of_an_inverted_one_infinite() -> None:
    assert measure_stem([stereo(1, 0)], 2).side_to_mid_db == pytest.approx(0.0)
    assert measure_stem([stereo(1, -1)], 2).side_to_mid == math.inf


def test_a_mono_stem_counts_as_sounding_from_both_sides() -> None:
    features = measure_stem([NOISE[:, :1]], 1)

    assert features.left_energy == features.right_energy == features.cross_energy
    assert features.same_signal


def test_silence_has_no_pan_and_no_sides() -> None:
    features = measure_stem([np.zeros((100, 2), np.float32)], 2)

    assert (features.silent, features.pan, features.side_to_mid, features.correlation) == (True, 0.0, 0.0, 0.0)


@given(st.lists(st.integers(0, 4000), max_size=6))
def test_features_do_not_depend_on_how_the_sound_is_cut(cuts: list[int]) -> None:
    whole = measure_stem([NOISE], 2)

    parts = measure_stem(np.split(NOISE, sorted(cuts)), 2)

    assert parts.frames == whole.frames
    assert parts.side_energy == pytest.approx(whole.side_energy, rel=1e-12)
    assert parts.pan == pytest.approx(whole.pan, abs=1e-12)
