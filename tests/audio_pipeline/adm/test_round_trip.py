"""What is written reads back: documents, chna rows, and every block of a scene."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_pipeline.adm.block_formats import (
    BinauralBlock,
    Coefficient,
    HoaBlock,
    MatrixBlock,
    ObjectBlock,
    SpeakerBlock,
)
from audio_pipeline.adm.chna import ChnaEntry, encode_chna, parse_chna
from audio_pipeline.adm.composing import MasterTrack, chna_entries, compose_document
from audio_pipeline.adm.elements import (
    AudioObject,
    ChannelFormat,
    Document,
    PackFormat,
    PositionOffset,
    Programme,
    TrackUid,
)
from audio_pipeline.adm.items import programme_items
from audio_pipeline.adm.master_blocks import not_carried
from audio_pipeline.adm.times import AdmTime
from audio_pipeline.adm.xml_reading import read_axml_document
from audio_pipeline.adm.xml_writing import write_axml
from audio_pipeline.scene.blocks import object_blocks
from audio_pipeline.scene.model import Keyframe, SceneObject, Source
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.direct_speakers import Bounded, CartesianSpeakerPosition, PolarSpeakerPosition
from audio_pipeline.spatialaudio.screens import CartesianScreen, PolarScreen
from audio_pipeline.spatialaudio.taps import Tap
from audio_pipeline.spatialaudio.timeline import Timeline
from audio_pipeline.spatialaudio.zones import CartesianZone, PolarZone

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


def heard(blocks: ObjectBlocks) -> np.ndarray:
    """What is heard at every sample: a weight of each column that moves in straight lines, silence as 0."""
    table = np.concatenate([[0.0], blocks.gain * (1.0 + blocks.azimuth_deg / 360 + blocks.elevation_deg)])
    segments = Timeline([blocks]).segments(0, FRAMES)
    out = []
    for index, (start, stop) in enumerate(pairwise(segments.boundaries.tolist())):
        steps = np.arange(stop - start) / (stop - start)
        first, last = segments.progress_at_start[index, 0], segments.progress_at_end[index, 0]
        progress = first + (last - first) * steps
        before, after = table[segments.from_row[index, 0]], table[segments.to_row[index, 0]]
        out.append(before + (after - before) * progress)
    return np.concatenate(out)


@st.composite
def scene_objects(draw: st.DrawFn) -> SceneObject:
    times = sorted(draw(st.lists(st.integers(0, FRAMES), unique=True, min_size=1, max_size=8)))
    # A value that a single-precision number holds, so that products with it are exact.
    values = st.integers(-180, 180).map(float)
    keyframes = tuple(
        Keyframe(
            time_samples=time,
            azimuth_deg=draw(values),
            elevation_deg=draw(values) / 2,
            distance=draw(st.sampled_from([0.0, 0.5, 1.0])),
            width_deg=abs(draw(values)),
            height_deg=abs(draw(values)),
            depth=draw(st.sampled_from([0.0, 0.25])),
            gain=draw(st.sampled_from([0.0, 0.5, 1.0])),
            diffuse=draw(st.sampled_from([0.0, 1.0])),
        )
        for time in times
    )
    return SceneObject(
        name="a",
        role="keys",
        source=Source("a.wav", (1.0,)),
        keyframes=keyframes,
        interpolation=draw(st.sampled_from(["linear", "jump"])),
    )


@settings(max_examples=60)
@given(scene_objects())
def test_no_keyframe_of_a_scene_is_lost_on_the_way_to_a_master_and_back(scene_object: SceneObject) -> None:
    """Import, export, import: every value that a keyframe brings is heard from its sample on, and nothing else."""
    blocks = object_blocks(scene_object, FRAMES)
    assert not_carried("a", blocks) == ()
    (read,) = written_and_read([MasterTrack("a", blocks)])
    (again,) = written_and_read([MasterTrack("a", read)])
    for field in ("start_samples", "end_samples", *VALUES):
        assert np.array_equal(getattr(read, field), getattr(again, field)), field
    before, after = heard(blocks), heard(read)
    assert np.allclose(before, after, rtol=0, atol=1e-9)
    told = {tuple(getattr(read, field)[row] for field in VALUES) for row in range(len(read))}
    wanted = {tuple(getattr(blocks, field)[row] for field in VALUES) for row in range(len(blocks))}
    assert wanted <= told


LOST = {
    "divergence": {"divergence": 0.5},
    "channel lock": {"channel_lock": True},
    "reference to the screen": {"screen_ref": True},
    "edges of the screen": {"horizontal_edge": 1.0},
    "zones": {"zones": [(PolarZone(-30, 30, -90, 90),)]},
    "room": {"cartesian": True, "y": 1.0},
    "beyond the sphere": {"distance": 1.5},
    "depth above 1": {"depth": 1.5},
    "between two samples": {"start_samples": [0.5]},
}


@pytest.mark.parametrize("lost", LOST)
def test_what_a_master_cannot_carry_is_said(lost: str) -> None:
    fields: dict[str, Any] = {"start_samples": [0], "end_samples": [FRAMES], "azimuth_deg": 0.0} | LOST[lost]
    (note,) = not_carried("Bell", ObjectBlocks.of(**fields))
    assert note.startswith("Track 'Bell': ")
    assert lost in note
    assert note.endswith("(1 of 1 blocks)")


def test_places_in_a_room_become_directions() -> None:
    blocks = ObjectBlocks.of(
        start_samples=[0, 1000, 2000],
        end_samples=[1000, 2000, FRAMES],
        cartesian=[True, True, False],
        azimuth_deg=[0, 0, 77.0],
        x=[-1.0, 1.0, 0.0],
        y=[1.0, -1.0, 0.0],
        z=[0.0, 1.0, 0.0],
    )
    (read,) = written_and_read([MasterTrack("a", blocks)])
    assert np.allclose(read.azimuth_deg, [30, -110, 77])
    assert np.allclose(read.elevation_deg, [0, 30, 0])


times = st.none() | st.one_of(
    st.builds(AdmTime, st.integers(0, 10**9).map(lambda n: Fraction(n, RATE_HZ)), st.just(True)),
    st.builds(AdmTime, st.integers(0, 10**9).map(lambda n: Fraction(n, 44100)), st.just(True)),
    st.builds(AdmTime, st.integers(0, 10**12).map(lambda n: Fraction(n, 10**7)), st.just(False)),
)
reals = st.floats(-1e6, 1e6)
texts = (
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=20).map(str.strip).filter(bool)
)
bounded = st.builds(Bounded, reals, st.none() | reals, st.none() | reals)
edges = {
    "horizontal_edge": st.sampled_from([None, "left", "right"]),
    "vertical_edge": st.sampled_from([None, "top", "bottom"]),
}
triples = st.tuples(reals, reals, reals)
zones = st.builds(PolarZone, reals, reals, reals, reals) | st.builds(CartesianZone, triples, triples)
common = {"rtime": times, "duration": times, "gain": reals, "importance": st.floats(0, 10)}
shared = {"width": reals, "height": reals, "depth": reals, "diffuse": reals, "divergence": reals}
object_values = {
    **common,
    **shared,
    **edges,
    "jump_position": st.booleans(),
    "interpolation_length_s": st.none() | st.integers(0, 10**6).map(lambda n: Fraction(n, RATE_HZ)),
    "divergence_range_deg": reals,
    "divergence_range": reals,
    "channel_lock": st.booleans(),
    "lock_distance": st.none() | reals,
    "zones": st.lists(zones, max_size=2).map(tuple),
    "screen_ref": st.booleans(),
    "head_locked": st.booleans(),
}
BLOCKS = {
    "0003": st.one_of(
        st.fixed_dictionaries({**object_values, "azimuth_deg": reals, "elevation_deg": reals, "distance": reals}).map(
            lambda values: ObjectBlock(id="", **values)
        ),
        st.fixed_dictionaries({**object_values, "cartesian": st.just(True), "x": reals, "y": reals, "z": reals}).map(
            lambda values: ObjectBlock(id="", **values)
        ),
    ),
    "0001": st.fixed_dictionaries(
        {
            **common,
            **edges,
            "labels": st.lists(texts, max_size=3).map(tuple),
            "position": st.builds(PolarSpeakerPosition, bounded, bounded, bounded)
            | st.builds(CartesianSpeakerPosition, bounded, bounded, bounded),
        }
    ).map(lambda values: SpeakerBlock(id="", **values)),
    "0004": st.fixed_dictionaries(
        {
            **common,
            "order": st.none() | st.integers(0, 9),
            "degree": st.none() | st.integers(-9, 9),
            "normalization": st.none() | st.sampled_from(["N3D", "SN3D", "FuMa"]),
            "nfc_distance_m": st.none() | reals,
            "screen_ref": st.none() | st.booleans(),
            "equation": st.none() | texts,
        }
    ).map(lambda values: HoaBlock(id="", **values)),
    "0002": st.fixed_dictionaries(
        {
            **common,
            "output_channel": st.none() | st.just("AC_00010001"),
            "coefficients": st.lists(
                st.builds(
                    Coefficient,
                    channel=st.just("AC_00010002"),
                    gain=reals,
                    delay_ms=st.integers(0, 50_000).map(lambda n: Fraction(n, 100)),
                    phase_deg=reals,
                    variables=st.sampled_from([(), ("gainVar",), ("gainVar", "delayVar", "phaseVar")]),
                ),
                max_size=3,
            ).map(tuple),
        }
    ).map(lambda values: MatrixBlock(id="", **values)),
    "0005": st.fixed_dictionaries(common).map(lambda values: BinauralBlock(id="", **values)),
}


@settings(max_examples=80)
@given(st.data())
def test_a_document_of_any_type_reads_back_as_it_was(data: st.DataObject) -> None:
    label = data.draw(st.sampled_from(sorted(BLOCKS)))
    blocks = data.draw(st.lists(BLOCKS[label], min_size=1, max_size=3))
    numbered = tuple(msgspec.structs.replace(one, id=f"AB_{label}1001_{i:08x}") for i, one in enumerate(blocks, 1))
    document = Document(
        version="ITU-R_BS.2076-2",
        programmes=(
            Programme(
                id="APR_1001",
                name=data.draw(texts),
                screen=data.draw(
                    st.none()
                    | st.builds(PolarScreen, reals, reals, reals, reals, reals)
                    | st.builds(CartesianScreen, reals, reals, reals, reals, reals)
                ),
            ),
        ),
        objects=(
            AudioObject(
                id="AO_1001",
                name=data.draw(texts),
                start=data.draw(times),
                importance=data.draw(st.none() | st.floats(0, 10)),
                gain=data.draw(reals),
                mute=data.draw(st.booleans()),
                head_locked=data.draw(st.booleans()),
                complementary=("AO_1002",),
                position_offset=data.draw(st.none() | st.builds(PositionOffset, azimuth_deg=st.floats(1, 9), z=reals)),
            ),
        ),
        packs=(
            PackFormat(
                id=f"AP_{label}1001",
                name="p",
                type_label=label,
                importance=data.draw(st.none() | st.floats(0, 10)),
                absolute_distance_m=data.draw(st.none() | reals),
                encode_packs=("AP_00021002",),
                normalization=data.draw(st.none() | st.just("N3D")),
                nfc_distance_m=data.draw(st.none() | reals),
                screen_ref=data.draw(st.none() | st.booleans()),
            ),
        ),
        channels=(
            ChannelFormat(
                id=f"AC_{label}1001",
                name="c",
                type_label=label,
                blocks=numbered,
                low_pass_hz=data.draw(st.none() | reals),
                high_pass_hz=data.draw(st.none() | reals),
            ),
        ),
        track_uids=(TrackUid(id="ATU_00000001", channels=(f"AC_{label}1001",)),),
    )
    reading = read_axml_document(write_axml(document, RATE_HZ))
    assert reading.findings == ()
    assert reading.document == document


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
