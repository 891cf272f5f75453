"""Truths of two ears: what is heard where, how loud and when; and the fast way against plain convolution."""

import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_pipeline.hrtfs import default_hrtf
from audio_pipeline.loudness.meter import LoudnessMeter
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.decorrelation import design_decorrelators
from audio_pipeline.spatialaudio.ears import BUS, design_ears
from audio_pipeline.spatialaudio.errors import EarsMissing, ResponsesTooLong
from audio_pipeline.spatialaudio.gains import block_gains
from audio_pipeline.spatialaudio.hrtf import Hrtf
from audio_pipeline.spatialaudio.layouts import BINAURAL, get_layout
from audio_pipeline.spatialaudio.rendering import Renderer, render

RATE_HZ = 48000
STEREO = get_layout("0+2+0")
MIRRORED = [
    BUS.channel_names.index(name if name[-3:] in ("000", "180") else name.translate(str.maketrans("+-", "-+")))
    for name in BUS.channel_names
]


@pytest.fixture(scope="module")
def ears():
    return design_ears(default_hrtf(), RATE_HZ)


def still(azimuth_deg=0.0, **columns):
    return ObjectBlocks.of(**{"start_samples": 0, "end_samples": np.inf, "azimuth_deg": azimuth_deg} | columns)


def noise(frames, objects=1, seed=1):
    return np.random.default_rng(seed).standard_normal((frames, objects)).astype(np.float32)


def pink(frames, seed=2):
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(frames))
    spectrum[1:] /= np.sqrt(np.arange(1, spectrum.size))
    spectrum[0] = 0
    samples = np.fft.irfft(spectrum, frames)
    return (0.1 * samples / samples.std())[:, np.newaxis].astype(np.float32)


def heard(objects, samples, ears, **options):
    return render(objects, [BINAURAL], samples, ears=ears, **options)["binaural"]


def loudness_lufs(rendered):
    meter = LoudnessMeter(RATE_HZ, [1.0, 1.0])
    meter.process(rendered)
    return meter.finish().integrated_lufs


def moving(rng, frames, diffuse=0.0):
    times = np.unique([0, *rng.integers(1, frames, 5), frames])
    count = times.size - 1
    return ObjectBlocks.of(
        start_samples=times[:-1],
        end_samples=times[1:],
        azimuth_deg=rng.uniform(-180, 180, count),
        elevation_deg=rng.uniform(-90, 90, count),
        width_deg=rng.choice([0.0, 60.0], count),
        gain=rng.uniform(0.1, 1, count),
        diffuse=diffuse,
    )


def test_every_loudspeaker_of_the_bus_stands_where_a_response_was_measured():
    hrtf = default_hrtf()
    measured = set(zip(hrtf.azimuth_deg.round(3), hrtf.elevation_deg, strict=True))
    missing = {
        speaker.name
        for speaker in BUS.loudspeakers
        if (speaker.azimuth_deg, speaker.elevation_deg) not in measured
        and (speaker.azimuth_deg - 360, speaker.elevation_deg) not in measured
    }
    assert len(BUS.loudspeakers) == 27
    assert missing == set()


@pytest.mark.parametrize("number", range(0, 27, 4))
def test_an_object_on_a_loudspeaker_of_the_bus_is_its_response_and_nothing_else(ears, number):
    """Against convolution in double precision: −100 dB and below."""
    speaker = BUS.loudspeakers[number]
    samples = noise(20000)
    rendered = heard([still(speaker.azimuth_deg, elevation_deg=speaker.elevation_deg)], samples, ears)
    for ear in (0, 1):
        whole = np.convolve(samples[:, 0].astype(np.float64), ears.responses[:, number, ear])
        expected = whole[ears.latency_samples :][:20000]
        assert np.std(rendered[:, ear] - expected) < 1e-5 * np.std(expected)


def test_any_scene_is_its_bus_gains_through_the_responses_and_the_decorrelators(ears):
    objects = [still(40.0, elevation_deg=10.0, width_deg=30.0, diffuse=0.4), still(-100.0, elevation_deg=-60.0)]
    samples = noise(6000, 2)
    gains = block_gains(objects, [BUS])
    direct = samples.astype(np.float64) @ ears.balanced(gains.direct)
    diffuse = samples.astype(np.float64) @ gains.diffuse
    decorrelators = design_decorrelators(BUS)
    expected = np.zeros((8000, 2))
    for number in range(27):
        spread = np.convolve(diffuse[:, number], decorrelators[:, number])
        bus = np.pad(direct[:, number], (255, spread.size - 6255)) + spread
        for ear in (0, 1):
            through = np.convolve(bus, ears.responses[:, number, ear])
            expected[: through.size, ear] += through
    expected = expected[255 + ears.latency_samples :][:6000]
    rendered = heard(objects, samples, ears)
    assert np.std(rendered - expected) < 1e-5 * np.std(expected)


