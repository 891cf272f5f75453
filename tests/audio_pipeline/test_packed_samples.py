"""24-bit samples, packed and unpacked in C, against plain arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_pipeline.packed_samples import Noise, packed_24_bit, unpacked_24_bit

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
    samples = unpacked_24_bit(np.frombuffer(bytes_of(codes), np.uint8))
    assert packed_24_bit(samples[:, np.newaxis]).tobytes() == bytes_of(codes)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_codes_are_the_nearest_ones_and_halves_go_to_the_even(kind):
    scaled = np.array([[0.5, 1.5], [-0.5, -1.5], [2.4999, -2.5001], [1e9, -1e9], [HIGHEST + 0.25, LOWEST - 0.4]], kind)
    packed = packed_24_bit(scaled * kind(2.0**-23))
    assert packed.tobytes() == bytes_of([0, 2, 0, -2, 2, -3, HIGHEST, LOWEST, HIGHEST, LOWEST])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("frames", [1, 7, 20, 21, 50])
def test_noise_goes_to_the_channels_that_lie_between_codes(kind, frames):
    """Channel 0 is on the grid, channel 1 is not, channel 2 only in the last frame; segments have 20 frames."""
    rng = np.random.default_rng(frames)
    scaled = rng.integers(-1000, 1000, (frames, 3)).astype(kind)
    scaled[:, 1] += kind(0.25)
    scaled[-1, 2] += kind(0.25)
    noise = Noise(rng.uniform(-1, 1, 500).astype(np.float32), [17, 3, 400][: -(-frames // 20)], 20)
    expected = np.rint(scaled)
    for segment, place in enumerate(noise.places):
        own = slice(20 * segment, min(20 * segment + 20, frames))
        added = noise.table[place : place + scaled[own].size].reshape(-1, 3)
        expected[own, 1] = np.rint(scaled[own, 1] + added[:, 1])
        if own.stop == frames:
            expected[own, 2] = np.rint(scaled[own, 2] + added[:, 2])
    packed = packed_24_bit(scaled * kind(2.0**-23), noise)
    assert packed.tobytes() == bytes_of([int(code) for code in expected.ravel()])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(("off", "is_noisy"), [(0.0, False), (1 / 128, False), (1 / 32, True), (-1 / 32, True)])
def test_a_sample_lies_between_codes_from_a_64th_of_the_distance_on(kind, off, is_noisy):
    """Less is what a product of floats leaves of a sample that was a code."""
    noise = Noise(np.full(4, 5.0, np.float32), [0], 4)
    scaled = np.array([[7.0 + off], [7.0], [7.0], [7.0]], kind)
    codes = [12] * 4 if is_noisy else [7] * 4
    assert packed_24_bit(scaled * kind(2.0**-23), noise).tobytes() == bytes_of(codes)


def test_rows_that_are_not_together_are_taken_too():
    samples = np.arange(12, dtype=np.float32).reshape(3, 4) * np.float32(2.0**-23)
    assert packed_24_bit(samples[:, ::2]).tobytes() == bytes_of([0, 2, 4, 6, 8, 10])
