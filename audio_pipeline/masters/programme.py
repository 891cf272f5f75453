"""What is rendered: signals and their blocks, from a scene and its stems or from an ADM file.

Both kinds look the same to whoever renders: `blocks` has one entry a signal, `signals()` streams one column each.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final, Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.adm.files import AdmFile, is_riff, open_adm
from audio_pipeline.adm.items import AdmItem, programme_items
from audio_pipeline.adm.upmix_mark import is_marked
from audio_pipeline.codecs import open_audio
from audio_pipeline.containers import require_regular_file
from audio_pipeline.hashing import sha256_of
from audio_pipeline.masters.errors import NothingToRender, SceneHasNoProgrammes
from audio_pipeline.scene.blocks import scene_blocks
from audio_pipeline.scene.model import Scene, Source
from audio_pipeline.scene.reading import read_scene, stem_path
from audio_pipeline.scene.sources import object_signals
from audio_pipeline.scene.writing import scene_bytes
from audio_pipeline.spatialaudio.columns import Column
from audio_pipeline.spatialaudio.taps import Tap, TapMixer

Audio = NDArray[np.float32]
# What a programme was made of; an ADM file that does not say that it is an upmix says nothing.
ProgrammeSource = Literal["stems", "upmix", "adm"]

BLOCK_FRAMES: Final = 16384


class SourceHash(msgspec.Struct, frozen=True):
    """One file that went in: its path as the scene names it, and what it held."""

    path: str
    sha256: str


class AudioProgramme(Protocol):
    """Signals ready to be rendered. `title` is for people, `slug` for file names.

    `column_sources` say in words which stem or which tracks a signal comes from.
    """

    title: str
    slug: str
    source: ProgrammeSource
    sample_rate_hz: int
    frames: int
    column_names: tuple[str, ...]
    column_sources: tuple[str, ...]
    blocks: tuple[Column, ...]
    gain_db: float

    @property
    def sha256(self) -> str:
        """What the scene or the ADM file held."""

    def signals(self) -> Iterator[Audio]:
        """Blocks of shape (frames, columns), `frames` rows in all."""
        ...

    def source_hashes(self) -> tuple[SourceHash, ...]:
        """The sound files that went in."""
        ...


class SceneProgramme:
    """A scene and the folder of its stems. The programme gain stands in the blocks."""

    def __init__(self, scene: Scene, folder: Path, *, sha256: str | None = None, fallback_name: str = "scene") -> None:
        self.title = scene.name
        self.slug = slug(scene.name) or slug(fallback_name) or "scene"
        self.source: ProgrammeSource = scene.source
        self.sample_rate_hz = scene.sample_rate_hz
        self.frames = scene.frames
        self.column_names = tuple(scene_object.name for scene_object in scene.objects)
        self.column_sources = tuple(_stem_source(scene_object.source) for scene_object in scene.objects)
        self.blocks: tuple[Column, ...] = scene_blocks(scene)
        self.gain_db = scene.programme.gain_db
        self._sha256 = sha256 or hashlib.sha256(scene_bytes(scene)).hexdigest()
        self._scene = scene
        self._folder = folder
        self._paths = {scene_object.source.stem: stem_path(scene_object, folder) for scene_object in scene.objects}

    @property
    def sha256(self) -> str:
        """Of the scene file."""
        return self._sha256

    def signals(self) -> Iterator[Audio]:
        """One read of every stem; a stem that ends early is silent from there."""
        return object_signals(self._scene, self._folder, BLOCK_FRAMES)

    def source_hashes(self) -> tuple[SourceHash, ...]:
        """The stems, in the order of the scene."""
        return tuple(SourceHash(stem, sha256_of(path)) for stem, path in self._paths.items())


class AdmProgramme:
    """One programme of an ADM file, its signals in the document's order.

    What is less important than `least_importance` is left out, and a block of an object muted.
    """

    def __init__(self, path: Path, *, programme_id: str | None = None, least_importance: int = 0) -> None:
        file: AdmFile = open_adm(path)
        self.title = _adm_title(file, programme_id) or path.name.partition(".")[0]
        self.slug = path.name.partition(".")[0]
        self.source: ProgrammeSource = "upmix" if is_marked(self.title) else "adm"
        self.sample_rate_hz = file.sample_rate_hz
        self.frames = file.riff.present_frames
        if not self.frames or not self.sample_rate_hz:
            raise NothingToRender(path)
        self._items: tuple[AdmItem, ...] = programme_items(
            file.document,
            file.chna,
            sample_rate_hz=self.sample_rate_hz,
            frames=self.frames,
            programme_id=programme_id,
            least_importance=least_importance,
        )
        if not self._items:
            raise NothingToRender(path)
        self.column_names = tuple(item.name for item in self._items)
        self.column_sources = tuple(_tracks_source(item.taps) for item in self._items)
        self.blocks: tuple[Column, ...] = tuple(item.blocks for item in self._items)
        self.gain_db = 0.0
        self._path = path

    @cached_property
    def sha256(self) -> str:
        """Of the whole file; only manifests name it."""
        return sha256_of(self._path)

    def signals(self) -> Iterator[Audio]:
        """One read of the file; what the type Matrix asks for is done on the way."""
        with open_audio(self._path) as reader:
            mixer = TapMixer([item.taps for item in self._items], reader.channels)
            for read in reader.blocks(BLOCK_FRAMES):
                yield mixer.process(read)

    def source_hashes(self) -> tuple[SourceHash, ...]:
        """The file itself, which holds all tracks."""
        return (SourceHash(self._path.name, self.sha256),)


def open_programme(path: Path, *, programme_id: str | None = None, least_importance: int = 0) -> AudioProgramme:
    """What `path` holds: a scene (`scene.json`, its stems beside it) or an ADM file, told apart by the first bytes.

    Everything in a scene is of the highest importance. Raises `SceneHasNoProgrammes`, and the refusals of the scene's
    reader or of `audio_pipeline.adm`.
    """
    require_regular_file(path)
    if is_riff(path):
        return AdmProgramme(path, programme_id=programme_id, least_importance=least_importance)
    if programme_id is not None:
        raise SceneHasNoProgrammes(path, programme_id)
    return SceneProgramme(
        read_scene(path), path.parent, sha256=sha256_of(path), fallback_name=path.name.partition(".")[0]
    )


def slug(name: str) -> str:
    """`name` for a file name: lower case, letters and digits of any script, single hyphens between words.

    Accents of Latin letters go; marks of other scripts, which make another letter, stay.
    """
    plain = re.sub("([A-Za-z])[\u0300-\u036f]+", r"\1", unicodedata.normalize("NFKD", name))
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", plain).lower()).strip("-")[:80].rstrip("-")


def _stem_source(source: Source) -> str:
    gains = ", ".join(f"{gain:g}" for gain in source.channel_gains)
    return source.stem if source.channel_gains == (1.0,) else f"{source.stem} × [{gains}]"


def _tracks_source(taps: tuple[Tap, ...]) -> str:
    """Tracks counted from 1, as in the file's own tables."""
    return " + ".join(map(_track_source, taps)) or "silence"


def _track_source(tap: Tap) -> str:
    gain = "" if tap.gain == 1 else f" × {tap.gain:g}"
    return f"track {tap.track + 1}{gain}" + (f", {tap.delay_samples} samples late" if tap.delay_samples else "")


def _adm_title(file: AdmFile, programme_id: str | None) -> str:
    wanted = (programme_id or "").upper()
    names = [p.name for p in file.document.programmes if not wanted or p.id.upper() == wanted]
    return names[0] if names else ""
