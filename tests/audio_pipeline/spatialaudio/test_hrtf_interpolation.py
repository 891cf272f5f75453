"""Directions that nobody measured, on grids of any shape, against those that somebody did."""

import numpy as np
import pytest

from audio_pipeline.hrtfs import default_hrtf
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.ears import design_ears
from audio_pipeline.spatialaudio.geometry import cartesian
from audio_pipeline.spatialaudio.hrtf import Hrtf
from audio_pipeline.spatialaudio.hrtf_interpolation import interpolated
from audio_pipeline.spatialaudio.layouts import BINAURAL
from audio_pipeline.spatialaudio.rendering import render

RATE_HZ = 48000
THIRDS_HZ = 250.0 * 2.0 ** (np.arange(19) / 3)


def part_of(hrtf, rows):
    return Hrtf(
        name="part",
        sha256="00",
        sample_rate_hz=hrtf.sample_rate_hz,
        azimuth_deg=hrtf.azimuth_deg[rows],
        elevation_deg=hrtf.elevation_deg[rows],
        responses=hrtf.responses[rows],
    )


def nearest(hrtf, positions):
    measured = cartesian(hrtf.azimuth_deg, hrtf.elevation_deg)
    return hrtf.responses[(positions @ measured.T).argmax(axis=1)].astype(np.float64)


def thirds_db(responses):
    power = np.abs(np.fft.rfft(responses, 2048, axis=-1)) ** 2
    frequency_hz = np.fft.rfftfreq(2048, 1 / RATE_HZ)
    bands = [(frequency_hz >= f * 2 ** (-1 / 6)) & (frequency_hz < f * 2 ** (1 / 6)) for f in THIRDS_HZ]
    return 10 * np.log10(np.stack([power[..., band].mean(axis=-1) for band in bands], axis=-1))


def time_between_ears_us(responses):
    left, right = np.moveaxis(np.fft.rfft(responses, 4096, axis=-1), 1, 0)
    frequency_hz = np.fft.rfftfreq(4096, 1 / RATE_HZ)
    spectrum = left * right.conj() * ((frequency_hz > 300) & (frequency_hz < 1500))
    correlation = np.fft.irfft(spectrum, 4096 * 8, axis=-1)
    return (np.roll(correlation, 400, axis=-1)[:, :800].argmax(axis=-1) - 400) / 8 / RATE_HZ * 1e6


def rms(values):
    return np.sqrt(np.mean(np.square(values)))


@pytest.mark.parametrize(("measured", "tone_db", "time_us"), [(64, 1.6, 32), (128, 1.2, 18), (250, 0.9, 12)])
def test_directions_left_out_of_a_scattered_grid_are_found_again(measured, tone_db, time_us):
    """Half as far off in tone as the nearest direction, and a third in the time between the ears."""
    hrtf = default_hrtf()
    order = np.random.default_rng(0).permutation(710)
    kept, left_out = order[:measured], order[measured:]
    left_out = left_out[hrtf.elevation_deg[left_out] > -35]
    part = part_of(hrtf, kept)
    wanted = cartesian(hrtf.azimuth_deg[left_out], hrtf.elevation_deg[left_out])
    truth = hrtf.responses[left_out].astype(np.float64)
    found, simple = interpolated(part, wanted), nearest(part, wanted)
    tone = rms(thirds_db(found) - thirds_db(truth))
    time = rms(time_between_ears_us(found) - time_between_ears_us(truth))
    assert tone < tone_db
    assert time < time_us
    assert tone < 0.75 * rms(thirds_db(simple) - thirds_db(truth))
    assert time < 0.4 * rms(time_between_ears_us(simple) - time_between_ears_us(truth))


def test_a_measured_direction_keeps_its_response_bit_by_bit():
    hrtf = default_hrtf()
    measured = cartesian(hrtf.azimuth_deg, hrtf.elevation_deg)
    assert np.array_equal(interpolated(hrtf, measured), hrtf.responses.astype(np.float64))


def test_the_way_from_one_direction_to_the_next_has_no_step():
    """A quarter of a degree at a time, across rings and over the seam behind."""
    hrtf = default_hrtf()
    azimuths_deg = np.arange(150.0, 210.0, 0.25)
    responses = interpolated(hrtf, cartesian(azimuths_deg, 3.0 + azimuths_deg / 20))
    steps = np.sqrt(np.square(np.diff(responses, axis=0)).sum(axis=(1, 2)))
    whole = np.sqrt(np.square(responses).sum(axis=(1, 2))).max()
    assert steps.max() < 0.12 * whole
    assert np.abs(np.diff(time_between_ears_us(responses))).max() < 15


