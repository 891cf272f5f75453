"""Medians and masks against the libraries that are known for them."""

import librosa
import numpy as np
import pytest
from scipy import ndimage

from audio_pipeline.upmix.masks import MEDIAN_REACH, MEDIAN_WIDTH, character
from audio_pipeline.upmix.running_median import running_median


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("width", [1, 3, 31, 63])
@pytest.mark.parametrize("ties", [False, True])
def test_a_running_median_is_scipys(axis: int, width: int, ties: bool) -> None:
    values = np.random.default_rng(width).random((65, 83), dtype=np.float32)
    values = np.round(values, 1) if ties else values

    found = running_median(values, width, axis)

    whole = ndimage.median_filter(values, size=(width, 1) if axis == 0 else (1, width))
    reach = width // 2
    inner = slice(reach, values.shape[axis] - reach)
    assert np.array_equal(found, whole[inner] if axis == 0 else whole[:, inner])


@pytest.mark.parametrize("shape", [(40, 1), (1, 40), (40, 17), (31, 31)])
def test_a_running_median_takes_tables_of_any_shape(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(1).random(shape, dtype=np.float32)
    for axis in (0, 1):
        width = min(31, shape[axis] - (shape[axis] + 1) % 2)
        windows = np.lib.stride_tricks.sliding_window_view(values, width, axis)
        assert np.array_equal(running_median(values, width, axis), np.median(windows, axis=-1))


@pytest.mark.parametrize("width", [0, 2, 65, 41, -1])
def test_a_median_that_has_no_middle_or_no_room_is_refused(width: int) -> None:
    with pytest.raises(ValueError, match="no median of"):
        running_median(np.zeros((40, 40), np.float32), width, axis=0)


def test_masks_of_a_cut_out_of_a_song_are_librosas_of_the_whole() -> None:
    magnitudes = np.random.default_rng(4).gamma(1.0, size=(120, 257)).astype(np.float32)
    magnitudes[:, 40] += 8
    magnitudes[70] += 8

    harmonic, percussive = librosa.decompose.hpss(magnitudes.T, kernel_size=MEDIAN_WIDTH, mask=True)
    first, last = 40, 90
    found = character(magnitudes[first - MEDIAN_REACH : last + MEDIAN_REACH])

    np.testing.assert_allclose(found.harmonic, harmonic.T[first:last], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.percussive, percussive.T[first:last], rtol=1e-4, atol=1e-6)
    assert found.harmonic[:, 40].mean() > 0.9
    assert found.percussive[70 - first].mean() > 0.9
