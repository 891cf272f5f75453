"""Identifiers as a collaborator: random in use, countable in tests."""

import uuid
from typing import Protocol


class Ids(Protocol):
    """Makes identifiers that nobody has had before: 32 lower-case hexadecimal digits."""

    def new(self) -> str: ...


class RandomIds:
    """Version 4 UUIDs without hyphens."""

    def new(self) -> str:
        return uuid.uuid4().hex


class CountingIds:
    """00…01, 00…02, …: the same run gives the same identifiers."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> str:
        self._last += 1
        return f"{self._last:032x}"
