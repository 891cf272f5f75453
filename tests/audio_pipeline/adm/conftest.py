"""A small 360 master, whole or with one defect planted."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio_pipeline.adm.chna import ChnaEntry, encode_chna
from audio_pipeline.adm.composing import MasterTrack, chna_entries, compose_document
from audio_pipeline.adm.elements import Document
from audio_pipeline.adm.xml_writing import write_axml
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.wave_writing import Chunk, Container, WaveWriter

FRAMES = 4800
RATE_HZ = 48000


def master_tracks() -> list[MasterTrack]:
    """Three objects: one that moves, one that stands, one that jumps."""
    moving = ObjectBlocks.of(
        start_samples=[0, 1024, 2048],
        end_samples=[1024, 2048, FRAMES],
        azimuth_deg=[30.0, -20.5, 110.125],
        elevation_deg=[0.0, 30.0, -20.0],
        gain=[1.0, 0.1, 0.7],
    )
    standing = ObjectBlocks.of(start_samples=[0], end_samples=[FRAMES], azimuth_deg=[-110.0])
    jumping = ObjectBlocks.of(
        start_samples=[0, 1000], end_samples=[1000, FRAMES], azimuth_deg=[-90.0, 90.0], jump_position=True
    )
    return [MasterTrack("Voice", moving), MasterTrack("Guitar & bass", standing), MasterTrack("Bell", jumping)]


@pytest.fixture
def document() -> Document:
    return compose_document("A song", master_tracks(), sample_rate_hz=RATE_HZ, frames=FRAMES)


WriteMaster = Callable[..., Path]


@pytest.fixture
def write_master(tmp_path: Path, document: Document) -> WriteMaster:
    """Write the master with anything exchanged: `axml` by a function of its text, `rows` of chna by a function."""

    def write(
        *,
        edit: Callable[[str], str] = lambda text: text,
        edit_rows: Callable[[tuple[ChnaEntry, ...]], tuple[ChnaEntry, ...]] = lambda rows: rows,
        container: Container = "RF64",
        sample_rate_hz: int = RATE_HZ,
        channels: int = 3,
        without: str = "",
        extra: tuple[Chunk, ...] = (),
        name: str = "song.adm-360.wav",
    ) -> Path:
        axml = edit(write_axml(document, RATE_HZ).decode()).encode()
        before = [Chunk("chna", encode_chna(edit_rows(chna_entries(document)))), *extra]
        after = [Chunk("axml", axml)]
        path = tmp_path / name
        with WaveWriter(
            path,
            channels=channels,
            sample_rate_hz=sample_rate_hz,
            container=container,
            before_data=[chunk for chunk in before if chunk.chunk_id != without],
            after_data=[chunk for chunk in after if chunk.chunk_id != without],
            plain_format=True,
        ) as writer:
            sound = 0.1 * np.random.default_rng(1).standard_normal((FRAMES, channels))
            writer.write(sound.astype(np.float32))
        return path

    return write


def patch(path: Path, offset: int, form: str, *values: int) -> None:
    """Overwrite numbers of the file's header."""
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, offset, *values)
    path.write_bytes(content)
