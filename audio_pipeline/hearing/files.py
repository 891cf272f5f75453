"""Hear a file once from end to end and keep what pages need of it. Memory does not grow with the song."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.codecs import AudioReader, open_audio
from audio_pipeline.errors import NotFinite
from audio_pipeline.hearing.bands import BandMeter
from audio_pipeline.hearing.copy_writing import CopyWriter
from audio_pipeline.hearing.errors import NothingToHear, RateTooLow
from audio_pipeline.hearing.levels import LevelMeter, Levels
from audio_pipeline.loudness.meter import LoudnessMeter

SONG_BARS: Final = 600
STEM_BARS: Final = 120
LOWEST_RATE_HZ: Final = 8_000
# Two loudspeakers, or two ears: what every listening copy is played over.
_STEREO_WEIGHTS: Final = (1.0, 1.0)

Progress = Callable[[float], None]


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of a file."""

    sample_rate_hz: int
    frames: int
    levels: Levels


class HeardSong(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of a song and what was measured on it, as it is heard over two loudspeakers; None stands for −∞."""

    outline: Outline
    integrated_lufs: float | None
    true_peak_dbtp: float | None
    bands: tuple[tuple[float, ...], ...]


def outline_of(path: Path) -> Outline:
    """The shape of a stem. Raises `NothingToHear`, `NotFinite`, and whatever `open_audio` raises."""
    with open_audio(path) as reader:
        levels = _level_meter(reader, STEM_BARS)
        for block in _finite_blocks(reader):
            levels.process(block)
        return Outline(sample_rate_hz=reader.sample_rate_hz, frames=reader.frames, levels=levels.finish())


def hear_song(path: Path, copy: Path, progress: Progress = lambda done: None) -> HeardSong:
    """Measure the song at `path` and write its listening copy to `copy`.

    Raises as `outline_of` does, and `RateTooLow` and `CopyNotWritten`.

    All is measured on the two channels that are heard: one channel is played by both loudspeakers, which makes it 3 dB
    louder than the meter says of the file alone.
    """
    with open_audio(path) as reader:
        if reader.sample_rate_hz < LOWEST_RATE_HZ:
            raise RateTooLow(path, reader.sample_rate_hz, LOWEST_RATE_HZ)
        levels = _level_meter(reader, SONG_BARS)
        bands = BandMeter(reader.sample_rate_hz)
        loudness = LoudnessMeter(reader.sample_rate_hz, _STEREO_WEIGHTS)
        with CopyWriter(copy, reader.sample_rate_hz) as writer:
            for block in _finite_blocks(reader, progress):
                heard = fold_to_stereo(block)
                levels.process(heard)
                bands.process(heard)
                loudness.process(heard)
                writer.write(heard)
        outline = Outline(sample_rate_hz=reader.sample_rate_hz, frames=reader.frames, levels=levels.finish())
    measured = loudness.finish()
    return HeardSong(
        outline=outline,
        integrated_lufs=_or_none(measured.integrated_lufs),
        true_peak_dbtp=_or_none(measured.true_peak_dbtp),
        bands=bands.finish(),
    )


def fold_to_stereo(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """(frames, channels) as (frames, 2): one channel on both sides; of more, the others at −3 dB behind the first two.

    The fold of many channels is as much softer as keeps it from clipping: it is for finding one's way, not a mix.
    """
    channels = block.shape[1]
    if channels == 2:
        return block
    if channels == 1:
        return np.repeat(block, 2, axis=1)
    others = block[:, 2:].sum(axis=1, keepdims=True) * np.float32(0.5**0.5)
    folded: NDArray[np.float32] = (block[:, :2] + others) / np.float32(1 + (channels - 2) * 0.5**0.5)
    return folded


def _level_meter(reader: AudioReader, bars: int) -> LevelMeter:
    if reader.frames == 0:
        raise NothingToHear(reader.path)
    return LevelMeter(reader.frames, bars)


def _finite_blocks(reader: AudioReader, progress: Progress = lambda done: None) -> Iterator[NDArray[np.float32]]:
    done = 0
    for block in reader.blocks():
        if not np.isfinite(block).all():
            raise NotFinite(reader.path)
        yield block
        done += len(block)
        progress(done / max(reader.frames, done))


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None
