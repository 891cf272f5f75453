"""From files to signals of one rate: decode, refuse what is no sound, resample, find the constant part."""

import math
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.codecs import open_audio
from audio_pipeline.hashing import sha256_of
from audio_pipeline.resampling import Quality, Resampler
from audio_pipeline.riff import RiffFile, scan_riff
from audio_pipeline.stems.errors import StemUnusable

HIGHEST_DC: Final = 10 ** (-60 / 20)
SILENCE: Final = 10 ** (-90 / 20)
# What dither leaves of silence in 24 bits: it may fall off the ends of a stem that is moved.
DIGITAL_SILENCE: Final = 2.0**-22
# Sets of songs beyond this go to scratch files, which the system can page out; smaller ones stay in memory.
MEMORY_BYTES: Final = 768 * 1024 * 1024
# A TimeReference further out than this from the others is a clock that was never set, not a place in the song.
FURTHEST_REFERENCE_S: Final = 1800.0

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Source:
    """A file before decoding. `time_reference_s` is None where no `bext` says it."""

    path: Path
    sha256: str
    sample_rate_hz: int
    frames: int
    channels: int
    time_reference_s: float | None


@dataclass(frozen=True)
class Prepared:
    """A file at the session's rate, float32 (frames, channels), everything else untouched.

    `channel_means` are the means in the session's samples; `placed_at_samples` is where its own time reference puts
    it. `silent_head` and `silent_tail` count the input's samples before and behind all that is not digital silence.
    """

    source: Source
    samples: NDArray[np.float32]
    channel_means: tuple[float, ...]
    sample_peak: float
    placed_at_samples: int
    silent_head: float
    silent_tail: float
    lead_samples: float = 0.0

    @property
    def silent(self) -> bool:
        """Nothing above −90 dBFS."""
        return self.sample_peak < SILENCE

    @property
    def dc(self) -> tuple[float, ...]:
        """The constant part to take out of each channel: its mean where that is above −60 dBFS, else 0."""
        return tuple(mean if abs(mean) > HIGHEST_DC else 0.0 for mean in self.channel_means)


def read_source(path: Path) -> Source:
    """Open the file for what it says of itself. Raises `StemUnusable` for a truncated one, or as `open_audio` does."""
    return replace(look_at_source(path), sha256=sha256_of(path))


def look_at_source(path: Path) -> Source:
    """As `read_source`, without the hash, for which the whole file has to be read."""
    with open_audio(path) as reader:
        header = scan_riff(path) if reader.container in ("wav", "rf64", "bw64") else None
        if header and header.declared_frames > header.present_frames:
            raise StemUnusable(path, f"{header.declared_frames - header.present_frames} of its frames are missing")
        if reader.frames == 0:
            raise StemUnusable(path, "it holds no sound")
        return Source(
            path=path,
            sha256="",
            sample_rate_hz=reader.sample_rate_hz,
            frames=reader.frames,
            channels=reader.channels,
            time_reference_s=_time_reference_s(header),
        )


def session_rate_hz(sources: list[Source]) -> int:
    """96 kHz only when every file has it, else 48 kHz."""
    return 96000 if all(source.sample_rate_hz == 96000 for source in sources) else 48000


def analysis_rate_hz(sources: list[Source]) -> int:
    """The rate at which lags are measured: that of the files where they agree, for lags are whole there."""
    rates = {source.sample_rate_hz for source in sources}
    return rates.pop() if len(rates) == 1 else session_rate_hz(sources)


def prepare(sources: list[Source], rate_hz: int, progress: Progress = lambda done: None) -> list[Prepared]:
    """Decode and resample all `sources`, and place them by their time references on one zero."""
    fillings = fillings_of(sources, rate_hz)
    prepared = []
    for index, filling in enumerate(fillings):
        filling.decode()
        prepared.append(filling.finish())
        progress((index + 1) / len(sources))
    return placed(prepared, rate_hz)


