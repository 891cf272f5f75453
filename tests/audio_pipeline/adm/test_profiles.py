"""Each planted defect is named by one check, and a good file is not accused of anything."""

import re
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio_pipeline.adm.chna import ChnaEntry
from audio_pipeline.adm.profiles import Verdict, check_adm
from audio_pipeline.spatialaudio.hoa import HIGHEST_ORDER
from audio_pipeline.wave_writing import Chunk

from .conftest import WriteMaster, patch
from .tools import leaf_chain

Rows = tuple[ChnaEntry, ...]


def rejections(verdict: Verdict) -> set[str]:
    assert verdict.ok == all(finding.severity != "reject" for finding in verdict.findings)
    return {finding.code for finding in verdict.findings if finding.severity == "reject"}


@pytest.mark.parametrize("profile", ["adm", "360"])
@pytest.mark.parametrize("container", ["RF64", "BW64"])
def test_a_master_of_ours_has_no_findings(write_master: WriteMaster, profile: str, container: str) -> None:
    assert check_adm(write_master(container=container), profile).findings == ()


def replaced(old: str, new: str, count: int = 1) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text, f"the master has no {old!r} to plant a defect in"
        return text.replace(old, new, count)

    return edit


def without_lines(pattern: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        found, count = re.subn(pattern, "", text, count=1, flags=re.S)
        assert count == 1, f"the master has no {pattern!r}"
        return found

    return edit


def added(xml: str) -> Callable[[str], str]:
    return replaced("</audioFormatExtended>", f"{xml}</audioFormatExtended>")


SPARE_CHANNEL = """<audioChannelFormat audioChannelFormatID="AC_00031009" audioChannelFormatName="spare"
 typeLabel="0003" typeDefinition="Objects"><audioBlockFormat audioBlockFormatID="AB_00031009_00000001">
 <position coordinate="azimuth">0</position><position coordinate="elevation">0</position></audioBlockFormat>
</audioChannelFormat>"""
SECOND_BLOCK = 'AB_00031001_00000002" rtime="00:00:00.01024S48000" duration="00:00:00.01024S48000"'

DEFECTS_OF_DOCUMENTS: dict[str, tuple[Callable[[str], str], str]] = {
    "duplicated object": (replaced('audioObjectID="AO_1002"', 'audioObjectID="AO_1001"'), "DUPLICATE_ID"),
    "duplicated channel": (
        replaced('audioChannelFormatID="AC_00031002"', 'audioChannelFormatID="AC_00031001"'),
        "DUPLICATE_ID",
    ),
    "duplicated block": (replaced("AB_00031001_00000002", "AB_00031001_00000001"), "DUPLICATE_ID"),
    "duplicated UID": (replaced('UID="ATU_00001002"', 'UID="ATU_00001001"'), "DUPLICATE_ID"),
    "malformed ID": (replaced('audioContentID="ACO_8001"', 'audioContentID="ACO_80x1"'), "ID_MALFORMED"),
    "no ID": (replaced(' audioContentID="ACO_8001"', ""), "ID_MISSING"),
    "dangling content": (replaced("<audioContentIDRef>ACO_8001", "<audioContentIDRef>ACO_8009"), "DANGLING_REFERENCE"),
    "dangling pack": (
        replaced("<audioPackFormatIDRef>AP_00031002", "<audioPackFormatIDRef>AP_00031009"),
        "DANGLING_REFERENCE",
    ),
    "dangling track UID": (
        replaced("<audioTrackUIDRef>ATU_00001002", "<audioTrackUIDRef>ATU_00001009"),
        "DANGLING_REFERENCE",
    ),
    "dangling stream": (without_lines("<audioStreamFormat audio.*?</audioStreamFormat>"), "DANGLING_REFERENCE"),
    "track format without a stream": (
        lambda text: replaced("<audioTrackFormatIDRef>AT_00031001_01</audioTrackFormatIDRef>", "")(
            replaced("<audioStreamFormatIDRef>AS_00031001</audioStreamFormatIDRef>", "")(text)
        ),
        "CHAIN_BROKEN",
    ),
    "cartesian offset of a polar block": (
        replaced(
            "<audioPackFormatIDRef>AP_00031002</audioPackFormatIDRef>",
            "<audioPackFormatIDRef>AP_00031002</audioPackFormatIDRef>"
            '<positionOffset coordinate="X">0.5</positionOffset>',
        ),
        "OFFSET_OF_OTHER_KIND",
    ),
    "dangling custom layout": (
        without_lines(r"<audioPackFormat [^>]*13\.0_.*?</audioPackFormat>"),
        "DANGLING_REFERENCE",
    ),
    "reference of another kind": (replaced("<audioObjectIDRef>AO_1001", "<audioObjectIDRef>AP_00031001"), "WRONG_KIND"),
    "object that contains itself": (replaced("<audioObjectIDRef>AO_1003", "<audioObjectIDRef>AO_8001"), "NESTING_LOOP"),
    "orphan channel": (added(SPARE_CHANNEL), "ORPHAN"),
    "orphan object": (replaced("<audioObjectIDRef>AO_1003</audioObjectIDRef>", ""), "ORPHAN"),
    "orphan content": (added('<audioContent audioContentID="ACO_8002" audioContentName="x"/>'), "ORPHAN"),
    "object without tracks": (
        replaced("<audioTrackUIDRef>ATU_00001001</audioTrackUIDRef>", ""),
        "OBJECT_WITHOUT_TRACKS",
    ),
    "chain of another channel": (
        replaced("<audioTrackFormatIDRef>AT_00031002_01", "<audioTrackFormatIDRef>AT_00031001_01"),
        "CHAIN_MISMATCH",
    ),
    "type label": (replaced('typeLabel="0003"', 'typeLabel="0001"'), "TYPE_UNREADABLE"),
    "UID of another rate": (replaced('sampleRate="48000"', 'sampleRate="44100"'), "SAMPLE_RATE_MISMATCH"),
    "gap": (
        replaced(SECOND_BLOCK, SECOND_BLOCK.replace('rtime="00:00:00.01024', 'rtime="00:00:00.01025')),
        "BLOCK_GAP",
    ),
    "overlap": (
        replaced(SECOND_BLOCK, SECOND_BLOCK.replace('duration="00:00:00.01024', 'duration="00:00:00.01025')),
        "BLOCK_OVERLAP",
    ),
    "late start": (
        replaced('AB_00031002_00000001" rtime="00:00:00.00000', 'AB_00031002_00000001" rtime="00:00:00.00001'),
        "BLOCK_START",
    ),
    "no times": (replaced(SECOND_BLOCK, 'AB_00031001_00000002"'), "BLOCK_TIMES_MISSING"),
    "unreadable time": (replaced('rtime="00:00:00.01024S48000"', 'rtime="1024 samples"'), "TIME_UNREADABLE"),
    "azimuth": (replaced('"azimuth">-20.5', '"azimuth">200'), "AZIMUTH_RANGE"),
    "elevation": (replaced('"elevation">30.0', '"elevation">-90.5'), "ELEVATION_RANGE"),
    "distance": (replaced('"distance">1.0', '"distance">1.5'), "DISTANCE_RANGE"),
    "NaN gain": (replaced("<gain>0.1", "<gain>NaN"), "NOT_FINITE"),
    "infinite gain": (replaced("<gain>0.1", "<gain>inf"), "NOT_FINITE"),
    "gain in words": (replaced("<gain>0.1", "<gain>loud"), "VALUE_UNREADABLE"),
    "NaN azimuth": (replaced('"azimuth">-20.5', '"azimuth">nan'), "NOT_FINITE"),
    "no position": (without_lines(r'(<position coordinate="\w+">[-.\d]+</position>\s*){3}'), "POSITION_MISSING"),
    "no azimuth": (replaced('<position coordinate="azimuth">-20.5</position>', ""), "POSITION_UNREADABLE"),
    "no blocks": (
        without_lines('<audioBlockFormat audioBlockFormatID="AB_00031002.*?</audioBlockFormat>'),
        "NO_BLOCKS",
    ),
    "not well-formed": (replaced("</audioContent>", ""), "AXML_UNREADABLE"),
    "no ADM inside": (lambda text: "<other/>", "AXML_UNREADABLE"),
    "document type": (
        replaced("<ebuCoreMain", '<!DOCTYPE x [<!ENTITY a "b">]><ebuCoreMain'),
        "AXML_UNREADABLE",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS_OF_DOCUMENTS)
def test_a_defect_in_the_document_is_named(write_master: WriteMaster, defect: str) -> None:
    edit, code = DEFECTS_OF_DOCUMENTS[defect]
    path = write_master(edit=edit)
    assert code in rejections(check_adm(path, "adm"))
    assert code in rejections(check_adm(path, "360"))


@pytest.mark.parametrize(("order", "remarks"), [(HIGHEST_ORDER, set()), (HIGHEST_ORDER + 1, {"ORDER_NOT_RENDERED"})])
def test_an_order_that_is_not_rendered_is_remarked(write_master: WriteMaster, order: int, remarks: set[str]) -> None:
    block = (
        f'<audioBlockFormat audioBlockFormatID="AB_00041009_00000001"><order>{order}</order><degree>0</degree>'
        "</audioBlockFormat>"
    )
    path = write_master(edit=added(leaf_chain("1009", "field", block, kind="HOA", label="0004")))
    assert {f.code for f in check_adm(path, "adm").findings if f.severity == "warn"} == remarks


def renumbered(rows: Rows) -> Rows:
    return (*rows[:2], ChnaEntry(4, rows[2].uid, rows[2].track_reference, rows[2].pack_reference))


DEFECTS_OF_CHNA: dict[str, tuple[Callable[[Rows], Rows], str]] = {
    "gap": (renumbered, "CHNA_GAP"),
    "starts at 2": (
        lambda rows: tuple(ChnaEntry(r.track_index + 1, r.uid, r.track_reference, r.pack_reference) for r in rows),
        "CHNA_GAP",
    ),
    "row missing": (lambda rows: rows[:2], "UID_NOT_IN_CHNA"),
    "unknown UID": (
        lambda rows: (*rows[:2], ChnaEntry(3, "ATU_00001fff", rows[2].track_reference, rows[2].pack_reference)),
        "UID_NOT_IN_AXML",
    ),
    "row twice": (lambda rows: (*rows, rows[2]), "DUPLICATE_ID"),
    "other pack": (
        lambda rows: (*rows[:2], ChnaEntry(3, rows[2].uid, rows[2].track_reference, rows[0].pack_reference)),
        "CHNA_MISMATCH",
    ),
    "other track": (
        lambda rows: (*rows[:2], ChnaEntry(3, rows[2].uid, rows[0].track_reference, rows[2].pack_reference)),
        "CHNA_MISMATCH",
    ),
    "empty": (lambda rows: (), "CHNA_EMPTY"),
    "track beyond the file": (
        lambda rows: (*rows, ChnaEntry(4, "ATU_00001004", rows[0].track_reference, rows[0].pack_reference)),
        "CHNA_BEYOND_TRACKS",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS_OF_CHNA)
def test_a_defect_in_chna_is_named(write_master: WriteMaster, defect: str) -> None:
    edit_rows, code = DEFECTS_OF_CHNA[defect]
    assert code in rejections(check_adm(write_master(edit_rows=edit_rows), "adm"))


@pytest.mark.parametrize(("chunk_id", "code"), [("axml", "AXML_MISSING"), ("chna", "CHNA_MISSING")])
def test_a_missing_chunk_is_named(write_master: WriteMaster, chunk_id: str, code: str) -> None:
    assert rejections(check_adm(write_master(without=chunk_id), "adm")) == {code}


def test_wrong_counters_in_chna_are_named(write_master: WriteMaster) -> None:
    path = write_master()
    patch(path, path.read_bytes().index(b"chna") + 8, "<HH", 7, 3)
    assert rejections(check_adm(path, "adm")) == {"CHNA_COUNT_WRONG"}


DATA_BYTES = 4800 * 9


@pytest.mark.parametrize("declared", [DATA_BYTES - 900, DATA_BYTES + 900, DATA_BYTES + 10**9, 0, DATA_BYTES - 1, 2**63])
def test_a_wrong_data_size_in_ds64_is_named(write_master: WriteMaster, declared: int) -> None:
    path = write_master()
    patch(path, 28, "<Q", declared)
    assert "DS64_WRONG" in rejections(check_adm(path, "adm"))


def test_a_wrong_form_size_in_ds64_is_named(write_master: WriteMaster) -> None:
    path = write_master()
    patch(path, 20, "<Q", 1234)
    assert "DS64_WRONG" in rejections(check_adm(path, "adm"))


def test_a_missing_ds64_is_named(write_master: WriteMaster) -> None:
    path = write_master()
    path.write_bytes(path.read_bytes().replace(b"ds64", b"JUNK", 1))
    assert "DS64_MISSING" in rejections(check_adm(path, "adm"))


def test_a_file_cut_short_is_named(write_master: WriteMaster) -> None:
    path = write_master()
    path.write_bytes(path.read_bytes()[:20_000])
    assert rejections(check_adm(path, "adm")) >= {"DS64_WRONG", "AXML_MISSING"}


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"ID3\x04 something", b"RIFF\0\0\0\0WAVE", b"RF64\xff\xff\xff\xffWAVEds64"]
)
def test_what_is_no_wave_file_is_a_verdict(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    for profile in ("adm", "360"):
        assert not check_adm(tmp_path / "a.wav", profile).ok


def test_a_plain_wav_is_no_adm_file(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((1000, 2)), 48000, subtype="PCM_24")
    assert rejections(check_adm(tmp_path / "a.wav", "adm")) == {"AXML_MISSING", "CHNA_MISSING"}


BED = """<audioObject audioObjectID="AO_1004" audioObjectName="bed">
<audioPackFormatIDRef>AP_00010002</audioPackFormatIDRef>
<audioTrackUIDRef>ATU_00001004</audioTrackUIDRef><audioTrackUIDRef>ATU_00001005</audioTrackUIDRef></audioObject>
<audioTrackUID UID="ATU_00001004" sampleRate="48000" bitDepth="24"><audioTrackFormatIDRef>AT_00010001_01
</audioTrackFormatIDRef><audioPackFormatIDRef>AP_00010002</audioPackFormatIDRef></audioTrackUID>
<audioTrackUID UID="ATU_00001005" sampleRate="48000" bitDepth="24"><audioTrackFormatIDRef>AT_00010002_01
</audioTrackFormatIDRef><audioPackFormatIDRef>AP_00010002</audioPackFormatIDRef></audioTrackUID>"""


def with_bed(text: str) -> str:
    return added(BED)(
        replaced(
            "<audioObjectIDRef>AO_1001", "<audioObjectIDRef>AO_1004</audioObjectIDRef>\n<audioObjectIDRef>AO_1001"
        )(text)
    )


def with_bed_rows(rows: Rows) -> Rows:
    bed = [ChnaEntry(4 + i, f"ATU_0000100{4 + i}", f"AT_0001000{1 + i}_01", "AP_00010002") for i in range(2)]
    return (*rows, *bed)


def test_a_bed_of_common_definitions_is_adm_but_no_360_master(write_master: WriteMaster) -> None:
    path = write_master(edit=with_bed, edit_rows=with_bed_rows, channels=5)
    assert check_adm(path, "adm").findings == ()
    assert "NOT_OBJECTS" in rejections(check_adm(path, "360"))


def test_a_direct_speakers_channel_of_its_own_is_no_360_master(write_master: WriteMaster) -> None:
    def edit(text: str) -> str:
        return re.sub(r"(A[PCSTB])_00031003", r"\1_00011009", text).replace(
            'Name="Bell" typeLabel="0003" typeDefinition="Objects"',
            'Name="Bell" typeLabel="0001" typeDefinition="DirectSpeakers"',
        )

    def edit_rows(rows: Rows) -> Rows:
        return (*rows[:2], ChnaEntry(3, rows[2].uid, "AT_00011009_01", "AP_00011009"))

    path = write_master(edit=edit, edit_rows=edit_rows)
    assert rejections(check_adm(path, "adm")) == set()
    assert "NOT_OBJECTS" in rejections(check_adm(path, "360"))


DEFECTS_OF_360: dict[str, tuple[Callable[[str], str], str]] = {
    "cartesian": (replaced("<cartesian>0", "<cartesian>1"), "CARTESIAN"),
    "cartesian coordinates": (
        lambda text: (
            text.replace("<cartesian>0</cartesian>", "")
            .replace('"azimuth">-20.5', '"X">0.5')
            .replace('"elevation">30.0</position>\n<position coordinate="distance">1.0', '"Y">0.5')
        ),
        "CARTESIAN",
    ),
    "jump": (replaced("<jumpPosition>0", "<jumpPosition>1"), "JUMP_POSITION"),
    "gain in dB": (replaced("<gain>0.1", '<gain gainUnit="dB">-20'), "GAIN_UNIT"),
    "no reference layout": (without_lines("<authoringInformation>.*?</authoringInformation>"), "REFERENCE_LAYOUT"),
    "another reference layout": (lambda text: text.replace("13.0_(5+5+3)", "7.1.4"), "REFERENCE_LAYOUT"),
    "older version": (replaced('"ITU-R_BS.2076-2"', '"ITU-R_BS.2076-1"'), "VERSION"),
    "no version": (replaced(' version="ITU-R_BS.2076-2"', ""), "VERSION"),
    "second programme": (
        added(
            '<audioProgramme audioProgrammeID="APR_8002" audioProgrammeName="x"><audioContentIDRef>ACO_8001'
            "</audioContentIDRef></audioProgramme>"
        ),
        "NUMBER_OF_PROGRAMMES",
    ),
    "no programme": (without_lines("<audioProgramme .*?</audioProgramme>"), "NUMBER_OF_PROGRAMMES"),
    "no parent object": (
        replaced("<audioObjectIDRef>AO_8001</audioObjectIDRef>", "<audioObjectIDRef>AO_1001</audioObjectIDRef>"),
        "PARENT_OBJECT",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS_OF_360)
def test_what_a_360_master_may_not_be_is_named(write_master: WriteMaster, defect: str) -> None:
    edit, code = DEFECTS_OF_360[defect]
    assert code in rejections(check_adm(write_master(edit=edit), "360"))


def test_a_360_master_has_48_khz(write_master: WriteMaster) -> None:
    path = write_master(edit=lambda text: text.replace("48000", "44100"), sample_rate_hz=44100)
    assert rejections(check_adm(path, "360")) == {"SAMPLE_RATE"}


def test_a_360_master_has_24_bits(write_master: WriteMaster) -> None:
    path = write_master(edit=lambda text: text.replace('bitDepth="24"', 'bitDepth="16"'))
    content = path.read_bytes()
    start = content.index(b"data") + 8
    sound = np.frombuffer(content[start : start + DATA_BYTES], np.uint8).reshape(-1, 3)[:, 1:].tobytes()
    path.write_bytes(content[:start] + sound + content[start + DATA_BYTES :])
    patch(path, 20, "<QQ", len(content) - DATA_BYTES // 3 - 8, len(sound))
    patch(path, path.read_bytes().index(b"fmt ") + 16, "<IHH", 48000 * 6, 6, 16)
    assert rejections(check_adm(path, "adm")) == set()
    assert rejections(check_adm(path, "360")) == {"BIT_DEPTH"}


def test_a_360_master_is_rf64_or_bw64(write_master: WriteMaster) -> None:
    path = write_master(container="auto")
    assert rejections(check_adm(path, "adm")) == set()
    assert rejections(check_adm(path, "360")) == {"CONTAINER"}


def test_a_reference_layout_may_be_named_without_its_loudspeakers(write_master: WriteMaster) -> None:
    def named_only(text: str) -> str:
        text, packs = re.subn(
            r"(<audioPackFormat [^>]*13\.0_[^>]*>).*?(</audioPackFormat>)", r"\1\2", text, count=1, flags=re.S
        )
        text, channels = re.subn(
            '<audioChannelFormat audioChannelFormatID="AC_0001.*?</audioChannelFormat>', "", text, flags=re.S
        )
        assert packs == 1
        assert channels
        return text

    assert check_adm(write_master(edit=named_only), "360").ok


def test_extent_is_information(write_master: WriteMaster) -> None:
    verdict = check_adm(write_master(edit=replaced("<width>0.0", "<width>30.0")), "360")
    assert [(finding.code, finding.severity) for finding in verdict.findings] == [("EXTENT", "info")]
    assert verdict.ok


def test_bext_and_decimal_times_are_remarked_without_rejecting(write_master: WriteMaster) -> None:
    path = write_master(
        edit=lambda text: text.replace("00:00:00.04800S48000", "00:00:00.10000"),
        extra=(Chunk("bext", bytes(602)),),
    )
    verdict = check_adm(path, "360")
    assert verdict.ok
    assert {finding.code for finding in verdict.findings} == {"BEXT_PRESENT", "TIME_FORM"}


def in_decimals(text: str) -> str:
    def decimal(match: re.Match[str]) -> str:
        return f"00:00:00.{int(match[1]) * 100_000 // 48000:05d}"

    return re.sub(r"00:00:00\.(\d{5})S48000", decimal, text)


def test_other_tools_way_of_writing_is_no_fault(write_master: WriteMaster) -> None:
    """Decimal times that miss each other by their rounding, IDs in another case, no namespace, real importance."""

    def edit(text: str) -> str:
        text = in_decimals(text).replace("<importance>10", "<importance>10.000000")
        text = text.replace(' typeLabel="0003"', "").replace("<width>0.0</width>", "")
        text = text.replace("<audioTrackUIDRef>ATU_00001002", "<audioTrackUIDRef>atu_00001002")
        body = text[text.index("<audioFormatExtended") : text.index("</format>")]
        return f"<ebuCoreMain><coreMetadata><format>{body}</format></coreMetadata></ebuCoreMain>"

    assert check_adm(write_master(edit=edit), "adm").findings == ()


def test_the_search_for_a_gap_is_exact_to_one_sample_in_decimals_too(write_master: WriteMaster) -> None:
    late = replaced('AB_00031001_00000002" rtime="00:00:00.02133"', 'AB_00031001_00000002" rtime="00:00:00.02137"')
    assert "BLOCK_GAP" in rejections(check_adm(write_master(edit=lambda text: late(in_decimals(text))), "adm"))


MATRIX = """<audioPackFormat audioPackFormatID="AP_00021001" audioPackFormatName="m" typeLabel="0002"
 typeDefinition="Matrix"><audioChannelFormatIDRef>AC_00021001</audioChannelFormatIDRef>
 <inputPackFormatIDRef>AP_00011009</inputPackFormatIDRef></audioPackFormat>
<audioPackFormat audioPackFormatID="AP_00011009" audioPackFormatName="in" typeLabel="0001"
 typeDefinition="DirectSpeakers"><audioChannelFormatIDRef>AC_00010003</audioChannelFormatIDRef></audioPackFormat>
<audioChannelFormat audioChannelFormatID="AC_00021001" audioChannelFormatName="m" typeLabel="0002"
 typeDefinition="Matrix"><audioBlockFormat audioBlockFormatID="AB_00021001_00000001"><matrix>
 <coefficient gain="0.5">AC_00010003</coefficient></matrix></audioBlockFormat></audioChannelFormat>"""


def test_what_a_matrix_names_is_no_orphan_and_has_to_be_there(write_master: WriteMaster) -> None:
    """The matrix stands in the pack of a described layout, so that it is reached."""

    def edit(text: str) -> str:
        return added(MATRIX)(text.replace("<audioPackFormatIDRef>AP_00011001", "<audioPackFormatIDRef>AP_00021001", 1))

    assert rejections(check_adm(write_master(edit=edit), "adm")) == set()
    broken = write_master(edit=lambda text: edit(text).replace(">AC_00010003</coeff", ">AC_00021009</coeff"))
    assert rejections(check_adm(broken, "adm")) == {"DANGLING_REFERENCE"}


def test_zero_bytes_behind_the_document_are_padding(write_master: WriteMaster) -> None:
    assert check_adm(write_master(edit=lambda text: text + "\0" * 9), "adm").findings == ()


def test_unused_rows_of_chna_are_space(write_master: WriteMaster, tmp_path: Path) -> None:
    path = write_master()
    content = path.read_bytes()
    at = content.index(b"chna")
    grown = content[: at + 4] + struct.pack("<I", 4 + 40 * 5) + content[at + 8 : at + 8 + 124] + bytes(80)
    path.write_bytes(grown + content[at + 8 + 124 :])
    patch(path, 20, "<Q", len(content) + 80 - 8)
    assert check_adm(path, "adm").findings == ()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_file_with_any_bytes_changed_is_a_verdict(write_master: WriteMaster, places: list[tuple[float, int]]) -> None:
    path = write_master()
    content = bytearray(path.read_bytes())
    sound = content.index(b"data") + 8
    metadata = [*range(sound), *range(sound + DATA_BYTES, len(content))]
    for place, value in places:
        content[metadata[int(place * len(metadata))]] = value
    path.write_bytes(content)
    for profile in ("adm", "360"):
        assert isinstance(check_adm(path, profile), Verdict)
