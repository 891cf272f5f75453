"""Coded sound, decoded at arm's length: libsndfile and the pinned ffmpeg run in confined processes of their own.

A decoder that crashes, hangs or asks for more memory than any song needs is an `UnreadableAudio` or a `CorruptAudio`
here, and nothing else. Neither is told a name that it could interpret, or repeat among what it says of the sound: both
get an open file, ffmpeg with the demuxer forced, no protocol but `file`, and none of the formats that name other files.
"""

import json
import os
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from audio_pipeline import confined
from audio_pipeline.containers import Container
from audio_pipeline.errors import CorruptAudio, UnpacksToTooMuch, UnreadableAudio

F = TypeVar("F", np.float32, np.float64)

BLOCK_FRAMES: Final = 65536
# No song, no set and no concert recording: three hours.
LONGEST_S: Final = 3 * 3600
# Silence shrinks most, to some 500 samples a byte as encoders set their frames; four times that is made to hurt. It
# counts only behind the first samples, four minutes in stereo, so that a small honest file of nothing is a silent file.
MOST_SAMPLES_PER_BYTE: Final = 2_000
FREE_SAMPLES: Final = 25_000_000

# The processes limit their own processor time; this is for one that sleeps, on however busy a machine.
PATIENCE_S: Final = 60.0
FFMPEG_CPU_S: Final = 10
FFMPEG_BYTES_PER_CPU_S: Final = 500_000
PROBE_CPU_S: Final = 3

# libsndfile says 2^63 − 1 where the header leaves the length open.
_UNKNOWN_FRAMES: Final = 2**62


class Source(Protocol):
    """What a decoder offers: the next frames as float32 or float64, fewer at the end, none behind it."""

    sample_rate_hz: int
    channels: int
    frames: int
    subtype: str

    def seek(self, frame: int) -> None: ...
    def next(self, frames: int, dtype: type[F]) -> NDArray[F]: ...
    def close(self) -> None: ...