def fillings_of(sources: Sequence[Source], rate_hz: int) -> "list[Filling]":
    """Room for each of `sources` at `rate_hz`, for whoever decodes them; `placed` comes when all are there."""
    lengths = [resampled_frames(source.frames, source.sample_rate_hz, rate_hz) for source in sources]
    total_bytes = sum(4 * length * source.channels for length, source in zip(lengths, sources, strict=True))
    in_memory = total_bytes <= MEMORY_BYTES
    return [
        Filling(room_for((length, source.channels), in_memory=in_memory), source, rate_hz)
        for source, length in zip(sources, lengths, strict=True)
    ]


def placed(prepared: Sequence[Prepared], rate_hz: int) -> list[Prepared]:
    """The same, each where its time reference puts it among the others."""
    places = _placed_at([one.source for one in prepared], rate_hz)
    return [replace(one, placed_at_samples=place) for one, place in zip(prepared, places, strict=True)]


def resampled_frames(frames: int, from_hz: int, to_hz: int) -> int:
    """round(frames · to / from), halves up."""
    return (2 * frames * to_hz + from_hz) // (2 * from_hz)


def _time_reference_s(header: RiffFile | None) -> float | None:
    if header is None or header.fmt is None or header.chunk("bext") is None:
        return None
    return header.time_reference_samples / header.fmt.sample_rate_hz


def _placed_at(sources: list[Source], rate_hz: int) -> list[int]:
    """Session time of the first frame of each: 0 for the earliest, and for a file that does not say."""
    said = [source.time_reference_s for source in sources if source.time_reference_s is not None]
    earliest_s = min(said, default=0.0)
    places = []
    for source in sources:
        later_s = 0.0 if source.time_reference_s is None else source.time_reference_s - earliest_s
        places.append(round(later_s * rate_hz) if later_s <= FURTHEST_REFERENCE_S else 0)
    return places


def room_for(shape: tuple[int, int], *, in_memory: bool) -> NDArray[np.float32]:
    """An array to be filled, in memory or in a scratch file."""
    if in_memory or 0 in shape:
        return np.empty(shape, np.float32)
    # Without a name: it is gone when the array is, whatever happens.
    with tempfile.TemporaryFile(prefix="opencall-stem-") as file:
        os.posix_fallocate(file.fileno(), 0, 4 * math.prod(shape))
        return np.memmap(file, np.float32, "r+", shape=shape)


