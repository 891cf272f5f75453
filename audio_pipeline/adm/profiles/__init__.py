"""Profiles that an ADM file can be held against: one file a profile, one line here to register it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from audio_pipeline.adm.findings import Finding
from audio_pipeline.adm.profiles import adm, atmos_master, reality_360
from audio_pipeline.adm.profiles.subject import Subject, read_subject

Profile = Callable[[Subject], Iterator[Finding]]

PROFILES: Final[dict[str, Profile]] = {
    "adm": adm.findings,
    "360": reality_360.findings,
    "atmos": atmos_master.findings,
}


class Verdict(msgspec.Struct, frozen=True):
    """What a check says of one file: it is `ok` when nothing rejects it."""

    path: str
    profile: str
    ok: bool
    findings: tuple[Finding, ...]


def check_adm(path: Path, profile: str) -> Verdict:
    """Hold the file at `path` against one of `PROFILES`. A file that cannot be read is a verdict too, no error."""
    findings = tuple(PROFILES[profile](read_subject(path)))
    return Verdict(str(path), profile, all(finding.severity != "reject" for finding in findings), findings)
