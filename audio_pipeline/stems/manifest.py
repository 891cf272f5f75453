"""The record of normalising, `opencall.stems/1`: every gain, offset and filter, and no time of day."""

from typing import Final, Literal

import msgspec

from audio_pipeline.stems.rest import Rest

SCHEMA: Final = "opencall.stems/1"


class Session(msgspec.Struct, frozen=True):
    """What all outputs share: rate and length."""

    sample_rate_hz: int
    frames: int


class MixFile(msgspec.Struct, frozen=True):
    """The mix that the stems were held against."""

    path: str
    sha256: str


class FitRecord(msgspec.Struct, frozen=True):
    """The fit against the mix; nulls in dB relative to the mix, None for −∞ and without a mix.

    `gain_db` is what the stems need to sum to the mix, before any gain is applied. `explained` says in sentences where
    and how stems with every repair still differ from the mix, and `rest` how much of it, by time and by band; there is
    none where they are exact.
    """

    gain_db: float | None
    null_db: float | None
    null_db_as_delivered: float | None
    verdict: Literal["exact", "bus_processing", "does_not_reconstruct"] | None
    explained: tuple[str, ...] = ()
    rest: Rest | None = None


class SourceFile(msgspec.Struct, frozen=True):
    """A stem as it came."""

    path: str
    sha256: str
    sample_rate_hz: int
    frames: int
    channels: int


class OutputFile(msgspec.Struct, frozen=True):
    """A stem as it was written; `path` is relative to the manifest."""

    path: str
    sha256: str
    channels: int


class StemRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one stem, and all that was done to it.

    output[offset_samples + t] = gain · polarity_applied · (resampled input[t] − dc_removed), zeros elsewhere.
    `offset_samples` is whole unless a resampled stem was moved by whole samples of its own rate.
    """

    source: SourceFile
    output: OutputFile
    dc_removed: tuple[float, ...]
    lag_samples: int
    polarity: Literal[1, -1]
    correlation: float | None
    alignment_applied: bool
    offset_samples: int | float
    polarity_applied: Literal[1, -1]
    gain_db: float
    silent: bool


class StemsManifest(msgspec.Struct, frozen=True, kw_only=True):
    """`manifest.json` beside the folder `stems/`."""

    schema: Literal["opencall.stems/1"] = SCHEMA
    session: Session
    mix: MixFile | None
    fit: FitRecord
    gain_db: float
    stems: tuple[StemRecord, ...]
