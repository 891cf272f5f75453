"""Which container a file is, by its first bytes alone: a name is a claim, not evidence."""

import os
import stat
import struct
from pathlib import Path
from typing import Final, Literal

from audio_pipeline.errors import NoSuchFile, NotARegularFile, UnreadableAudio

Container = Literal["wav", "rf64", "bw64", "rifx", "w64", "aiff", "caf", "au", "flac", "ogg", "mp3", "mp4", "adts"]

# What a name may end in for each container. A container that is not what the name says is worth a word.
EXTENSIONS: Final[dict[Container, frozenset[str]]] = {
    "wav": frozenset({"wav", "wave", "bwf"}),
    "rf64": frozenset({"wav", "wave", "bwf", "rf64"}),
    "bw64": frozenset({"wav", "wave", "bwf", "bw64", "adm"}),
    "rifx": frozenset({"wav", "wave"}),
    "w64": frozenset({"w64"}),
    "aiff": frozenset({"aif", "aiff", "aifc"}),
    "caf": frozenset({"caf"}),
    "au": frozenset({"au", "snd"}),
    "flac": frozenset({"flac"}),
    "ogg": frozenset({"ogg", "oga", "opus", "spx"}),
    "mp3": frozenset({"mp3", "mp2", "mpga"}),
    "mp4": frozenset({"m4a", "mp4", "m4b", "mov", "alac", "aac"}),
    "adts": frozenset({"aac"}),
}

# Where a magic number stands, what it is, and what it says.
_ARCHIVES: Final = (
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"PK\x05\x06", "a ZIP archive with nothing in it"),
    (0, b"PK\x07\x08", "a part of a ZIP archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"\x1f\x8b", "a GZIP archive"),
    (0, b"BZh", "a BZIP2 archive"),
    (0, b"\xfd7zXZ\x00", "an XZ archive"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (257, b"ustar", "a TAR archive"),
)
_OTHERS: Final = (
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file, which is not opened"),
    (0, b"\x1a\x45\xdf\xa3", "a Matroska or WebM file, which is not opened"),
    (0, b"#EXTM3U", "a playlist: it names sounds and holds none"),
    (0, b"[playlist]", "a playlist: it names sounds and holds none"),
    (0, b"MThd", "a MIDI file: it holds notes and no sound"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x89PNG", "a picture"),
    (0, b"\xff\xd8\xff", "a picture"),
    (0, b"GIF8", "a picture"),
)

# Two frames of the longest that MPEG audio knows (ADTS, 13 bits of length).
HEAD_BYTES: Final = 2 * 8192
MP3_BITRATES_KBPS: Final = {
    # MPEG-1 layers I, II, III and MPEG-2 layers I, II/III (ISO/IEC 11172-3, 13818-3); index 0 is "free", 15 forbidden
    (1, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def require_regular_file(path: Path) -> os.stat_result:
    """Raise `NoSuchFile` or `NotARegularFile` unless `path` is an ordinary file; opening a FIFO would wait for ever."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError) as missing:
        raise NoSuchFile(path) from missing
    except OSError as failure:
        raise UnreadableAudio(path, failure.strerror or "the system refuses it") from failure
    if not stat.S_ISREG(found.st_mode):
        raise NotARegularFile(path)
    return found


def sniff(path: Path) -> Container | None:
    """The container of the ordinary file at `path`, or None where its first bytes belong to none that we know."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            if head[:3] != b"ID3" or len(head) < 10:
                return _by_magic(head) or _by_frames(head)
            # The tag may hold pictures and reach 256 MiB by its own size field: we seek past it, never read it.
            tag_bytes = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
            file.seek(tag_bytes + (10 if head[5] & 0x10 else 0))
            behind = file.read(HEAD_BYTES)
            return "flac" if behind[:4] == b"fLaC" else _by_frames(behind)
    except OSError as failure:
        raise UnreadableAudio(path, failure.strerror or "the system refuses it") from failure


def look_at(path: Path) -> tuple[str, str]:
    """What a file is that `sniff` does not know, and what to do about it, as two sentences."""
    with path.open("rb") as file:
        head = file.read(512)
    for offset, magic, kind in _ARCHIVES:
        if head[offset : offset + len(magic)] == magic:
            return f"It is {kind}, and archives are not opened.", "Unpack it, and upload the sound files in it."
    for offset, magic, kind in _OTHERS:
        if head[offset : offset + len(magic)] == magic:
            return f"It is {kind}.", "Export the track as WAV or FLAC."
    return "By its first bytes it is no sound.", "Export the track as WAV or FLAC."


def _by_magic(head: bytes) -> Container | None:
    kind = head[8:12]
    match head[:4]:
        case b"RIFF" if kind in (b"WAVE", b""):
            return "wav"
        case b"RF64" if kind in (b"WAVE", b""):
            return "rf64"
        case b"BW64" if kind in (b"WAVE", b""):
            return "bw64"
        case b"RIFX" if kind == b"WAVE":
            return "rifx"
        case b"FORM" if kind in (b"AIFF", b"AIFC"):
            return "aiff"
        case b"fLaC":
            return "flac"
        case b"OggS":
            return "ogg"
        case b"caff":
            return "caf"
        case b".snd":
            return "au"
    if head[:16] == b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00":
        return "w64"
    return "mp4" if head[4:8] == b"ftyp" else None


def _by_frames(head: bytes) -> Container | None:
    """MPEG audio has no magic number, only a sync word: two frames in a row must agree before we believe it."""
    if len(head) < 8 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        length = (head[3] & 0x03) << 11 | head[4] << 3 | head[5] >> 5
        return "adts" if length > 7 and _same_sync(head, length, 0xF6) else None
    length = _mpeg_frame_bytes(head)
    return "mp3" if length and _same_sync(head, length, 0xFE) else None


def _same_sync(head: bytes, length: int, mask: int) -> bool:
    return len(head) >= length + 2 and head[length] == 0xFF and head[length + 1] & mask == head[1] & mask


def _mpeg_frame_bytes(head: bytes) -> int:
    if len(head) < 4 or struct.unpack(">H", head[:2])[0] & 0xFFE0 != 0xFFE0:
        return 0
    version_bits, layer_bits = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate_index, bitrate_index, padding = head[2] >> 2 & 3, head[2] >> 4, head[2] >> 1 & 1
    if version_bits == 1 or layer_bits == 0 or rate_index == 3 or bitrate_index in (0, 15):
        return 0
    layer, version = 4 - layer_bits, 1 if version_bits == 3 else 2
    rate_hz = (44100, 48000, 32000)[rate_index] >> {3: 0, 2: 1, 0: 2}[version_bits]
    bits_per_s = 1000 * MP3_BITRATES_KBPS[version, layer][bitrate_index]
    if layer == 1:
        return (12 * bits_per_s // rate_hz + padding) * 4
    samples = 576 if layer == 3 and version == 2 else 1152
    return samples // 8 * bits_per_s // rate_hz + padding
