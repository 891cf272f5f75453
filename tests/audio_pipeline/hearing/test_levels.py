"""Bars and bands: the same however the sound is cut into blocks, and what was played is what is shown."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_pipeline.hearing.bands import BANDS, SLICES, BandMeter
from audio_pipeline.hearing.levels import FULL_SCALE, LevelMeter, Levels

RATE_HZ = 48_000


def levels_of(sound: np.ndarray, bars: int, cuts: list[int] | None = None) -> Levels:
    meter = LevelMeter(len(sound), bars)
    for block in np.split(sound, sorted(cuts or [])):
        meter.process(block)
    return meter.finish()


def bands_of(sound: np.ndarray, cuts: list[int] | None = None) -> np.ndarray:
    meter = BandMeter(RATE_HZ)
    for block in np.split(sound, sorted(cuts or [])):
        meter.process(block)
    return np.array(meter.finish())


@given(st.integers(1, 500), st.integers(1, 700), st.lists(st.integers(0, 500), max_size=5))
def test_bars_do_not_depend_on_how_the_sound_is_cut(frames: int, bars: int, cuts: list[int]) -> None:
    sound = np.random.default_rng(frames).uniform(-1, 1, (frames, 2))
    levels = levels_of(sound, bars, [min(cut, frames) for cut in cuts])
    count = min(frames, bars)
    edges = [bar * frames // count for bar in range(count + 1)]
    pieces = [sound[a:b] for a, b in pairwise(edges)]
    assert levels.peak == tuple(round(float(np.abs(piece).max()) * FULL_SCALE) for piece in pieces)
    assert levels.rms == pytest.approx([np.sqrt(np.mean(piece**2)) * FULL_SCALE for piece in pieces], abs=0.51)


def test_frames_that_never_come_are_silent_and_more_than_announced_are_left_out() -> None:
    meter = LevelMeter(4, 4)
    meter.process(np.ones((2, 1)))
    assert meter.finish().peak == (FULL_SCALE, FULL_SCALE, 0, 0)
    meter = LevelMeter(2, 2)
    meter.process(np.full((3, 1), 0.5))
    meter.process(np.ones((3, 1)))
    assert meter.finish().peak == (FULL_SCALE // 2, FULL_SCALE // 2)


def test_a_float_file_may_be_above_full_scale() -> None:
    assert levels_of(np.full((10, 1), -1.5), 1) == Levels((15_000,), (15_000,))


@pytest.mark.parametrize(("frequency_hz", "band"), [(55, 0), (440, 4), (1_000, 6), (9_500, 11)])
def test_a_tone_is_loudest_in_its_own_band(frequency_hz: float, band: int) -> None:
    tone = np.sin(2 * np.pi * frequency_hz * np.arange(RATE_HZ) / RATE_HZ)[:, None]
    bands = bands_of(tone)
    assert bands.shape == (BANDS, SLICES)
    assert bands.mean(axis=1).argmax() == band


def test_bands_show_when_something_plays() -> None:
    sound = np.zeros((4 * RATE_HZ, 2))
    sound[2 * RATE_HZ :] = np.random.default_rng(1).standard_normal((2 * RATE_HZ, 2)) * 0.1
    bands = bands_of(sound)
    assert bands[:, : SLICES // 2 - 1].max() == 0
    assert bands[6:, SLICES // 2 + 1 :].min() > 0.5


@given(st.lists(st.integers(0, 30_000), max_size=4))
def test_bands_do_not_depend_on_how_the_sound_is_cut(cuts: list[int]) -> None:
    sound = np.random.default_rng(3).standard_normal((30_000, 2)).astype(np.float32)
    assert np.array_equal(bands_of(sound, cuts), bands_of(sound))


@pytest.mark.parametrize("frames", [0, 1, 100, 4096])
def test_silence_and_the_shortest_sound_have_bands_too(frames: int) -> None:
    assert bands_of(np.zeros((frames, 2))).max() == 0
    assert bands_of(np.zeros((frames, 2))).shape == (BANDS, SLICES)