class LibsndfileSource:
    """A file that libsndfile decodes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        except OSError as failure:
            raise UnreadableAudio(path, failure.strerror or "the system refuses it") from failure
        try:
            file_bytes = os.fstat(descriptor).st_size
            # Never the present folder on its path (-P): strangers' files may lie there, under any name.
            child = [sys.executable, "-P", "-m", "audio_pipeline.libsndfile_child", str(descriptor)]
            self._process = confined.start(
                # Every answer is limited by itself; all of them together by what three hours could take.
                child,
                cpu_s=LONGEST_S,
                stdin=subprocess.PIPE,
                pass_fds=(descriptor,),
            )
        finally:
            os.close(descriptor)
        try:
            facts = self._opened()
            self.sample_rate_hz: int = facts["rate"]
            self.channels: int = facts["channels"]
            self.subtype: str = facts["subtype"]
            self.frames: int = facts["frames"]
            self._ration = Ration(path, self.sample_rate_hz, self.channels, file_bytes)
            if self.frames >= _UNKNOWN_FRAMES:
                self.frames = self._count()
            self._ration.allow(self.frames)
        except BaseException:
            self.close()
            raise

    def seek(self, frame: int) -> None:
        """Continue at `frame`."""
        frame = min(frame, self.frames)
        if frame != self._at:  # a damaged file may be read to where it breaks, and not be sought in at all
            self._ask(f"seek {frame}")
            self._at = frame

    def next(self, frames: int, dtype: type[F]) -> NDArray[F]:
        """The next frames, shape (frames, channels): fewer at the end, none behind it. Raises `CorruptAudio`."""
        # A decoder that is asked for more takes what hangs on behind the sound for a damaged part of it.
        frames = min(frames, self.frames - self._at)
        if frames <= 0:
            return np.zeros((0, self.channels), dtype)
        content = self._ask(f"next {frames} {np.dtype(dtype).name}")
        block = np.frombuffer(content, dtype).reshape(-1, self.channels)
        self._at += len(block)
        self._ration.allow(self._at)
        return block

    def close(self) -> None:
        """End the process."""
        end(self._process)

    def _opened(self) -> dict[str, Any]:
        try:
            facts: dict[str, Any] = json.loads(_line(_pipe(self._process)))
        except (_Silent, ValueError) as silent:
            raise UnreadableAudio(self._path, "its decoder gives up on the header") from silent
        if "error" in facts:
            raise UnreadableAudio(self._path, facts["error"])
        return facts

    def _ask(self, question: str) -> bytearray:
        try:
            assert self._process.stdin is not None  # noqa: S101 - asked for above
            self._process.stdin.write(question.encode() + b"\n")
            self._process.stdin.flush()
            answer = _line(_pipe(self._process))
            if answer.startswith("error "):
                raise CorruptAudio(self._path, self._at, answer.removeprefix("error "))
            return _exactly(_pipe(self._process), int(answer))
        except (_Silent, OSError, ValueError) as silent:
            raise CorruptAudio(self._path, self._at, "its decoder gives up") from silent

    def _count(self) -> int:
        """A streamed FLAC does not say how long it is; only decoding tells."""
        self.frames = _UNKNOWN_FRAMES
        while len(self.next(BLOCK_FRAMES, np.float32)):
            pass
        total = self._at
        self.frames = total
        self.seek(0)
        return total


class FfmpegSource:
    """A file that ffmpeg decodes: what libsndfile does not know."""

    _DEMUXERS: Final[dict[Container, str]] = {"mp4": "mov", "adts": "aac", "caf": "caf", "ogg": "ogg"}
    _CODECS: Final = (
        "aac,alac,flac,mp3,mp3float,mp2,opus,libopus,vorbis,ac3,eac3,"
        "pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be"
    )

    def __init__(self, path: Path, container: Container) -> None:
        self._path = path
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        except OSError as failure:
            raise UnreadableAudio(path, failure.strerror or "the system refuses it") from failure
        try:
            self._open(path, self._DEMUXERS[container])
        except BaseException:
            self.close()
            raise

    def _open(self, path: Path, demuxer: str) -> None:
        self._input = [
            *("-protocol_whitelist", "file", "-format_whitelist", demuxer, "-codec_whitelist", self._CODECS),
            *("-max_alloc", "100000000", "-threads", "1", "-f", demuxer, "-i", f"file:/dev/fd/{self._descriptor}"),
        ]
        self._file_bytes = os.fstat(self._descriptor).st_size
        # The line of the stream itself: titles and comments stand in the same words, behind their names.
        found = re.search(
            r"(?m)^ +Stream #0:\d+[^\n]*?: Audio: (\w+)[^\n]*?, (\d+) Hz, ([\w.]+)(?:\([^)]*\))?(?:, (\w+))?"
            r"(?: \((\d+) bit\))?",
            self._probe(),
        )
        if found is None:
            raise UnreadableAudio(path, "no sound is found in it")
        self.subtype = _subtype(found[1], found[4], found[5])
        self.sample_rate_hz = int(found[2])
        self.channels = int(found[3]) if found[3].isdecimal() else _CHANNELS_BY_NAME.get(found[3], 0)
        if not self.channels or not self.sample_rate_hz:
            raise UnreadableAudio(path, "it does not say how many channels it has")
        self._ration = Ration(path, self.sample_rate_hz, self.channels, self._file_bytes)
        # The containers state a duration, but coded sound is padded: only decoding tells.
        self.frames = 0
        self.seek(0)
        try:
            while count := len(self.next(BLOCK_FRAMES, np.float32)):
                self.frames += count
        except CorruptAudio:
            # Whoever reads comes to the same place, and is told there.
            self.frames = self._at

    def seek(self, frame: int) -> None:
        """Continue at `frame`, decoding everything before it."""
        self._end()
        self._process = confined.start(
            [
                *(ffmpeg_executable(), "-nostdin", "-loglevel", "error", "-xerror", *self._input),
                *("-map", "0:a:0", "-vn", "-ac", str(self.channels), "-ar", str(self.sample_rate_hz)),
                *("-f", "f32le", "pipe:1"),
            ],
            cpu_s=FFMPEG_CPU_S + self._file_bytes // FFMPEG_BYTES_PER_CPU_S,
            pass_fds=(self._descriptor,),
        )
        self._at = 0
        while self._at < frame and len(self.next(min(BLOCK_FRAMES, frame - self._at), np.float32)):
            pass

    def next(self, frames: int, dtype: type[F]) -> NDArray[F]:
        """The next frames, shape (frames, channels): fewer at the end, none behind it. Raises `CorruptAudio`."""
        assert self._process is not None  # noqa: S101 - `seek` has started it
        try:
            raw = _up_to(_pipe(self._process), frames * self.channels * 4)
            if not raw and self._process.wait(PATIENCE_S) != 0:
                raise CorruptAudio(self._path, self._at, "its decoder stops there")
        except (_Silent, subprocess.TimeoutExpired) as silent:
            raise CorruptAudio(self._path, self._at, "its decoder gives up") from silent
        whole = len(raw) // (4 * self.channels)
        self._at += whole
        self._ration.allow(self._at)
        return np.frombuffer(raw, "<f4", whole * self.channels).reshape(-1, self.channels).astype(dtype)

    def close(self) -> None:
        """End the process, and close the file."""
        self._end()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _end(self) -> None:
        if self._process is not None:
            end(self._process)
            self._process = None

    def _probe(self) -> str:
        process = confined.start(
            [ffmpeg_executable(), "-nostdin", "-hide_banner", *self._input],
            cpu_s=PROBE_CPU_S,
            stderr=subprocess.PIPE,
            pass_fds=(self._descriptor,),
        )
        try:
            _, words = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise UnreadableAudio(self._path, "its decoder gives up on the header") from None
        finally:
            end(process)
        return words.decode("utf-8", "replace")


class Ration:
    """How much sound a file may unpack to. Few bytes can stand for days of sound, and somebody would have to wait."""

    def __init__(self, path: Path, sample_rate_hz: int, channels: int, file_bytes: int) -> None:
        self._path = path
        samples = max(FREE_SAMPLES, MOST_SAMPLES_PER_BYTE * file_bytes)
        self._most_frames = min(LONGEST_S * sample_rate_hz, samples // max(channels, 1))
        self._most_s = self._most_frames / max(sample_rate_hz, 1)
        self._is_long = self._most_frames == LONGEST_S * sample_rate_hz

    def allow(self, frames: int) -> None:
        """Raise `UnpacksToTooMuch` if `frames` in all are more than that."""
        if frames > self._most_frames:
            raise UnpacksToTooMuch(self._path, self._most_s, is_long=self._is_long)


def ffmpeg_executable() -> str:
    """The path of the pinned ffmpeg, for who encodes."""
    import imageio_ffmpeg

    executable: str = imageio_ffmpeg.get_ffmpeg_exe()
    return executable


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a decoder, whatever it is doing, and close its pipes."""
    process.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue
    process.wait()


