"""A bounded reader of the header of a Core Audio Format file, for those with plain samples (CAF 1.0).

libsndfile refuses some of them that are well formed, and ffmpeg leaves out the end of the last packet.
"""

import math
import os
import struct
from pathlib import Path
from typing import Final

import msgspec

MAX_CHUNKS: Final = 4096
IS_FLOAT: Final = 1
IS_LITTLE_ENDIAN: Final = 2

_SUBTYPES: Final = {
    (False, 16): "PCM_16",
    (False, 24): "PCM_24",
    (False, 32): "PCM_32",
    (True, 32): "FLOAT",
    (True, 64): "DOUBLE",
}


class CafSound(msgspec.Struct, frozen=True, kw_only=True):
    """Plain samples in a CAF file: `offset` is where they begin, its size is what is present, in bytes."""

    sample_rate_hz: int
    channels: int
    subtype: str
    big_endian: bool
    frame_bytes: int
    offset: int
    present_bytes: int


def scan_caf(path: Path) -> CafSound | None:
    """The plain samples of the file at `path`, or None where they are coded, uncommon, or not to be found."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        offset, description = 8, None
        for _ in range(MAX_CHUNKS):
            if offset + 12 > size:
                return None
            file.seek(offset)
            header = file.read(12)
            name, length = struct.unpack(">4sq", header)
            offset += 12
            if name == b"desc" and length >= 32:
                raw = file.read(32)
                description = struct.unpack(">d4sIIIII", raw) if len(raw) == 32 else None
            if name == b"data":
                # The first four bytes count edits; −1 for the size means to the end of the file.
                present = max(size - offset, 0)
                declared = present if length == -1 else length
                return _sound(description, offset + 4, declared - 4, min(declared, present) - 4)
            if length < 0:
                return None
            offset += length
    return None


def _sound(
    description: tuple[float, bytes, int, int, int, int, int] | None, offset: int, declared: int, present: int
) -> CafSound | None:
    if description is None or declared < 0:
        return None
    rate_hz, kind, flags, packet_bytes, packet_frames, channels, bits = description
    subtype = _SUBTYPES.get((bool(flags & IS_FLOAT), bits))
    plain = kind == b"lpcm" and packet_frames == 1 and subtype is not None and packet_bytes == channels * bits // 8
    if not plain or subtype is None or channels < 1 or not math.isfinite(rate_hz) or not 0 < rate_hz < 2**31:
        return None
    return CafSound(
        sample_rate_hz=round(rate_hz),
        channels=channels,
        subtype=subtype,
        big_endian=not flags & IS_LITTLE_ENDIAN,
        frame_bytes=packet_bytes,
        offset=offset,
        present_bytes=max(present, 0),
    )
