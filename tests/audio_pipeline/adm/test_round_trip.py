"""What is written reads back: documents, chna rows, and every block of a scene."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_pipeline.adm.chna import ChnaEntry, encode_chna, parse_chna
from audio_pipeline.adm.composing import MasterTrack, chna_entries, compose_document
from audio_pipeline.adm.items import programme_items
from audio_pipeline.adm.xml_reading import read_axml_document
from audio_pipeline.adm.xml_writing import write_axml
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.taps import Tap

FRAMES = 5000
RATE_HZ = 48000
VALUES = ("azimuth_deg", "elevation_deg", "distance", "width_deg", "height_deg", "depth", "gain", "diffuse")


@st.composite
def contiguous_blocks(draw: st.DrawFn) -> ObjectBlocks:
    inner = draw(st.lists(st.integers(1, FRAMES - 1), unique=True, max_size=8))
    edges = [0, *sorted(inner), FRAMES]
    count = len(edges) - 1

    def column(lowest: float, highest: float) -> list[float]:
        return draw(st.lists(st.floats(lowest, highest), min_size=count, max_size=count))

    return ObjectBlocks.of(
        start_samples=edges[:-1],
        end_samples=edges[1:],
        azimuth_deg=column(-180, 180),
        elevation_deg=column(-90, 90),
        distance=column(0, 1),
        width_deg=column(0, 360),
        height_deg=column(0, 360),
        depth=column(0, 1),
        gain=column(0, 10),
        diffuse=column(0, 1),
    )


def written_and_read(tracks: list[MasterTrack], title: str = "A song") -> list[ObjectBlocks]:
    document = compose_document(title, tracks, sample_rate_hz=RATE_HZ, frames=FRAMES)
    reading = read_axml_document(write_axml(document, RATE_HZ))
    assert reading.findings == ()
    assert reading.document == document
    chna = parse_chna(encode_chna(chna_entries(document)))
    items = programme_items(reading.document, chna, sample_rate_hz=RATE_HZ, frames=FRAMES)
    assert [(item.name, item.taps) for item in items] == [(track.name, (Tap(i),)) for i, track in enumerate(tracks)]
    return [item.blocks for item in items]


@settings(max_examples=60)
@given(st.lists(contiguous_blocks(), min_size=1, max_size=3))
def test_every_block_without_jumps_reads_back_exactly(objects: list[ObjectBlocks]) -> None:
    read = written_and_read([MasterTrack(f"object {i}", blocks) for i, blocks in enumerate(objects)])
    for blocks, again in zip(objects, read, strict=True):
        for field in ("start_samples", "end_samples", *VALUES):
            assert np.array_equal(getattr(blocks, field), getattr(again, field)), field


# Letters that XML can hold; what it cannot is replaced.
@settings(max_examples=60)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=64))
def test_names_of_any_letters_read_back(name: str) -> None:
    blocks = ObjectBlocks.of(start_samples=[0], end_samples=[FRAMES], azimuth_deg=0.0)
    document = compose_document(name, [MasterTrack(name, blocks)], sample_rate_hz=RATE_HZ, frames=FRAMES)
    read = read_axml_document(write_axml(document, RATE_HZ)).document
    expected = name.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    assert read.programmes[0].name == read.channels[0].name == expected


def test_control_characters_in_a_name_do_not_break_the_document() -> None:
    blocks = ObjectBlocks.of(start_samples=[0], end_samples=[FRAMES], azimuth_deg=0.0)
    document = compose_document("bell\x07", [MasterTrack("nul\0", blocks)], sample_rate_hz=RATE_HZ, frames=FRAMES)
    assert read_axml_document(write_axml(document, RATE_HZ)).document.programmes[0].name == "bell\ufffd"


def test_a_jump_is_written_as_a_ramp_of_the_sample_before_it() -> None:
    blocks = ObjectBlocks.of(
        start_samples=[0, 100], end_samples=[100, FRAMES], azimuth_deg=[0.0, 90.0], jump_position=True
    )
    (read,) = written_and_read([MasterTrack("a", blocks)])
    assert read.start_samples.tolist() == [0, 99, 100]
    assert read.azimuth_deg.tolist() == [0, 90, 90]
    assert not read.jump_position.any()


def test_an_interpolation_shorter_than_its_block_becomes_two_blocks() -> None:
    blocks = ObjectBlocks.of(
        start_samples=[0, 100],
        end_samples=[100, FRAMES],
        azimuth_deg=[0.0, 90.0],
        jump_position=True,
        interpolation_samples=[0, 250],
    )
    (read,) = written_and_read([MasterTrack("a", blocks)])
    assert list(zip(read.start_samples.tolist(), read.azimuth_deg.tolist(), strict=True))[-2:] == [(100, 90), (350, 90)]


def test_silence_before_between_and_behind_blocks_is_written_as_gain_0() -> None:
    blocks = ObjectBlocks.of(start_samples=[1000, 3000], end_samples=[2000, 4000], azimuth_deg=[0.0, 90.0])
    (read,) = written_and_read([MasterTrack("a", blocks)])
    assert read.start_samples[0] == 0
    assert all(
        end == start for (_, end), (start, _) in pairwise(zip(read.start_samples, read.end_samples, strict=True))
    )
    assert read.end_samples[-1] == FRAMES
    silent = read.gain == 0
    for sample, is_silent in (
        (0, True),
        (998, True),
        (1000, False),
        (1998, False),
        (2000, True),
        (3000, False),
        (4000, True),
    ):
        row = int(np.searchsorted(read.start_samples, sample, side="right")) - 1
        assert bool(silent[row]) == is_silent, sample


def test_the_factor_of_a_track_is_in_its_gains() -> None:
    blocks = ObjectBlocks.of(start_samples=[0], end_samples=[FRAMES], azimuth_deg=0.0, gain=0.5)
    (read,) = written_and_read([MasterTrack("a", blocks, 4.0)])
    assert read.gain.tolist() == [2.0]


@pytest.mark.parametrize("count", [0, 129])
def test_a_master_has_1_to_128_tracks(count: int) -> None:
    blocks = ObjectBlocks.of(start_samples=[0], end_samples=[FRAMES], azimuth_deg=0.0)
    with pytest.raises(ValueError):
        compose_document("x", [MasterTrack("a", blocks)] * count, sample_rate_hz=RATE_HZ, frames=FRAMES)


entries = st.builds(
    ChnaEntry,
    track_index=st.integers(1, 65535),
    uid=st.integers(1, 2**32 - 1).map("ATU_{:08x}".format),
    track_reference=st.sampled_from(["AT_00031001_01", "AC_00031001_00", ""]),
    pack_reference=st.sampled_from(["AP_00031001", ""]),
)


@given(st.lists(entries, max_size=20))
def test_rows_of_chna_read_back(rows: list[ChnaEntry]) -> None:
    chna = parse_chna(encode_chna(rows))
    assert chna.entries == tuple(rows)
    assert (chna.declared_tracks, chna.declared_uids) == (len({row.track_index for row in rows}), len(rows))
    assert chna.malformed == ""


@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_some_chna(content: bytes) -> None:
    assert parse_chna(content).malformed != "" or (len(content) - 4) % 40 == 0
