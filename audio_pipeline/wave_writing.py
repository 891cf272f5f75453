"""Writing WAV, RF64 (EBU Tech 3306) and BW64 (ITU-R BS.2088) files: streaming, atomic, the same bytes on every run.

`float32` is written as it comes: never clipped, no `PEAK` chunk (it carries a time of day).

`pcm24` is rounded half to even from x · 2²³ and clipped to ±full scale; every sample that rounds beyond ±2²³ is counted
as an *over* instead of wrapping (exactly +1.0 becomes the largest code and is no over). Before rounding, triangular
dither of ±1 LSB is added from one seeded table, so that rounding errors do not follow the music and a second run gives
the same bytes. Dither is decided per channel and segment of `SEGMENT_FRAMES` frames (counted from the file's start, so
that the sizes of the blocks do not matter): a segment whose samples all lie on the 24-bit grid, digital silence first
of all, is written untouched. Silence stays silence, a 24-bit stem at unity gain stays bit for bit what it was, and what
is dithered sits at −144 dBFS RMS: below any converter, and inside what two renderers differ by anyway.
"""

import os
import secrets
import struct
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from audio_pipeline.errors import AudioPipelineError
from audio_pipeline.packed_samples import Noise, packed_24_bit

Encoding = Literal["pcm24", "float32"]
Container = Literal["auto", "RF64", "BW64"]
Samples = npt.NDArray[np.float32] | npt.NDArray[np.float64]

SEGMENT_FRAMES: Final = 1024
RIFF_LIMIT_BYTES: Final = 0xFFFF_FFFF
DITHER_SEED: Final = 2088
# Microsoft's speaker masks, where its channel order is BS.2051's: front left and right, centre, LFE and
# sides. Stereo needs none.
CHANNEL_MASKS: Final = {"0+5+0": 0x60F}

_FULL_SCALE: Final = 2.0**23
_NEARLY_FULL_SCALE: Final = 1.0 - 2.0**-20  # below it neither rounding nor dither reaches the end of the scale
_ENCODED_FRAMES: Final = 4 * SEGMENT_FRAMES  # what is encoded at once stays in the processor's cache
_DITHER_TABLE_LENGTH: Final = 1 << 20
_DS64_BYTES: Final = 28  # riffSize, dataSize, sampleCount, an empty table
_PCM, _FLOAT, _EXTENSIBLE = 0x0001, 0x0003, 0xFFFE
_SUBFORMAT_TAIL: Final = bytes.fromhex("000000001000800000aa00389b71")


class Chunk(NamedTuple):
    """One RIFF chunk: four ASCII characters and its bytes."""

    chunk_id: str
    content: bytes


def comment_chunk(text: str) -> Chunk:
    """The `LIST` chunk in which players and editors look for a file's comment (`INFO`, `ICMT`)."""
    return Chunk("LIST", b"INFO" + _chunk("ICMT", text.encode() + b"\0"))


class NonFiniteSamples(AudioPipelineError):
    """A block holds NaN or infinity; a file with silent repairs is worse than none."""

    def __init__(self, path: Path, frame: int, channel: int) -> None:
        self.path, self.frame, self.channel = path, frame, channel
        super().__init__(
            f"{path} was not written: frame {frame} of channel {channel + 1} is not a finite number. "
            "Check the stems with `opencall inspect`."
        )


