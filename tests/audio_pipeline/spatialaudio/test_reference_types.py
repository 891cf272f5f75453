"""Beds, Ambisonics, matrices and real rooms against what the ITU reference renderer makes of them."""

import json
from fractions import Fraction

import numpy as np
import pytest

from audio_pipeline.spatialaudio.bed_gains import bed_gains
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.direct_speakers import (
    Bounded,
    CartesianSpeakerPosition,
    DirectSpeaker,
    DirectSpeakerBlocks,
    PolarSpeakerPosition,
)
from audio_pipeline.spatialaudio.geometry import cartesian
from audio_pipeline.spatialaudio.hoa import HoaBlocks, HoaFormat
from audio_pipeline.spatialaudio.hoa_gains import design_decoder
from audio_pipeline.spatialaudio.layouts import LAYOUT_NAMES, get_layout
from audio_pipeline.spatialaudio.panning.point_source import design_point_source_panner
from audio_pipeline.spatialaudio.real_layouts import in_room
from audio_pipeline.spatialaudio.rendering import render
from audio_pipeline.spatialaudio.taps import Tap, TapMixer, delay_in_samples

STANDARD_NAMES = tuple(name for name in LAYOUT_NAMES if name != "5+5+3")
SCENES = ("bed", "lfe", "hoa_1", "hoa_2", "hoa_3", "mixed", "matrix")
SCENE_LAYOUTS = ("0+2+0", "4+7+0", "9+10+3")
RATE_HZ, FRAMES = 48000, 12000


def speaker_of(case):
    if "x" in case:
        position = CartesianSpeakerPosition(*(Bounded(*case[axis]) for axis in ("x", "y", "z")))
    else:
        position = PolarSpeakerPosition(
            *(Bounded(*case[axis]) for axis in ("azimuth_deg", "elevation_deg", "distance"))
        )
    horizontal, vertical = case.get("edges", (None, None))
    return DirectSpeaker(position, tuple(case["labels"]), horizontal_edge=horizontal, vertical_edge=vertical)


def bed_of(cases, starts=(0.0,), ends=(np.inf,)):
    return DirectSpeakerBlocks(
        start_samples=np.array(starts, dtype=float),
        end_samples=np.array(ends, dtype=float),
        speakers=tuple(map(speaker_of, cases)),
        pack_id=cases[0].get("pack"),
        low_pass_hz=cases[0].get("low_pass_hz"),
        high_pass_hz=cases[0].get("high_pass_hz"),
    )


@pytest.mark.parametrize("name", STANDARD_NAMES)
def test_every_channel_of_a_bed_goes_where_the_itu_reference_renderer_sends_it(reference, name):
    frozen = reference("beds.npz")
    cases = [json.loads(str(case)) for case in frozen["cases"]]
    assert len(cases) > 400
    gains = np.concatenate([bed_gains(bed_of([case]), get_layout(name)) for case in cases])
    np.testing.assert_allclose(gains, frozen[name], rtol=0, atol=1e-9)


def test_the_frozen_beds_reach_every_way_of_being_placed(reference):
    """Rules of standard beds, labels, bounds, edges and the panner, in both kinds of coordinates."""
    cases = [json.loads(str(case)) for case in reference("beds.npz")["cases"]]
    for kind in ("pack", "edges", "x", "azimuth_deg"):
        assert sum(kind in case for case in cases) > 50
    assert sum(bool(case["labels"]) for case in cases) > 200


@pytest.mark.parametrize("name", STANDARD_NAMES)
def test_a_decoder_is_that_of_the_itu_reference_renderer(reference, name):
    frozen = {key: value for key, value in reference("hoa.npz").items() if key.split()[0] == name}
    assert len(frozen) == 5
    for key, expected in frozen.items():
        _, normalisation, orders, degrees = key.split()
        form = HoaFormat(tuple(map(int, orders.split(","))), tuple(map(int, degrees.split(","))), normalisation)
        np.testing.assert_allclose(design_decoder(form, get_layout(name)).T, expected, rtol=0, atol=1e-12)


def test_a_moved_layout_is_panned_as_in_the_itu_reference_renderer(reference):
    frozen = reference("rooms.npz")
    positions = cartesian(frozen["azimuth_deg"], frozen["elevation_deg"])
    room = json.loads(str(frozen["room"]))
    assert len(room) == 5
    for name, moved in room.items():
        gains = design_point_source_panner(in_room(get_layout(name), moved)).gains(positions)
        np.testing.assert_allclose(gains, frozen[name], rtol=0, atol=1e-12)
        assert np.abs(gains - design_point_source_panner(get_layout(name)).gains(positions)).max() > 0.1


def taps_of(tree):
    """The leaves of a tree of coefficients, multiplied out."""
    for *what, gain, delay_ms in tree:
        delay_samples = delay_in_samples(Fraction(delay_ms), RATE_HZ)
        inner = taps_of(what[1]) if what[0] == "mix" else [Tap(what[0])]
        yield from (tap.through(gain, delay_samples) for tap in inner)


def columns_of(column):
    times = {"start_samples": column["start_samples"], "end_samples": column["end_samples"]}
    if column["kind"] == "bed":
        yield bed_of(column["speakers"], *times.values()), tuple(taps_of(column["taps"]))
    elif column["kind"] == "hoa":
        form = HoaFormat(tuple(column["orders"]), tuple(column["degrees"]), column["normalisation"])
        blocks = HoaBlocks.group(form, start_sample=times["start_samples"][0], end_sample=times["end_samples"][0])
        for one, taps in zip(blocks, column["taps"], strict=True):
            yield one, tuple(taps_of(taps))
    else:
        angles = {name: column[name] for name in ("azimuth_deg", "elevation_deg", "diffuse")}
        yield ObjectBlocks.of(**times, **angles), tuple(taps_of(column["taps"]))


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_of_any_type_sounds_as_in_the_itu_reference_renderer(reference, scene):
    """Every sample within −120 dB of full scale, and silent where the reference is."""
    frozen = reference(f"types/{scene}.npz")
    document = json.loads(str(frozen["scene"]))
    columns, taps = zip(*(pair for column in document["columns"] for pair in columns_of(column)), strict=True)
    tracks = document["tracks"]
    audio = (np.random.default_rng(360).integers(-16384, 16384, (FRAMES, tracks)) / 32768).astype(np.float32)
    mixer = TapMixer(taps, tracks)
    signals = np.concatenate([mixer.process(audio[start : start + 777]) for start in range(0, FRAMES, 777)])
    rendered = render(columns, [get_layout(name) for name in SCENE_LAYOUTS], signals)
    kept = frozen["kept_frames"]
    assert kept.size > 250
    for name in SCENE_LAYOUTS:
        assert np.array_equal(rendered[name][kept].any(axis=0), frozen[name].any(axis=0))
        np.testing.assert_allclose(rendered[name][kept], frozen[name], rtol=0, atol=1e-6)
    assert np.abs(frozen["9+10+3"]).max() > 0.25
