import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_pipeline.spatialaudio.decorrelation import Convolver, DelayLine, design_decorrelators
from audio_pipeline.spatialaudio.layouts import LAYOUT_NAMES, get_layout


@pytest.mark.parametrize("layout_name", LAYOUT_NAMES)
def test_decorrelators_are_all_pass_and_differ(layout_name):
    filters = design_decorrelators(get_layout(layout_name))
    channels = len(get_layout(layout_name).full_range_channels)
    assert filters.shape == (512, channels)
    np.testing.assert_allclose(np.abs(np.fft.rfft(filters, axis=0)), 1.0, rtol=0, atol=1e-12)
    likeness = filters.T @ filters
    np.testing.assert_allclose(np.diag(likeness), 1.0, rtol=0, atol=1e-12)
    assert np.abs(likeness - np.identity(channels)).max() < 0.3


def test_a_channel_s_filter_follows_its_place_in_the_sorted_names_lfe_included():
    """Of 0+5+0, sorted: LFE1 M+000 M+030 M+110 M-030 M-110."""
    filters = design_decorrelators(get_layout("0+5+0"))
    turns = [np.random.RandomState(seed).random_sample() for seed in range(6)]
    angles = np.angle(np.fft.rfft(filters, axis=0)[1]) / (2 * np.pi) % 1
    # `random_sample` takes its 27 high bits from the same first number of the generator.
    np.testing.assert_allclose(angles, [turns[seed] for seed in (2, 4, 1, 3, 5)], rtol=0, atol=1e-6)


@settings(max_examples=15)
@given(cuts=st.lists(st.integers(0, 9000), max_size=8), seed=st.integers(0, 1000))
def test_filtering_block_by_block_is_convolution(cuts, seed):
    rng = np.random.default_rng(seed)
    filters, samples = rng.standard_normal((512, 2)) / 23, rng.standard_normal((9000, 2)).astype(np.float32)
    convolver = Convolver(filters)
    edges = [0, *sorted(cuts), 9000]
    out = np.concatenate([convolver.process(samples[a:b]) for a, b in itertools.pairwise(edges)])
    expected = np.stack([np.convolve(samples[:, c].astype(float), filters[:, c])[:9000] for c in range(2)], axis=1)
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-5)


def test_silence_is_filtered_to_exact_silence_once_the_tail_has_rung_out():
    convolver = Convolver(design_decorrelators(get_layout("0+5+0")))
    assert not convolver.process(np.zeros((700, 5), dtype=np.float32)).any()
    assert convolver.process(np.ones((700, 5), dtype=np.float32)).any()
    assert convolver.process(np.zeros((511, 5), dtype=np.float32)).any()
    assert not convolver.process(np.zeros((700, 5), dtype=np.float32)).any()


@given(delay=st.integers(0, 20), cuts=st.lists(st.integers(0, 50), max_size=6))
def test_a_delay_line_moves_samples_and_changes_none(delay, cuts):
    samples = np.random.default_rng(1).standard_normal((50, 3)).astype(np.float32)
    line = DelayLine(delay, 3)
    edges = [0, *sorted(cuts), 50]
    out = np.concatenate([line.process(samples[a:b]) for a, b in itertools.pairwise(edges)])
    assert np.array_equal(out, np.concatenate([np.zeros((delay, 3), dtype=np.float32), samples])[:50])
