"""Truths of beds, sound fields, ear signals and mixed tracks, in every layout and for two ears."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_pipeline.hrtfs import default_hrtf
from audio_pipeline.loudness.meter import LoudnessMeter
from audio_pipeline.spatialaudio.bed_gains import bed_gains
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.direct_speakers import (
    Bounded,
    DirectSpeaker,
    DirectSpeakerBlocks,
    PolarSpeakerPosition,
)
from audio_pipeline.spatialaudio.ear_signals import EarBlocks
from audio_pipeline.spatialaudio.ears import LFE_GAIN, Head, design_ears
from audio_pipeline.spatialaudio.errors import (
    BlocksOverlap,
    EarsOnly,
    HoaUnsupported,
    MetadataLengthMismatch,
    TapUnusable,
)
from audio_pipeline.spatialaudio.geometry import cartesian
from audio_pipeline.spatialaudio.hoa import HoaBlocks, HoaFormat
from audio_pipeline.spatialaudio.hoa_gains import design_decoder
from audio_pipeline.spatialaudio.layouts import BINAURAL, LAYOUT_NAMES, get_layout
from audio_pipeline.spatialaudio.rendering import Renderer, render
from audio_pipeline.spatialaudio.spherical_harmonics import n3d_harmonics, normalisation
from audio_pipeline.spatialaudio.taps import Tap, TapMixer, delay_in_samples

RATE_HZ = 48000
STEREO, SEVEN = get_layout("0+2+0"), get_layout("4+7+0")
MIRROR = str.maketrans("+-", "-+")


@pytest.fixture(scope="module")
def ears():
    return design_ears(default_hrtf(), RATE_HZ)


def noise(frames, columns=1, seed=1):
    return np.random.default_rng(seed).standard_normal((frames, columns)).astype(np.float32)


def pink(frames):
    spectrum = np.fft.rfft(noise(frames)[:, 0])
    spectrum[1:] /= np.sqrt(np.arange(1, spectrum.size))
    spectrum[0] = 0
    return (0.1 * np.fft.irfft(spectrum, frames))[:, np.newaxis].astype(np.float32)


def loudness_lufs(rendered):
    meter = LoudnessMeter(RATE_HZ, [1.0, 1.0])
    meter.process(rendered["binaural"])
    return meter.finish().integrated_lufs


def speaker(label=None, azimuth_deg=0.0, elevation_deg=0.0, gain=1.0):
    position = PolarSpeakerPosition(Bounded(azimuth_deg), Bounded(elevation_deg))
    return DirectSpeaker(position, (label,) if label else (), gain=gain)


def bed(*speakers, starts=(0.0,), ends=(np.inf,), **channel):
    return DirectSpeakerBlocks(
        start_samples=np.array(starts, dtype=float),
        end_samples=np.array(ends, dtype=float),
        speakers=speakers,
        **channel,
    )


def ear(side, gain=1.0):
    return EarBlocks(start_samples=np.zeros(1), end_samples=np.array([np.inf]), ear=side, gain=np.array([gain]))


def still(azimuth_deg=0.0, **columns):
    return ObjectBlocks.of(**{"start_samples": 0, "end_samples": np.inf, "azimuth_deg": azimuth_deg} | columns)


def whole(order, normalisation_name="SN3D"):
    components = [(n, m) for n in range(order + 1) for m in range(-n, n + 1)]
    return HoaFormat(tuple(n for n, _ in components), tuple(m for _, m in components), normalisation_name)


def plane_wave(form, azimuth_deg, elevation_deg=0.0):
    """What the components hold of a source of amplitude one."""
    values = n3d_harmonics(form.orders, form.degrees, cartesian(azimuth_deg, elevation_deg).reshape(-1, 3))
    scale = [
        normalisation(form.normalisation, n, m) / normalisation("N3D", n, m)
        for n, m in zip(form.orders, form.degrees, strict=True)
    ]
    return (values * np.array(scale)[:, np.newaxis]).T


def mirrored_channels(layout):
    names = layout.channel_names
    return [
        names.index(name if name[-3:] in ("000", "180") or name.startswith("LFE") else name.translate(MIRROR))
        for name in names
    ]


# Beds


@pytest.mark.parametrize("name", LAYOUT_NAMES)
def test_a_channel_goes_to_the_loudspeaker_of_its_label_alone(name):
    layout = get_layout(name)
    for number, label in enumerate(layout.channel_names):
        gains = bed_gains(bed(speaker(f"urn:itu:bs:2051:1:speaker:{label}", 77.0, 10.0)), layout)
        assert np.array_equal(gains, np.eye(layout.channel_count)[[number]])


@pytest.mark.parametrize("name", LAYOUT_NAMES)
@pytest.mark.parametrize("pack_id", ["AP_00010009", "AP_00010003", None])
def test_the_mirrored_bed_is_the_mirror_image(name, pack_id):
    layout = get_layout(name)
    swap = mirrored_channels(layout)
    for one in get_layout("9+10+3").loudspeakers:
        if one.is_lfe or one.name[-3:] in ("000", "180"):
            continue
        there = bed_gains(bed(speaker(one.name, one.azimuth_deg, one.elevation_deg), pack_id=pack_id), layout)
        mirror = speaker(one.name.translate(MIRROR), -one.azimuth_deg, one.elevation_deg)
        np.testing.assert_allclose(bed_gains(bed(mirror, pack_id=pack_id), layout)[:, swap], there, atol=1e-12)
        assert 0.2 < np.square(there).sum() < 1 + 1e-9


def test_a_full_turn_of_azimuth_holds_every_loudspeaker_and_none_of_it_only_its_own():
    def found(azimuth, elevation_deg=0.0, layout=SEVEN):
        column = bed(DirectSpeaker(PolarSpeakerPosition(azimuth, Bounded(elevation_deg))))
        gains = bed_gains(column, layout)[0]
        return [name for name, gain in zip(layout.channel_names, gains, strict=True) if gain]

    assert found(Bounded(80.0, -180.0, 180.0)) == ["M+090"]
    assert found(Bounded(80.0, 0.0, 360.0)) == ["M+090"]
    assert found(Bounded(80.0)) == ["M+030", "M+090"]
    # Over the seam behind; and where azimuth means nothing.
    assert found(Bounded(170.0, 130.0, -150.0)) == ["M+135"]
    assert found(Bounded(15.0, 10.0, 20.0), 90.0, get_layout("9+10+3")) == ["T+000"]
    assert len(found(Bounded(20.0, 10.0, 30.5), 80.0, get_layout("9+10+3"))) > 1


def test_a_low_channel_has_nowhere_to_go_in_stereo_and_one_place_in_most_layouts():
    low = bed(speaker("LFE2", -45.0, -30.0), low_pass_hz=120.0)
    assert not bed_gains(low, STEREO).any()
    assert SEVEN.channel_names[bed_gains(low, SEVEN).argmax()] == "LFE1"
    samples = noise(100)
    rendered = render([low, still(30.0, gain=0.0)], [STEREO, SEVEN], np.repeat(samples, 2, axis=1))
    assert not rendered["0+2+0"].any()
    assert np.array_equal(rendered["4+7+0"].any(axis=0), np.array(SEVEN.is_lfe))
    assert np.array_equal(rendered["4+7+0"][:, 3], samples[:, 0])


def test_a_channel_of_a_bed_jumps_with_its_blocks_and_takes_their_gains():
    column = bed(speaker("M+030", gain=0.5), speaker("M-030"), starts=[1.0, 3.0], ends=[3.0, 4.0])
    rendered = render([column], [STEREO], np.ones((5, 1), np.float32))["0+2+0"]
    assert rendered.tolist() == [[0, 0], [0.5, 0], [0.5, 0], [0, 1], [0, 0]]


# Sound fields


@pytest.mark.parametrize("name", LAYOUT_NAMES)
@pytest.mark.parametrize("order", [1, 3, 5])
def test_a_plane_wave_is_heard_from_where_it_comes_and_as_loud_on_average(name, order):
    layout = get_layout(name).without_lfe()
    form = whole(order)
    directions = np.random.default_rng(5).standard_normal((500, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    azimuth_deg = np.degrees(-np.arctan2(directions[:, 0], directions[:, 1]))
    elevation_deg = np.degrees(np.arcsin(directions[:, 2]))
    gains = plane_wave(form, azimuth_deg, elevation_deg) @ design_decoder(form, layout)
    powers = np.square(gains)
    assert powers.sum(axis=1).mean() == pytest.approx(1.0, abs=0.06)
    # The vector of energy, from left to right: the one axis in which every layout has loudspeakers.
    lateral = powers @ layout.positions[:, 0] / powers.sum(axis=1)
    assert np.corrcoef(lateral, directions[:, 0])[0, 1] > 0.8


@pytest.mark.parametrize("name", LAYOUT_NAMES)
def test_the_mirrored_field_is_the_mirror_image(name):
    """Components of negative degree change their sign."""
    layout = get_layout(name).without_lfe()
    form = whole(3)
    decoder = design_decoder(form, layout)
    sign = np.where(np.array(form.degrees) < 0, -1.0, 1.0)
    # The points of the design are not symmetrical themselves.
    np.testing.assert_allclose(decoder[:, mirrored_channels(layout)] * sign[:, np.newaxis], decoder, atol=4e-3)


def test_every_normalisation_and_order_of_tracks_describes_the_same_field():
    expected = plane_wave(whole(3), 50.0, 20.0) @ design_decoder(whole(3), SEVEN)
    backwards = HoaFormat(whole(3).orders[::-1], whole(3).degrees[::-1], "SN3D")
    for form in (whole(3, "N3D"), whole(3, "FuMa"), backwards):
        found = plane_wave(form, 50.0, 20.0) @ design_decoder(form, SEVEN)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_the_omnidirectional_component_alone_is_everywhere_alike():
    gains = design_decoder(HoaFormat((0,), (0,)), get_layout("4+7+0"))
    assert gains.min() > 0.15


@pytest.mark.parametrize(
    ("orders", "degrees", "normalisation_name"),
    [
        ((), (), "SN3D"),
        ((0, 1), (0,), "SN3D"),
        ((6,), (0,), "SN3D"),
        ((4,), (0,), "FuMa"),
        ((1,), (2,), "N3D"),
        ((1, 1), (0, 0), "N3D"),
        ((0,), (0,), "MaxN"),
    ],
)
def test_components_that_nobody_defines_are_refused(orders, degrees, normalisation_name):
    with pytest.raises(HoaUnsupported, match="give orders 0 to 5"):
        HoaFormat(orders, degrees, normalisation_name)


# Two ears


def test_a_bed_and_a_field_reach_the_ear_on_their_side(ears):
    form = whole(3)
    samples = noise(6000)
    for side, azimuth_deg in ((0, 90.0), (1, -90.0)):
        from_bed = render([bed(speaker(None, azimuth_deg))], [BINAURAL], samples, ears=ears)["binaural"]
        components = samples * plane_wave(form, azimuth_deg).astype(np.float32)
        from_field = render(HoaBlocks.group(form), [BINAURAL], components, ears=ears)["binaural"]
        for heard in (from_bed, from_field):
            level = heard.std(axis=0)
            assert level[side] > 1.5 * level[1 - side]


def test_a_channel_of_a_bed_sounds_on_two_ears_as_an_object_at_its_place(ears):
    samples = noise(4000)
    for azimuth_deg, elevation_deg in ((30.0, 0.0), (-135.0, 30.0)):
        one = bed(speaker("M+030", azimuth_deg, elevation_deg))
        other = still(azimuth_deg, elevation_deg=elevation_deg)
        heard, expected = (render([column], [BINAURAL], samples, ears=ears)["binaural"] for column in (one, other))
        assert np.array_equal(heard, expected)


def test_fields_are_on_average_as_loud_on_two_ears_as_objects(ears):
    """Plane waves of pink noise from all around, against objects there: within 1 LU."""
    form = whole(3)
    samples = pink(RATE_HZ // 2)
    lufs = {"field": [], "object": []}
    for azimuth_deg, elevation_deg in [*((azimuth, 0.0) for azimuth in range(0, 360, 45)), (45, 40), (180, 40)]:
        components = samples * plane_wave(form, azimuth_deg, elevation_deg).astype(np.float32)
        alone = [still(azimuth_deg, elevation_deg=elevation_deg)]
        lufs["field"].append(loudness_lufs(render(HoaBlocks.group(form), [BINAURAL], components, ears=ears)))
        lufs["object"].append(loudness_lufs(render(alone, [BINAURAL], samples, ears=ears)))
    assert np.mean(lufs["field"]) == pytest.approx(np.mean(lufs["object"]), abs=1.0)


def test_an_lfe_is_left_out_for_two_ears_unless_asked_for(ears):
    low = bed(speaker("LFE1", 45.0, -30.0))
    samples = noise(4000)
    assert not render([low], [BINAURAL], samples, ears=ears)["binaural"].any()
    loud = design_ears(default_hrtf(), RATE_HZ, lfe_gain=LFE_GAIN)
    front = render([still()], [BINAURAL], samples, ears=ears)["binaural"]
    np.testing.assert_allclose(
        render([low], [BINAURAL], samples, ears=loud)["binaural"], front * np.float32(10**0.5), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("diffuse", [0.0, 0.5])
def test_ear_signals_pass_as_they_are_beside_what_is_rendered(ears, diffuse):
    samples = noise(3000, 3)
    columns = [ear("right", 0.5), still(40.0, diffuse=diffuse), ear("left")]
    together = render(columns, [BINAURAL], samples, ears=ears)["binaural"]
    alone = render([columns[1]], [BINAURAL], samples[:, 1:2], ears=ears)["binaural"]
    expected = alone + np.stack([samples[:, 2], 0.5 * samples[:, 0]], axis=1)
    np.testing.assert_allclose(together, expected, rtol=0, atol=1e-6)


def test_ear_signals_are_refused_for_loudspeakers(ears):
    with pytest.raises(EarsOnly, match=r"4\+7\+0.*render to binaural only"):
        Renderer([ear("left")], [BINAURAL, SEVEN], ears)


def test_a_turned_head_hears_what_stands_where_it_looks(ears):
    samples = noise(2000)
    straight = render([still()], [BINAURAL], samples, ears=ears)["binaural"]
    for head, azimuth_deg, elevation_deg in ((Head(90.0), 90.0, 0.0), (Head(0.0, 40.0), 0.0, 40.0)):
        turned = design_ears(default_hrtf(), RATE_HZ, head=head)
        heard = render([still(azimuth_deg, elevation_deg=elevation_deg)], [BINAURAL], samples, ears=turned)["binaural"]
        np.testing.assert_allclose(heard, straight, rtol=0, atol=1e-5)
        assert np.abs(render([still()], [BINAURAL], samples, ears=turned)["binaural"] - straight).max() > 0.1


def test_a_head_turns_to_the_left_then_up_and_tilts_to_the_right():
    right, front, up = np.eye(3)
    np.testing.assert_allclose(Head(90.0).seen(np.array([front])), [right], atol=1e-12)
    np.testing.assert_allclose(Head(0.0, 90.0).seen(np.array([up])), [front], atol=1e-12)
    np.testing.assert_allclose(Head(0.0, 0.0, 90.0).seen(np.array([right])), [up], atol=1e-12)
    # Looking left and up: what is above is behind the forehead's horizon, what was left is below.
    np.testing.assert_allclose(Head(90.0, 90.0).seen(np.array([up, -right])), [front, -up], atol=1e-12)


def test_what_moves_around_the_head_does_not_click(ears):
    """A low tone, once around in a second: nothing louder than −80 dB of it where only clicks are, above 4 kHz."""
    time_s = np.arange(RATE_HZ) / RATE_HZ
    fade = np.sin(np.pi * time_s) ** 2
    samples = (fade * np.sin(2 * np.pi * 200 * time_s))[:, np.newaxis].astype(np.float32)
    grid = np.linspace(0, RATE_HZ, 49)
    around = ObjectBlocks.of(
        start_samples=grid[:-1], end_samples=grid[1:], azimuth_deg=np.linspace(180, -180, 48), elevation_deg=20.0
    )
    jumping = ObjectBlocks.of(
        start_samples=grid[:-1], end_samples=grid[1:], azimuth_deg=np.linspace(180, -180, 48), jump_position=True
    )

    def clicks_db(source):
        spectrum = np.abs(np.fft.rfft(render([source], [BINAURAL], samples, ears=ears)["binaural"], axis=0)) ** 2
        return 10 * np.log10(spectrum[4000:].sum() / spectrum.sum())

    assert clicks_db(around) < -80
    assert clicks_db(jumping) > -60


def test_any_layout_may_stand_around_the_head(ears):
    samples = noise(2000)
    for name in ("0+2+0", "4+7+0", "9+10+3"):
        others = design_ears(default_hrtf(), RATE_HZ, bus=get_layout(name))
        assert others.responses.shape[1] == len(get_layout(name).full_range_channels)
        heard = render([still(30.0)], [BINAURAL], samples, ears=others)["binaural"]
        expected = render([still(30.0)], [BINAURAL], samples, ears=ears)["binaural"]
        np.testing.assert_allclose(heard, expected, rtol=0, atol=1e-5)


# Tracks


def test_taps_sum_tracks_with_gains_and_delays():
    mixer = TapMixer([(Tap(1),), (), (Tap(0, 0.5, 2), Tap(1, -1.0))], 2)
    tracks = np.array([[1, 10], [2, 20], [3, 30], [4, 40]], dtype=np.float32)
    expected = [[10, 0, -10], [20, 0, -20], [30, 0, -29.5], [40, 0, -39]]
    assert mixer.process(tracks).tolist() == expected
    one_by_one = TapMixer([(Tap(1),), (), (Tap(0, 0.5, 2), Tap(1, -1.0))], 2)
    assert np.concatenate([one_by_one.process(tracks[[row]]) for row in range(4)]).tolist() == expected


def test_a_matrix_of_matrices_multiplies_gains_and_adds_delays():
    assert Tap(3).through(0.5, 10).through(-0.5, 5) == Tap(3, -0.25, 15)


def test_delays_are_rounded_to_samples_halves_down():
    assert [delay_in_samples(Fraction(n, 96), 48000) for n in (0, 1, 2, 3)] == [0, 0, 1, 1]


@pytest.mark.parametrize("tap", [(2,), (-1,), (0, np.inf), (0, 1.0, -1)])
def test_taps_that_cannot_be_are_refused(tap):
    with pytest.raises(TapUnusable, match="correct the matrix"):
        TapMixer([(Tap(*tap),)], 2)


# All of them at once


def everything():
    rng = np.random.default_rng(9)
    grid = np.linspace(0, 9000, 7)
    return [
        ObjectBlocks.of(
            start_samples=grid[:-1], end_samples=grid[1:], azimuth_deg=rng.uniform(-180, 180, 6), diffuse=0.5
        ),
        bed(speaker("M+110", 110.0), speaker(None, 77.0, 10.0), starts=[0.0, 4000.25], ends=[3000.5, 9000.0]),
        bed(speaker("LFE1", 45.0, -30.0)),
        *HoaBlocks.group(whole(1), start_sample=500, end_sample=8000.5, gain=0.5),
    ]


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 5000), max_size=6))
def test_the_size_of_blocks_makes_no_difference(cuts):
    columns = everything()
    ears = design_ears(default_hrtf(), RATE_HZ)
    layouts = [STEREO, BINAURAL, SEVEN]
    samples = noise(9000, len(columns))
    whole_at_once = render(columns, layouts, samples, block_frames=9000, ears=ears)
    renderer = Renderer(columns, layouts, ears)
    pieces = [renderer.process(piece) for piece in np.split(samples, np.minimum(np.cumsum(cuts), 9000).tolist())]
    pieces.append(renderer.flush())
    for layout in layouts:
        found = np.concatenate([piece[layout.name] for piece in pieces])[renderer.latency_samples :]
        np.testing.assert_allclose(found, whole_at_once[layout.name], rtol=0, atol=2e-5)


def test_loudspeakers_are_as_early_beside_two_ears_as_without_them(ears):
    columns = everything()
    samples = noise(9000, len(columns))
    beside, alone = render(columns, [BINAURAL, SEVEN], samples, ears=ears), render(columns, [SEVEN], samples)
    np.testing.assert_allclose(beside["4+7+0"], alone["4+7+0"], rtol=0, atol=2e-5)


def test_memory_does_not_grow_with_the_song():
    columns = everything()
    mixer = TapMixer([(Tap(0, 0.5, 480),) for _ in columns], 1)

    def peak(blocks):
        renderer = Renderer(columns, [STEREO, SEVEN])
        tracemalloc.start()
        for number in range(blocks):
            renderer.process(mixer.process(noise(8192, seed=number)))
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(1)
    assert peak(40) < 1.05 * peak(4)


def test_blocks_out_of_order_or_number_are_refused():
    with pytest.raises(BlocksOverlap):
        bed(speaker("M+030"), speaker("M-030"), starts=[0.0, 2.0], ends=[3.0, 4.0])
    with pytest.raises(MetadataLengthMismatch, match="speakers"):
        bed(speaker("M+030"), starts=[0.0, 2.0], ends=[2.0, 4.0])
    with pytest.raises(MetadataLengthMismatch, match="gain"):
        EarBlocks(start_samples=np.zeros(1), end_samples=np.ones(1), ear="left", gain=np.ones(2))
