"""Long lists in parts: which rows a page shows, and the addresses of its other parts. Pure."""

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list of `total` rows, `size` at a time; parts count from 1, rows from 0."""

    part: int
    parts: int
    size: int
    total: int
    path: str
    query: Mapping[str, str]

    @property
    def start(self) -> int:
        """The first row."""
        return (self.part - 1) * self.size

    @property
    def stop(self) -> int:
        """One behind the last row."""
        return min(self.start + self.size, self.total)

    def url(self, part: int) -> str:
        """The address of a part, asked for in the same way."""
        query = {**self.query, **({"part": str(part)} if part > 1 else {})}
        return f"{self.path}?{urlencode(query)}" if query else self.path


def slice_of(total: int, size: int, part: int, path: str, **query: object) -> Slice:
    """The part of a list that is closest to what was asked for; what is empty of `query` stands in no address."""
    parts = max(1, -(-total // size))
    return Slice(
        part=min(max(1, part), parts),
        parts=parts,
        size=size,
        total=total,
        path=path,
        query={key: str(value) for key, value in query.items() if value not in (None, "")},
    )


def part_with(place: int, size: int) -> int:
    """The part in which the row at `place` stands."""
    return max(0, place) // size + 1
