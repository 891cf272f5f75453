"""Keyframes become blocks that cover the scene, reach every value at its sample, and carry every gain."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from audio_pipeline.scene.blocks import object_blocks, scene_blocks, signal_gains
from audio_pipeline.scene.model import Keyframe, Programme, Scene, SceneObject, Source
from audio_pipeline.spatialaudio.blocks import ObjectBlocks


def scene_object(
    *keyframes: tuple[int, float], interpolation: str = "linear", channel_gains: tuple[float, ...] = (1.0,)
) -> SceneObject:
    """An object with the gains given at the times given."""
    return SceneObject(
        name="o",
        role="unknown",
        source=Source("o.wav", channel_gains),
        keyframes=tuple(Keyframe(time_samples=time, azimuth_deg=0.0, gain=gain) for time, gain in keyframes),
        interpolation="jump" if interpolation == "jump" else "linear",
    )


def played_gains(blocks: ObjectBlocks, frames: int) -> np.ndarray:
    """The gain at every sample by BS.2127's rule, written out plainly: the first block is constant, a block moves from
    its predecessor's value at its start to its own at its end, and one that jumps has its value at once."""
    gains = np.full(frames, np.nan)
    previous = None
    for start, end, gain, jump in zip(
        blocks.start_samples, blocks.end_samples, blocks.gain, blocks.jump_position, strict=True
    ):
        samples = np.arange(int(start), int(end))
        if previous is None or jump:
            gains[samples] = gain
        else:
            gains[samples] = previous + (gain - previous) * (samples - start) / (end - start)
        previous = gain
    return gains


@st.composite
def moving_objects(draw: st.DrawFn) -> tuple[SceneObject, int]:
    frames = draw(st.integers(1, 60))
    times = draw(st.lists(st.integers(0, frames), min_size=1, max_size=8, unique=True).map(sorted))
    gains = draw(st.lists(st.floats(0, 2), min_size=len(times), max_size=len(times)))
    how = draw(st.sampled_from(["linear", "jump"]))
    return scene_object(*zip(times, gains, strict=True), interpolation=how), frames


@given(moving_objects())
def test_blocks_cover_the_scene_without_gap_or_overlap(case: tuple[SceneObject, int]) -> None:
    moving, frames = case

    blocks = object_blocks(moving, frames)

    assert blocks.start_samples[0] == 0
    assert blocks.end_samples[-1] == frames
    assert np.array_equal(blocks.start_samples[1:], blocks.end_samples[:-1])
    assert np.all(blocks.end_samples > blocks.start_samples)


@given(moving_objects())
def test_every_keyframe_is_reached_at_its_sample_and_both_ends_hold(case: tuple[SceneObject, int]) -> None:
    moving, frames = case

    gains = played_gains(object_blocks(moving, frames), frames)

    heard = [keyframe for keyframe in moving.keyframes if keyframe.time_samples < frames]
    for keyframe in heard:
        assert gains[keyframe.time_samples] == pytest.approx(keyframe.gain, abs=1e-12)
    first, last = moving.keyframes[0], moving.keyframes[-1]
    assert gains[: first.time_samples] == pytest.approx(first.gain, abs=1e-12)
    assert gains[last.time_samples :] == pytest.approx(last.gain, abs=1e-12)


@given(moving_objects())
def test_between_keyframes_a_gain_moves_evenly_or_holds(case: tuple[SceneObject, int]) -> None:
    moving, frames = case
    # Keyframes at samples 0 and 1 leave the second one no sample to be reached in but its own; the next test has them.
    assume([keyframe.time_samples for keyframe in moving.keyframes[:2]] != [0, 1])

    gains = played_gains(object_blocks(moving, frames), frames)

    for here, there in zip(moving.keyframes[:-1], moving.keyframes[1:], strict=True):
        start, stop = here.time_samples, min(there.time_samples, frames)
        if moving.interpolation == "jump":
            assert gains[start:stop] == pytest.approx(here.gain, abs=1e-12)
        else:
            # One constant sample at 0 comes first, because ADM's first block is constant and no block is empty.
            begin = max(start, 1)
            samples = np.arange(begin, stop)
            expected = here.gain + (there.gain - here.gain) * (samples - begin) / max(there.time_samples - begin, 1)
            assert gains[begin:stop] == pytest.approx(expected, abs=1e-9)


def test_one_keyframe_is_one_block() -> None:
    blocks = object_blocks(scene_object((17, 0.5)), 100)

    assert (len(blocks), blocks.end_samples[0], blocks.gain[0]) == (1, 100, 0.5)


def test_movement_from_the_first_sample_begins_after_the_shortest_constant_block() -> None:
    blocks = object_blocks(scene_object((0, 1.0), (50, 0.0)), 100)

    assert blocks.start_samples.tolist() == [0, 1, 50]
    assert blocks.gain.tolist() == [1.0, 0.0, 0.0]
    assert not blocks.jump_position.any()


def test_a_keyframe_on_the_second_sample_is_reached_at_once() -> None:
    blocks = object_blocks(scene_object((0, 1.0), (1, 0.5), (4, 0.0)), 6)

    assert blocks.jump_position.tolist() == [False, True, False, False]
    assert played_gains(blocks, 6).tolist() == [1.0, 0.5, 0.5, 0.25, 0.0, 0.0]


def test_all_gains_stand_in_the_blocks_and_the_signal_stays_within_its_stems_peak() -> None:
    half = math.sqrt(0.5)
    mixed = scene_object((0, 0.5), channel_gains=(half, -half))
    scene = Scene(name="s", sample_rate_hz=48000, frames=10, objects=(mixed,), programme=Programme(gain_db=-6.0))

    (blocks,) = scene_blocks(scene)

    assert signal_gains(mixed) == pytest.approx((0.5, -0.5))
    assert blocks.gain[0] == pytest.approx(0.5 * math.sqrt(2) * 10 ** (-6 / 20))


def test_a_mono_stem_and_each_half_of_a_pair_keep_their_own_samples() -> None:
    assert signal_gains(scene_object((0, 1.0), channel_gains=(math.sqrt(2),))) == (1.0,)
    assert signal_gains(scene_object((0, 1.0), channel_gains=(0.0, 1.0))) == (0.0, 1.0)


def test_an_object_of_no_channel_is_silent() -> None:
    muted = scene_object((0, 1.0), channel_gains=(0.0, 0.0))

    assert signal_gains(muted) == (0.0, 0.0)
    assert object_blocks(muted, 10).gain.tolist() == [0.0]
