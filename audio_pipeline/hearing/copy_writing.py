"""A listening copy: what a browser plays of a song, AAC in MP4 with its index in front.

`docs/decisions/0045` says why this and nothing else. The encoder is fed samples and nothing else, so that no tag of
the original can come through: who listens blind must not read a name.
"""

import contextlib
import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.decoders import ffmpeg_executable
from audio_pipeline.hearing.errors import CopyNotWritten

MEDIA_TYPE: Final = "audio/mp4"
SUFFIX: Final = ".m4a"
BITS_PER_S: Final = 256_000
CHANNELS: Final = 2
# Rates that AAC knows and browsers play without resampling twice; everything else becomes 48 kHz.
_KEPT_RATES_HZ: Final = (32_000, 44_100, 48_000)


class CopyWriter:
    """Writes stereo float blocks to `path`, which is complete when the context is left without an error.

    The same sound makes the same bytes. Raises `CopyNotWritten` if the encoder gives up.
    """

    def __init__(self, path: Path, sample_rate_hz: int) -> None:
        self._path = path
        self.sample_rate_hz = sample_rate_hz if sample_rate_hz in _KEPT_RATES_HZ else 48_000
        source = ["-protocol_whitelist", "pipe", "-f", "f32le", "-ar", str(sample_rate_hz), "-ac", str(CHANNELS)]
        coding = ["-c:a", "aac", "-b:a", str(BITS_PER_S), "-ar", str(self.sample_rate_hz)]
        # Bit-exact: neither the encoder's version nor the time of day is written into the file.
        plain = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-movflags", "+faststart"]
        self._process = subprocess.Popen(
            [
                *(ffmpeg_executable(), "-nostdin", "-loglevel", "error", "-y", *source, "-i", "pipe:0"),
                *("-map", "0:a:0", *coding, *plain, "-f", "ipod", f"file:{path.absolute()}"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.kill()
        with contextlib.suppress(BrokenPipeError):  # the encoder's own end says more
            self._pipe.close()
        code = self._process.wait()
        if kind is None and code != 0:
            raise CopyNotWritten(self._path, code)

    def write(self, block: NDArray[np.float32]) -> None:
        """Encode the next frames, shape (frames, 2), full scale ±1."""
        try:
            self._pipe.write(np.ascontiguousarray(block, "<f4").tobytes())
        except BrokenPipeError:
            raise CopyNotWritten(self._path, self._process.wait()) from None

    @property
    def _pipe(self) -> IO[bytes]:
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        return self._process.stdin
