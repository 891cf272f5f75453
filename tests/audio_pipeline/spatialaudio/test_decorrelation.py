import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_pipeline.spatialaudio.decorrelation import DelayLine, design_decorrelators
from audio_pipeline.spatialaudio.layouts import LAYOUT_NAMES, get_layout


@pytest.mark.parametrize("layout_name", LAYOUT_NAMES)
def test_decorrelators_are_all_pass_and_differ(layout_name):
    layout = get_layout(layout_name)
    every = design_decorrelators(layout)
    channels = len(layout.full_range_channels)
    assert every.shape == (512, layout.channel_count)
    assert every.any(axis=0).tolist() == [not is_lfe for is_lfe in layout.is_lfe]
    filters = every[:, layout.full_range_channels]
    np.testing.assert_allclose(np.abs(np.fft.rfft(filters, axis=0)), 1.0, rtol=0, atol=1e-12)
    likeness = filters.T @ filters
    np.testing.assert_allclose(np.diag(likeness), 1.0, rtol=0, atol=1e-12)
    assert np.abs(likeness - np.identity(channels)).max() < 0.3


def test_a_channel_s_filter_follows_its_place_in_the_sorted_names_lfe_included():
    """Of 0+5+0, sorted: LFE1 M+000 M+030 M+110 M-030 M-110."""
    layout = get_layout("0+5+0")
    filters = design_decorrelators(layout)[:, layout.full_range_channels]
    turns = [np.random.RandomState(seed).random_sample() for seed in range(6)]
    angles = np.angle(np.fft.rfft(filters, axis=0)[1]) / (2 * np.pi) % 1
    # `random_sample` takes its 27 high bits from the same first number of the generator.
    np.testing.assert_allclose(angles, [turns[seed] for seed in (2, 4, 1, 3, 5)], rtol=0, atol=1e-6)


@given(delay=st.integers(0, 20), cuts=st.lists(st.integers(0, 50), max_size=6))
def test_a_delay_line_moves_samples_and_changes_none(delay, cuts):
    samples = np.random.default_rng(1).standard_normal((50, 3)).astype(np.float32)
    line = DelayLine(delay, 3)
    edges = [0, *sorted(cuts), 50]
    out = np.concatenate([line.process(samples[a:b]) for a, b in itertools.pairwise(edges)])
    assert np.array_equal(out, np.concatenate([np.zeros((delay, 3), dtype=np.float32), samples])[:50])
