"""Files that are wrong: `render` and `check` say where and why, exit with 1, and neither fall over nor wait."""

import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from audio_pipeline.adm.chna import ChnaEntry
from opencall.app.cli import main
from tests.audio_pipeline.adm.tools import reality_360, write_adm

Edit = Callable[[str], str]


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out + captured.err


def replaced(old: str, new: str, count: int = 1) -> Edit:
    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, count)

    return edit


def object_of(first: str, second: str) -> Edit:
    """Two objects that nest each other."""
    return replaced(
        "</audioFormatExtended>",
        f'<audioObject audioObjectID="{first}" audioObjectName="a"><audioObjectIDRef>{second}</audioObjectIDRef>'
        f'</audioObject><audioObject audioObjectID="{second}" audioObjectName="b"><audioObjectIDRef>{first}'
        "</audioObjectIDRef></audioObject></audioFormatExtended>",
    )


def both(*edits: Edit) -> Edit:
    def edit(text: str) -> str:
        for one in edits:
            text = one(text)
        return text

    return edit


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]><x>&j;</x>"
)

# What is done to a good document, and what both commands have to name.
DOCUMENTS: dict[str, tuple[Edit, str]] = {
    "entity bomb": (lambda text: BOMB, "document type|entity|Entity"),
    "entity from a file": (
        lambda text: (
            '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><audioFormatExtended>&a;</audioFormatExtended>'
        ),
        "document type",
    ),
    "no XML": (lambda text: "ADM", "axml"),
    "no audioFormatExtended": (lambda text: "<ebuCoreMain/>", "audioFormatExtended"),
    "cut off": (lambda text: text[: len(text) // 2], "axml"),
    "nested too deeply": (lambda text: "<a>" * 100_000, "axml"),
    "objects in a circle": (
        both(
            object_of("AO_2001", "AO_2002"),
            replaced(
                "<audioObjectIDRef>AO_1001", "<audioObjectIDRef>AO_2001</audioObjectIDRef><audioObjectIDRef>AO_1001"
            ),
        ),
        "AO_2001",
    ),
    "object in itself": (replaced("<audioObjectIDRef>AO_1001", "<audioObjectIDRef>AO_8001"), "AO_8001"),
    "pack in itself": (
        replaced(
            "<audioChannelFormatIDRef>AC_00031001",
            "<audioPackFormatIDRef>AP_00031001</audioPackFormatIDRef><audioChannelFormatIDRef>AC_00031001",
        ),
        "AP_00031001",
    ),
    "NaN as gain": (replaced("<gain>0.707100", "<gain>NaN"), "AB_00031001_00000003"),
    "infinity as azimuth": (replaced('"azimuth">-60.500000', '"azimuth">inf'), "AB_00031001_00000002"),
    "gain of 10,000 dB": (
        replaced("<gain>0.707100", '<gain gainUnit="dB">10000'),
        "AB_00031001_00000003",
    ),
    "words as azimuth": (replaced('"azimuth">-60.500000', '"azimuth">left'), "AB_00031001_00000002"),
    "elevation above the zenith": (replaced('"elevation">0.000000', '"elevation">91.0'), "AC_00031001|AB_00031001"),
    "negative duration": (
        replaced('duration="00:00:00.01024S48000"', 'duration="-00:00:00.01024S48000"'),
        "AB_00031001_00000001",
    ),
    "a time of no form": (replaced('rtime="00:00:00.01024S48000"', 'rtime="1024"'), "AB_00031001_00000002"),
    "more samples than a second has": (
        replaced('rtime="00:00:00.01024S48000"', 'rtime="00:00:00.48000S48000"'),
        "AB_00031001_00000002",
    ),
    "overlapping blocks": (
        replaced('rtime="00:00:00.01024S48000"', 'rtime="00:00:00.00512S48000"'),
        "AB_00031001_00000002",
    ),
    "no position": (
        lambda text: re.sub("<position.*?</position>", "", text, count=3, flags=re.S),
        "AB_00031001_00000001",
    ),
    "half a position": (
        replaced('<position coordinate="elevation">0.000000</position>', ""),
        "AB_00031001_00000001",
    ),
    "a coordinate twice": (replaced('coordinate="elevation"', 'coordinate="azimuth"'), "AB_00031001_00000001"),
    "an unknown coordinate": (replaced('coordinate="elevation"', 'coordinate="height"'), "AB_00031001_00000001"),
    "an object that is not there": (replaced("<audioObjectIDRef>AO_1002", "<audioObjectIDRef>AO_1009"), "AO_1009"),
    "a content that is not there": (replaced("<audioContentIDRef>ACO_8001", "<audioContentIDRef>ACO_8009"), "ACO_8009"),
    "a pack that is not there": (
        replaced("<audioPackFormatIDRef>AP_00031002", "<audioPackFormatIDRef>AP_0003100f"),
        "AP_0003100f",
    ),
    "a channel that is not there": (
        replaced("<audioChannelFormatIDRef>AC_00031002", "<audioChannelFormatIDRef>AC_0003100f"),
        "AC_0003100f",
    ),
    "a reference of the wrong kind": (
        replaced("<audioObjectIDRef>AO_1002", "<audioObjectIDRef>AP_00031002"),
        "AP_00031002",
    ),
    "an empty reference": (replaced("<audioObjectIDRef>AO_1002", "<audioObjectIDRef>"), "AO_8001"),
    "no ID": (replaced('audioChannelFormatID="AC_00031002"', ""), "audioChannelFormatID"),
    "an ID twice": (replaced('"AC_00031002"', '"AC_00031001"'), "AC_0003100[12]"),
    "types that disagree": (replaced('typeLabel="0003"', 'typeLabel="0004"'), "AP_00031001"),
    "an unknown type": (replaced('typeDefinition="Objects"', 'typeDefinition="Smell"'), "Smell"),
    "interpolation beyond its block": (
        replaced("<jumpPosition>0", '<jumpPosition interpolationLength="9.0">1'),
        "AC_00031001|AB_00031001_00000001",
    ),
    "a flag of 2": (replaced("<jumpPosition>0", "<jumpPosition>2"), "AB_00031001_00000001"),
    "a divergence of 2": (
        replaced("<jumpPosition>0", "<objectDivergence>2.0</objectDivergence><jumpPosition>0"),
        "AC_00031001|AB_00031001_00000001",
    ),
    "half a zone": (
        replaced("<jumpPosition>0", '<zoneExclusion><zone minX="0"/></zoneExclusion><jumpPosition>0'),
        "AB_00031001_00000001",
    ),
    "a screen without a width": (
        replaced(
            "</audioProgramme>",
            '<audioProgrammeReferenceScreen aspectRatio="1.8"><screenCentrePosition azimuth="0" elevation="0"/>'
            "</audioProgrammeReferenceScreen></audioProgramme>",
        ),
        "APR_8001",
    ),
}


def assert_named(capsys: pytest.CaptureFixture[str], tmp_path: Path, path: Path, named: str) -> None:
    code, said = run(capsys, "check", path, "--profile", "adm")
    assert (code, bool(re.search(named, said))) == (1, True), said
    assert "Traceback" not in said
    code, said = run(capsys, "render", path, "-o", tmp_path / "out", "--to", "0+2+0")
    assert (code, bool(re.search(named, said))) == (1, True), said
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize("fault", DOCUMENTS)
def test_a_fault_in_the_document_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str) -> None:
    edit, named = DOCUMENTS[fault]
    text, rows = reality_360()
    path = write_adm(tmp_path / "song.wav", edit(text).encode(), rows, frames=3072)
    assert_named(capsys, tmp_path, path, named)


def test_the_document_without_a_fault_is_rendered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, rows = reality_360()
    path = write_adm(tmp_path / "song.wav", text.encode(), rows, frames=3072)
    assert run(capsys, "check", path, "--profile", "adm")[0] == 0
    assert run(capsys, "render", path, "-o", tmp_path / "out", "--to", "0+2+0")[0] == 0


def renamed(chunk: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(chunk, b"junk", 1)


def row(index: int, field: int, form: str, value: object) -> Callable[[bytes], bytes]:
    """The content with one field of one row of chna exchanged."""

    def edit(content: bytes) -> bytes:
        patched = bytearray(content)
        struct.pack_into(form, patched, content.index(b"chna") + 8 + 4 + 40 * index + field, value)
        return bytes(patched)

    return edit


FILES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "no axml chunk": (renamed(b"axml"), "axml"),
    "no chna chunk": (renamed(b"chna"), "chna"),
    "no format chunk": (renamed(b"fmt "), "fmt|format"),
    "no data chunk": (renamed(b"data"), "data"),
    "a track beyond the file": (row(1, 0, "<H", 77), "77"),
    "a UID that the document does not know": (row(1, 2, "12s", b"ATU_0000beef"), "ATU_0000(beef|1002)"),
    "a file of zeros": (lambda content: bytes(len(content)), "WAVE|RIFF|not a usable scene"),
    "an empty file": (lambda content: b"", "WAVE|RIFF|not a usable scene"),
    "12 bytes": (lambda content: content[:12], "fmt|format|data|axml|sound"),
    "cut off in its sound": (lambda content: content[: content.index(b"data") + 4000], "axml|data"),
    "cut off in its document": (lambda content: content[:-3000], "axml"),
}


@pytest.mark.parametrize("fault", FILES)
def test_a_fault_in_the_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str) -> None:
    edit, named = FILES[fault]
    text, rows = reality_360()
    path = write_adm(tmp_path / "song.wav", text.encode(), rows, frames=3072)
    path.write_bytes(edit(path.read_bytes()))
    code, said = run(capsys, "check", path, "--profile", "adm")
    assert (code, bool(re.search(named, said))) == (1, True), said
    code, said = run(capsys, "render", path, "-o", tmp_path / "out", "--to", "0+2+0")
    assert (code, bool(re.search(named, said)), "Traceback" in said) == (1, True, False), said


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("audioObject", "audioObjectID"),
        ("audioPackFormat", "audioPackFormatID"),
        ("audioTrackUID", "UID"),
    ],
)
def test_thirty_thousand_elements_end_in_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tag: str, name: str
) -> None:
    """Each one holds the next, so that whatever follows one chain for each of them would not end."""
    count = 30_000
    prefix = {"audioObject": "AO", "audioPackFormat": "AP", "audioTrackUID": "ATU"}[tag]
    inner = "audioPackFormat" if tag == "audioTrackUID" else tag
    elements = "".join(
        f'<{tag} {name}="{prefix}_{0x40000000 + index:08x}">'
        f"<{inner}IDRef>{prefix}_{0x40000001 + index:08x}</{inner}IDRef></{tag}>"
        for index in range(count)
    )
    text, rows = reality_360()
    edited = text.replace("</audioFormatExtended>", elements + "</audioFormatExtended>")
    path = write_adm(tmp_path / "song.wav", edited.encode(), rows, frames=3072)
    code, said = run(capsys, "check", path)
    assert (code, f"{prefix}_40000001" in said) == (1, True)


def test_objects_that_share_a_million_tracks_end_in_a_refusal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = "<audioTrackUIDRef>ATU_00000000</audioTrackUIDRef>" * 100_000
    text, rows = reality_360()
    edited = text.replace("<audioTrackUIDRef>ATU_00001002</audioTrackUIDRef>", silent)
    path = write_adm(tmp_path / "song.wav", edited.encode(), rows, frames=3072)
    code, said = run(capsys, "render", path, "-o", tmp_path / "out", "--to", "0+2+0")
    assert (code, "AO_1002" in said) == (1, True)


def test_rows_that_place_one_uid_twice_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, rows = reality_360()
    twice = [*rows, ChnaEntry(4, rows[0].uid, rows[0].track_reference, rows[0].pack_reference)]
    path = write_adm(tmp_path / "song.wav", text.encode(), twice, frames=3072)
    assert_named(capsys, tmp_path, path, "ATU_00001001")
