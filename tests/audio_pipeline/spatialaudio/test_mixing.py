"""The mixing loop against the formula, sample by sample."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_pipeline.spatialaudio.mixing import Mixer
from audio_pipeline.spatialaudio.timeline import Segments


def random_segments(rng, frames, signals, rows, count):
    cuts = np.unique(np.concatenate([[0, frames], rng.integers(0, frames, count - 1)])) if count > 1 else [0, frames]
    shape = (len(cuts) - 1, signals)
    return Segments(
        boundaries=np.asarray(cuts, dtype=np.int64) + 1000,
        from_row=rng.integers(0, rows, shape),
        to_row=rng.integers(0, rows, shape),
        progress_at_start=rng.random(shape),
        progress_at_end=rng.random(shape),
    )


def by_the_formula(samples, segments, table):
    out = np.zeros((samples.shape[0], table.shape[1]))
    boundaries = segments.boundaries - segments.boundaries[0]
    for number, (first, stop) in enumerate(pairwise(boundaries)):
        for frame in range(first, stop):
            part = (frame - first) / (stop - first)
            start, end = segments.progress_at_start[number], segments.progress_at_end[number]
            progress = (start + part * (end - start))[:, np.newaxis]
            from_gain, to_gain = table[segments.from_row[number]], table[segments.to_row[number]]
            out[frame] = samples[frame].astype(float) @ (from_gain + progress * (to_gain - from_gain))
    return out


@settings(max_examples=40, deadline=None)
@given(
    frames=st.integers(1, 60),
    signals=st.integers(1, 9),
    channels=st.integers(1, 30),
    count=st.integers(1, 9),
    share=st.floats(0, 1),
    seed=st.integers(0, 1000),
)
def test_every_gain_moves_in_a_straight_line(frames, signals, channels, count, share, seed):
    rng = np.random.default_rng(seed)
    table = (rng.standard_normal((7, channels)) * (rng.random((7, channels)) < share)).astype(np.float32)
    table[0] = 0.0
    samples = rng.standard_normal((frames, signals)).astype(np.float32)
    segments = random_segments(rng, frames, signals, len(table), count)
    out = np.full((frames, channels), np.nan, dtype=np.float32)
    Mixer(table, signals).mix(samples, segments, out)
    np.testing.assert_allclose(out, by_the_formula(samples, segments, table), rtol=0, atol=1e-5)


def test_unity_and_silence_are_exact():
    table = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]], dtype=np.float32)
    samples = np.random.default_rng(0).standard_normal((1001, 2)).astype(np.float32)
    rows, still = np.array([[1, 0]]), np.zeros((1, 2))
    segments = Segments(np.array([5, 1006]), rows, rows, still, still)
    out = np.empty((1001, 3), dtype=np.float32)
    Mixer(table, 2).mix(samples, segments, out)
    assert np.array_equal(out[:, 0], samples[:, 0])
    assert not out[:, 1:].any()


@pytest.mark.parametrize("wrong", ["row", "negative row", "signals", "progress", "frames", "out"])
def test_what_does_not_fit_never_reaches_the_loop(wrong):
    shape = (1, 3 if wrong == "signals" else 2)
    rows = np.full(shape, {"row": 4, "negative row": -1}.get(wrong, 1))
    progress = np.zeros((1, 1) if wrong == "progress" else shape)
    segments = Segments(np.array([0, 10]), rows, rows, progress, progress)
    samples = np.zeros((11 if wrong == "frames" else 10, shape[1]), dtype=np.float32)
    out = np.empty((10, 2 if wrong == "out" else 3), dtype=np.float32)
    with pytest.raises(ValueError, match=r"table|fit"):
        Mixer(np.zeros((4, 3), dtype=np.float32), 2).mix(samples, segments, out)
