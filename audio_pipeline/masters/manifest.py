"""`manifest.json` of a folder of masters, schema `opencall.masters/1`: every hash, gain and measurement."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from audio_pipeline.hashing import sha256_of
from audio_pipeline.hrtfs import DEFAULT_HRTF_NAME, DEFAULT_HRTF_SHA256
from audio_pipeline.masters.job import MadeFile
from audio_pipeline.masters.programme import AudioProgramme, ProgrammeSource, SourceHash
from audio_pipeline.spatialaudio import VERSION as RENDERER_VERSION
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from opencall.kernel.whole_files import write_whole

SCHEMA: Final = "opencall.masters/1"
FILE_NAME: Final = "manifest.json"

Kind = Literal["adm-360", "adm-emission", "loudspeakers", "binaural", "iamf", "qc"]


class SceneEntry(msgspec.Struct, frozen=True):
    """The scene that was rendered, and how many of its signals are no objects."""

    sha256: str
    beds: int


class RendererEntry(msgspec.Struct, frozen=True):
    """What rendered."""

    name: str
    version: str


class HrtfEntry(msgspec.Struct, frozen=True):
    """The ears of a binaural render, and the hash of the file that they were read from."""

    name: str
    sha256: str


DEFAULT_EARS: Final = HrtfEntry(DEFAULT_HRTF_NAME, DEFAULT_HRTF_SHA256)


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One master. Loudness and peak are null for ADM and QC files, and where they are −∞."""

    path: str
    kind: Kind
    layout: str | None
    sha256: str
    bytes: int
    channels: int
    sample_rate_hz: int
    frames: int
    integrated_lufs: float | None
    true_peak_dbtp: float | None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One song's masters. No times of day: a second run is the same document.

    `source` says what they were made of: `upmix` where there was only a stereo mix, and `stems` are parts of it.
    """

    schema: Literal["opencall.masters/1"] = SCHEMA
    title: str
    source: ProgrammeSource
    scene: SceneEntry
    renderer: RendererEntry
    hrtf: HrtfEntry | None
    stems: tuple[SourceHash, ...]
    gain_db: float
    files: tuple[FileEntry, ...]


def describe(programme: AudioProgramme, made: Sequence[MadeFile], *, hrtf: HrtfEntry | None = None) -> Manifest:
    """The manifest of what was made; hashes are those of the files as they lie there.

    `hrtf` is for a binaural file, where one was made; the default ears if left out.
    """
    binaural = any(file.kind == "binaural" for file in made)
    return Manifest(
        title=programme.title,
        source=programme.source,
        scene=SceneEntry(programme.sha256, beds=sum(not isinstance(one, ObjectBlocks) for one in programme.blocks)),
        renderer=RendererEntry("opencall", RENDERER_VERSION),
        hrtf=(hrtf or DEFAULT_EARS) if binaural else None,
        stems=programme.source_hashes(),
        gain_db=programme.gain_db,
        files=tuple(_entry(file) for file in made),
    )


def write_manifest(manifest: Manifest, folder: Path) -> Path:
    """Write `manifest` into `folder`, whole or not at all, and return its path."""
    path = folder / FILE_NAME
    write_whole(path, msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    return path


def _entry(file: MadeFile) -> FileEntry:
    return FileEntry(
        path=file.path.name,
        kind=msgspec.convert(file.kind, Kind),
        layout=file.layout,
        sha256=sha256_of(file.path),
        bytes=file.path.stat().st_size,
        channels=file.channels,
        sample_rate_hz=file.sample_rate_hz,
        frames=file.frames,
        integrated_lufs=file.integrated_lufs,
        true_peak_dbtp=file.true_peak_dbtp,
    )