class OutputNotAFile(AudioPipelineError):
    """What is to be written would take the place of a folder, a device or the like."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"{os.fspath(path)!r} is there and is no ordinary file, so it is not replaced. Name another file."
        )


class WaveWriter:
    """A wave file that comes into being under its own name only when it is whole.

    Use it as a context manager: a clean exit completes the header, syncs and renames; an exception removes the
    temporary file. `auto` writes a plain WAV and turns it into RF64 when it outgrows `riff_limit_bytes` (the space for
    `ds64` is kept by a JUNK chunk); `RF64` and `BW64` are that from the first byte.

    `channel_mask` is Microsoft's speaker mask for files of more than two channels; 0 says that the order is told
    elsewhere. With `plain_format`, the classic 16-byte `fmt ` is written for any number of channels, as BS.2088 asks.
    """

    def __init__(
        self,
        path: Path,
        *,
        channels: int,
        sample_rate_hz: int,
        encoding: Encoding = "pcm24",
        container: Container = "auto",
        before_data: Sequence[Chunk] = (),
        after_data: Sequence[Chunk] = (),
        dither: bool = True,
        channel_mask: int = 0,
        plain_format: bool = False,
        riff_limit_bytes: int = RIFF_LIMIT_BYTES,
    ) -> None:
        self.path = path
        self.channels = channels
        self.sample_rate_hz = sample_rate_hz
        self.encoding: Encoding = encoding
        self.frames = 0
        self.overs = 0
        self.sample_peak = 0.0
        self._container = container
        self._after_data = tuple(after_data)
        self._riff_limit_bytes = riff_limit_bytes
        self._bytes_per_sample = 3 if encoding == "pcm24" else 4
        self._pending: Samples = np.zeros((0, channels), np.float32)
        self._dither = _Dither(channels) if dither and encoding == "pcm24" else None

        if path.exists() and not path.is_file():
            raise OutputNotAFile(path)
        # A name of its own length: the final one may be as long as names can be.
        self._temporary = path.with_name(f".{secrets.token_hex(8)}.part")
        extensible = channels > 2 and not plain_format
        header = [_chunk("fmt ", _format(channels, sample_rate_hz, encoding, channel_mask if extensible else None))]
        if encoding == "float32":
            header.append(_chunk("fact", bytes(4)))
        header += [_chunk(chunk.chunk_id, chunk.content) for chunk in before_data]
        self._header = b"".join(header)
        self._fact_at = 12 + 8 + _DS64_BYTES + len(header[0]) + 8 if encoding == "float32" else None
        self._data_size_at = 12 + 8 + _DS64_BYTES + len(self._header) + 4
        self._file = self._temporary.open("xb")
        try:
            self._file.write(b"RIFF" + bytes(4) + b"WAVE" + _chunk("JUNK", bytes(_DS64_BYTES)) + self._header)
            self._file.write(b"data" + bytes(4))
        except BaseException:
            self.abandon()
            raise

    def write(self, block: Samples) -> None:
        """Append `block`, float, shape (frames, channels), full scale ±1."""
        if block.ndim != 2 or block.shape[1] != self.channels:
            raise ValueError(f"a block of shape {block.shape} does not fit {self.channels} channels")
        if not len(block):
            return
        peak = float(max(block.max(), -block.min()))
        if not np.isfinite(peak):
            frame, channel = (int(i) for i in np.argwhere(~np.isfinite(block))[0])
            raise NonFiniteSamples(self.path, self.frames + frame, channel)

        self.sample_peak = max(self.sample_peak, peak)
        self.frames += len(block)
        if self._dither is None:
            self._file.write(self._encoded(block))
            return
        if len(self._pending):
            block = np.concatenate((self._pending, block), dtype=np.result_type(self._pending, block))
        whole = len(block) - len(block) % SEGMENT_FRAMES
        self._pending = block[whole:].copy()
        for start in range(0, whole, _ENCODED_FRAMES):
            self._file.write(self._encoded(block[start : min(start + _ENCODED_FRAMES, whole)]))

    def close(self) -> None:
        """Complete the header, write what follows the data, sync, and give the file its name."""
        if self._file.closed:
            return
        try:
            if len(self._pending):
                self._file.write(self._encoded(self._pending))
            self._complete()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.replace(self.path)
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _encoded(self, block: Samples) -> bytes | memoryview:
        if self.encoding == "float32":
            return block.astype("<f4").tobytes()
        if self.sample_peak > _NEARLY_FULL_SCALE:
            scaled = block * block.dtype.type(_FULL_SCALE)
            self.overs += int(np.count_nonzero(np.abs(np.rint(scaled)) > _FULL_SCALE))
        return packed_24_bit(block, *([] if self._dither is None else [self._dither.next(len(block))])).data

    def _complete(self) -> None:
        data_bytes = self.frames * self.channels * self._bytes_per_sample
        if data_bytes % 2:
            self._file.write(b"\0")
        for chunk in self._after_data:
            self._file.write(_chunk(chunk.chunk_id, chunk.content))
        riff_bytes = self._file.tell() - 8
        is_64_bit = self._container != "auto" or riff_bytes > self._riff_limit_bytes
        if is_64_bit:
            form = b"BW64" if self._container == "BW64" else b"RF64"
            sample_count = 0 if form == b"BW64" else self.frames  # BS.2088 leaves the field as a dummy
            sizes = struct.pack("<QQQI", riff_bytes, data_bytes, sample_count, 0)
            self._patch(0, form + struct.pack("<I", RIFF_LIMIT_BYTES) + b"WAVE" + _chunk("ds64", sizes))
        else:
            self._patch(4, struct.pack("<I", riff_bytes))
        self._patch(self._data_size_at, struct.pack("<I", RIFF_LIMIT_BYTES if is_64_bit else data_bytes))
        if self._fact_at is not None:
            self._patch(self._fact_at, struct.pack("<I", min(self.frames, RIFF_LIMIT_BYTES)))

    def _patch(self, offset: int, content: bytes) -> None:
        self._file.seek(offset)
        self._file.write(content)


class _Dither:
    """Triangular noise of ±1 LSB: each segment takes a seeded place in one seeded table."""

    def __init__(self, channels: int) -> None:
        self._places = np.random.default_rng(DITHER_SEED)
        self._segment_samples = SEGMENT_FRAMES * channels
        length = max(_DITHER_TABLE_LENGTH, 2 * self._segment_samples)
        table = np.random.default_rng(DITHER_SEED + 1).random((2, length), dtype=np.float32)
        self._table: npt.NDArray[np.float32] = table[0] - table[1]

    def next(self, frames: int) -> Noise:
        """For the next `frames`: whole segments but for the file's last."""
        choices = len(self._table) - self._segment_samples + 1
        places = [int(self._places.integers(choices)) for _ in range(0, frames, SEGMENT_FRAMES)]
        return Noise(self._table, places, SEGMENT_FRAMES)


def _chunk(chunk_id: str, content: bytes) -> bytes:
    return chunk_id.encode("ascii") + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _format(channels: int, sample_rate_hz: int, encoding: Encoding, channel_mask: int | None) -> bytes:
    """The content of `fmt `; WAVE_FORMAT_EXTENSIBLE where a mask is given."""
    tag, width = (_PCM, 3) if encoding == "pcm24" else (_FLOAT, 4)
    frame_bytes = channels * width
    shown = tag if channel_mask is None else _EXTENSIBLE
    content = struct.pack(
        "<HHIIHH", shown, channels, sample_rate_hz, sample_rate_hz * frame_bytes, frame_bytes, width * 8
    )
    if channel_mask is not None:
        return content + struct.pack("<HHIH", 22, width * 8, channel_mask, tag) + _SUBFORMAT_TAIL
    return content + (struct.pack("<H", 0) if tag == _FLOAT else b"")
