"""The convolver against plain convolution, and what it must not do to silence."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_pipeline.spatialaudio.convolving import Convolver


def filtered(convolver, samples, edges=()):
    """What comes out, block by block."""
    out = np.zeros_like(samples)
    for start, stop in itertools.pairwise([0, *edges, len(samples)]):
        convolver.add_to(out[start:stop], samples[start:stop])
    return out


def noise(rng, frames, columns):
    return rng.standard_normal((frames, columns)).astype(np.float32)


@settings(max_examples=25)
@given(
    columns=st.integers(1, 40),
    taps=st.sampled_from([1, 2, 300, 512, 1000]),
    cuts=st.lists(st.integers(0, 9000), max_size=8),
    seed=st.integers(0, 1000),
)
def test_filtering_block_by_block_is_convolution(columns, taps, cuts, seed):
    rng = np.random.default_rng(seed)
    filters, samples = rng.standard_normal((taps, columns)) / np.sqrt(taps), noise(rng, 9000, columns)
    out = filtered(Convolver(filters), samples, sorted(cuts))
    for column in range(columns):
        expected = np.convolve(samples[:, column].astype(float), filters[:, column])[:9000]
        np.testing.assert_allclose(out[:, column], expected, rtol=0, atol=1e-5)


def test_it_takes_columns_from_the_middle_and_adds_to_the_first_ones():
    rng = np.random.default_rng(1)
    filters, samples, before = rng.standard_normal((512, 3)), noise(rng, 2000, 7), noise(rng, 2000, 5)
    out = before.copy()
    Convolver(filters).add_to(out, samples, first=2)
    alone = filtered(Convolver(filters), np.ascontiguousarray(samples[:, 2:5]))
    assert np.array_equal(out[:, 3:], before[:, 3:])
    np.testing.assert_array_equal(out[:, :3], before[:, :3] + alone)


def test_silence_is_filtered_to_exact_silence_once_the_tail_has_rung_out():
    filters = np.random.default_rng(2).standard_normal((512, 5))
    convolver = Convolver(filters)
    assert not filtered(convolver, np.zeros((700, 5), np.float32)).any()
    assert filtered(convolver, np.ones((700, 5), np.float32)).any()
    assert filtered(convolver, np.zeros((511, 5), np.float32)).any()
    assert not filtered(convolver, np.zeros((700, 5), np.float32)).any()


@pytest.mark.parametrize("silent", [0, 3, 8, 11, 15, 17])
def test_a_silent_column_stays_silent_beside_loud_ones(silent):
    """Two columns share each transform; rounding errors of one must not be heard in the other."""
    rng = np.random.default_rng(3)
    samples = noise(rng, 5000, 18)
    samples[:, silent] = -0.0
    out = filtered(Convolver(rng.standard_normal((512, 18))), samples)
    assert out.any(axis=0).tolist() == [column != silent for column in range(18)]


@pytest.mark.parametrize(
    ("frames", "width", "out_width", "first"), [(9, 4, 2, 0), (10, 4, 1, 0), (10, 4, 2, 3), (10, 4, 2, -1)]
)
def test_what_does_not_fit_never_reaches_the_loop(frames, width, out_width, first):
    convolver = Convolver(np.ones((4, 2)))
    with pytest.raises(ValueError, match="do not fit"):
        convolver.add_to(np.zeros((10, out_width), np.float32), np.zeros((frames, width), np.float32), first)


def test_filters_that_no_transform_holds_are_refused():
    with pytest.raises(ValueError, match="4096 taps are too long"):
        Convolver(np.ones((4096, 1)))
