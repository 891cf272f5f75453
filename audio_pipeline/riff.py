"""A bounded reader of RIFF, RF64 and BW64 headers (EBU Tech 3285, EBU Tech 3306, ITU-R BS.2088).

It trusts nothing: every size is held against the bytes that are there, nothing is allocated from a header, and the
number of chunks and of table entries is capped. What a header claims and what is present are both kept, so that a judge
can say in which way a file lies.
"""

import os
import struct
from io import BufferedReader
from pathlib import Path
from typing import Final, Literal

import msgspec

from audio_pipeline.errors import ChunkTooLarge, UnreadableAudio

PCM: Final = 0x0001
FLOAT: Final = 0x0003
EXTENSIBLE: Final = 0xFFFE

UNKNOWN_32: Final = 0xFFFFFFFF
UNKNOWN_64: Final = 0xFFFFFFFFFFFFFFFF

# A real file has a dozen chunks; a hostile one of a few megabytes could hold a million empty ones.
MAX_CHUNKS: Final = 4096
MAX_SIZE_TABLE_ENTRIES: Final = 1024
MAX_FORMAT_BYTES: Final = 64
# Dense metadata, 100 blocks a second for each of 24 objects over ten minutes, stays below this.
MAX_TEXT_BYTES: Final = 512 * 1024 * 1024

Form = Literal["RIFF", "RF64", "BW64"]


class Chunk(msgspec.Struct, frozen=True):
    """One chunk. `offset` is where its content begins; sizes are in bytes, without header and pad byte."""

    id: str
    offset: int
    declared_bytes: int
    present_bytes: int


class FmtChunk(msgspec.Struct, frozen=True):
    """The format chunk. `format_tag` is already that of the sub-format where the file says WAVE_FORMAT_EXTENSIBLE."""

    format_tag: int
    channels: int
    sample_rate_hz: int
    block_align_bytes: int
    bits_per_sample: int
    valid_bits: int
    extensible: bool
    channel_mask: int


class RiffFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a RIFF, RF64 or BW64 file claims, beside what is there.

    `data` is the sound: its `declared_bytes` come from the data chunk or from `ds64`; where they were unknown (0 or all
    ones, with sound behind them) `data_repaired` is true and both sizes are what is present. `trailing_bytes` counts
    what stands behind the last chunk or behind the form's own end.
    """

    path: str
    form: Form
    file_bytes: int
    chunks: tuple[Chunk, ...]
    fmt: FmtChunk | None
    data: Chunk | None
    data_repaired: bool
    trailing_bytes: int
    time_reference_samples: int

    def chunk(self, chunk_id: str) -> Chunk | None:
        """The first chunk of that id, or None."""
        return next((chunk for chunk in self.chunks if chunk.id == chunk_id), None)

    @property
    def declared_frames(self) -> int:
        """Frames that the header promises; 0 without format or data chunk."""
        return self._frames(self.data.declared_bytes) if self.data else 0

    @property
    def present_frames(self) -> int:
        """Whole frames that can be read; 0 without format or data chunk."""
        return self._frames(self.data.present_bytes) if self.data else 0

    def _frames(self, size_bytes: int) -> int:
        align = self.fmt.block_align_bytes if self.fmt else 0
        return size_bytes // align if align else 0


def scan_riff(path: Path) -> RiffFile:
    """Read the chunk list, format, data extent and time reference of the file at `path`.

    Raises `UnreadableAudio` if the file does not begin as RIFF, RF64 or BW64 of type WAVE.
    """
    with path.open("rb") as file:
        return _scan(file, path)


def read_chunk(path: Path, chunk: Chunk, limit_bytes: int = MAX_TEXT_BYTES) -> bytes:
    """The content of `chunk`, as much of it as is present. Raises `ChunkTooLarge` above `limit_bytes`."""
    if chunk.present_bytes > limit_bytes:
        raise ChunkTooLarge(path, chunk.id, chunk.present_bytes, limit_bytes)
    with path.open("rb") as file:
        file.seek(chunk.offset)
        return file.read(chunk.present_bytes)


def read_axml(path: Path, riff: RiffFile) -> bytes | None:
    """The ADM document as bytes, or None where the file has none."""
    chunk = riff.chunk("axml")
    return None if chunk is None else read_chunk(path, chunk)


def read_chna(path: Path, riff: RiffFile) -> bytes | None:
    """The content of the `chna` chunk (ITU-R BS.2088, clause 8), or None where the file has none."""
    chunk = riff.chunk("chna")
    # 65,535 entries of 40 bytes behind a header of four is all that its own counters can express.
    return None if chunk is None else read_chunk(path, chunk, 4 + 40 * 65535 + 1)


def _scan(file: BufferedReader, path: Path) -> RiffFile:
    file_bytes = os.fstat(file.fileno()).st_size
    head = file.read(12)
    if len(head) < 12 or head[8:12] != b"WAVE":
        raise UnreadableAudio(path, "its first 12 bytes are not a RIFF header of type WAVE")
    form = _form(head[:4])
    if form is None:
        raise UnreadableAudio(path, "its first four bytes are none of RIFF, RF64 and BW64")

    sizes_64 = _read_ds64(file, file_bytes) if form != "RIFF" else {}
    riff_bytes = struct.unpack("<I", head[4:8])[0]
    if form != "RIFF" and riff_bytes == UNKNOWN_32:
        riff_bytes = sizes_64.get("RIFF", [UNKNOWN_32])[0]

    chunks: list[Chunk] = []
    data: Chunk | None = None
    repaired = False
    offset = 12
    while offset + 8 <= file_bytes and len(chunks) < MAX_CHUNKS:
        file.seek(offset)
        raw_id, declared = struct.unpack("<4sI", file.read(8))
        if not _plausible_id(raw_id):
            break
        chunk_id = raw_id.decode("ascii")
        present = file_bytes - offset - 8
        if form != "RIFF" and declared == UNKNOWN_32:
            declared = _next_size(sizes_64, chunk_id)
        if chunk_id == "data" and data is None and _unknown_size(file, offset + 8, declared, file_bytes):
            repaired, declared = True, present
        chunk = Chunk(chunk_id, offset + 8, declared, min(declared, present))
        chunks.append(chunk)
        if chunk_id == "data" and data is None:
            data = chunk
        offset = chunk.offset + chunk.declared_bytes + chunk.declared_bytes % 2

    last_end = min(offset, file_bytes)
    return RiffFile(
        path=os.fspath(path),
        form=form,
        file_bytes=file_bytes,
        chunks=tuple(chunks),
        fmt=_read_fmt(file, chunks),
        data=data,
        data_repaired=repaired,
        trailing_bytes=_trailing_bytes(file, data, repaired, riff_bytes, last_end, file_bytes),
        time_reference_samples=_read_time_reference(file, chunks),
    )


def _form(raw: bytes) -> Form | None:
    match raw:
        case b"RIFF":
            return "RIFF"
        case b"RF64":
            return "RF64"
        case b"BW64":
            return "BW64"
        case _:
            return None


def _plausible_id(raw: bytes) -> bool:
    """A chunk id is four printable ASCII characters; a second form at this level is another file, glued on."""
    return all(0x20 <= byte < 0x7F for byte in raw) and raw not in (b"RIFF", b"RF64", b"BW64", b"RIFX")


def _unknown_size(file: BufferedReader, start: int, declared: int, file_bytes: int) -> bool:
    """Whether a data size was left unknown by a recorder that streamed or crashed, with sound behind it.

    All ones is always unknown. Zero is unknown only when bytes follow that are not a chain of chunks: a data chunk of
    no frames with a tag behind it is legal, and empty.
    """
    if declared in (UNKNOWN_32, UNKNOWN_64):
        return True
    return declared == 0 and start < file_bytes and not _chunks_to_end(file, start, file_bytes)


def _chunks_to_end(file: BufferedReader, offset: int, file_bytes: int) -> bool:
    for _ in range(MAX_CHUNKS):
        if offset >= file_bytes:
            return True
        file.seek(offset)
        header = file.read(8)
        if len(header) < 8 or not _plausible_id(header[:4]):
            return False
        size = struct.unpack("<I", header[4:])[0]
        if offset + 8 + size > file_bytes:
            return False
        offset += 8 + size + size % 2
    return False


def _trailing_bytes(
    file: BufferedReader, data: Chunk | None, repaired: bool, riff_bytes: int, last_end: int, file_bytes: int
) -> int:
    if data is None or repaired:
        return 0
    data_end = data.offset + data.declared_bytes
    form_end = riff_bytes + 8
    # A form size that does not even reach the end of the sound says nothing about what comes after.
    end = min(last_end, form_end) if data_end <= form_end <= file_bytes else last_end
    if end == data_end and data.declared_bytes % 2 and end < file_bytes:
        file.seek(end)
        end += file.read(1) == b"\0"  # a pad byte that the writer did not count
    return max(0, file_bytes - end)


def _read_ds64(file: BufferedReader, file_bytes: int) -> dict[str, list[int]]:
    """64-bit sizes by chunk id; several entries of one id hold in file order (EBU Tech 3306, clause 3)."""
    file.seek(12)
    header = file.read(8)
    if len(header) < 8 or header[:4] != b"ds64":
        return {}
    size = min(struct.unpack("<I", header[4:])[0], file_bytes - 20, 28 + 12 * MAX_SIZE_TABLE_ENTRIES)
    content = file.read(max(size, 0))
    if len(content) < 16:
        return {}
    riff_bytes, data_bytes = struct.unpack_from("<QQ", content)
    sizes: dict[str, list[int]] = {"RIFF": [riff_bytes], "data": [data_bytes]}
    entries = struct.unpack_from("<I", content, 24)[0] if len(content) >= 28 else 0
    for index in range(min(entries, (len(content) - 28) // 12)):
        raw_id, size_64 = struct.unpack_from("<4sQ", content, 28 + 12 * index)
        sizes.setdefault(raw_id.decode("latin-1"), []).append(size_64)
    return sizes


def _next_size(sizes_64: dict[str, list[int]], chunk_id: str) -> int:
    queue = sizes_64.get(chunk_id)
    return queue.pop(0) if queue else UNKNOWN_32


def _read_fmt(file: BufferedReader, chunks: list[Chunk]) -> FmtChunk | None:
    chunk = next((chunk for chunk in chunks if chunk.id == "fmt "), None)
    if chunk is None or chunk.present_bytes < 16:
        return None
    file.seek(chunk.offset)
    content = file.read(min(chunk.present_bytes, MAX_FORMAT_BYTES))
    tag, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", content)
    valid_bits, mask = bits, 0
    extensible = tag == EXTENSIBLE and len(content) >= 40
    if extensible:
        valid_bits, mask, tag = struct.unpack_from("<HIH", content, 18)
        valid_bits = valid_bits if 0 < valid_bits <= bits else bits
    return FmtChunk(tag, channels, rate, align, bits, valid_bits, extensible, mask)


def _read_time_reference(file: BufferedReader, chunks: list[Chunk]) -> int:
    """TimeReference of the `bext` chunk: samples since midnight (EBU Tech 3285, clause 2.3); 0 without one."""
    chunk = next((chunk for chunk in chunks if chunk.id == "bext"), None)
    if chunk is None or chunk.present_bytes < 346:
        return 0
    file.seek(chunk.offset + 338)  # 256 description, 32 originator, 32 its reference, 10 date, 8 time
    reference: int = struct.unpack("<Q", file.read(8))[0]
    return reference
