"""What intake can say of a file: a code, how grave it is, and a sentence for the artist."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from audio_pipeline.intake.music.describing import Music
from audio_pipeline.intake.picture import Picture


class Severity(StrEnum):
    """How grave a finding is. Nothing above `info`: the file is accepted."""

    INFO = "info"
    WARN = "warn"
    REJECT = "reject"


class Verdict(StrEnum):
    """What becomes of the file: the gravest finding decides."""

    ACCEPT = "accept"
    WARN = "warn"
    REJECT = "reject"


class Code(StrEnum):
    """The stable names of all findings."""

    TRUNCATED = "TRUNCATED"
    UNREADABLE = "UNREADABLE"
    CORRUPT = "CORRUPT"
    NON_FINITE = "NON_FINITE"
    EMPTY = "EMPTY"
    TOO_SHORT = "TOO_SHORT"
    SILENT = "SILENT"
    LOW_BIT_DEPTH = "LOW_BIT_DEPTH"
    LOW_RATE = "LOW_RATE"
    TRAILING_DATA = "TRAILING_DATA"
    HEADER_REPAIRED = "HEADER_REPAIRED"
    EXTENSION_MISMATCH = "EXTENSION_MISMATCH"
    LOSSY_SOURCE = "LOSSY_SOURCE"
    LOSSY_SOURCED = "LOSSY_SOURCED"
    PADDED_BITS = "PADDED_BITS"
    UPSAMPLED = "UPSAMPLED"
    CLIPPED = "CLIPPED"
    OVER_0DBFS = "OVER_0DBFS"
    DC_OFFSET = "DC_OFFSET"
    MONO_AS_STEREO = "MONO_AS_STEREO"
    PHASE_INVERTED = "PHASE_INVERTED"
    ONE_CHANNEL = "ONE_CHANNEL"
    TOO_MANY_CHANNELS = "TOO_MANY_CHANNELS"
    NOT_AUDIO = "NOT_AUDIO"
    LENGTH_MISMATCH = "LENGTH_MISMATCH"
    RATE_MISMATCH = "RATE_MISMATCH"
    LATE = "LATE"
    POLARITY_INVERTED = "POLARITY_INVERTED"
    SUM_MISMATCH = "SUM_MISMATCH"
    DUPLICATE = "DUPLICATE"


class Place(msgspec.Struct, frozen=True):
    """From when to when in a file, in seconds; both are the same for a moment."""

    start_s: float
    end_s: float


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finding. `detail` says what was found and what to do about it, `places` the first places, if it has any."""

    code: Code
    severity: Severity
    detail: str
    places: tuple[Place, ...] = ()


class FileReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The verdict on one file. What could not be learnt is None; `picture` is there only if it was asked for.

    `music` and `fingerprint_sha256` are of whole songs: not of stems, and not of what is too short or silent. The hash
    names the print, the same for the same sound in whatever file it comes.
    """

    path: str
    verdict: Verdict
    sha256: str | None
    format: str | None
    sample_rate_hz: int | None
    channels: int | None
    frames: int | None
    findings: tuple[Finding, ...]
    music: Music | None = None
    fingerprint_sha256: str | None = None
    picture: Picture | None = None


def info(code: Code, detail: str, places: tuple[Place, ...] = ()) -> Finding:
    """A finding that only informs."""
    return Finding(code, Severity.INFO, detail, places)


def warn(code: Code, detail: str, places: tuple[Place, ...] = ()) -> Finding:
    """A finding that a person should look at."""
    return Finding(code, Severity.WARN, detail, places)


def reject(code: Code, detail: str, places: tuple[Place, ...] = ()) -> Finding:
    """A finding that makes the file unusable."""
    return Finding(code, Severity.REJECT, detail, places)


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """The gravest finding decides."""
    severities = {finding.severity for finding in findings}
    if Severity.REJECT in severities:
        return Verdict.REJECT
    return Verdict.WARN if Severity.WARN in severities else Verdict.ACCEPT