def test_the_mirrored_scene_swaps_the_ears(ears):
    rng = np.random.default_rng(3)
    objects = [moving(rng, 8000), moving(rng, 8000)]
    samples = noise(8000, 2)
    mirrored = [replace(one, azimuth_deg=-one.azimuth_deg) for one in objects]
    one, other = heard(objects, samples, ears), heard(mirrored, samples, ears)
    assert np.abs(one - other[:, ::-1]).max() < 1e-5
    assert np.abs(one - other).max() > 0.1


def test_the_default_ears_are_mirror_images_and_the_same_for_what_is_in_the_middle(ears):
    assert np.array_equal(ears.responses, ears.responses[:, MIRRORED, ::-1])
    for azimuth_deg, elevation_deg in ((0, 0), (180, 0), (0, 90), (0, 25)):
        left, right = heard([still(azimuth_deg, elevation_deg=elevation_deg)], noise(4000), ears).T
        assert np.abs(left - right).max() < 1e-5


@pytest.mark.parametrize("signal", ["pink", 60.0, 250.0, 997.0, 2000.0, 3000.0])
@pytest.mark.parametrize("layouts", [(BINAURAL, STEREO), (STEREO, BINAURAL)])
def test_what_is_straight_ahead_is_as_loud_as_in_stereo(ears, signal, layouts):
    frames = 2 * RATE_HZ
    samples = pink(frames)
    if signal != "pink":
        samples = 0.1 * np.sin(2 * np.pi * signal / RATE_HZ * np.arange(frames))[:, np.newaxis].astype(np.float32)
    rendered = render([still()], layouts, samples, ears=ears)
    assert tuple(rendered) == tuple(layout.name for layout in layouts)
    assert abs(loudness_lufs(rendered["binaural"]) - loudness_lufs(rendered["0+2+0"])) < 0.5


@pytest.mark.parametrize(
    ("azimuth_deg", "elevation_deg", "width_deg"),
    [(15, 0, 0), (0, 20, 0), (22, 20, 0), (75, -15, 0), (0, 0, 45), (0, 0, 180), (90, 0, 360)],
)
def test_what_lies_between_loudspeakers_or_on_many_is_no_louder_for_it(ears, azimuth_deg, elevation_deg, width_deg):
    """As loud as the same power on loudspeakers that are heard one at a time."""
    blocks = still(azimuth_deg, elevation_deg=elevation_deg, width_deg=width_deg)
    samples = pink(RATE_HZ)
    gains = block_gains([blocks], [BUS]).direct[0]
    alone = [
        10 ** (loudness_lufs(heard([still(s.azimuth_deg, elevation_deg=s.elevation_deg)], samples, ears)) / 10)
        for s in BUS.loudspeakers
    ]
    expected_lufs = 10 * np.log10(np.square(gains) @ alone)
    assert loudness_lufs(heard([blocks], samples, ears)) == pytest.approx(expected_lufs, abs=0.5)


@pytest.mark.parametrize(("azimuth_deg", "near", "far"), [(90.0, 0, 1), (-90.0, 1, 0)])
def test_the_ear_on_the_side_of_the_source_hears_it_first_and_louder(ears, azimuth_deg, near, far):
    rendered = heard([still(azimuth_deg)], noise(16384), ears).astype(np.float64)
    spectra = np.fft.rfft(rendered, 32768, axis=0)
    frequency_hz = np.fft.rfftfreq(32768, 1 / RATE_HZ)
    spectra[(frequency_hz < 300) | (frequency_hz > 1500)] = 0
    correlation = np.fft.irfft(spectra[:, far] * spectra[:, near].conj())
    delay_us = 1e6 * correlation[:100].argmax() / RATE_HZ
    assert correlation[:100].max() > correlation[-100:].max()
    assert 650 <= delay_us <= 780  # measured on the dummy head from 300 to 1500 Hz: 703 µs
    assert 6 < 20 * np.log10(rendered[:, near].std() / rendered[:, far].std()) < 20


