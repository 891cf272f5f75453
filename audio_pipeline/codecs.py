"""Sound files in, arrays out: the only module that knows soundfile and where ffmpeg is.

WAV, RF64 and BW64 with plain samples are read by our own header reader, because libsndfile refuses BW64, reads a
zero-size header as no frames and hides that a file is cut short. Everything else goes through libsndfile; MP4 and ADTS,
which it does not know, go through the pinned ffmpeg with its demuxer forced and its protocols locked.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Protocol, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from audio_pipeline import riff
from audio_pipeline.containers import Container, require_regular_file, sniff
from audio_pipeline.errors import CorruptAudio, NotAudio, TooManyChannels, UnreadableAudio
from audio_pipeline.plain_samples import PlainSource, plain_subtype

MAX_CHANNELS: Final = 128
BLOCK_FRAMES: Final = 65536

F = TypeVar("F", np.float32, np.float64)


class _Source(Protocol):
    """What a decoder offers: the next frames as float32 or float64, fewer at the end, none behind it."""

    sample_rate_hz: int
    channels: int
    frames: int
    subtype: str

    def seek(self, frame: int) -> None: ...
    def next(self, frames: int, dtype: type[F]) -> NDArray[F]: ...
    def close(self) -> None: ...


class AudioReader:
    """An open sound file. Full scale is ±1; nothing is decoded before it is asked for.

    `frames` is what can be read (for WAV: what is present, not what the header claims). `subtype` is libsndfile's name
    of the coding: PCM_16, PCM_24, FLOAT, VORBIS, MPEG_LAYER_III …
    """

    def __init__(self, path: Path, container: Container, source: _Source) -> None:
        self.path = path
        self.container = container
        self.sample_rate_hz = source.sample_rate_hz
        self.channels = source.channels
        self.frames = source.frames
        self.subtype = source.subtype
        self._source = source

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the reader is of no use afterwards."""
        self._source.close()

    @overload
    def blocks(
        self, frames_per_block: int = ..., *, start: int = ..., stop: int | None = ...
    ) -> Iterator[NDArray[np.float32]]: ...
    @overload
    def blocks(
        self, frames_per_block: int = ..., *, start: int = ..., stop: int | None = ..., dtype: type[F]
    ) -> Iterator[NDArray[F]]: ...
    def blocks(
        self,
        frames_per_block: int = BLOCK_FRAMES,
        *,
        start: int = 0,
        stop: int | None = None,
        dtype: type[F] = np.float32,  # type: ignore[assignment] # the first overload says what leaving it out means
    ) -> Iterator[NDArray[F]]:
        """Yield arrays of shape (frames, channels), all of `frames_per_block` but the last, from `start` to `stop`.

        float32 is exact up to 24 bits; ask for float64 where 32-bit integers or doubles matter. One pass at a time.
        Raises `CorruptAudio` where decoding breaks off.
        """
        self._source.seek(start)
        left = None if stop is None else max(0, stop - start)
        while left is None or left > 0:
            block = self._source.next(frames_per_block if left is None else min(frames_per_block, left), dtype)
            if not len(block):
                return
            left = None if left is None else left - len(block)
            yield block

    @overload
    def read(self, *, start: int = ..., stop: int | None = ...) -> NDArray[np.float32]: ...
    @overload
    def read(self, *, start: int = ..., stop: int | None = ..., dtype: type[F]) -> NDArray[F]: ...
    def read(
        self,
        *,
        start: int = 0,
        stop: int | None = None,
        dtype: type[F] = np.float32,  # type: ignore[assignment] # as in `blocks`
    ) -> NDArray[F]:
        """All frames from `start` to `stop` as one array of shape (frames, channels)."""
        parts = list(self.blocks(BLOCK_FRAMES, start=start, stop=stop, dtype=dtype))
        return np.concatenate(parts) if parts else np.zeros((0, self.channels), dtype)


def open_audio(path: str | os.PathLike[str]) -> AudioReader:
    """Open the sound file at `path`, a context manager.

    Raises `NoSuchFile`, `NotARegularFile`, `NotAudio`, `UnreadableAudio` or `TooManyChannels`.
    """
    path = Path(path)
    require_regular_file(path)
    container = sniff(path)
    if container is None:
        raise NotAudio(path)
    source = _open(path, container)
    if source.channels > MAX_CHANNELS:
        source.close()
        raise TooManyChannels(path, source.channels, MAX_CHANNELS)
    return AudioReader(path, container, source)


def _open(path: Path, container: Container) -> _Source:
    if container in ("mp4", "adts"):
        return _FfmpegSource(path, container)
    if container not in ("wav", "rf64", "bw64"):
        return _LibsndfileSource(path)
    header = riff.scan_riff(path)
    if header.fmt is None:
        raise UnreadableAudio(path, "it has no format chunk")
    _refuse_impossible(path, header.fmt)
    subtype = plain_subtype(header.fmt)
    if subtype is None:
        return _LibsndfileSource(path)
    if header.data is None:
        raise UnreadableAudio(path, "it has no data chunk")
    return PlainSource(path, header.fmt, header.data, header.present_frames, subtype)


