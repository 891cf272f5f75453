"""Sound files in, arrays out: which reader is for which file.

WAV, RF64, BW64 and CAF with plain samples are read by our own header readers, because libsndfile refuses BW64 and some
CAF, reads a zero-size header as no frames and hides that a file is cut short. Everything else goes through libsndfile;
MP4 and ADTS, which it does not know, and CAF and Ogg where they hold what it does not, go through the pinned ffmpeg.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from audio_pipeline import riff
from audio_pipeline.caf import scan_caf
from audio_pipeline.containers import Container, look_at, require_regular_file, sniff
from audio_pipeline.decoders import BLOCK_FRAMES, FfmpegSource, LibsndfileSource, Source
from audio_pipeline.errors import AudioPipelineError, NotAudio, TooManyChannels, UnreadableAudio
from audio_pipeline.plain_samples import PlainSamples, PlainSource, plain_subtype

MAX_CHANNELS: Final = 128
# Below, there is no music; above, no converter. Every window of a check is a share of the rate.
MIN_RATE_HZ: Final = 2000
MAX_RATE_HZ: Final = 1_536_000

F = TypeVar("F", np.float32, np.float64)


class AudioReader:
    """An open sound file. Full scale is ±1; nothing is decoded before it is asked for.

    `frames` is what can be read (for WAV: what is present, not what the header claims). `subtype` is libsndfile's name
    of the coding: PCM_16, PCM_24, FLOAT, VORBIS, MPEG_LAYER_III …
    """

    def __init__(self, path: Path, container: Container, source: Source) -> None:
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
        raise NotAudio(path, look_at(path))
    source = _open(path, container)
    try:
        _refuse_impossible(path, source.channels, source.sample_rate_hz)
    except AudioPipelineError:
        source.close()
        raise
    return AudioReader(path, container, source)


def _open(path: Path, container: Container) -> Source:
    if container in ("mp4", "adts"):
        return FfmpegSource(path, container)
    if container == "caf" and (sound := scan_caf(path)) is not None:
        _refuse_impossible(path, sound.channels, sound.sample_rate_hz)
        return PlainSource(
            path,
            PlainSamples(
                sample_rate_hz=sound.sample_rate_hz,
                channels=sound.channels,
                frames=sound.present_bytes // sound.frame_bytes,
                subtype=sound.subtype,
                offset=sound.offset,
                frame_bytes=sound.frame_bytes,
                big_endian=sound.big_endian,
            ),
        )
    if container in ("caf", "ogg"):
        try:
            return LibsndfileSource(path)
        except UnreadableAudio:  # ALAC of 24 bits in CAF, FLAC in Ogg
            return FfmpegSource(path, container)
    if container not in ("wav", "rf64", "bw64"):
        return LibsndfileSource(path)
    header = riff.scan_riff(path)
    if header.fmt is None:
        raise UnreadableAudio(path, "it has no format chunk")
    _refuse_impossible(path, header.fmt.channels, header.fmt.sample_rate_hz)
    _refuse_contradictory(path, header.fmt)
    subtype = plain_subtype(header.fmt)
    if subtype is None:
        return LibsndfileSource(path)
    if header.data is None:
        raise UnreadableAudio(path, "it has no data chunk")
    return PlainSource(
        path,
        PlainSamples(
            sample_rate_hz=header.fmt.sample_rate_hz,
            channels=header.fmt.channels,
            frames=header.present_frames,
            subtype=subtype,
            offset=header.data.offset,
            frame_bytes=header.fmt.block_align_bytes,
        ),
    )


def _refuse_impossible(path: Path, channels: int, sample_rate_hz: int) -> None:
    if channels > MAX_CHANNELS:
        raise TooManyChannels(path, channels, MAX_CHANNELS)
    if channels < 1:
        raise UnreadableAudio(path, "its header claims no channels")
    if not MIN_RATE_HZ <= sample_rate_hz <= MAX_RATE_HZ:
        raise UnreadableAudio(path, f"its header claims a sample rate of {sample_rate_hz} Hz")


def _refuse_contradictory(path: Path, fmt: riff.FmtChunk) -> None:
    if fmt.format_tag in (riff.PCM, riff.FLOAT) and fmt.block_align_bytes != fmt.channels * -(
        -fmt.bits_per_sample // 8
    ):
        raise UnreadableAudio(path, "its header contradicts itself: the frame size does not fit channels and bits")
