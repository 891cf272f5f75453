"""The file of a picture says nothing but how it looks."""

import struct
import tracemalloc

import pytest

from submissions.errors import PictureWrong
from submissions.web.bare_pictures import bare_picture
from submissions.web.images import HEAD_BYTES, image_type
from tests.some_pictures import PNG, encoded, pixels, png_chunk, png_of

SECRET = b"52.5200 N, 13.4050 E, Ada's house"


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes((marker,)) + struct.pack(">H", len(body) + 2) + body


def exif(order: str, side: int) -> bytes:
    entry = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, side, 0)
    place = struct.pack(f"{order}HHII", 0x8825, 2, len(SECRET), 38)
    head = {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}HI", 42, 8) + struct.pack(f"{order}H", 2)
    return b"Exif\0\0" + head + entry + place + bytes(4) + SECRET


def webp_chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def with_notes(kind: str, raw: bytes) -> bytes:
    """`raw` with the secret in every place that the format has for one, and behind its end."""
    match kind:
        case "jpg":
            notes = segment(0xE1, exif("<", 6)) + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)
            notes += segment(0xED, b"Photoshop 3.0\0" + SECRET) + segment(0xFE, SECRET)
            notes += segment(0xE2, b"MPF\0" + SECRET) + segment(0xE0, b"JFXX\0" + SECRET)
            notes += segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\1\x0b" + SECRET)
            noted = raw[:2] + notes + raw[2:]
        case "png":
            notes = png_chunk(b"eXIf", exif(">", 6)[6:]) + png_chunk(b"tEXt", b"Comment\0" + SECRET)
            notes += png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET) + png_chunk(b"tIME", SECRET[:7])
            noted = raw[:33] + notes + raw[33:]
        case "gif":
            at = 13 + (3 << (raw[10] & 7) + 1)
            noted = raw[:at] + b"\x21\xfe" + bytes((len(SECRET),)) + SECRET + b"\0"
            noted += b"\x21\xff\x0bXMP DataXMP" + bytes((len(SECRET),)) + SECRET + b"\0" + raw[at:]
        case "webp":
            extended = webp_chunk(b"VP8X", bytes((0x0C, 0, 0, 0)) + (63).to_bytes(3, "little") + b"\x2f\0\0")
            inside = b"WEBP" + extended + raw[12:] + webp_chunk(b"EXIF", exif("<", 6)) + webp_chunk(b"XMP ", SECRET)
            noted = b"RIFF" + struct.pack("<I", len(inside)) + inside
    return noted + b"<script>" + SECRET


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "webp"])
def test_a_picture_keeps_its_pixels_and_loses_its_notes(tmp_path, suffix):
    raw = encoded(tmp_path, suffix)
    noted = with_notes(suffix, raw)
    kind = image_type(noted[:HEAD_BYTES])
    bare = bare_picture(kind, noted)
    assert noted.count(SECRET) > 1
    assert (SECRET in bare, b"Ada" in bare, b"<script>" in bare) == (False, False, False)
    assert pixels(tmp_path, bare) == pixels(tmp_path, raw)
    assert bare_picture(kind, bare) == bare


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("side", [1, 6, 9])
def test_a_photograph_stays_the_right_way_up(tmp_path, order, side):
    raw = encoded(tmp_path, "jpg")
    bare = bare_picture("image/jpeg", raw[:2] + segment(0xE1, exif(order, side)) + raw[2:])
    up = b"" if side != 6 else b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    assert bare == bare_picture("image/jpeg", raw[:2] + (segment(0xE1, up) if up else b"") + raw[2:])
    assert (b"Exif" in bare, up in bare) == (side == 6, True)


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "webp"])
def test_a_picture_that_ends_anywhere_is_refused(tmp_path, suffix):
    raw = encoded(tmp_path, suffix)
    kind = image_type(raw[:HEAD_BYTES])
    for length in range(HEAD_BYTES, len(raw) - 1, 7):
        with pytest.raises(PictureWrong):
            bare_picture(kind, raw[:length])


def test_a_small_file_that_unfolds_to_a_huge_picture_is_refused():
    assert bare_picture("image/png", PNG) == PNG
    with pytest.raises(PictureWrong, match="pixels"):
        bare_picture("image/png", png_of(60_000, 60_000))
    with pytest.raises(PictureWrong, match="pixels"):
        bare_picture("image/png", png_of(0, 2))


@pytest.mark.parametrize(
    "filling",
    [
        b"\xff\xda\x00\x02" + b"\xff" * 9_000_000 + b"\0",
        b"\xff\x01" * 4_500_000,
        b"\xff" * 9_000_000 + b"\0",
    ],
    ids=["pixels that never end", "markers without an end", "bytes that fill up"],
)
def test_a_file_that_is_made_to_hold_us_up_is_refused_at_once(filling):
    """Nothing here is timed: what grew with the square of the file took more than the life of a test."""
    tracemalloc.start()
    with pytest.raises(PictureWrong):
        bare_picture("image/jpeg", b"\xff\xd8" + filling)
    assert tracemalloc.get_traced_memory()[1] < 60_000_000
    tracemalloc.stop()
