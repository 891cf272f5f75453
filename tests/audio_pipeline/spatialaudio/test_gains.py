import numpy as np
import pytest

from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.gains import block_gains
from audio_pipeline.spatialaudio.layouts import LAYOUT_NAMES, get_layout

REFERENCE_NAMES = ("0+2+0", "4+5+0", "4+7+0", "9+10+3")


def one_block_each(**columns):
    count = np.size(columns["azimuth_deg"])
    return ObjectBlocks.of(start_samples=np.arange(count), end_samples=np.arange(count) + 1, **columns)


def reference_blocks(frozen):
    columns = {name: values for name, values in frozen.items() if not name.endswith("_gains")}
    assert all(values.shape == (400,) for values in columns.values())
    assert len(columns) == 10
    assert (columns["divergence"] > 0).sum() > 80
    return one_block_each(**columns)


@pytest.mark.parametrize("layout_name", REFERENCE_NAMES)
def test_gains_of_any_metadata_agree_with_the_itu_reference_renderer(reference, layout_name):
    frozen = reference(f"gains/{layout_name}.npz")
    layout = get_layout(layout_name)
    gains = block_gains([reference_blocks(frozen)], [layout])
    played = list(layout.full_range_channels)
    np.testing.assert_allclose(gains.direct, frozen["direct_gains"][:, played], rtol=0, atol=1e-9)
    np.testing.assert_allclose(gains.diffuse, frozen["diffuse_gains"][:, played], rtol=0, atol=1e-9)
    assert np.abs(frozen["diffuse_gains"]).max() > 0.5


def test_objects_and_layouts_stand_side_by_side(reference):
    blocks = reference_blocks(reference("gains/0+2+0.npz"))
    other = one_block_each(azimuth_deg=[10.0, 170.0], width_deg=[0.0, 50.0])
    layouts = [get_layout("0+2+0"), get_layout("5+5+3")]
    together = block_gains([blocks, other], layouts).direct
    for columns, layout in ((slice(0, 2), layouts[0]), (slice(2, 15), layouts[1])):
        for rows, alone in ((slice(0, 400), blocks), (slice(400, 402), other)):
            expected = block_gains([alone], [layout]).direct
            np.testing.assert_allclose(together[rows, columns], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("layout_name", [name for name in LAYOUT_NAMES if name != "0+2+0"])
def test_power_is_the_squared_gain_whatever_the_size_and_the_diffuseness(layout_name):
    rng = np.random.default_rng(3)
    count = 60
    gain = rng.uniform(0, 2, count)
    blocks = one_block_each(
        azimuth_deg=rng.uniform(-180, 180, count),
        elevation_deg=rng.uniform(-90, 90, count),
        distance=rng.uniform(0, 1, count),
        width_deg=rng.uniform(0, 360, count),
        height_deg=rng.uniform(0, 360, count),
        depth=rng.choice([0.0, 0.3, 1.0], count),
        diffuse=rng.uniform(0, 1, count),
        gain=gain,
    )
    gains = block_gains([blocks], [get_layout(layout_name)])
    power = (gains.direct**2).sum(axis=1) + (gains.diffuse**2).sum(axis=1)
    np.testing.assert_allclose(power, gain**2, rtol=0, atol=1e-12)


def test_a_wide_source_in_front_is_symmetric_and_reaches_more_loudspeakers_the_wider_it_is():
    layout = get_layout("9+10+3").without_lfe()
    blocks = one_block_each(azimuth_deg=np.zeros(5), width_deg=[0, 30, 90, 180, 360], height_deg=[0, 0, 0, 0, 360])
    gains = block_gains([blocks], [layout]).direct
    names = layout.channel_names
    swapped = [
        names.index(name if name[-3:] in ("000", "180") else name.translate(str.maketrans("+-", "-+")))
        for name in names
    ]
    np.testing.assert_allclose(gains, gains[:, swapped], rtol=0, atol=1e-12)
    spread = 1 / (gains**4).sum(axis=1)
    assert (np.diff(spread) > 0).all()
    assert (gains[0] > 0).sum() == 1
    assert (gains[4] > 0).all()


def test_a_point_widens_when_it_comes_nearer_than_the_loudspeakers():
    layout = get_layout("4+7+0").without_lfe()
    blocks = one_block_each(azimuth_deg=[30.0] * 4, distance=[2.0, 1.0, 0.5, 0.0])
    gains = block_gains([blocks], [layout]).direct
    loudest = gains[:, layout.channel_names.index("M+030")]
    assert loudest[:2].round(12).tolist() == [1, 1]
    assert loudest[1] > loudest[2] > loudest[3] > 0
    assert (gains[3] > 0).all()


def test_depth_lies_between_its_near_and_its_far_end():
    layout = get_layout("4+7+0")
    blocks = one_block_each(azimuth_deg=[40.0] * 3, distance=[0.8, 0.6, 1.0], depth=[0.4, 0.0, 0.0])
    deep, near, far = block_gains([blocks], [layout]).direct ** 2
    np.testing.assert_allclose(deep, (near + far) / 2, rtol=0, atol=1e-12)


def test_height_is_width_turned_by_90_degrees():
    """Straight ahead on 9+10+3, a tall source reaches above and below, a wide one left and right."""
    layout = get_layout("9+10+3").without_lfe()
    tall, wide = block_gains(
        [one_block_each(azimuth_deg=[0.0, 0.0], width_deg=[0.0, 80.0], height_deg=[80.0, 0.0])], [layout]
    ).direct
    named = dict(zip(layout.channel_names, zip(tall, wide, strict=True), strict=True))
    assert named["U+000"][0] > 0.2 > named["U+000"][1]
    assert named["B+000"][0] > 0.2 > named["B+000"][1]
    assert named["M+030"][0] < 0.2 < named["M+030"][1]


def test_straight_above_azimuth_means_nothing_to_a_wide_source():
    layout = get_layout("9+10+3")
    blocks = one_block_each(azimuth_deg=[0.0, 77.0], elevation_deg=90 - 1e-6, width_deg=60.0, height_deg=10.0)
    first, turned = block_gains([blocks], [layout]).direct
    np.testing.assert_allclose(turned, first, rtol=0, atol=1e-6)


def test_divergence_shares_power_between_the_object_and_its_copies():
    layout = get_layout("0+5+0").without_lfe()
    blocks = one_block_each(
        azimuth_deg=[0.0] * 4, divergence=[0.0, 0.5, 1.0, 1.0], divergence_azimuth_deg=[30, 30, 30, 0]
    )
    power = block_gains([blocks], [layout]).direct ** 2
    expected = [[0, 0, 1, 0, 0], [1 / 3, 1 / 3, 1 / 3, 0, 0], [0.5, 0.5, 0, 0, 0], [0, 0, 1, 0, 0]]
    np.testing.assert_allclose(power, expected, rtol=0, atol=1e-12)
