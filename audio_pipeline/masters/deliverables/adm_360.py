"""The 360-compatible master: `<name>.adm-360.wav`, RF64, 24 bits, one mono track an object.

The signals are the objects' own; every gain, the programme's too, stands in the blocks. So a renderer that follows
BS.2127 makes of the master what we make of the scene; what an ADM file has beyond the master's form is named in the
notes. A signal beyond full scale, which 24 bits cannot hold, is halved until it fits and its blocks' gains are doubled
as often. That is only known at the end, so such a file is written again.

The master of an upmix is named as one.
"""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from audio_pipeline.adm.chna import encode_chna
from audio_pipeline.adm.composing import MAX_TRACKS, MasterTrack, chna_entries, compose_document
from audio_pipeline.adm.master_blocks import not_carried
from audio_pipeline.adm.upmix_mark import marked
from audio_pipeline.adm.xml_writing import write_axml
from audio_pipeline.masters.errors import MasterNeedsObjects, MasterRateUnfit, MasterTooWide
from audio_pipeline.masters.job import Audio, Job, MadeFile
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.columns import Column
from audio_pipeline.spatialaudio.layouts import Layout
from audio_pipeline.wave_writing import Chunk, WaveWriter

MASTER_RATE_HZ: Final = 48000


class Adm360Master:
    """Writes the signals as they pass, the document behind them."""

    layouts: tuple[Layout, ...] = ()

    def __init__(self, job: Job) -> None:
        if job.programme.sample_rate_hz != MASTER_RATE_HZ:
            raise MasterRateUnfit(job.programme.sample_rate_hz)
        if len(job.programme.column_names) > MAX_TRACKS:
            raise MasterTooWide(len(job.programme.column_names), MAX_TRACKS)
        self._blocks = tuple(map(_object_blocks, job.programme.column_names, job.programme.blocks))

        self._job = job
        self._peaks = np.zeros(len(job.programme.column_names), np.float32)
        self._writer = self._open([0] * len(self._peaks))

    def take(self, signals: Audio, rendered: Mapping[str, Audio]) -> None:
        """The signals are the master's tracks."""
        if len(signals):
            np.maximum(self._peaks, np.abs(signals).max(axis=0), out=self._peaks)
        self._writer.write(signals)

    def finish(self) -> tuple[MadeFile, ...]:
        """Complete the file; once more, with tracks that fit, if any was too loud."""
        halvings = [math.ceil(math.log2(peak)) if peak > 1.0 else 0 for peak in self._peaks.tolist()]
        notes = self._not_carried()
        if any(halvings):
            self._writer.abandon()
            self._writer = self._open(halvings)
            scales = np.array([0.5**count for count in halvings], np.float32)
            for signals in self._job.programme.signals():
                self._writer.write(signals * scales)
            notes += tuple(
                f"Track {name!r} is scaled by {0.5**count:g}, and its gains by {2**count}: it exceeds full scale"
                for name, count in zip(self._job.programme.column_names, halvings, strict=True)
                if count
            )
        self._writer.close()
        return (
            MadeFile(
                path=self._writer.path,
                kind="adm-360",
                layout=None,
                channels=self._writer.channels,
                sample_rate_hz=self._writer.sample_rate_hz,
                frames=self._writer.frames,
                overs=self._writer.overs,
                sample_peak=self._writer.sample_peak,
                notes=notes,
            ),
        )

    def _not_carried(self) -> tuple[str, ...]:
        named = zip(self._job.programme.column_names, self._blocks, strict=True)
        return tuple(note for name, blocks in named for note in not_carried(name, blocks))

    def abandon(self) -> None:
        """Remove what has been written."""
        self._writer.abandon()

    def _open(self, halvings: list[int]) -> WaveWriter:
        programme = self._job.programme
        tracks = [
            MasterTrack(name, blocks, 2.0**count)
            for name, blocks, count in zip(programme.column_names, self._blocks, halvings, strict=True)
        ]
        title = marked(programme.title) if programme.source == "upmix" else programme.title
        document = compose_document(title, tracks, sample_rate_hz=programme.sample_rate_hz, frames=programme.frames)
        return WaveWriter(
            self._job.folder / f"{programme.slug}.adm-360.wav",
            channels=len(tracks),
            sample_rate_hz=programme.sample_rate_hz,
            encoding="pcm24",
            container="RF64",
            before_data=(Chunk("chna", encode_chna(chna_entries(document))),),
            after_data=(Chunk("axml", write_axml(document, programme.sample_rate_hz)),),
            plain_format=True,
        )


def _object_blocks(name: str, column: Column) -> ObjectBlocks:
    if not isinstance(column, ObjectBlocks):
        raise MasterNeedsObjects(name)
    return column
