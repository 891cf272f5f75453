"""What is heard in documents of every type is what the reference renderer hears (`fixtures/reference/adm`)."""

import json
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio_pipeline.adm.block_formats import ObjectBlock, SpeakerBlock
from audio_pipeline.adm.chna import Chna, ChnaEntry
from audio_pipeline.adm.elements import DIRECT_SPEAKERS, HOA, OBJECTS, Document
from audio_pipeline.adm.items import programme_items
from audio_pipeline.adm.selecting import Heard, HeardChannel, heard_packs
from audio_pipeline.adm.xml_reading import read_axml_document
from audio_pipeline.adm.xml_writing import write_axml
from audio_pipeline.spatialaudio.direct_speakers import Bounded, PolarSpeakerPosition
from audio_pipeline.spatialaudio.hoa import HoaBlocks
from audio_pipeline.spatialaudio.screens import DEFAULT_SCREEN, PolarScreen, Screen
from audio_pipeline.spatialaudio.taps import Tap
from audio_pipeline.spatialaudio.zones import PolarZone

FOLDER = Path(__file__).parents[3] / "fixtures" / "reference" / "adm"
FROZEN: dict[str, list[dict[str, Any]]] = json.loads((FOLDER / "items.json").read_text())
RATE_HZ = 48000
FRAMES = 10 * RATE_HZ


def read(name: str) -> tuple[Document, Chna]:
    """A document, with the rows of chna that `make_documents.py` promises: track n is the n-th UID."""
    reading = read_axml_document((FOLDER / f"{name}.xml").read_bytes())
    assert reading.findings == ()
    rows = [
        ChnaEntry(index, uid.id, uid.tracks[0], uid.packs[0])
        for index, uid in enumerate(reading.document.track_uids, start=1)
    ]
    return reading.document, Chna(tuple(rows), len(rows), len(rows))


def taps(found: tuple[Tap, ...]) -> list[list[float]]:
    return [[tap.track, pytest.approx(tap.gain), pytest.approx(tap.delay_samples * 1000 / RATE_HZ)] for tap in found]


def screen(one: Screen) -> list[Any]:
    if isinstance(one, PolarScreen):
        return ["polar", one.aspect_ratio, one.azimuth_deg, one.elevation_deg, one.distance, one.width_deg]
    return ["cartesian", one.aspect_ratio, one.x, one.y, one.z, one.width]


def seconds(time: Any) -> float | None:
    return None if time is None else pytest.approx(float(time.seconds))


def timing(heard: Heard, block: ObjectBlock | SpeakerBlock) -> dict[str, Any]:
    leaf = heard.path[-1] if heard.path else None
    return {
        "object_start": seconds(leaf.start) if leaf else None,
        "object_duration": seconds(leaf.duration) if leaf else None,
        "rtime": seconds(block.rtime),
        "duration": seconds(block.duration),
    }


def edges(block: ObjectBlock | SpeakerBlock) -> dict[str, Any]:
    return {"horizontal": block.horizontal_edge, "vertical": block.vertical_edge}


def bounds(one: Bounded) -> list[float | None]:
    return [one.value, one.lowest, one.highest]


def speaker_block(heard: Heard, block: SpeakerBlock) -> dict[str, Any]:
    position = block.position
    assert position is not None
    if isinstance(position, PolarSpeakerPosition):
        kind, values = "polar", (position.azimuth_deg, position.elevation_deg, position.distance)
    else:
        kind, values = "cartesian", (position.x, position.y, position.z)
    return {
        **timing(heard, block),
        "labels": list(block.labels),
        "position": {"kind": kind, "bounds": [bounds(one) for one in values], **edges(block)},
    }


def object_block(heard: Heard, block: ObjectBlock, frozen: dict[str, Any]) -> dict[str, Any]:
    polar, cartesian = [block.azimuth_deg, block.elevation_deg, block.distance], [block.x, block.y, block.z]
    # The reference says None for what has a default of the standard's own.
    wanted = frozen["divergence"] or [0.0, None, None]
    ranges = [block.divergence_range_deg, block.divergence_range]
    divergence = [block.divergence, *(r if w is not None else None for r, w in zip(ranges, wanted[1:], strict=True))]
    length_s = block.interpolation_length_s
    return {
        **timing(heard, block),
        "cartesian": block.cartesian,
        "position": {
            "kind": "cartesian" if block.cartesian else "polar",
            "at": cartesian if block.cartesian else polar,
            **edges(block),
        },
        "size": [block.width, block.height, block.depth],
        "gain": block.gain,
        "diffuse": block.diffuse,
        "importance": block.importance,
        "lock": [block.lock_distance] if block.channel_lock else None,
        "divergence": None if frozen["divergence"] is None and block.divergence == 0 else divergence,
        "jump": [block.jump_position, None if length_s is None else float(length_s)],
        "screen_ref": block.screen_ref,
        "zones": [
            [one.first_deg, one.last_deg, one.lowest_deg, one.highest_deg]
            if isinstance(one, PolarZone)
            else [edge for pair in zip(one.least, one.most, strict=True) for edge in pair]
            for one in block.zones
        ],
    }


