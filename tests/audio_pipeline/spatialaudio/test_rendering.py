import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.decorrelation import design_decorrelators
from audio_pipeline.spatialaudio.errors import ColumnCountMismatch, NothingToRender
from audio_pipeline.spatialaudio.layouts import LAYOUT_NAMES, get_layout
from audio_pipeline.spatialaudio.rendering import Renderer, render

STEREO = get_layout("0+2+0")


def still(azimuth_deg=30.0, **columns):
    return ObjectBlocks.of(**{"start_samples": 0, "end_samples": np.inf, "azimuth_deg": azimuth_deg} | columns)


def ones(frames, objects=1):
    return np.ones((frames, objects), dtype=np.float32)


def left_gains(frames, **columns):
    """The gain that reaches M+030 at each sample, where the blocks of one object at +30° say so by their `gain`."""
    blocks = ObjectBlocks.of(**{"azimuth_deg": 30.0} | columns)
    return render([blocks], [STEREO], ones(frames))["0+2+0"][:, 0].tolist()


def random_objects(rng, frames, count=3, diffuse=False):
    objects = []
    for _ in range(count):
        times = np.unique(rng.integers(0, frames, 8))
        objects.append(
            ObjectBlocks.of(
                start_samples=times[:-1],
                end_samples=times[1:],
                azimuth_deg=rng.uniform(-180, 180, times.size - 1),
                elevation_deg=rng.uniform(-90, 90, times.size - 1),
                gain=rng.uniform(0, 1, times.size - 1),
                diffuse=rng.uniform(0, 1, times.size - 1) if diffuse else 0.0,
            )
        )
    return objects


def test_the_first_block_is_constant_and_the_second_ramps_from_it_over_its_whole_length():
    assert left_gains(8, start_samples=[0, 4], end_samples=[4, 8], gain=[1.0, 0.0]) == [1, 1, 1, 1, 1, 0.75, 0.5, 0.25]


def test_a_jump_takes_effect_at_the_start_of_its_block():
    gains = left_gains(6, start_samples=[0, 3], end_samples=[3, 6], gain=[1.0, 0.5], jump_position=True)
    assert gains == [1, 1, 1, 0.5, 0.5, 0.5]


def test_an_interpolation_length_ends_the_ramp_inside_its_block():
    gains = left_gains(
        10, start_samples=[0, 2], end_samples=[2, 10], gain=[1, 0], jump_position=True, interpolation_samples=[0, 4]
    )
    assert gains == [1, 1, 1, 0.75, 0.5, 0.25, 0, 0, 0, 0]


def test_an_interpolation_length_without_a_jump_counts_for_nothing():
    gains = left_gains(4, start_samples=[0, 2], end_samples=[2, 4], gain=[1, 0], interpolation_samples=1)
    assert gains == [1, 1, 1, 0.5]


def test_an_object_is_silent_before_between_and_behind_its_blocks_and_does_not_ramp_over_a_gap():
    gains = left_gains(9, start_samples=[1, 5], end_samples=[3, 7], gain=[1.0, 0.5])
    assert gains == [0, 1, 1, 0, 0, 0.5, 0.5, 0, 0]


def test_boundaries_between_samples_take_effect_at_the_next_sample_and_ramp_from_where_they_are():
    gains = left_gains(6, start_samples=[0, 1.5], end_samples=[1.5, 5.5], gain=[1.0, 0.0])
    assert gains == [1, 1, 0.875, 0.625, 0.375, 0.125]


def test_a_block_of_no_length_sets_the_gains_to_start_from():
    gains = left_gains(5, start_samples=[0, 1, 1], end_samples=[1, 1, 5], gain=[1.0, 0.5, 0.0])
    assert gains == [1, 0.5, 0.375, 0.25, 0.125]


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), cuts=st.lists(st.integers(0, 3000), max_size=12), diffuse=st.booleans())
def test_the_output_does_not_depend_on_how_the_audio_is_cut(seed, cuts, diffuse):
    rng = np.random.default_rng(seed)
    objects, layouts = random_objects(rng, 3000, diffuse=diffuse), [STEREO, get_layout("4+7+0")]
    samples = rng.standard_normal((3000, 3)).astype(np.float32)
    whole = render(objects, layouts, samples)
    renderer = Renderer(objects, layouts)
    edges = [0, *sorted(cuts), 3000]
    parts = [renderer.process(samples[a:b]) for a, b in pairwise(edges)] + [renderer.flush()]
    for layout in layouts:
        joined = np.concatenate([part[layout.name] for part in parts])[renderer.latency_samples :]
        np.testing.assert_allclose(joined, whole[layout.name], rtol=0, atol=1e-5)


def test_a_long_block_is_rendered_as_many_short_ones():
    rng = np.random.default_rng(5)
    objects = random_objects(rng, 20000)
    samples = rng.standard_normal((20000, 3)).astype(np.float32)
    np.testing.assert_allclose(
        render(objects, [STEREO], samples, block_frames=20000)["0+2+0"],
        render(objects, [STEREO], samples, block_frames=777)["0+2+0"],
        rtol=0,
        atol=3e-6,
    )


def test_several_layouts_in_one_pass_are_what_each_is_alone():
    rng = np.random.default_rng(6)
    objects = random_objects(rng, 2000)
    samples = rng.standard_normal((2000, 3)).astype(np.float32)
    layouts = [get_layout(name) for name in LAYOUT_NAMES]
    together = render(objects, layouts, samples)
    assert tuple(together) == LAYOUT_NAMES
    for layout in layouts:
        alone = render(objects, [layout], samples)[layout.name]
        assert together[layout.name].shape == (2000, layout.channel_count)
        np.testing.assert_allclose(together[layout.name], alone, rtol=0, atol=3e-6)


