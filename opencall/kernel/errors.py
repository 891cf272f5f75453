"""The one shape of a refusal.

Every refusal that a person can cause is a class of its own, built from the facts of the case; its sentence says what
is wrong and what to do next. Only the edges (command line, web) turn `kind` into an exit code or an HTTP status.
"""

from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What sort of refusal it is; the edges map it to an exit code or a status."""

    BAD_INPUT = "bad_input"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    CONFLICT = "conflict"


class OpencallError(Exception):
    """Base of all refusals. A subclass passes its whole sentence to `super().__init__` and keeps its facts."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT

    @property
    def code(self) -> str:
        """Stable name for machines: the class's own."""
        return type(self).__name__
