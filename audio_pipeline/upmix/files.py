"""An upmix as files: a song in, its parts and their manifest out, in memory that does not grow with the song."""

import math
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.codecs import AudioReader, open_audio
from audio_pipeline.hashing import sha256_of
from audio_pipeline.stems.errors import NameUnspeakable, StemUnusable
from audio_pipeline.stems.preparing import read_source
from audio_pipeline.upmix.errors import SongInTheWay, SongNotStereo, SongRateUnfit
from audio_pipeline.upmix.manifest import PartRecord, UpmixedSong, UpmixManifest
from audio_pipeline.upmix.splitting import CHANNELS, LOWEST_RATE_HZ, Part, Parts, Splitter
from audio_pipeline.wave_writing import WaveWriter
from opencall.kernel.whole_files import folder_for, write_whole

MANIFEST_NAME: Final = "manifest.json"
# Squares of sums of such samples over a frame are still numbers in single precision.
LOUDEST: Final = 2.0**40

Progress = Callable[[float], None]


def part_file_name(part: Part) -> str:
    """What a part is called on disk: wherever the file goes, its name says what it is."""
    return f"{part} upmix.wav"


def upmix_file(song: Path, out: Path, progress: Progress = lambda done: None) -> UpmixManifest:
    """Take `song` apart into float32 files in `out`, and write `out/manifest.json`, which is returned.

    Rate and length are the song's. Files appear by atomic rename, the manifest last; the same song gives the same
    bytes. Raises `NameUnspeakable`, `SongNotStereo`, `SongRateUnfit`, `SongInTheWay`, `StemUnusable`, and whatever
    `open_audio` raises.
    """
    if not _is_utf8(song):
        raise NameUnspeakable(song)
    source = read_source(song)
    if source.channels > 2:
        raise SongNotStereo(song, source.channels)
    if source.sample_rate_hz < LOWEST_RATE_HZ:
        raise SongRateUnfit(song, source.sample_rate_hz, LOWEST_RATE_HZ)

    if song.resolve() in {(out / part_file_name(part)).resolve() for part in Part}:
        raise SongInTheWay(song)

    tally = _Tally()
    with folder_for(out), open_audio(song) as reader, ExitStack() as files:
        writers = {
            part: files.enter_context(
                WaveWriter(
                    out / part_file_name(part),
                    channels=channels,
                    sample_rate_hz=source.sample_rate_hz,
                    encoding="float32",
                )
            )
            for part, channels in CHANNELS.items()
        }
        for block, parts in Splitter(source.sample_rate_hz).split(_stereo(reader)):
            for part, samples in parts.items():
                writers[part].write(samples)
            tally.add(block, parts)
            progress(tally.frames / source.frames)
        if tally.frames != source.frames:
            raise StemUnusable(song, f"decoding ends after frame {tally.frames} of {source.frames}")
        kept = [part for part in Part if tally.part_energies[part] or part is Part.REMAINDER]
        for part in set(Part) - set(kept):
            writers[part].abandon()
            (out / part_file_name(part)).unlink(missing_ok=True)  # of another song that was here before
    manifest = UpmixManifest(
        song=UpmixedSong(os.fspath(song), source.sha256, source.sample_rate_hz, source.frames, source.channels),
        null_db=_ratio_db(tally.rest_energy, tally.energy),
        null_peak_dbfs=20 * math.log10(tally.rest_peak) if tally.rest_peak else None,
        parts=tuple(_record(part, out, tally) for part in kept),
    )
    write_whole(out / MANIFEST_NAME, msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    return manifest


class _Tally:
    """Energies of song and parts as they are written, and what the stored parts do not give back."""

    def __init__(self) -> None:
        self.frames = 0
        self.energy = self.rest_energy = self.rest_peak = 0.0
        self.part_energies = dict.fromkeys(Part, 0.0)

    def add(self, song: NDArray[np.float32], parts: Parts) -> None:
        """The next frames."""
        self.frames += len(song)
        rest = song.astype(np.float64)
        self.energy += float(np.vdot(rest, rest))
        for part, samples in parts.items():
            exact = samples.astype(np.float64)
            self.part_energies[part] += float(np.vdot(exact, exact)) * 2 / CHANNELS[part]
            rest -= exact
        self.rest_energy += float(np.vdot(rest, rest))
        self.rest_peak = max(self.rest_peak, float(np.abs(rest).max(initial=0.0)))


def _stereo(reader: AudioReader) -> Iterator[NDArray[np.float32]]:
    for block in reader.blocks():
        if not np.isfinite(block).all():
            raise StemUnusable(reader.path, "it holds samples that are no numbers (NaN or infinite)")
        if np.abs(block).max(initial=0.0) > LOUDEST:
            raise StemUnusable(reader.path, "it holds samples a trillion times as loud as full scale")
        yield block if reader.channels == 2 else np.repeat(block, 2, axis=1)


def _is_utf8(path: Path) -> bool:
    return os.fspath(path).encode(errors="replace").decode() == os.fspath(path)


def _record(part: Part, out: Path, tally: _Tally) -> PartRecord:
    name = part_file_name(part)
    level_db = _ratio_db(tally.part_energies[part], tally.energy)
    return PartRecord(part, name, sha256_of(out / name), CHANNELS[part], level_db)


def _ratio_db(energy: float, whole: float) -> float | None:
    return 10 * math.log10(energy / whole) if energy and whole else None
