"""What moved between two scenes or ADM files is named object by object, and what did not is not."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import soundfile

from audio_pipeline.masters.comparing import Comparison, compare_files
from audio_pipeline.masters.differences import Change, column_changes
from audio_pipeline.masters.exporting import export_programme
from audio_pipeline.masters.programme import open_programme
from audio_pipeline.scene.model import Keyframe, Programme, Scene, SceneObject, Source
from audio_pipeline.scene.writing import write_scene
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.columns import Column
from audio_pipeline.spatialaudio.direct_speakers import (
    Bounded,
    DirectSpeaker,
    DirectSpeakerBlocks,
    PolarSpeakerPosition,
)
from audio_pipeline.spatialaudio.screens import PolarScreen
from audio_pipeline.spatialaudio.zones import PolarZone
from tests.audio_pipeline.adm.tools import atmos_master, reality_360, write_adm

FRAMES = 48_000
Edit = Callable[[Scene], Scene]


def scene() -> Scene:
    voice = (
        Keyframe(azimuth_deg=0.0),
        Keyframe(time_samples=12_000, azimuth_deg=30.0),
        Keyframe(time_samples=24_000, azimuth_deg=60.0, elevation_deg=10.0, gain=0.5),
    )
    return Scene(
        name="Song",
        sample_rate_hz=48_000,
        frames=FRAMES,
        programme=Programme(-6.0),
        objects=(
            SceneObject(name="Voice", role="lead_vocal", source=Source("voice.wav", (1.0,)), keyframes=voice),
            SceneObject(
                name="Bell",
                role="fx",
                source=Source("bell.wav", (1.0,)),
                keyframes=(Keyframe(azimuth_deg=90.0), Keyframe(time_samples=6000, azimuth_deg=-90.0)),
                interpolation="jump",
            ),
        ),
    )


@pytest.fixture
def compare(tmp_path: Path) -> Callable[[Edit], Comparison]:
    for stem in ("voice.wav", "bell.wav"):
        soundfile.write(tmp_path / stem, 0.1 * np.sin(np.arange(FRAMES) / 20), 48_000, subtype="FLOAT")
    write_scene(scene(), tmp_path / "a.json")

    def compared(edit: Edit) -> Comparison:
        write_scene(edit(scene()), tmp_path / "b.json")
        return compare_files(tmp_path / "a.json", tmp_path / "b.json")

    return compared


def with_object(index: int, **fields: Any) -> Edit:
    def edit(before: Scene) -> Scene:
        objects = list(before.objects)
        objects[index] = msgspec.structs.replace(objects[index], **fields)
        return msgspec.structs.replace(before, objects=tuple(objects))

    return edit


def with_keyframe(index: int, row: int, **fields: Any) -> Edit:
    keyframes = list(scene().objects[index].keyframes)
    keyframes[row] = msgspec.structs.replace(keyframes[row], **fields)
    return with_object(index, keyframes=tuple(keyframes))


def test_a_scene_is_the_same_as_itself(compare: Callable[[Edit], Comparison]) -> None:
    assert compare(lambda before: before).same


def test_a_moved_keyframe_is_named_with_angle_and_time(compare: Callable[[Edit], Comparison]) -> None:
    found = compare(with_keyframe(0, 1, azimuth_deg=45.0))
    assert (found.same, found.changes) == (False, ())
    (voice,) = found.objects
    (change,) = voice.changes
    assert (voice.name, voice.change, voice.renamed_to) == ("Voice", "changed", None)
    assert change == Change(
        what="position",
        a=(30.0, 0.0),
        b=(45.0, 0.0),
        by=pytest.approx(15.0),
        start_s=1 / 48_000,
        end_s=0.25,
        at_s=1 / 48_000,
    )


@pytest.mark.parametrize(
    ("edit", "what", "a", "b"),
    [
        (with_keyframe(0, 2, gain=0.25), "gain_db", -6.0206, -12.0412),
        (with_keyframe(0, 2, gain=0.0), "gain_db", -6.0206, None),
        (with_keyframe(0, 2, distance=0.5), "distance", 1.0, 0.5),
        (with_keyframe(0, 2, width_deg=20.0), "width_deg", 0.0, 20.0),
        (with_keyframe(0, 2, height_deg=20.0), "height_deg", 0.0, 20.0),
        (with_keyframe(0, 2, depth=0.5), "depth", 0.0, 0.5),
        (with_keyframe(0, 2, diffuse=0.5), "diffuse", 0.0, 0.5),
        (with_keyframe(1, 1, azimuth_deg=-45.0), "position", (-90.0, 0.0), (-45.0, 0.0)),
        (with_keyframe(1, 1, time_samples=7000), "position", (-90.0, 0.0), (90.0, 0.0)),
        (with_object(1, source=Source("voice.wav", (1.0,))), "source", "bell.wav", "voice.wav"),
    ],
)
def test_each_value_is_named(compare: Callable[[Edit], Comparison], edit: Edit, what: str, a: Any, b: Any) -> None:
    (difference,) = compare(edit).objects
    (change,) = difference.changes
    assert change.what == what
    for found, wanted in ((change.a, a), (change.b, b)):
        assert found == (pytest.approx(wanted, abs=1e-4) if isinstance(wanted, float | tuple) else wanted)


def test_another_interpolation_is_a_movement(compare: Callable[[Edit], Comparison]) -> None:
    (bell,) = compare(with_object(1, interpolation="linear")).objects
    assert (bell.name, {change.what for change in bell.changes}) == ("Bell", {"position"})


def test_a_movement_of_another_length_is_named(tmp_path: Path) -> None:
    text, rows = atmos_master(objects=1)
    a = write_adm(tmp_path / "a.wav", text.encode(), rows, frames=4800)
    b = write_adm(tmp_path / "b.wav", text.replace("0.005208", "0.01").encode(), rows, frames=4800)
    (moved,) = compare_files(a, b).objects
    assert [(one.what, one.a, one.b) for one in moved.changes] == [
        ("movement_samples", pytest.approx(0.005208 * 48_000), 480.0)
    ]


def test_objects_that_come_and_go_are_named(compare: Callable[[Edit], Comparison]) -> None:
    found = compare(
        lambda before: msgspec.structs.replace(
            before,
            objects=(
                before.objects[0],
                msgspec.structs.replace(before.objects[0], name="Second voice", source=Source("voice.wav", (0.5,))),
            ),
        )
    )
    assert [(one.name, one.change) for one in found.objects] == [("Bell", "removed"), ("Second voice", "added")]


def test_a_renamed_object_is_known_by_its_source(compare: Callable[[Edit], Comparison]) -> None:
    (bell,) = compare(with_object(1, name="Glocke")).objects
    assert (bell.name, bell.renamed_to, bell.changes) == ("Bell", "Glocke", ())


def test_the_gain_of_the_programme_is_told_once(compare: Callable[[Edit], Comparison]) -> None:
    found = compare(lambda before: msgspec.structs.replace(before, programme=Programme(-9.0)))
    assert found.objects == ()
    assert found.changes == (Change(what="programme_gain_db", a=-6.0, b=-9.0),)


def test_a_scene_and_its_master_say_the_same(compare: Callable[[Edit], Comparison], tmp_path: Path) -> None:
    """Export, import, export again: jumps, ramps and gains are told in another way, and mean the same."""
    compare(lambda before: before)
    master = export_programme(open_programme(tmp_path / "a.json"), tmp_path / "one", ["adm-360"])
    again = export_programme(open_programme(tmp_path / "one" / "song.adm-360.wav"), tmp_path / "two", ["adm-360"])
    assert master.files[0].notes == again.files[0].notes == ()
    first, second = (tmp_path / name / "song.adm-360.wav" for name in ("one", "two"))
    assert compare_files(tmp_path / "a.json", first).same
    assert compare_files(first, second).same
    assert first.read_bytes() == second.read_bytes()
    write_scene(with_keyframe(0, 1, azimuth_deg=45.0)(scene()), tmp_path / "b.json")
    (voice,) = compare_files(tmp_path / "b.json", first).objects
    assert [(change.what, change.by) for change in voice.changes] == [("position", pytest.approx(15.0))]


def test_beds_and_objects_in_rooms_are_compared_too(tmp_path: Path) -> None:
    text, rows = atmos_master(objects=2)
    edited = text.replace('"X">0.5000000000', '"X">0.7500000000', 1).replace("RC_Lss", "RC_Lw")
    a = write_adm(tmp_path / "a.wav", text.encode(), rows, frames=4800)
    b = write_adm(tmp_path / "b.wav", edited.encode(), rows, frames=4800)
    assert compare_files(a, a).same
    bed, moved = compare_files(a, b).objects
    assert (bed.name, [change.what for change in bed.changes]) == ("Bed RoomCentricLss", ["blocks"])
    assert bed.changes[0].a == "RC_Lss in the room at -1 0 0 gain 1"
    assert (moved.name, [change.what for change in moved.changes]) == ("Object 100b", ["position"])


def test_what_other_tools_wrote_survives_a_master_of_ours(tmp_path: Path) -> None:
    text, rows = reality_360()
    source = write_adm(tmp_path / "song.wav", text.encode(), rows, frames=3072)
    made = export_programme(open_programme(source), tmp_path / "out", ["adm-360"])
    assert made.files[0].notes == ()
    assert compare_files(source, tmp_path / "out" / "song.adm-360.wav").same


def test_an_object_that_ends_earlier_is_silent_from_there(tmp_path: Path) -> None:
    text, rows = reality_360()
    a = write_adm(tmp_path / "a.wav", text.encode(), rows, frames=3072)
    shorter = text.replace('duration="00:00:00.03072S48000"', 'duration="00:00:00.02048S48000"', 1)
    b = write_adm(tmp_path / "b.wav", shorter.encode(), rows, frames=3072)
    (difference,) = compare_files(a, b).objects
    (change,) = difference.changes
    assert (change.what, change.a, change.b, change.by) == ("gain_db", pytest.approx(-3.01, abs=0.01), None, None)
    assert (change.start_s, change.end_s) == (2048 / 48_000, 3072 / 48_000)


def test_a_master_says_what_it_could_not_take_over(tmp_path: Path) -> None:
    text, rows = reality_360()
    edited = text.replace("<jumpPosition>0", "<objectDivergence>0.5</objectDivergence><jumpPosition>0", 2)
    source = write_adm(tmp_path / "song.wav", edited.encode(), rows, frames=3072)
    made = export_programme(open_programme(source), tmp_path / "out", ["adm-360"])
    assert made.files[0].notes == ("Track 'Track 1001': divergence is left out (2 of 3 blocks)",)
    (difference,) = compare_files(source, tmp_path / "out" / "song.adm-360.wav").objects
    assert [change.what for change in difference.changes] == ["divergence"]


# For each column of an object: what it is, and another value of it. Some count only beside another one.
BASE = {"start_samples": 0.0, "end_samples": 4800.0, "divergence": 0.5, "divergence_azimuth_deg": 30.0}
BASE |= {"channel_lock": True, "lock_distance": 0.5, "screen_ref": True}
ROOM = {"cartesian": True, "x": 0.2, "y": 0.3, "z": 0.1, "room_width": 0.2, "divergence": 0.5, "divergence_x": 0.2}
OTHERS: dict[str, tuple[dict[str, Any], Any]] = {
    "start_samples": (BASE, 480.0),
    "end_samples": (BASE, 4000.0),
    "azimuth_deg": (BASE, 10.0),
    "elevation_deg": (BASE, 10.0),
    "distance": (BASE, 0.5),
    "width_deg": (BASE, 10.0),
    "height_deg": (BASE, 10.0),
    "depth": (BASE, 0.5),
    "gain": (BASE, 0.5),
    "diffuse": (BASE, 0.5),
    "divergence": (BASE, 0.25),
    "divergence_azimuth_deg": (BASE, 45.0),
    "channel_lock": (BASE, False),
    "lock_distance": (BASE, np.inf),
    "screen_ref": (BASE, False),
    "horizontal_edge": (BASE, 1.0),
    "vertical_edge": (BASE, -1.0),
    "zones": (BASE, [(PolarZone(0.0, 90.0, -10.0, 10.0),)]),
    "reference_screen": (BASE, PolarScreen(1.78, 0.0, 0.0, 1.0, 80.0)),
    "cartesian": (BASE, True),
    "x": (ROOM, 0.3),
    "y": (ROOM, 0.4),
    "z": (ROOM, 0.2),
    "room_width": (ROOM, 0.4),
    "room_height": (ROOM, 0.4),
    "room_depth": (ROOM, 0.4),
    "divergence_x": (ROOM, 0.4),
}
# How an object moves from block to block: `test_a_movement_of_another_length_is_named`.
OF_MOVEMENTS = {"jump_position", "interpolation_samples"}


def test_every_column_of_an_object_is_compared() -> None:
    assert {*OTHERS} | OF_MOVEMENTS == {*ObjectBlocks.__slots__}
    for name, (base, value) in OTHERS.items():
        columns = {"start_samples": 0.0, "end_samples": 4800.0, **base}
        a, b = ObjectBlocks.of(**columns), ObjectBlocks.of(**{**columns, name: value})
        assert [*changes_of(a, a)] == [], name
        assert [*changes_of(a, b)] != [], name


def changes_of(a: Column, b: Column, rate_b_hz: int = 48_000) -> Iterator[Change]:
    return column_changes(a, b, rate_a_hz=48_000, rate_b_hz=rate_b_hz, gain_a=1.0, gain_b=1.0)


def bed(**columns: Any) -> DirectSpeakerBlocks:
    place = PolarSpeakerPosition(Bounded(30.0, *columns.pop("bounds", (None, None))), Bounded(0.0))
    speakers = (DirectSpeaker(position=place, labels=("M+030",)),)
    times = {"start_samples": np.array([0.0]), "end_samples": np.array([columns.pop("end", 4800.0)])}
    return DirectSpeakerBlocks(**times, speakers=speakers, **columns)


@pytest.mark.parametrize(
    "other",
    [
        {"end": 480.0},
        {"low_pass_hz": 120.0},
        {"high_pass_hz": 120.0},
        {"pack_id": "AP_00010003"},
        {"bounds": (10.0, 40.0)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_whatever_a_channel_of_a_bed_says_is_compared(other: dict[str, Any]) -> None:
    (change,) = changes_of(bed(), bed(**other))
    assert change.a != change.b


def test_the_same_times_at_another_rate_are_no_difference() -> None:
    def columns(rate_hz: int) -> list[Column]:
        edges = np.array([0.0, 0.1, 0.25, 0.5]) * rate_hz
        times = {"start_samples": edges[:-1], "end_samples": edges[1:]}
        moving = ObjectBlocks.of(**times, azimuth_deg=[0.0, 40.0, 80.0], gain=[1.0, 0.5, 0.25])
        jumping = ObjectBlocks.of(
            **times, azimuth_deg=[0.0, 9.0, 5.0], jump_position=True, interpolation_samples=0.01 * rate_hz
        )
        return [moving, jumping, bed(end=0.1 * rate_hz)]

    for a, b in zip(columns(48_000), columns(44_100), strict=True):
        assert [*changes_of(a, b, 44_100)] == []