def _refuse_impossible(path: Path, fmt: riff.FmtChunk) -> None:
    if fmt.channels > MAX_CHANNELS:
        raise TooManyChannels(path, fmt.channels, MAX_CHANNELS)
    if fmt.channels == 0:
        raise UnreadableAudio(path, "its header claims no channels")
    if fmt.sample_rate_hz == 0:
        raise UnreadableAudio(path, "its header claims a sample rate of 0 Hz")
    if fmt.format_tag in (riff.PCM, riff.FLOAT) and fmt.block_align_bytes != fmt.channels * -(
        -fmt.bits_per_sample // 8
    ):
        raise UnreadableAudio(path, "its header contradicts itself: the frame size does not fit channels and bits")


class _LibsndfileSource:
    def __init__(self, path: Path) -> None:
        # Imported here: it loads a shared library, which plain WAV never needs.
        import soundfile

        # As an open file, so that no name is ever interpreted.
        self._raw = path.open("rb", buffering=0)
        try:
            self._file = soundfile.SoundFile(self._raw)
        except soundfile.LibsndfileError as failure:
            self._raw.close()
            raise UnreadableAudio(path, _reason(failure)) from failure
        self._failure = soundfile.LibsndfileError
        self._path = path
        self._at = 0
        self.sample_rate_hz: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.subtype: str = self._file.subtype
        self.frames: int = self._file.frames
        if self.frames >= _UNKNOWN_FRAMES:
            self.frames = self._count()

    def seek(self, frame: int) -> None:
        try:
            self._file.seek(min(frame, self.frames))
        except self._failure as failure:
            raise CorruptAudio(self._path, self._at, _reason(failure)) from failure
        self._at = frame

    def next(self, frames: int, dtype: type[F]) -> NDArray[F]:
        try:
            block: NDArray[F] = self._file.read(frames, np.dtype(dtype).name, always_2d=True)
        except self._failure as failure:
            raise CorruptAudio(self._path, self._at, _reason(failure)) from failure
        self._at += len(block)
        return block

    def close(self) -> None:
        self._file.close()
        self._raw.close()

    def _count(self) -> int:
        """A streamed FLAC does not say how long it is; only decoding tells."""
        total = 0
        while count := len(self.next(BLOCK_FRAMES, np.float32)):
            total += count
        self.frames = total
        self.seek(0)
        return total


# libsndfile says 2^63 − 1 where the header leaves the length open.
_UNKNOWN_FRAMES: Final = 2**62


def _reason(failure: Exception) -> str:
    return str(getattr(failure, "error_string", failure)).rstrip(". ") or "libsndfile gives no reason"


class _FfmpegSource:
    _DEMUXERS: Final = {"mp4": "mov", "adts": "aac"}

    def __init__(self, path: Path, container: Container) -> None:
        self._path = path
        self._input = ["-protocol_whitelist", "file", "-f", self._DEMUXERS[container], "-i", f"file:{path.absolute()}"]
        self._process: subprocess.Popen[bytes] | None = None
        probe = subprocess.run(
            [ffmpeg_executable(), "-nostdin", "-hide_banner", *self._input], capture_output=True, check=False
        )
        words = probe.stderr.decode("utf-8", "replace")
        found = re.search(r"Audio: (\w+).*?, (\d+) Hz, ([\w.]+)", words)
        if found is None:
            raise UnreadableAudio(path, "ffmpeg finds no sound in it")
        self.subtype = found[1].upper()
        self.sample_rate_hz = int(found[2])
        self.channels = _CHANNELS_BY_NAME.get(found[3], 0) or int(re.sub(r"\D.*", "", found[3]) or 0)
        self._output = ["-ac", str(self.channels), "-ar", str(self.sample_rate_hz), "-f", "f32le", "pipe:1"]
        # The containers state a duration, but coded sound is padded: only decoding tells.
        self.frames = 0
        self.seek(0)
        while count := len(self.next(BLOCK_FRAMES, np.float32)):
            self.frames += count

    def seek(self, frame: int) -> None:
        self.close()
        self._process = subprocess.Popen(
            [
                ffmpeg_executable(),
                "-nostdin",
                "-loglevel",
                "error",
                *self._input,
                "-map",
                "0:a:0",
                "-vn",
                *self._output,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._at = 0
        while self._at < frame and len(self.next(min(BLOCK_FRAMES, frame - self._at), np.float32)):
            pass

    def next(self, frames: int, dtype: type[F]) -> NDArray[F]:
        assert self._process is not None  # noqa: S101 - `seek` has started it
        pipe: IO[bytes] | None = self._process.stdout
        raw = pipe.read(frames * self.channels * 4) if pipe else b""
        if not raw and self._process.wait() != 0:
            raise CorruptAudio(self._path, self._at, "ffmpeg stopped decoding")
        whole = len(raw) // (4 * self.channels)
        self._at += whole
        return np.frombuffer(raw, "<f4", whole * self.channels).reshape(-1, self.channels).astype(dtype)

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


_CHANNELS_BY_NAME: Final = {"mono": 1, "stereo": 2, "quad": 4, "5.0": 5, "5.1": 6, "6.1": 7, "7.1": 8}


def ffmpeg_executable() -> str:
    """The path of the pinned ffmpeg, for who encodes."""
    import imageio_ffmpeg

    executable: str = imageio_ffmpeg.get_ffmpeg_exe()
    return executable
