"""The `chna` chunk: which track of the file carries which track UID (ITU-R BS.2088-1, clause 8).

A header of two 16-bit counters (tracks used, UIDs) and entries of 40 bytes: track index from 1, UID of 12 characters,
track format (or channel format) reference of 14, pack format reference of 11, one pad byte.
"""

import struct
from collections.abc import Sequence
from typing import Final

import msgspec

_HEADER: Final = struct.Struct("<HH")
_ENTRY: Final = struct.Struct("<H12s14s11sx")


class ChnaEntry(msgspec.Struct, frozen=True):
    """One row. References are "" where the row leaves them out."""

    track_index: int
    uid: str
    track_reference: str
    pack_reference: str


class Chna(msgspec.Struct, frozen=True):
    """The chunk as it stands. `declared_*` are its counters, `malformed` says what does not fit its own form."""

    entries: tuple[ChnaEntry, ...]
    declared_tracks: int
    declared_uids: int
    malformed: str = ""


def encode_chna(entries: Sequence[ChnaEntry]) -> bytes:
    """The chunk's content for `entries`."""
    tracks = len({entry.track_index for entry in entries})
    rows = (
        _ENTRY.pack(
            entry.track_index,
            entry.uid.encode("ascii"),
            entry.track_reference.encode("ascii"),
            entry.pack_reference.encode("ascii"),
        )
        for entry in entries
    )
    return _HEADER.pack(tracks, len(entries)) + b"".join(rows)


def parse_chna(content: bytes) -> Chna:
    """Read the chunk, faults and all; rows of track 0 are unused space and left out."""
    if len(content) < _HEADER.size:
        return Chna((), 0, 0, "it is shorter than its own header of 4 bytes")
    tracks, uids = _HEADER.unpack_from(content)
    body = content[_HEADER.size :]
    malformed = "" if len(body) % _ENTRY.size == 0 else f"{len(body)} bytes are no whole number of 40-byte rows"
    entries = []
    for offset in range(0, len(body) - _ENTRY.size + 1, _ENTRY.size):
        index, *texts = _ENTRY.unpack_from(body, offset)
        if index == 0:
            continue
        entries.append(ChnaEntry(index, *(_text(raw) for raw in texts)))
    return Chna(tuple(entries), tracks, uids, malformed)


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("ascii", "replace").strip()
