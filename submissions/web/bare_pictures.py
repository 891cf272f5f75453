"""A picture as it looks, and nothing else that its file says: a photograph knows the street where it was taken.

Where and when, with which camera, by whom, a small copy from before the face was cut off, and whatever hangs on behind
the end of the picture: the page of a song would hand all of it to everybody. What decides how the picture looks stays:
its colours, its movement, and in a JPEG the side that is up. Nothing is decoded, and no file takes longer or more room
than its bytes. Pure functions over bytes.
"""

import re
import struct
from collections.abc import Callable, Iterator
from typing import Final

from submissions.errors import PictureWrong

# A browser keeps four bytes for each, however small the file is.
MOST_PIXELS: Final = 100_000_000

_PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = frozenset(
    {
        *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"bKGD"),
        *(b"pHYs", b"acTL", b"fcTL", b"fdAT"),
    }
)
_WEBP_KEPT: Final = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_WEBP_NOTES: Final = 0x08 | 0x04  # VP8X: "has Exif", "has XMP"
_GIF_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
# What ends the coded pixels. Bytes that fill up in front of it stay with the pixels: a run of them is looked at once.
_JPEG_NEXT: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ORIENTATION: Final = 0x0112


def bare_picture(kind: str, raw: bytes) -> bytes:
    """The picture `raw` of the media type `kind` (as `image_type` says), without notes. Raises `PictureWrong`."""
    try:
        bare, width, height = _KINDS[kind](raw)
    except (IndexError, struct.error):
        raise PictureWrong("the file ends too early or is damaged; save the picture again") from None
    if not 0 < width * height <= MOST_PIXELS:
        raise PictureWrong(f"it has {width:,} × {height:,} pixels; save it smaller")
    return bare


def _png(raw: bytes) -> tuple[bytes, int, int]:
    kept, at, size = bytearray(_PNG_HEAD), len(_PNG_HEAD), (0, 0)
    while True:
        length, name = struct.unpack_from(">I4s", raw, at)
        end = at + 12 + length
        if end > len(raw):
            raise IndexError(end)
        if name == b"IHDR":
            size = struct.unpack_from(">II", raw, at + 8)
        if name in _PNG_KEPT:
            kept += raw[at:end]
        if name == b"IEND":
            return bytes(kept), *size
        at = end


def _jpeg(raw: bytes) -> tuple[bytes, int, int]:
    kept, at, size = bytearray(raw[:2]), 2, (0, 0)
    while True:
        if raw[at] != 0xFF:
            raise IndexError(at)
        while raw[at + 1] == 0xFF:
            at += 1
        marker = raw[at + 1]
        if marker == 0xD9:
            return bytes(kept + b"\xff\xd9"), *size
        end = at + 2 if marker in _JPEG_BARE else at + 2 + struct.unpack_from(">H", raw, at + 2)[0]
        segment = raw[at:end]
        if len(segment) != end - at or end < at + 2:
            raise IndexError(end)
        if marker in _JPEG_FRAMES:
            size = struct.unpack_from(">HH", segment, 5)[::-1]
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0":
            kept += _side_up(segment[10:])
        elif marker == 0xE0 and segment[4:9] == b"JFIF\0":
            kept += _plain_jfif(segment)
        elif _stays(marker, segment):
            kept += segment
        at = end
        if marker == 0xDA:
            following = _JPEG_NEXT.search(raw, at)
            if following is None:
                raise IndexError(at)
            kept += raw[at : following.start()]
            at = following.start()


def _stays(marker: int, segment: bytes) -> bool:
    if marker == 0xFE:
        return False
    if not 0xE0 <= marker <= 0xEF:
        return True
    return (marker == 0xE2 and segment[4:16] == b"ICC_PROFILE\0") or (marker == 0xEE and segment[4:9] == b"Adobe")


def _plain_jfif(segment: bytes) -> bytes:
    """Version and density, without the small copy that may follow."""
    if len(segment) < 18:
        raise IndexError(len(segment))
    return b"\xff\xe0\x00\x10" + segment[4:16] + b"\0\0"


def _side_up(tiff: bytes) -> bytes:
    """The Exif segment that says which side is up, and that alone; nothing where the picture stands as it is."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return b""
    try:
        (at,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, at)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if tag == _ORIENTATION and 2 <= value <= 8:
                plain = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, value, 0, 0)
                return b"\xff\xe1" + struct.pack(">H", len(plain) + 8) + b"Exif\0\0" + plain
    except struct.error:  # notes that nobody can read are notes that nobody gets
        pass
    return b""


def _gif(raw: bytes) -> tuple[bytes, int, int]:
    width, height, packed = struct.unpack_from("<HHB", raw, 6)
    at = 13 + _colours(packed)
    kept = bytearray(raw[:at])
    while raw[at] != 0x3B:
        start, keeps = at, True
        if raw[at] == 0x2C:
            at += 10 + _colours(raw[at + 9]) + 1
        elif raw[at] == 0x21:
            label, application = raw[at + 1], raw[at + 3 : at + 14]
            keeps = label == 0xF9 or (label == 0xFF and application in _GIF_LOOPS)
            at += 2
        else:
            raise IndexError(at)
        while raw[at]:
            at += raw[at] + 1
        at += 1
        if keeps:
            kept += raw[start:at]
    return bytes(kept + b"\x3b"), width, height


def _colours(packed: int) -> int:
    """How many bytes the table of colours has."""
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0


def _webp(raw: bytes) -> tuple[bytes, int, int]:
    kept, size = bytearray(b"WEBP"), (0, 0)
    for name, body in _chunks(raw):
        if name == b"VP8X":
            low, high = struct.unpack_from("<IH", body, 4)
            size = ((low & 0xFFFFFF) + 1, (low >> 24 | high << 8) + 1)
            body = bytes((body[0] & ~_WEBP_NOTES,)) + body[1:]
        elif name == b"VP8 " and size == (0, 0):
            width, height = struct.unpack_from("<HH", body, 6)
            size = (width & 0x3FFF, height & 0x3FFF)
        elif name == b"VP8L" and size == (0, 0):
            (bits,) = struct.unpack_from("<I", body, 1)
            size = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        if name in _WEBP_KEPT:
            kept += name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
    return b"RIFF" + struct.pack("<I", len(kept)) + bytes(kept), *size


def _chunks(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    (length,) = struct.unpack_from("<I", raw, 4)
    at, stop = 12, min(8 + length, len(raw))
    while at < stop:
        name, size = struct.unpack_from("<4sI", raw, at)
        body = raw[at + 8 : at + 8 + size]
        if len(body) != size:
            raise IndexError(at)
        yield name, body
        at += 8 + size + size % 2


_KINDS: Final[dict[str, Callable[[bytes], tuple[bytes, int, int]]]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
}
