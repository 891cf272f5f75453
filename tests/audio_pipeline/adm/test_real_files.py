"""Files as real tools write them are read, whatever their wrapper, coding, numbering and size."""

import os
import re
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio_pipeline.adm.block_formats import ObjectBlock
from audio_pipeline.adm.chna import ChnaEntry, encode_chna
from audio_pipeline.adm.files import AdmFile, open_adm
from audio_pipeline.adm.items import AdmItem, programme_items
from audio_pipeline.adm.profiles import check_adm
from audio_pipeline.adm.selecting import heard_packs
from audio_pipeline.adm.xml_reading import read_axml_document
from audio_pipeline.codecs import open_audio
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.direct_speakers import CartesianSpeakerPosition, DirectSpeakerBlocks
from audio_pipeline.spatialaudio.taps import Tap

from .tools import BED, RATE_HZ, atmos_master, reality_360, write_adm

TEST_BWF = Path(__file__).parents[3] / "fixtures" / "reference" / "adm" / "test_bwf.wav"


def items_of(file: AdmFile) -> tuple[AdmItem, ...]:
    return programme_items(
        file.document, file.chna, sample_rate_hz=file.sample_rate_hz, frames=file.riff.present_frames
    )


def test_a_360_master_of_other_tools_is_read_and_passes_its_profile(tmp_path: Path) -> None:
    text, rows = reality_360()
    path = write_adm(tmp_path / "song.wav", text.encode(), rows, frames=3072, container="RF64")
    items = items_of(open_adm(path))
    assert [(item.name, item.taps) for item in items] == [
        ("Track 1001", (Tap(0),)),
        ("Track 1002", (Tap(1),)),
        ("Track 1003", (Tap(2),)),
    ]
    for item in items:
        assert isinstance(item.blocks, ObjectBlocks)
        assert item.blocks.start_samples.tolist() == [0, 1024, 2048]
        assert item.blocks.end_samples.tolist() == [1024, 2048, 3072]
        assert item.blocks.azimuth_deg.tolist() == [30.0, -60.5, -60.5]
        assert item.blocks.gain.tolist() == [1.0, 0.0, 0.7071]
    assert check_adm(path, "adm").findings == ()
    assert check_adm(path, "360").ok


def test_a_master_of_a_bed_and_118_cartesian_objects_is_read(tmp_path: Path) -> None:
    text, rows = atmos_master()
    file = open_adm(write_adm(tmp_path / "master.wav", text.encode(), rows, frames=3072, container="auto"))
    heard = [one for pack in heard_packs(file.document, file.chna, sample_rate_hz=RATE_HZ) for one in pack.channels]
    assert [one.taps for one in heard] == [(Tap(track),) for track in range(128)]
    assert [one.channel.name for one in heard[:10]] == [f"RoomCentric{name}" for name in BED]
    first, second = (block for block in heard[127].channel.blocks if isinstance(block, ObjectBlock))
    assert (first.cartesian, first.x, first.y, first.z, first.width) == (True, -0.5, 1.0, 0.25, 0.1)
    assert (first.jump_position, first.interpolation_length_s) == (True, 0)
    assert second.interpolation_length_s is not None
    assert float(second.interpolation_length_s) == 0.005208
    assert {finding.code for finding in check_adm(tmp_path / "master.wav", "adm").findings} == set()


def test_a_bed_of_rooms_labels_has_its_labels_and_places(tmp_path: Path) -> None:
    text, rows = atmos_master(objects=0)
    items = items_of(open_adm(write_adm(tmp_path / "bed.wav", text.encode(), rows)))
    speakers = [item.blocks.speakers[0] for item in items if isinstance(item.blocks, DirectSpeakerBlocks)]
    assert [speaker.labels for speaker in speakers] == [(f"RC_{name}",) for name in BED]
    position = speakers[8].position
    assert isinstance(position, CartesianSpeakerPosition)
    assert (position.x.value, position.y.value, position.z.value) == (-1.0, 0.0, 1.0)


def test_a_bed_without_positions_stands_where_its_labels_say(tmp_path: Path) -> None:
    text, rows = atmos_master(objects=0)
    text = re.sub(r"<cartesian>1</cartesian>(<position.*?</position>){3}", "", text)
    text = text.replace("RC_Lss", "urn:itu:bs:2051:0:speaker:M+090").replace("RC_L<", "M+030<")
    path = write_adm(tmp_path / "bed.wav", re.sub("RC_[A-Za-z]+", "U+045", text).encode(), rows)
    items = items_of(open_adm(path))
    azimuths = [item.blocks.speakers[0].position.azimuth_deg.value for item in items]
    assert azimuths == [30.0, 45.0, 45.0, 45.0, 90.0, 45.0, 45.0, 45.0, 45.0, 45.0]


