"""The record of an upmix, `opencall.upmix/1`: of which song, into which parts, and what their sum lacks."""

from typing import Final, Literal

import msgspec

SCHEMA: Final = "opencall.upmix/1"
WORDS: Final = "Upmix from the stereo mix"


class UpmixedSong(msgspec.Struct, frozen=True):
    """The song that was taken apart; `path` as it was given."""

    path: str
    sha256: str
    sample_rate_hz: int
    frames: int
    channels: int


class PartRecord(msgspec.Struct, frozen=True):
    """A part as it was written; `path` is relative to the manifest, and `level_db` relative to the song.

    A part of one channel sounds from both loudspeakers alike; `level_db` counts both.
    """

    name: str
    path: str
    sha256: str
    channels: int
    level_db: float | None


class UpmixManifest(msgspec.Struct, frozen=True, kw_only=True):
    """`manifest.json` beside the parts. `null_db` is what the sum of the parts leaves of the song, None for nothing.

    Parts in which nothing sounds are not written. No times of day: a second run is the same document.
    """

    schema: Literal["opencall.upmix/1"] = SCHEMA
    source: Literal["upmix"] = "upmix"
    note: str = WORDS
    song: UpmixedSong
    null_db: float | None
    null_peak_dbfs: float | None
    parts: tuple[PartRecord, ...]