def numbered(azimuths_deg, elevations_deg):
    """A click of its own height and delay from each direction, the same for both ears."""
    count = len(azimuths_deg)
    responses = np.zeros((count, 2, 64))
    responses[np.arange(count), :, 4 * np.arange(count) + 4] = 1.0 + np.arange(count)[:, np.newaxis]
    return Hrtf(
        name="mine.sofa",
        sha256="00",
        sample_rate_hz=RATE_HZ,
        azimuth_deg=np.array(azimuths_deg, dtype=float),
        elevation_deg=np.array(elevations_deg, dtype=float),
        responses=responses,
    )


def test_halfway_between_two_clicks_is_one_click_at_half_the_delay():
    hrtf = numbered([0, 90, 180, -90, 0], [0, 0, 0, 0, 90])
    [[left, right]] = interpolated(hrtf, cartesian(np.array([45.0]), np.array([0.0])))
    assert np.array_equal(left, right)
    assert left.argmax() == 6
    assert left[6] == pytest.approx(1.5, abs=1e-9)
    assert np.abs(np.delete(left, 6)).max() < 1e-9


def test_below_everything_that_was_measured_the_lowest_ring_is_averaged():
    hrtf = numbered([0, 90, 180, -90, 0], [0, 0, 0, 0, 90])
    [[left, _]] = interpolated(hrtf, np.array([[0.0, 0.0, -1.0]]))
    assert left.argmax() == 10
    assert left.max() == pytest.approx(2.5, abs=1e-9)


@pytest.mark.parametrize("azimuths_deg", [[30.0, -30.0], [0.0], [0.0, 0.0, 0.0], [20.0, 40.0, 60.0]])
def test_a_grid_that_surrounds_nobody_still_answers_with_what_is_nearest(azimuths_deg):
    hrtf = numbered(azimuths_deg, [0.0] * len(azimuths_deg))
    wanted = cartesian(np.array([-140.0, -35.0]), np.array([0.0, 0.0]))
    found = interpolated(hrtf, wanted)
    assert np.isfinite(found).all()
    assert np.array_equal(found, nearest(hrtf, wanted))


GRIDS = {
    "scattered": lambda hrtf: np.random.default_rng(4).permutation(710)[:96],
    "one ring": lambda hrtf: np.flatnonzero((hrtf.elevation_deg == 0) & (np.round(hrtf.azimuth_deg) % 20 == 0)),
    "upper half, every third": lambda hrtf: np.flatnonzero(hrtf.elevation_deg >= 0)[::3],
}


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("azimuth_deg", [30.0, 90.0, 150.0, -60.0])
def test_a_render_for_ears_of_any_grid_keeps_the_time_and_the_level_between_them(grid, azimuth_deg):
    """Against what was measured in that direction, which the grid need not hold."""
    hrtf = default_hrtf()
    part = part_of(hrtf, GRIDS[grid](hrtf))
    samples = np.random.default_rng(1).standard_normal((8192, 1)).astype(np.float32)
    source = ObjectBlocks.of(start_samples=0, end_samples=np.inf, azimuth_deg=azimuth_deg)
    heard = render([source], [BINAURAL], samples, ears=design_ears(part, RATE_HZ))["binaural"]
    # What was heard, divided by what was played, is a response again.
    played = np.fft.rfft(samples[:, 0], 16384)[:, np.newaxis]
    responses = np.fft.irfft(np.fft.rfft(heard, 16384, axis=0) / played, axis=0).T[np.newaxis]
    truth = nearest(hrtf, cartesian(np.array([azimuth_deg]), np.array([0.0])))
    late = np.zeros((1, 2, 32))
    found = np.concatenate([responses[..., -32:], responses[..., :512]], axis=-1)
    truth = np.concatenate([late, truth], axis=-1)
    assert abs(time_between_ears_us(found) - time_between_ears_us(truth))[0] < 40
    assert abs(np.diff(thirds_db(found).mean(axis=-1)) - np.diff(thirds_db(truth).mean(axis=-1)))[0, 0] < 2.5