def test_the_references_own_test_file_is_read() -> None:
    items = items_of(open_adm(TEST_BWF))
    assert [(type(item.blocks).__name__, item.taps, len(item.blocks)) for item in items] == [
        ("ObjectBlocks", (Tap(0),), 2),
        ("ObjectBlocks", (Tap(1),), 1),
        ("DirectSpeakerBlocks", (Tap(2),), 1),
        ("DirectSpeakerBlocks", (Tap(2),), 1),
        ("DirectSpeakerBlocks", (Tap(3),), 1),
    ]


def body(text: str) -> str:
    return text[text.index("<audioFormatExtended") : text.index("</audioFormatExtended>")] + "</audioFormatExtended>"


WRAPPERS: dict[str, Callable[[str], bytes]] = {
    "nothing around it": lambda text: body(text).encode(),
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16, little end first": lambda text: b"\xff\xfe" + text.replace("UTF-8", "UTF-16").encode("utf-16-le"),
    "UTF-16, big end first": lambda text: b"\xfe\xff" + text.replace("UTF-8", "UTF-16").encode("utf-16-be"),
    "UTF-16 and zeros": lambda text: text.replace("UTF-8", "UTF-16").encode("utf-16") + bytes(8),
    "another namespace": lambda text: f'<ituADM xmlns="urn:metadata-schema:adm">{body(text)}</ituADM>'.encode(),
    "a prefix": lambda text: (
        '<a:adm xmlns:a="urn:x">' + re.sub("<(/?)([a-zA-Z])", r"<\1a:\2", body(text)) + "</a:adm>"
    ).encode(),
    "a frame": lambda text: (
        '<frame version="ITU-R_BS.2125-1"><frameHeader><frameFormat frameFormatID="FF_00000001_00" '
        'start="00:00:00.00000" duration="00:00:00.03072S48000" type="full"/></frameHeader>' + body(text) + "</frame>"
    ).encode(),
    "white space and zeros": lambda text: text.encode() + b"\n\n" + bytes(101),
    "comments": lambda text: text.replace("<audioObject ", "<!-- an object --><audioObject ").encode(),
    "capital digits in references": lambda text: re.sub(
        r"(<audioTrackUIDRef>|<audio\w+FormatIDRef>)(\w+)", lambda one: one[1] + one[2].upper(), text
    ).encode(),
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_the_same_document_is_read_from_every_wrapper(wrapper: str) -> None:
    text, _ = reality_360(12)
    plain = read_axml_document(text.encode())
    wrapped = read_axml_document(WRAPPERS[wrapper](text))
    assert wrapped.findings == plain.findings == ()
    if "capital" in wrapper:
        assert [one.track_uids for one in wrapped.document.objects] != [
            one.track_uids for one in plain.document.objects
        ]
    else:
        assert wrapped.document == plain.document


def test_ids_of_another_case_lead_to_their_elements(tmp_path: Path) -> None:
    text, rows = reality_360(12)
    upper = WRAPPERS["capital digits in references"](text)
    names = [item.name for item in items_of(open_adm(write_adm(tmp_path / "a.wav", upper, rows, frames=3072)))]
    assert names == [f"Track {0x1001 + index:04x}" for index in range(12)]


def without_formats(text: str) -> str:
    """No stream and track formats: UIDs name their channels, as BS.2076-2 allows."""
    text = re.sub(r"<audio(Stream|Track)Format .*?</audio\1Format>", "", text, flags=re.S)
    return re.sub(r"<audioTrackFormatIDRef>AT_(\w{8})_01</audioTrackFormatIDRef>", r"<audioChannelFormatIDRef>AC_\1</audioChannelFormatIDRef>", text)  # fmt: skip  # noqa: E501


EDITS: dict[str, Callable[[str], str]] = {
    "UIDs that name channels": without_formats,
    "track formats without a stream": lambda text: re.sub(
        "<audioStreamFormatIDRef>.*?</audioStreamFormatIDRef>", "", text
    ),
    "no diffuse, width, importance": lambda text: re.sub(
        r"<(diffuse|width|height|depth|importance)>.*?</\1>", "", text
    ),
    "no type labels": lambda text: re.sub(' type(Label|Definition)="[^"]*"', "", text),
    "no distance": lambda text: re.sub('<position coordinate="distance">.*?</position>', "", text),
    "no track UIDs": lambda text: re.sub("<audioTrackUID .*?</audioTrackUID>", "", text, flags=re.S),
    "objects without packs": lambda text: re.sub(
        "(<audioObject [^>]*>)<audioPackFormatIDRef>.*?</audioPackFormatIDRef>", r"\1", text
    ),
    "blocks without durations": lambda text: re.sub(r'(rtime="[^"]*")\s+duration="[^"]*"', r"\1", text),
    "true and false": lambda text: text.replace("<jumpPosition>0", "<jumpPosition>False").replace(
        "<cartesian>0", "<cartesian>false"
    ),
    "loudness, labels and what nobody knows": lambda text: text.replace(
        "<jumpPosition>", "<privateThing x='1'>2</privateThing><jumpPosition>"
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_left_out_or_added_does_not_change_what_is_heard(tmp_path: Path, edit: str) -> None:
    text, rows = reality_360()
    assert EDITS[edit](text) != text
    plain = items_of(open_adm(write_adm(tmp_path / "a.wav", text.encode(), rows, frames=3072)))
    edited = items_of(open_adm(write_adm(tmp_path / "b.wav", EDITS[edit](text).encode(), rows, frames=3072)))
    assert [(item.name, item.taps) for item in edited] == [(item.name, item.taps) for item in plain]
    for one, other in zip(edited, plain, strict=True):
        for field in ObjectBlocks.__slots__:
            assert np.array_equal(getattr(one.blocks, field), getattr(other.blocks, field)), field


def test_a_file_without_a_document_is_heard_by_its_common_definitions(tmp_path: Path) -> None:
    rows = [
        ChnaEntry(1, "ATU_00000001", "AT_00010001_01", "AP_00010002"),
        ChnaEntry(2, "ATU_00000002", "AT_00010002_01", "AP_00010002"),
    ]
    path = write_adm(tmp_path / "stereo.wav", b"<a/>", rows)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"axml", b"junk"))
    items = items_of(open_adm(path))
    assert [item.taps for item in items] == [(Tap(0),), (Tap(1),)]
    assert [item.blocks.speakers[0].position.azimuth_deg.value for item in items] == [30.0, -30.0]


def test_trailing_bytes_are_no_obstacle(tmp_path: Path) -> None:
    text, rows = reality_360()
    path = write_adm(tmp_path / "a.wav", text.encode(), rows, frames=3072)
    whole = open_adm(path)
    path.write_bytes(path.read_bytes() + b"\x01garbage" * 11)
    assert open_adm(path).document == whole.document
    assert open_adm(path).riff.present_frames == 3072
    assert [finding.code for finding in check_adm(path, "adm").findings] == ["TRAILING_DATA", "DS64_WRONG"]


def write_sparse(path: Path, axml: bytes, rows: list[ChnaEntry], frames: int) -> None:
    """A BW64 file of 24-bit silence that takes no room on the disk; its very last frame is 2⁻¹."""
    channels = len(rows)
    align, chna = 3 * channels, encode_chna(rows)
    chna += bytes(len(chna) % 2)
    data_bytes = frames * align
    assert data_bytes % 2 == 0
    fmt = struct.pack("<HHIIHH", 1, channels, RATE_HZ, RATE_HZ * align, align, 24)
    chunks = struct.pack("<4sI", b"fmt ", len(fmt)) + fmt + struct.pack("<4sI", b"chna", len(chna)) + chna
    size = 4 + 36 + len(chunks) + 8 + data_bytes + 8 + len(axml)
    head = struct.pack("<4sI4s4sIQQQI", b"BW64", 0xFFFFFFFF, b"WAVE", b"ds64", 28, size, data_bytes, frames, 0)
    with path.open("wb") as file:
        file.write(head + chunks + struct.pack("<4sI", b"data", 0xFFFFFFFF))
        file.seek(data_bytes - align, os.SEEK_CUR)
        file.write(b"\0\0\x40" * channels)
        file.write(struct.pack("<4sI", b"axml", len(axml)) + axml)


def test_a_file_above_4_gib_is_read_without_reading_its_sound(tmp_path: Path) -> None:
    text, rows = reality_360(24)
    if len(text) % 2:
        text += " "
    frames = 62_000_000
    path = tmp_path / "long.wav"
    write_sparse(path, text.encode(), rows, frames)
    assert path.stat().st_size > 2**32
    file = open_adm(path)
    assert file.riff.present_frames == file.riff.declared_frames == frames
    assert len(items_of(file)) == 24
    assert check_adm(path, "adm").findings == ()
    with open_audio(path) as reader:
        (end,) = reader.blocks(16, start=frames - 2)
        assert end.tolist() == [[0.0] * 24, [0.5] * 24]
    assert path.stat().st_blocks * 512 < 2**20
