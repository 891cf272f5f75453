"""When blocks are heard: rtime and duration of a channel's blocks, moved and bounded by their object, in samples.

Arithmetic is exact: a rounding error in a whole number would move a boundary by one sample.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Generic, TypeVar

import numpy as np

from audio_pipeline.adm.block_formats import Block
from audio_pipeline.adm.elements import AudioObject
from audio_pipeline.adm.errors import AdmInvalid
from audio_pipeline.spatialaudio.geometry import FloatArray

# Decimal times have five digits: neighbours may miss each other by their rounding, and are meant to touch.
ROUNDING_SLACK_S: Final = Fraction(2, 100_000)

_MOST_BITS: Final = 512

B = TypeVar("B", bound=Block)


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which an object is heard, in seconds of the file; `sample_rate_hz` is the file's."""

    begin: Fraction
    finish: Fraction
    sample_rate_hz: int

    @classmethod
    def of(cls, audio_object: AudioObject | None, *, frames: int, sample_rate_hz: int) -> "Window":
        """From the object's start for its duration, but not beyond the file; the whole file without an object."""
        file_end = Fraction(frames, sample_rate_hz)
        begin = audio_object.start.seconds if audio_object and audio_object.start else Fraction(0)
        finish = file_end
        if audio_object and audio_object.duration:
            finish = min(begin + audio_object.duration.seconds, file_end)
        return cls(begin, finish, sample_rate_hz)

    def samples(self, seconds: Fraction) -> float:
        """A time or a length in samples."""
        return float(seconds * self.sample_rate_hz)


@dataclass(frozen=True, eq=False, slots=True)
class Spans(Generic[B]):
    """Blocks that are heard, where each starts and ends, in samples, and how long each is, exactly in ticks."""

    blocks: tuple[B, ...]
    start_samples: FloatArray
    end_samples: FloatArray
    lengths: tuple[int, ...]
    ticks_per_second: int

    def length_s(self, index: int) -> Fraction:
        """How long a block lasts."""
        return Fraction(self.lengths[index], self.ticks_per_second)


def heard_spans(blocks: Sequence[B], window: Window) -> Spans[B]:
    """The blocks that begin before the window ends, in order.

    A block without duration lasts until the next one, or to the end of the window. What was heard before a block is
    part of its movement, so a block across the end keeps its length. Raises `AdmInvalid` for blocks that overlap.
    """
    ticks = _ticks_per_second(blocks, window)
    begin, finish = _ticks(window.begin, ticks), _ticks(window.finish, ticks)
    slack = int(ROUNDING_SLACK_S * ticks)
    starts: list[int] = []
    ends: list[int] = []
    for index, block in enumerate(blocks):
        start = begin + (_ticks(block.rtime.seconds, ticks) if block.rtime else 0)
        if ends and start != ends[-1]:
            if abs(start - ends[-1]) <= slack:
                # It is the end that gives way: a start that did would carry the rounding on from block to block.
                start = max(start, starts[-1])
                ends[-1] = start
            elif start < ends[-1]:
                raise AdmInvalid(block.id, "starts before the block in front of it has ended")
        if block.duration is not None:
            end = start + _ticks(block.duration.seconds, ticks)
        else:
            following = blocks[index + 1].rtime if index + 1 < len(blocks) else None
            end = finish if following is None else begin + _ticks(following.seconds, ticks)
        starts.append(start)
        ends.append(max(start, end))
    heard = bisect_left(starts, finish)
    return Spans(
        blocks=tuple(blocks[:heard]),
        start_samples=_samples(starts[:heard], ticks, window),
        end_samples=_samples(ends[:heard], ticks, window),
        lengths=tuple(end - start for start, end in zip(starts[:heard], ends[:heard], strict=True)),
        ticks_per_second=ticks,
    )


def _ticks_per_second(blocks: Sequence[Block], window: Window) -> int:
    """A rate at which every time is a whole number: whole numbers add faster than fractions.

    Raises `AdmInvalid` for times of so many rates that the number would fill the memory.
    """
    rates = {window.begin.denominator, window.finish.denominator}
    for block in blocks:
        for time in (block.rtime, block.duration):
            if time is not None:
                rates.add(time.seconds.denominator)
    ticks = 1
    for rate in rates:
        ticks = math.lcm(ticks, rate)
        if ticks.bit_length() > _MOST_BITS:
            raise AdmInvalid(blocks[0].id, "and the blocks behind it have times of too many different sample rates")
    return ticks


def _ticks(seconds: Fraction, ticks: int) -> int:
    return seconds.numerator * (ticks // seconds.denominator)


def _samples(times: list[int], ticks: int, window: Window) -> FloatArray:
    """Times in samples. Dividing two whole numbers rounds once, to the nearest double."""
    return np.array([time * window.sample_rate_hz / ticks for time in times], dtype=np.float64)
