"""Small real pictures, made by the encoder that the product brings, and one by hand."""

import struct
import subprocess
import zlib
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(width: int, height: int) -> bytes:
    """A black picture; a large one only says that it is large."""
    rows = bytes((width + 1) * height) if width * height < 1_000_000 else b""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")


PNG = png_of(2, 2)


def encoded(folder: Path, suffix: str) -> bytes:
    """A test card of 64 × 48 pixels."""
    path = folder / f"card.{suffix}"
    source = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=1:duration=2", "-frames:v", "1"]
    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-y", *source, str(path)], check=True)
    return path.read_bytes()


def pixels(folder: Path, picture: bytes) -> bytes:
    """What a decoder makes of it, whichever side is up."""
    path = folder / "shown"
    path.write_bytes(picture)
    command = [
        get_ffmpeg_exe(),
        "-v",
        "error",
        "-noautorotate",
        "-i",
        str(path),
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    ]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