def regrid(prepared: Prepared, lag_of_source: int, rate_hz: int) -> tuple[Prepared, int]:
    """Prepare a file anew so that taking out a lag is exact: (prepared, session time of its first frame).

    A stem is late by whole samples of its own rate, which are a fraction of the session's; rounded to the session's
    grid, the null would end near −30 dB. Silence is put before the input, up to where both grids meet.
    """
    ratio = Fraction(rate_hz, prepared.source.sample_rate_hz)
    lead_of_source = -lag_of_source % ratio.denominator
    length = resampled_frames(prepared.source.frames + lead_of_source, prepared.source.sample_rate_hz, rate_hz)
    samples = room_for((length, prepared.source.channels), in_memory=prepared.samples.nbytes <= MEMORY_BYTES // 8)
    filling = Filling(samples, prepared.source, rate_hz, lead_of_source)
    filling.decode()
    offset = prepared.placed_at_samples - int((lag_of_source + lead_of_source) * ratio)
    # The means stay those of the input alone.
    moved = replace(
        filling.finish(), channel_means=prepared.channel_means, placed_at_samples=prepared.placed_at_samples
    )
    return moved, offset


class Filling:
    """`samples`, being filled with a file's sound behind `lead_frames` of silence at the file's own rate.

    Takes the sound block by block from whoever decodes it, or decodes the file itself. `level` is taken out of each
    channel before resampling and put back behind it.
    """

    def __init__(
        self,
        samples: NDArray[np.float32],
        source: Source,
        rate_hz: int,
        lead_frames: int = 0,
        level: NDArray[np.float64] | None = None,
    ) -> None:
        self.source = source
        self._samples = samples
        self._rate_hz = rate_hz
        self._lead_frames = lead_frames
        self._lead = lead_frames * rate_hz / source.sample_rate_hz
        self._level = np.zeros(source.channels) if level is None else level
        self._stream = _resampler(source, rate_hz)
        self._extent = _Extent(lead_frames)
        self._at, self._peak, self._sums = 0, 0.0, np.zeros(source.channels)
        if lead_frames:
            self._resample(np.zeros((lead_frames, source.channels), np.float32))

    def decode(self) -> None:
        """Take the whole file. Raises as `open_audio` and `take` do."""
        with open_audio(self.source.path) as reader:
            for block in reader.blocks():
                self.take(block)

    def take(self, block: NDArray[np.float32]) -> None:
        """Take the next frames, shape (frames, channels). Raises `StemUnusable` where they are no numbers."""
        self._extent.see(block)
        self._resample((block - self._level).astype(np.float32) if self._level.any() else block)

    def finish(self) -> Prepared:
        """The file as it is prepared, placed at 0. Raises `StemUnusable` where sound was promised and withheld."""
        if self._stream is not None:
            self._keep(self._stream.finish())
        # The resampler may end one frame early.
        if self._at < len(self._samples) - 1:
            raise StemUnusable(self.source.path, f"decoding ends after frame {self._at} of {len(self._samples)}")
        self._samples[self._at :] = 0
        ratio = self._rate_hz / self.source.sample_rate_hz
        filled = Prepared(
            source=self.source,
            samples=self._samples,
            channel_means=tuple((self._sums / max(len(self._samples), 1)).tolist()),
            sample_peak=self._peak,
            placed_at_samples=0,
            silent_head=(self._extent.first - self._lead_frames) * ratio,
            silent_tail=(self.source.frames + self._lead_frames - self._extent.end) * ratio,
            lead_samples=self._lead,
        )
        if self._stream is None or self._level.any() or not any(filled.dc):
            return filled
        # A constant part steps up where the file begins and down where it ends, and resampled, rings beyond both.
        level = np.asarray(filled.dc) * len(self._samples) / (len(self._samples) - self._lead)
        again = Filling(self._samples, self.source, self._rate_hz, self._lead_frames, level)
        again.decode()
        return again.finish()

    def _resample(self, block: NDArray[np.float32]) -> None:
        self._keep(block if self._stream is None else self._stream.process(block))

    def _keep(self, block: NDArray[np.float32]) -> None:
        taken = block[: len(self._samples) - self._at]
        if not np.isfinite(taken).all():
            raise StemUnusable(self.source.path, "it holds samples that are no numbers (NaN or infinite)")
        if self._level.any():
            taken[min(max(0, math.ceil(self._lead) - self._at), len(taken)) :] += self._level.astype(np.float32)
        self._samples[self._at : self._at + len(taken)] = taken
        self._sums += [channel.sum(dtype=np.float64) for channel in taken.T]
        self._peak = max(self._peak, float(np.abs(taken).max(initial=0)))
        self._at += len(taken)


def _resampler(source: Source, rate_hz: int) -> Resampler | None:
    if source.sample_rate_hz == rate_hz:
        return None
    return Resampler(source.sample_rate_hz, rate_hz, source.channels, Quality.FOR_WORK)


class _Extent:
    """Where, at the source's own rate, sound begins and ends: a resampler rings on both sides of it."""

    def __init__(self, lead_frames: int) -> None:
        self.first = self.end = self._at = lead_frames
        self._seen_sound = False

    def see(self, block: NDArray[np.float32]) -> None:
        """Look at the next frames behind the lead."""
        sounding = (np.abs(block) > DIGITAL_SILENCE).ravel()
        if sounding.any():
            channels = block.shape[1]
            self.end = self._at + len(block) - int(sounding[::-1].argmax()) // channels
            if not self._seen_sound:
                self.first, self._seen_sound = self._at + int(sounding.argmax()) // channels, True
        self._at += len(block)
        if not self._seen_sound:
            self.first = self.end = self._at
