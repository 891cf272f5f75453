"""24-bit samples, packed and unpacked in C, against plain arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_pipeline.packed_samples import off_grid, packed_24_bit, unpacked_24_bit

LOWEST, HIGHEST = -(2**23), 2**23 - 1
codes_of_24_bits = st.lists(st.integers(LOWEST, HIGHEST), max_size=20)


def bytes_of(codes):
    return b"".join(code.to_bytes(3, "little", signed=True) for code in codes)


@given(codes_of_24_bits)
def test_every_code_is_read_as_it_is(codes):
    samples = unpacked_24_bit(np.frombuffer(bytes_of(codes), np.uint8))
    assert samples.dtype == np.float32
    assert (samples.astype(np.float64) * 2**23).tolist() == codes


@given(codes_of_24_bits)
def test_what_is_written_is_what_was_read(codes):
    assert packed_24_bit(unpacked_24_bit(np.frombuffer(bytes_of(codes), np.uint8)) * np.float32(2**23)) == bytes_of(
        codes
    )


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_codes_are_the_nearest_ones_and_halves_go_to_the_even(kind):
    scaled = np.array([[0.5, 1.5], [-0.5, -1.5], [2.4999, -2.5001], [1e9, -1e9], [HIGHEST + 0.25, LOWEST - 0.4]], kind)
    assert packed_24_bit(scaled) == bytes_of([0, 2, 0, -2, 2, -3, HIGHEST, LOWEST, HIGHEST, LOWEST])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_channel_is_off_the_grid_as_soon_as_one_sample_is(kind):
    scaled = np.zeros((1000, 3), kind)
    scaled[:, 1] = 5.0
    scaled[999, 2] = 0.25
    assert off_grid(scaled, 1 / 64).tolist() == [False, False, True]
    assert off_grid(scaled[:999], 1 / 64).tolist() == [False, False, False]
    assert off_grid(scaled, 0.25).tolist() == [False, False, False]


def test_rows_that_are_not_together_are_taken_too():
    scaled = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert packed_24_bit(scaled[:, ::2]) == bytes_of([0, 2, 4, 6, 8, 10])