def test_rendering_is_linear():
    rng = np.random.default_rng(7)
    objects = random_objects(rng, 1500)
    a, b = rng.standard_normal((2, 1500, 3)).astype(np.float32)
    layouts = [get_layout("4+5+0")]
    separately = render(objects, layouts, a)["4+5+0"] - 2 * render(objects, layouts, b)["4+5+0"]
    np.testing.assert_allclose(render(objects, layouts, a - 2 * b)["4+5+0"], separately, rtol=0, atol=1e-5)


def test_lfe_channels_are_silent_and_full_range_ones_play():
    azimuths_deg = np.random.default_rng(8).uniform(-180, 180, 200)
    elevations_deg = np.random.default_rng(9).uniform(-90, 90, 200)
    objects = [still(a, elevation_deg=e) for a, e in zip(azimuths_deg, elevations_deg, strict=True)]
    layouts = [get_layout(name) for name in LAYOUT_NAMES]
    for layout in layouts:
        played = np.abs(render(objects, [layout], ones(4, 200))[layout.name]).max(axis=0) > 0
        assert played.tolist() == [not is_lfe for is_lfe in layout.is_lfe]


@pytest.mark.parametrize("diffuse", [False, True])
def test_silence_stays_exactly_silent(diffuse):
    rng = np.random.default_rng(10)
    objects = random_objects(rng, 3000, diffuse=diffuse)
    silence = np.zeros((3000, 3), dtype=np.float32)
    layout = get_layout("9+10+3")
    assert not render(objects, [layout], silence)["9+10+3"].any()


def test_a_pair_at_30_degrees_returns_its_stereo_signal_bit_by_bit():
    samples = np.random.default_rng(11).standard_normal((5000, 2)).astype(np.float32)
    assert np.array_equal(render([still(30.0), still(-30.0)], [STEREO], samples)["0+2+0"], samples)


def test_gains_may_be_negative():
    samples = ones(3)
    assert render([still(30.0, gain=-0.5)], [STEREO], samples)["0+2+0"].tolist() == [[-0.5, 0]] * 3


def test_an_empty_block_renders_to_nothing_and_no_time_passes():
    renderer = Renderer([ObjectBlocks.of(start_samples=1, end_samples=2, azimuth_deg=30.0)], [STEREO])
    assert renderer.process(ones(0))["0+2+0"].shape == (0, 2)
    assert renderer.process(ones(3))["0+2+0"][:, 0].tolist() == [0, 1, 0]


def test_audio_for_another_number_of_objects_is_refused():
    renderer = Renderer([still()], [STEREO])
    with pytest.raises(ColumnCountMismatch):
        renderer.process(ones(10, 2))
    with pytest.raises(ColumnCountMismatch):
        renderer.process(np.ones(10, dtype=np.float32))


def test_nothing_to_render_is_refused():
    with pytest.raises(NothingToRender):
        Renderer([], [STEREO])
    with pytest.raises(NothingToRender):
        Renderer([still()], [])


def test_there_is_latency_only_where_something_is_diffuse():
    assert Renderer([still(), still()], [STEREO]).latency_samples == 0
    assert Renderer([still(), still(diffuse=0.1)], [STEREO]).latency_samples == 255


def test_process_and_flush_together_return_the_length_and_the_latency():
    renderer = Renderer([still(diffuse=0.5)], [STEREO])
    assert renderer.process(ones(1000))["0+2+0"].shape == (1000, 2)
    assert renderer.flush()["0+2+0"].shape == (255, 2)


def test_a_direct_object_is_the_same_beside_a_diffuse_one_latency_removed():
    samples = np.zeros((2000, 2), dtype=np.float32)
    samples[:, 0] = np.random.default_rng(12).standard_normal(2000)
    objects = [ObjectBlocks.of(start_samples=[0, 700], end_samples=[700, 2000], azimuth_deg=[30.0, -30.0]), still()]
    alone = render(objects, [STEREO], samples)["0+2+0"]
    beside = render([objects[0], still(diffuse=1.0)], [STEREO], samples)["0+2+0"]
    assert np.array_equal(beside, alone)


def test_an_impulse_on_the_diffuse_path_is_the_decorrelator_itself_centred_on_it():
    samples = np.zeros((1200, 1), dtype=np.float32)
    samples[400] = 1.0
    layout = get_layout("0+5+0")
    rendered = render([still(diffuse=1.0)], [layout], samples)["0+5+0"]
    filters = design_decorrelators(layout)
    np.testing.assert_allclose(rendered[400 - 255 : 400 + 257, 0], filters[:, 0], rtol=0, atol=1e-6)
    np.testing.assert_allclose(rendered[: 400 - 255], 0.0, rtol=0, atol=1e-6)
    assert not rendered[:, 1:].any()


def test_memory_does_not_grow_with_the_audio():
    """Two seconds in blocks, then twenty more: the most that is held at any time stays the same."""
    objects = [still(azimuth_deg, diffuse=0.5) for azimuth_deg in range(0, 160, 20)]
    renderer = Renderer(objects, [get_layout("4+7+0")])
    block = ones(9600, 8)

    def peak_bytes(blocks):
        tracemalloc.reset_peak()
        for _ in range(blocks):
            renderer.process(block)
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        few, many = peak_bytes(10), peak_bytes(100)
        assert many <= few + 10_000
    finally:
        tracemalloc.stop()