class _Silent(Exception):
    """A decoder ended in the middle of an answer, or gave none in time."""


def _pipe(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    assert process.stdout is not None  # noqa: S101 - `confined.start` makes a pipe of it
    return process.stdout


def _line(pipe: IO[bytes]) -> str:
    line = bytearray()
    while not line.endswith(b"\n"):
        # Byte by byte: what stands behind the line is not ours to take yet.
        line += _exactly(pipe, 1)
    return line.decode("utf-8", "replace").rstrip("\n")


def _exactly(pipe: IO[bytes], size: int) -> bytearray:
    content = _up_to(pipe, size)
    if len(content) < size:
        raise _Silent
    return content


def _up_to(pipe: IO[bytes], size: int) -> bytearray:
    content = bytearray(size)
    view, filled = memoryview(content), 0
    while filled < size:
        _wait(pipe)
        got = os.readv(pipe.fileno(), [view[filled:]])
        if not got:
            break
        filled += got
    view.release()
    del content[filled:]
    return content


def _wait(pipe: IO[bytes]) -> None:
    if not select.select([pipe], [], [], PATIENCE_S)[0]:
        raise _Silent


def _subtype(codec: str, sample_format: str | None, bits: str | None) -> str:
    """Our name for what ffmpeg calls a codec; a lossless one with its depth, where it is known."""
    name = codec.upper()
    depth = bits or {"s16": "16", "s16p": "16", "s32": "32", "s32p": "32"}.get(sample_format or "", "")
    if name in ("ALAC", "FLAC"):
        return f"{name}_{depth}" if depth else name
    plain = re.fullmatch(r"PCM_([SUF])(\d+)(?:[LB]E)?", name)
    if plain is None:
        return name
    kind, width = plain.groups()
    if kind == "F":
        return "FLOAT" if width == "32" else "DOUBLE"
    return f"PCM_{width}" if width != "8" else f"PCM_{kind}8"


# What ffmpeg calls layouts; one that is not here is refused, for it would be mixed down to another one.
_CHANNELS_BY_NAME: Final = {
    **{"mono": 1, "stereo": 2, "downmix": 2, "2.1": 3, "3.0": 3, "3.1": 4, "4.0": 4, "quad": 4, "4.1": 5, "5.0": 5},
    **{"5.1": 6, "6.0": 6, "hexagonal": 6, "6.1": 7, "7.0": 7, "7.1": 8, "octagonal": 8, "5.1.2": 8, "5.1.4": 10},
    **{"7.1.2": 10, "7.1.4": 12, "hexadecagonal": 16, "22.2": 24},
}
