"""Uncompressed samples, block by block, from the extent that our own scan of a header found."""

import os
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.errors import UnreadableAudio
from audio_pipeline.packed_samples import unpacked_24_bit
from audio_pipeline.riff import FLOAT, PCM, FmtChunk

F = TypeVar("F", np.float32, np.float64)

_SUBTYPES: Final = {
    (PCM, 8): "PCM_U8",
    (PCM, 16): "PCM_16",
    (PCM, 24): "PCM_24",
    (PCM, 32): "PCM_32",
    (FLOAT, 32): "FLOAT",
    (FLOAT, 64): "DOUBLE",
}


def plain_subtype(fmt: FmtChunk) -> str | None:
    """libsndfile's name for the samples of `fmt`, or None where they are coded or of an uncommon width."""
    return _SUBTYPES.get((fmt.format_tag, 8 * -(-fmt.bits_per_sample // 8)))


class PlainSamples(msgspec.Struct, frozen=True, kw_only=True):
    """Where plain samples lie in a file, and how: `subtype` is libsndfile's name, `frame_bytes` a sample a channel."""

    sample_rate_hz: int
    channels: int
    frames: int
    subtype: str
    offset: int
    frame_bytes: int
    big_endian: bool = False


class PlainSource:
    """The samples of one extent of a file. Integers are divided by their full scale, as libsndfile does."""

    def __init__(self, path: Path, samples: PlainSamples) -> None:
        self.sample_rate_hz = samples.sample_rate_hz
        self.channels = samples.channels
        self.frames = samples.frames
        self.subtype = samples.subtype
        self._align = samples.frame_bytes
        self._begin = samples.offset
        self._big_endian = samples.big_endian
        self._at = 0
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as failure:
            raise UnreadableAudio(path, failure.strerror or "the system refuses it") from failure

    def seek(self, frame: int) -> None:
        """Continue at `frame`."""
        self._at = min(max(frame, 0), self.frames)

    def next(self, frames: int, dtype: type[F]) -> NDArray[F]:
        """The next frames, shape (frames, channels): fewer at the end, none behind it."""
        count = min(frames, self.frames - self._at)
        raw = bytearray(count * self._align)
        view, filled = memoryview(raw), 0
        self._file.seek(self._begin + self._at * self._align, os.SEEK_SET)
        while filled < len(raw):
            got = self._file.readinto(view[filled:])
            if not got:  # the file shrank while it was being read
                break
            filled += got
        count = filled // self._align
        self._at += count
        whole = np.frombuffer(raw, np.uint8, count * self._align)
        if self._big_endian:
            whole = whole.reshape(-1, self._align // self.channels)[:, ::-1].ravel()
        return decode_samples(whole, self.subtype, dtype).reshape(count, self.channels)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def decode_samples(raw: NDArray[np.uint8], subtype: str, dtype: type[F]) -> NDArray[F]:
    """The bytes `raw` as one-dimensional samples, full scale ±1."""
    match subtype:
        case "PCM_U8":
            return (raw.astype(dtype) - dtype(128)) * dtype(2.0**-7)
        case "PCM_16":
            return raw.view("<i2").astype(dtype) * dtype(2.0**-15)
        case "PCM_24":
            return unpacked_24_bit(raw).astype(dtype, copy=False)
        case "PCM_32":
            return raw.view("<i4").astype(dtype) * dtype(2.0**-31)
        case "FLOAT" | "DOUBLE":
            # What is no number stays none, or becomes infinite: whoever reads looks for both.
            with np.errstate(invalid="ignore", over="ignore"):
                return raw.view("<f4" if subtype == "FLOAT" else "<f8").astype(dtype)
        case _:
            raise ValueError(f"no plain samples: {subtype}")