def channel_item(heard: Heard, one: HeardChannel, frozen: dict[str, Any]) -> dict[str, Any]:
    importances = [part.importance for part in heard.path if part.importance is not None]
    blocks = []
    for block, wanted in zip(one.channel.blocks, frozen["blocks"], strict=True):
        if isinstance(block, ObjectBlock):
            blocks.append(object_block(heard, block, wanted))
        else:
            assert isinstance(block, SpeakerBlock)
            blocks.append(speaker_block(heard, block))
    return {
        "kind": {OBJECTS: "Object", DIRECT_SPEAKERS: "DirectSpeakers"}[heard.pack.type_label],
        "screen": screen(heard.programme.screen or DEFAULT_SCREEN if heard.programme else DEFAULT_SCREEN),
        "taps": taps(one.taps),
        "importance": [min(importances, default=None), None],
        "path": [part.id for part in heard.path],
        "packs": [pack.id for pack in one.packs],
        "frequency": [one.channel.low_pass_hz, one.channel.high_pass_hz],
        "blocks": blocks,
    }


@pytest.mark.parametrize("name", sorted(set(FROZEN) - {"ambisonics"}))
def test_the_channels_that_are_heard_are_those_of_the_reference(name: str) -> None:
    """Order apart, for all there is to say: tracks, paths, importance, screens, times, every field of every block."""
    document, chna = read(name)
    found = [(heard, one) for heard in heard_packs(document, chna, sample_rate_hz=RATE_HZ) for one in heard.channels]
    assert len(found) == len(FROZEN[name])
    # The reference takes an object's packs in an order of its search; ours is that of the object.
    found.sort(key=lambda pair: ([part.id for part in pair[0].path], [pack.id for pack in pair[1].packs]))
    wanted = sorted(FROZEN[name], key=lambda row: (row["path"], row["packs"]))
    for (heard, one), frozen in zip(found, wanted, strict=True):
        assert channel_item(heard, one, frozen) == frozen


def test_ambisonics_are_heard_as_the_reference_hears_them() -> None:
    document, chna = read("ambisonics")
    items = programme_items(document, chna, sample_rate_hz=RATE_HZ, frames=FRAMES)
    for frozen, group in zip(FROZEN["ambisonics"], (items[:9], items[9:]), strict=True):
        columns = [item.blocks for item in group]
        assert all(isinstance(column, HoaBlocks) for column in columns)
        form = columns[0].format
        assert all(column.format is form for column in columns)
        assert [column.component for column in columns] == list(range(len(columns)))
        assert {
            "kind": "HOA",
            "screen": screen(DEFAULT_SCREEN),
            "taps": [taps(item.taps) for item in group],
            "orders": list(form.orders),
            "degrees": list(form.degrees),
            "normalization": form.normalisation,
            "nfc": form.nfc_distance_m,
            "screen_ref": form.screen_ref,
        } == frozen
    assert document.packs[0].type_label == HOA


def test_a_decoding_matrix_may_be_named_by_the_encoding_one_alone() -> None:
    document, chna = read("matrices")
    text = (
        (FOLDER / "matrices.xml").read_text().replace("<encodePackFormatIDRef>AP_00021003</encodePackFormatIDRef>", "")
    )
    edited = read_axml_document(text.encode()).document
    assert edited != document
    assert [item.taps for item in programme_items(edited, chna, sample_rate_hz=RATE_HZ, frames=FRAMES)] == [
        item.taps for item in programme_items(document, chna, sample_rate_hz=RATE_HZ, frames=FRAMES)
    ]


@pytest.mark.parametrize("name", sorted(FROZEN))
def test_the_reference_hears_the_same_in_what_we_write(name: str) -> None:
    """It did when this hash was frozen: after a change of the writer, `freeze_items_with_ear.py` asks it again."""
    document, _ = read(name)
    written = write_axml(document, RATE_HZ)
    assert sha256(written).hexdigest() == json.loads((FOLDER / "written.json").read_text())[name]
    assert read_axml_document(written).document == document


@pytest.mark.parametrize("name", sorted(FROZEN))
def test_columns_last_as_long_as_their_blocks_and_objects(name: str) -> None:
    document, chna = read(name)
    items = programme_items(document, chna, sample_rate_hz=RATE_HZ, frames=FRAMES)
    assert items
    rows = [row for row in FROZEN[name] for _ in row.get("orders", [None])]
    for item, frozen in zip(items, rows, strict=True):
        for index, block in enumerate(frozen.get("blocks", [])):
            start = Fraction(block["object_start"] or 0) + Fraction(block["rtime"] or 0)
            length = block["duration"] or block["object_duration"]
            end = FRAMES if length is None else float(start + Fraction(length)) * RATE_HZ
            assert np.isclose(item.blocks.start_samples[index], float(start) * RATE_HZ)
            assert np.isclose(item.blocks.end_samples[index], end)
