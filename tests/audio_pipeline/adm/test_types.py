"""What each type's blocks become as columns, and how objects and packs around them change them."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio_pipeline.adm.chna import Chna, ChnaEntry
from audio_pipeline.adm.errors import AdmInvalid, AdmUnsupported
from audio_pipeline.adm.items import AdmItem, programme_items
from audio_pipeline.adm.xml_reading import read_axml_document
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.direct_speakers import CartesianSpeakerPosition, PolarSpeakerPosition
from audio_pipeline.spatialaudio.screens import CartesianScreen, PolarScreen
from audio_pipeline.spatialaudio.taps import Tap
from audio_pipeline.spatialaudio.zones import CartesianZone, PolarZone

FOLDER = Path(__file__).parents[3] / "fixtures" / "reference" / "adm"
RATE_HZ = 48000


def items_of(name: str, *edits: tuple[str, str], least_importance: int = 0) -> tuple[AdmItem, ...]:
    """The items of a document with texts exchanged, each of which has to be there."""
    text = (FOLDER / f"{name}.xml").read_text()
    for pattern, new in edits:
        text, count = re.subn(pattern, new, text, flags=re.S)
        assert count, pattern
    document, findings = read_axml_document(text.encode())
    assert [one for one in findings if one.severity == "reject"] == []
    rows = [ChnaEntry(index, uid.id, uid.tracks[0], uid.packs[0]) for index, uid in enumerate(document.track_uids, 1)]
    chna = Chna(tuple(rows), len(rows), len(rows))
    return programme_items(
        document, chna, sample_rate_hz=RATE_HZ, frames=10 * RATE_HZ, least_importance=least_importance
    )


def columns(blocks: Any, *names: str) -> list[list[float]]:
    return [np.round(np.asarray(getattr(blocks, name), dtype=float), 9).tolist() for name in names]


def test_every_field_of_polar_objects_stands_in_its_column() -> None:
    blocks = items_of("everything_of_objects")[0].blocks
    assert isinstance(blocks, ObjectBlocks)
    assert columns(blocks, "azimuth_deg", "elevation_deg", "distance", "width_deg", "height_deg", "depth") == [
        [30, -20], [10, -5], [0.8, 1], [20, 0], [10, 0], [0.1, 0]
    ]  # fmt: skip
    assert columns(blocks, "gain", "diffuse", "divergence", "divergence_azimuth_deg") == [
        [0.5, 1], [0.25, 0], [0.5, 1], [30, 45]
    ]  # fmt: skip
    assert columns(blocks, "channel_lock", "lock_distance", "screen_ref", "horizontal_edge", "vertical_edge") == [
        [True, True], [0.5, np.inf], [True, False], [0, -1], [0, -1]
    ]  # fmt: skip
    assert columns(blocks, "jump_position", "interpolation_samples", "cartesian") == [
        [False, True], [0, 960], [False, False]
    ]  # fmt: skip
    assert blocks.zones == ((PolarZone(-30, 30, -10, 90),), ())


def test_every_field_of_objects_in_a_room_stands_in_its_column() -> None:
    blocks = items_of("everything_of_objects")[1].blocks
    assert isinstance(blocks, ObjectBlocks)
    assert columns(blocks, "cartesian", "x", "y", "z", "room_width", "room_height", "room_depth", "divergence_x") == [
        [True, True], [-0.5, 0.5], [1, -0.5], [0.25, 0], [0.2, 0], [0.3, 0], [0.4, 0], [0.3, 0]
    ]  # fmt: skip
    assert blocks.zones == (
        (CartesianZone((-1, -1, -1), (1, 0, 1)), CartesianZone((0.5, 0, 0), (1, 1, 1))),
        (),
    )
    assert blocks.reference_screen == CartesianScreen(2.0, 0.0, 1.0, 0.1, 0.8)


def test_a_polar_screen_of_a_programme_belongs_to_its_objects() -> None:
    screen = (
        '<audioProgrammeReferenceScreen aspectRatio="2.0">.*?</audioProgrammeReferenceScreen>',
        "<audioProgrammeReferenceScreen><aspectRatio>1.5</aspectRatio><screenCentrePosition azimuth='0' elevation='5'/>"
        "<screenWidth azimuth='40'/></audioProgrammeReferenceScreen>",
    )
    blocks = items_of("everything_of_objects", screen)[0].blocks
    assert isinstance(blocks, ObjectBlocks)
    assert blocks.reference_screen == PolarScreen(1.5, 0.0, 5.0, 1.0, 40.0)


def test_the_flag_decides_how_a_position_is_rendered() -> None:
    """As in the reference: cartesian coordinates without the flag become angles, and the other way round."""
    as_polar = items_of("everything_of_objects", ("<cartesian>1</cartesian>", "<cartesian>0</cartesian>"))[1].blocks
    assert columns(as_polar, "cartesian", "azimuth_deg", "distance")[:2] == [
        [False, False], [round(np.degrees(np.arctan2(0.5, 1.0)), 9), -135.0]
    ]  # fmt: skip
    as_room = items_of("everything_of_objects", ("<width>20</width>", "<cartesian>1</cartesian>"))[0].blocks
    expected = 0.8 * np.cos(np.radians(10)) * np.array([-np.sin(np.radians(30)), np.cos(np.radians(30))])
    assert np.allclose([as_room.x[0], as_room.y[0], as_room.z[0]], [*expected, 0.8 * np.sin(np.radians(10))])


@pytest.mark.parametrize(
    ("least", "names", "gains"),
    [(0, 2, [0.5, 1.0]), (6, 2, [0.0, 1.0]), (7, 2, [0.0, 1.0]), (8, 1, [1.0, 1.0])],
)
def test_what_is_less_important_is_left_out(least: int, names: int, gains: list[float]) -> None:
    items = items_of("everything_of_objects", least_importance=least)
    assert (len(items), items[0].blocks.gain.tolist()) == (names, gains)


def test_packs_have_an_importance_too() -> None:
    edit = ('audioPackFormatID="AP_00031002"', 'audioPackFormatID="AP_00031002" importance="3"')
    assert len(items_of("everything_of_objects", edit, least_importance=3)) == 2
    assert len(items_of("everything_of_objects", edit, least_importance=4)) == 1


@pytest.mark.parametrize("name", ["common_bed", "ambisonics", "everything_of_objects"])
def test_gain_and_mute_of_an_object_reach_every_type(name: str) -> None:
    def gains(*edits: tuple[str, str]) -> list[float]:
        found = []
        for item in items_of(name, *edits):
            found += (
                [one.gain for one in item.blocks.speakers]
                if hasattr(item.blocks, "speakers")
                else item.blocks.gain.tolist()
            )
        return found

    plain = gains()
    halved = gains(("(<audioObject [^>]*>)", r"\1<gain>0.5</gain>"))
    assert np.allclose(halved, 0.5 * np.array(plain))
    assert not any(gains(("(<audioObject [^>]*>)", r"\1<mute>1</mute>")))


def offset(**coordinates: float) -> tuple[str, str]:
    lines = "".join(
        f'<positionOffset coordinate="{name}">{value}</positionOffset>' for name, value in coordinates.items()
    )
    return '(<audioObject audioObjectID="AO_1001"[^>]*>)', rf"\1{lines}"


def test_an_offset_moves_objects_and_stops_at_the_edge() -> None:
    blocks = items_of("everything_of_objects", offset(azimuth=100.0, elevation=83.0, distance=-0.9))[0].blocks
    assert columns(blocks, "azimuth_deg", "elevation_deg", "distance") == [[130, 80], [90, 78], [0, 0.1]]


def test_offsets_of_nested_objects_add_up() -> None:
    inner = (
        '(<audioObject audioObjectID="AO_1002"[^>]*>)',
        r'\1<positionOffset coordinate="azimuth">5</positionOffset>',
    )
    blocks = items_of("nested_objects", offset(azimuth=10.0), inner)[0].blocks
    assert blocks.azimuth_deg.tolist() == [45.0, -15.0]


def test_an_offset_moves_loudspeakers_and_their_bounds() -> None:
    kept = ("<audioTrackUIDRef>ATU_00000004</audioTrackUIDRef>|<audioChannelFormatIDRef>AC_00011004</audio.*?>", "")
    items = items_of("own_bed", offset(azimuth=10.0), kept)
    first = items[0].blocks.speakers[0].position
    assert isinstance(first, PolarSpeakerPosition)
    assert (first.azimuth_deg.value, first.azimuth_deg.lowest, first.azimuth_deg.highest) == (55.0, 40.0, 60.0)
    with pytest.raises(AdmInvalid, match="AB_00011004_00000001"):
        items_of("own_bed", offset(azimuth=10.0))
    with pytest.raises(AdmInvalid, match="AB_00031001_00000001"):
        items_of("everything_of_objects", offset(X=0.1))


def test_beds_have_their_pack_frequency_and_room() -> None:
    common = items_of("common_bed")
    assert {item.blocks.pack_id for item in common} == {"AP_00010003"}
    assert [item.blocks.low_pass_hz for item in common] == [None, None, None, 120.0, None, None]
    own = items_of("own_bed")
    assert {item.blocks.pack_id for item in own} == {None}
    assert isinstance(own[3].blocks.speakers[0].position, CartesianSpeakerPosition)
    assert own[0].blocks.start_samples.tolist() == [24000.0, 72000.0]


def test_ears_are_told_apart_by_name_or_order() -> None:
    bed = (
        ("<audioPackFormatIDRef>AP_00010003", "<audioPackFormatIDRef>AP_00050001"),
        ("(<audioTrackUIDRef>ATU_0000000[3-6]</audioTrackUIDRef>)", ""),
        ('<audioTrackUID UID="ATU_0000000[3-6]".*?</audioTrackUID>', ""),
        ("AT_0001000([12])_01", r"AT_0005000\1_01"),
    )
    items = items_of("common_bed", *bed)
    assert [(item.blocks.ear, item.taps) for item in items] == [("left", (Tap(0),)), ("right", (Tap(1),))]
    assert [item.name for item in items] == ["Object 1001 LeftEar", "Object 1001 RightEar"]


@pytest.mark.parametrize(
    ("edit", "element_id"),
    [
        (("<normalization>N3D</normalization>", "<normalization>N2D</normalization>"), "AP_00041001"),
        (("<order>1</order><degree>-1</degree>", "<order>1</order><degree>-1</degree><nfcRefDist>1.0</nfcRefDist>"),
         "AB_00041002_00000001"),
        (("<order>1</order><degree>-1</degree>", "<order>1</order>"), "AB_00041002_00000001"),
        (("<order>1</order><degree>-1</degree>", "<order>1</order><degree>2</degree>"), "AP_00041001"),
        (("<order>1</order><degree>-1</degree>", "<order>0</order><degree>0</degree>"), "AP_00041001"),
    ],
)  # fmt: skip
def test_ambisonics_that_contradict_themselves_are_refused(edit: tuple[str, str], element_id: str) -> None:
    with pytest.raises(AdmInvalid, match=element_id):
        items_of("ambisonics", edit)


@pytest.mark.parametrize(
    ("name", "edit", "element_id"),
    [
        ("matrices", ('gain="-0.5"', 'gain="-0.5" phase="90"'), "AB_00021002_00000001"),
        ("matrices", ('gain="-0.5"', 'gainVar="level"'), "AB_00021002_00000001"),
        ("ambisonics", ("<order>1</order><degree>-1</degree>", "<equation>sin(A)*cos(E)</equation>"),
         "AB_00041002_00000001"),
    ],
)  # fmt: skip
def test_what_is_not_rendered_is_refused_with_element_and_id(name: str, edit: tuple[str, str], element_id: str) -> None:
    with pytest.raises(AdmUnsupported, match=rf"audioBlockFormat {element_id} .*Export the file without it"):
        items_of(name, edit)


@pytest.mark.parametrize(
    ("edit", "element_id"),
    [
        ((">AC_00011001</coefficient>", ">AC_00021002</coefficient>"), "AC_00021002"),
        (("<outputChannelFormatIDRef>AC_00010001</outputChannelFormatIDRef><matrix>", "<matrix>"), "AB_00021001"),
        (("<outputPackFormatIDRef>AP_00010002</outputPackFormatIDRef>", ""), "AP_00021001"),
        ((">AC_00011002</coefficient>", ">AC_00019999</coefficient>"), "AB_00021001_00000001"),
    ],
)
def test_matrices_that_lead_nowhere_are_refused(edit: tuple[str, str], element_id: str) -> None:
    with pytest.raises(AdmInvalid, match=element_id):
        items_of("matrices", edit)


@pytest.mark.parametrize("delay", ["1e308", "-1", "60001", "1e-400000000", "soon"])
def test_a_delay_that_nobody_waits_for_is_named(delay: str) -> None:
    text = (FOLDER / "matrices.xml").read_text().replace('delay="2.0"', f'delay="{delay}"')
    findings = read_axml_document(text.encode()).findings
    assert {one.where for one in findings} == ({"AB_00021001_00000001"} if "e-" not in delay else set())


def test_matrices_that_multiply_are_refused_before_they_are_followed() -> None:
    chain = "".join(
        f'<audioChannelFormat audioChannelFormatID="AC_000220{index:02x}" audioChannelFormatName="m" typeLabel="0002">'
        f'<audioBlockFormat audioBlockFormatID="AB_000220{index:02x}_00000001"><matrix>'
        + f"<coefficient>AC_000220{index + 1:02x}</coefficient>" * 2
        + "</matrix></audioBlockFormat></audioChannelFormat>"
        for index in range(30)
    )
    chain += '<audioChannelFormat audioChannelFormatID="AC_0002201e" audioChannelFormatName="m" typeLabel="0002">'
    chain += '<audioBlockFormat audioBlockFormatID="AB_0002201e_00000001"><matrix><coefficient>AC_00011001'
    chain += "</coefficient></matrix></audioBlockFormat></audioChannelFormat></audioFormatExtended>"
    edits = (('gain="-0.5">AC_00011002', 'gain="1">AC_00022000'), ("</audioFormatExtended>", chain))
    with pytest.raises(AdmInvalid, match="more than 4096 tracks"):
        items_of("matrices", *edits)
