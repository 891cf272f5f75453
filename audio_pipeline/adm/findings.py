"""What a check found: a stable code, how grave it is, where, and a sentence."""

from typing import Literal

import msgspec

Severity = Literal["info", "warn", "reject"]


class Finding(msgspec.Struct, frozen=True):
    """One observation. `where` is an element's ID, a chunk's name or "" for the file as a whole."""

    code: str
    severity: Severity
    where: str
    detail: str


def rejected(code: str, where: str, detail: str) -> Finding:
    """A finding that makes a file unfit for its profile."""
    return Finding(code, "reject", where, detail)
