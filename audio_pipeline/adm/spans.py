"""When blocks are heard: rtime and duration of a channel's blocks, moved and bounded by their object, in samples.

Arithmetic is exact: a rounding error in a whole number would move a boundary by one sample.
"""

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
    """Blocks that are heard, and where each starts and ends, in samples and exactly in seconds."""

    blocks: tuple[B, ...]
    lengths_s: tuple[Fraction, ...]
    start_samples: FloatArray
    end_samples: FloatArray


def heard_spans(blocks: Sequence[B], window: Window) -> Spans[B]:
    """The blocks that begin before the window ends, in order.

    A block without duration lasts until the next one, or to the end of the window. What was heard before a block is
    part of its movement, so a block across the end keeps its length. Raises `AdmInvalid` for blocks that overlap.
    """
    spans: list[tuple[Fraction, Fraction, B]] = []
    for index, block in enumerate(blocks):
        start = window.begin + (block.rtime.seconds if block.rtime else 0)
        if spans and start != spans[-1][1]:
            if abs(start - spans[-1][1]) <= ROUNDING_SLACK_S:
                start = spans[-1][1]
            elif start < spans[-1][1]:
                raise AdmInvalid(block.id, "starts before the block in front of it has ended")
        spans.append((start, max(start, _end(blocks, index, start, window)), block))
    heard = [span for span in spans if span[0] < window.finish]
    return Spans(
        blocks=tuple(block for _, _, block in heard),
        lengths_s=tuple(end - start for start, end, _ in heard),
        start_samples=np.array([window.samples(start) for start, _, _ in heard], dtype=np.float64),
        end_samples=np.array([window.samples(end) for _, end, _ in heard], dtype=np.float64),
    )


def _end(blocks: Sequence[Block], index: int, start: Fraction, window: Window) -> Fraction:
    duration = blocks[index].duration
    if duration is not None:
        return start + duration.seconds
    following = blocks[index + 1].rtime if index + 1 < len(blocks) else None
    return window.finish if following is None else window.begin + following.seconds