@pytest.mark.parametrize("diffuse_beside", [False, True])
def test_an_impulse_straight_ahead_peaks_at_its_own_sample(ears, diffuse_beside):
    samples = np.zeros((3000, 2), dtype=np.float32)
    samples[1000, 0] = 1.0
    objects = [still(), still(90.0, diffuse=1.0 if diffuse_beside else 0.0)]
    rendered = render(objects, [STEREO, BINAURAL], samples, ears=ears)
    assert rendered["binaural"].shape == rendered["0+2+0"].shape == (3000, 2)
    assert np.abs(rendered["binaural"]).argmax(axis=0).tolist() == [1000, 1000]
    assert np.flatnonzero(rendered["0+2+0"][:, 0]).tolist() == [1000]


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), cuts=st.lists(st.integers(0, 9000), max_size=8), diffuse=st.booleans())
def test_the_output_does_not_depend_on_how_the_audio_is_cut(ears, seed, cuts, diffuse):
    rng = np.random.default_rng(seed)
    objects = [moving(rng, 9000, diffuse=0.5 if diffuse else 0.0) for _ in range(2)]
    samples = noise(9000, 2, seed)
    whole = heard(objects, samples, ears)
    renderer = Renderer(objects, [BINAURAL], ears)
    parts = [renderer.process(samples[a:b]) for a, b in pairwise([0, *sorted(cuts), 9000])] + [renderer.flush()]
    joined = np.concatenate([part["binaural"] for part in parts])[renderer.latency_samples :]
    assert np.abs(joined - whole).max() < 1e-5


@pytest.mark.parametrize("diffuse", [0.0, 0.5])
def test_loudspeakers_beside_ears_and_ears_beside_loudspeakers_are_what_each_is_alone(ears, diffuse):
    rng = np.random.default_rng(5)
    objects = [moving(rng, 5000, diffuse) for _ in range(3)]
    samples = noise(5000, 3)
    layouts = [STEREO, get_layout("4+7+0")]
    together = render(objects, [*layouts, BINAURAL], samples, ears=ears)
    apart = {**render(objects, layouts, samples), "binaural": heard(objects, samples, ears)}
    assert list(together) == list(apart)
    for name, rendered in apart.items():
        assert np.abs(together[name] - rendered).max() < 1e-5


def test_a_second_render_is_the_same_to_the_bit(ears):
    objects = [moving(np.random.default_rng(6), 5000, 0.5)]
    assert np.array_equal(heard(objects, noise(5000), ears), heard(objects, noise(5000), ears))


def test_gaps_are_silent_to_the_bit(ears):
    samples = noise(30000)
    samples[5000:20000] = 0.0
    rendered = heard([still(50.0, width_deg=40.0, diffuse=0.3)], samples, ears, block_frames=4096)
    reach = 512 + 256
    assert not rendered[5000 + reach : 20000 - reach].any()
    assert rendered[:5000].any()
    assert rendered[20000:].any()


def test_a_scene_without_a_sound_is_silence(ears):
    assert not heard([still(gain=0.0)], noise(3000), ears).any()
    assert not heard([still()], np.zeros((3000, 1), np.float32), ears).any()
    assert Renderer([still()], [BINAURAL], ears).process(np.zeros((0, 1), np.float32))["binaural"].shape == (0, 2)


def test_memory_does_not_grow_with_the_audio(ears):
    renderer = Renderer([still(azimuth_deg, diffuse=0.5) for azimuth_deg in range(0, 160, 20)], [BINAURAL], ears)
    block = np.ones((9600, 8), dtype=np.float32)

    def peak_bytes(blocks):
        tracemalloc.reset_peak()
        for _ in range(blocks):
            renderer.process(block)
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        few, many = peak_bytes(10), peak_bytes(60)
        assert many <= few + 10_000
    finally:
        tracemalloc.stop()


def test_binaural_without_ears_is_refused():
    with pytest.raises(EarsMissing):
        Renderer([still()], [BINAURAL])


def test_the_response_of_a_room_is_refused():
    room = Hrtf(
        name="hall",
        sha256="",
        sample_rate_hz=RATE_HZ,
        azimuth_deg=np.zeros(1),
        elevation_deg=np.zeros(1),
        responses=np.ones((1, 2, RATE_HZ)),
    )
    with pytest.raises(ResponsesTooLong, match="48000"):
        Renderer([still()], [BINAURAL], design_ears(room, RATE_HZ))
