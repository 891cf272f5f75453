"""How much of what its header promises a file really holds, for the containers that libsndfile and ffmpeg open.

Both read a file that was cut short as if it had been made so. WAV, RF64 and BW64 have a reader of their own (`riff`);
FLAC and MP3 count frames, which whoever decodes compares. Everything is bounded: nothing is allocated from a header,
and a walk ends after `MAX_CHUNKS`.
"""

import os
import struct
from io import BufferedReader
from pathlib import Path
from typing import Final

from audio_pipeline.containers import Container

MAX_CHUNKS: Final = 4096
OPEN_ENDED: Final = frozenset({0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF})
# A page of Ogg has at most 255 segments of 255 bytes behind 27 bytes and the table of segments (RFC 3533, section 6).
OGG_PAGE_BYTES: Final = 27 + 255 + 255 * 255
_MP4_BOXES: Final = frozenset(
    {b"ftyp", b"mdat", b"moov", b"moof", b"free", b"skip", b"wide", b"udta", b"uuid", b"meta"}
)
W64_DATA: Final = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"


def missing_bytes(path: Path, container: Container) -> int:
    """How many bytes behind the end of the file its own header counts as part of it; 0 where nothing is missing."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        match container:
            case "aiff":
                return max(_aiff_end(file, size) - size, 0)
            case "caf":
                return max(_caf_end(file, size) - size, 0)
            case "w64":
                return max(_w64_end(file, size) - size, 0)
            case "au":
                return max(_au_end(file, size) - size, 0)
            case "mp4":
                return max(_mp4_end(file, size) - size, 0)
            case "ogg":
                return max(_ogg_end(file, size) - size, 0)
            case _:
                return 0


def _aiff_end(file: BufferedReader, size: int) -> int:
    """The end of the form, or of its sound where that lies behind it (AIFF 1.3; all numbers big-endian)."""
    form_end = 8 + _number(file, 4, ">I")
    offset, sound_end = 12, 0
    for _ in range(MAX_CHUNKS):
        if offset + 8 > size:
            break
        file.seek(offset)
        name, length = struct.unpack(">4sI", file.read(8))
        if name == b"SSND":
            sound_end = offset + 8 + length
        offset += 8 + length + length % 2
    # A recorder that streams leaves both open.
    return max(form_end if form_end - 8 not in OPEN_ENDED else 0, sound_end if sound_end < 0xFFFFFFFF else 0)


def _caf_end(file: BufferedReader, size: int) -> int:
    """The end of the data chunk; −1 for its size means to the end of the file (CAF 1.0, "Audio Data Chunk")."""
    offset = 8
    for _ in range(MAX_CHUNKS):
        if offset + 12 > size:
            break
        file.seek(offset)
        name, length = struct.unpack(">4sq", file.read(12))
        if length < 0:
            break
        if name == b"data":
            return int(offset + 12 + length)
        offset += 12 + length
    return 0


def _w64_end(file: BufferedReader, size: int) -> int:
    """The end of the data chunk; sizes are of 64 bits, count their own header of 24 bytes and are aligned to 8."""
    offset = 40
    for _ in range(MAX_CHUNKS):
        if offset + 24 > size:
            break
        file.seek(offset)
        name, length = struct.unpack("<16sQ", file.read(24))
        if length < 24 or length in OPEN_ENDED:
            break
        if name == W64_DATA:
            return int(offset + length)
        offset += length + -length % 8
    return 0


def _au_end(file: BufferedReader, size: int) -> int:
    if size < 12:
        return 0
    begin, length = _number(file, 4, ">I"), _number(file, 8, ">I")
    return 0 if length in OPEN_ENDED else begin + length


def _mp4_end(file: BufferedReader, size: int) -> int:
    """The end of the last box of the file itself (ISO/IEC 14496-12, clause 4.2)."""
    offset = 0
    for _ in range(MAX_CHUNKS):
        if offset + 8 > size:
            break
        file.seek(offset)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1 and offset + 16 <= size:
            length = struct.unpack(">Q", file.read(8))[0]
        if length < 8:  # 0: to the end of the file
            return size
        if offset + length > size and kind not in _MP4_BOXES:  # a tag or a line that hangs on behind
            return offset
        offset += length
    return offset


def _ogg_end(file: BufferedReader, size: int) -> int:
    """Where the last page that begins in the file ends by its own table of segments (RFC 3533, section 6)."""
    begin = max(0, size - OGG_PAGE_BYTES)
    file.seek(begin)
    tail = file.read(OGG_PAGE_BYTES)
    at = tail.rfind(b"OggS\0")
    if at < 0:
        return 0
    if at + 27 > len(tail):
        return size + 1
    segments = tail[at + 26]
    table = tail[at + 27 : at + 27 + segments]
    if len(table) < segments:
        return size + 1
    return begin + at + 27 + segments + sum(table)


def _number(file: BufferedReader, offset: int, form: str) -> int:
    file.seek(offset)
    raw = file.read(struct.calcsize(form))
    if len(raw) < struct.calcsize(form):
        return 0
    value: int = struct.unpack(form, raw)[0]
    return value
