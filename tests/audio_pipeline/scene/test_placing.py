"""Placing: forms, sides, trims and names, by the rules of the role table."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_pipeline.scene.features import StemFeatures, measure_stem
from audio_pipeline.scene.model import SceneObject
from audio_pipeline.scene.placing import StemToPlace, place
from audio_pipeline.scene.presets.stage import STAGE
from audio_pipeline.scene.roles import ROLES, Form, role_named

NOISE = np.random.default_rng(5).standard_normal((8000, 2)).astype(np.float32)
MONO = measure_stem([NOISE[:, :1]], 1)
SAME = measure_stem([NOISE[:, [0, 0]]], 2)
WIDE = measure_stem([NOISE], 2)


def panned(left: float, right: float) -> StemFeatures:
    return measure_stem([np.stack([NOISE[:, 0] * np.float32(left), NOISE[:, 0] * np.float32(right)], axis=1)], 2)


def sided(side_db: float) -> StemFeatures:
    """A stem with that much side energy re mid, on both sides alike."""
    orthogonal = NOISE[:, 1] - NOISE[:, 0] * (NOISE[:, 1] @ NOISE[:, 0]) / (NOISE[:, 0] @ NOISE[:, 0])
    side = orthogonal * math.sqrt((NOISE[:, 0] @ NOISE[:, 0]) / (orthogonal @ orthogonal)) * 10 ** (side_db / 20)
    return measure_stem([np.stack([NOISE[:, 0] + side, NOISE[:, 0] - side], axis=1)], 2)


def placed(role: str, *features: StemFeatures) -> tuple[SceneObject, ...]:
    stems = [
        StemToPlace(path=f"{index}.wav", title=f"{index}", role=role_named(role), features=feature)
        for index, feature in enumerate(features)
    ]
    return place(stems, STAGE)


def azimuths(objects: tuple[SceneObject, ...]) -> list[float]:
    return [scene_object.keyframes[0].azimuth_deg for scene_object in objects]


def gain_db(scene_object: SceneObject) -> float:
    return 20 * math.log10(scene_object.keyframes[0].gain)


@pytest.mark.parametrize("role", ROLES)
def test_a_mono_stem_is_one_object_3_db_up_because_the_mix_had_it_in_both_loudspeakers(role: str) -> None:
    (single,) = placed(role, MONO)

    assert single.source.channel_gains == (pytest.approx(math.sqrt(2)),)
    assert single.name == "0"


@pytest.mark.parametrize("role", ROLES)
def test_one_signal_in_two_channels_is_never_two_objects(role: str) -> None:
    (single,) = placed(role, SAME)

    assert single.source.channel_gains == pytest.approx((math.sqrt(0.5), math.sqrt(0.5)))


@pytest.mark.parametrize("role", [role.name for role in ROLES.values() if role.form is Form.PAIR])
def test_a_pair_form_is_a_pair_left_on_the_left(role: str) -> None:
    left, right = placed(role, WIDE)

    assert (left.source.channel_gains, right.source.channel_gains) == ((1.0, 0.0), (0.0, 1.0))
    assert (left.name, right.name) == ("0 L", "0 R")
    assert left.keyframes[0].azimuth_deg > 0 > right.keyframes[0].azimuth_deg
    assert left.keyframes[0].azimuth_deg == -right.keyframes[0].azimuth_deg


@pytest.mark.parametrize("role", [role.name for role in ROLES.values() if role.form is Form.MONO])
def test_a_mono_form_is_one_object_even_of_a_wide_stem(role: str) -> None:
    assert len(placed(role, WIDE)) == 1


@pytest.mark.parametrize(("side_db", "objects"), [(-19.9, 2), (-20.1, 1), (0.0, 2), (-60.0, 1)])
def test_as_delivered_is_a_pair_where_the_sides_matter(side_db: float, objects: int) -> None:
    assert len(placed("brass", sided(side_db))) == objects


def test_pads_go_wide_and_ambience_behind_with_the_artists_left_on_the_left() -> None:
    assert azimuths(placed("pads", WIDE)) == [110, -110]
    assert azimuths(placed("ambience", WIDE)) == [120, -120]


@pytest.mark.parametrize("role", ["unknown", "music_bed", "residual", "drums"])
def test_beds_and_what_is_unknown_keep_the_stereo_exactly(role: str) -> None:
    objects = placed(role, WIDE, WIDE)

    assert azimuths(objects) == [30, -30, 30, -30]
    assert [scene_object.keyframes[0].gain for scene_object in objects] == [1.0] * 4


@pytest.mark.parametrize(("left", "right"), [(1.0, 0.5), (0.4, 1.0), (1.0, 0.9)])
def test_as_mixed_inverts_the_panning(left: float, right: float) -> None:
    (hats,) = placed("hats", panned(left, right))

    # The renderer's own law between loudspeakers at ±30: (gL − gR)/(gL + gR) = tan az / tan 30.
    ratio = math.tan(math.radians(hats.keyframes[0].azimuth_deg)) / math.tan(math.radians(30))
    assert ratio == pytest.approx((left - right) / (left + right), abs=1e-5)
    assert hats.source.channel_gains == pytest.approx((left / math.hypot(left, right), right / math.hypot(left, right)))
    assert hats.keyframes[0].gain == pytest.approx(1.0, abs=1e-5)


def test_as_mixed_goes_no_further_out_than_its_limit() -> None:
    # Equal but for their level, and still one object: a lead guitar whose sides are below −20 dB is near the middle,
    # so only a mono form meets the limit.
    assert azimuths(placed("hats", panned(1.0, 0.0))) == [30.0]
    assert abs(azimuths(placed("lead_guitar", panned(1.0, 0.85)))[0]) < 20


@pytest.mark.parametrize(("left", "right", "sign"), [(1.0, 0.1, 1), (0.1, 1.0, -1)])
def test_what_was_panned_hard_stays_on_its_side(left: float, right: float, sign: int) -> None:
    (kick,) = placed("kick", panned(left, right))
    assert sign * kick.keyframes[0].azimuth_deg > 20

    louder, softer = sorted(
        placed("rhythm_guitar", panned(left, right)), key=lambda it: -it.source.channel_gains[0] * left
    )
    loud = louder if left > right else softer
    assert sign * loud.keyframes[0].azimuth_deg > 0


def test_a_channel_without_sound_needs_no_object() -> None:
    (only,) = placed("unknown", panned(1.0, 0.0))

    assert (only.name, only.source.channel_gains, only.keyframes[0].azimuth_deg) == ("0 L", (1.0, 0.0), 30.0)


def test_several_of_one_role_alternate_and_move_outward() -> None:
    assert azimuths(placed("backing_vocal", *[MONO] * 10)) == [45, -45, 60, -60, 75, -75, 90, -90, 45, -45]
    assert azimuths(placed("toms", *[MONO] * 4)) == [0, 15, -15, 30]
    assert azimuths(placed("rhythm_guitar", WIDE, WIDE)) == [50, -50, 65, -65]


@pytest.mark.parametrize("role", ["lead_vocal", "kick", "snare", "bass"])
def test_what_must_be_stable_stays_in_front_however_often_it_comes(role: str) -> None:
    assert azimuths(placed(role, MONO, MONO, MONO)) == [0, 0, 0]


def test_fold_trims_are_written_as_the_keyframes_gain() -> None:
    assert gain_db(placed("keys", MONO)[0]) == pytest.approx(20 * math.log10(1 / 0.89), abs=0.01)  # ±55, full
    assert gain_db(placed("pads", WIDE)[0]) == pytest.approx(1.5, abs=0.01)  # ±110, half
    assert gain_db(placed("ambience", WIDE)[0]) == 0.0


def test_a_mono_form_gets_back_the_energy_that_its_sides_had() -> None:
    assert gain_db(placed("snare", WIDE)[0]) == pytest.approx(3.0, abs=0.1)


def test_extent_is_one_switch() -> None:
    stem = StemToPlace(path="p.wav", title="p", role=role_named("pads"), features=WIDE)
    points = place([stem], msgspec.structs.replace(STAGE, extent=False))[0].keyframes[0]
    wide = place([stem], msgspec.structs.replace(STAGE, extent=True))[0].keyframes[0]

    assert (points.width_deg, points.height_deg, points.depth, points.diffuse) == (0, 0, 0, 0)
    assert (wide.width_deg, wide.height_deg, wide.depth, wide.diffuse) == (40, 20, 0, 0.2)


@given(st.lists(st.sampled_from(["a", "a L", "x" * 64, "x" * 70, "é" * 64]), min_size=1, max_size=12))
def test_names_are_unique_and_short_enough(titles: list[str]) -> None:
    stems = [
        StemToPlace(path=f"{index}.wav", title=title, role=role_named("unknown"), features=WIDE if index % 2 else MONO)
        for index, title in enumerate(titles)
    ]

    names = [scene_object.name for scene_object in place(stems, STAGE)]

    assert len(set(names)) == len(names)
    assert all(1 <= len(name) <= 64 for name in names)
