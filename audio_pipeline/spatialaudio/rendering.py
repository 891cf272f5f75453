"""The object renderer of ITU-R BS.2127: audio objects and their metadata to loudspeaker signals, and to two ears.

All gains of all blocks are computed when the renderer is made. A block of audio is then cut where any object's gains
change their course; in each segment every gain moves in a straight line, so that one matrix product
`[x, ramp·x] @ [G0; G1 − G0]` renders all objects to all loudspeakers of all layouts.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, Protocol

import numpy as np

from audio_pipeline.spatialaudio.binaural import BinauralPath
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.decorrelation import (
    DECORRELATOR_DELAY_SAMPLES,
    Audio,
    Convolver,
    DelayLine,
    design_decorrelators,
)
from audio_pipeline.spatialaudio.ears import BUS, Ears
from audio_pipeline.spatialaudio.errors import ColumnCountMismatch, EarsMissing, NothingToRender
from audio_pipeline.spatialaudio.gains import BlockGains, block_gains
from audio_pipeline.spatialaudio.geometry import FloatArray, IntArray
from audio_pipeline.spatialaudio.layouts import BINAURAL, Layout
from audio_pipeline.spatialaudio.products import product
from audio_pipeline.spatialaudio.timeline import Segments, Timeline

# Audio is worked on in pieces of this length: they stay in the processor's cache, and bound the memory that dense
# metadata takes, whatever the length of the caller's blocks.
_CHUNK_FRAMES: Final = 4096


class Renderer:
    """Renders objects to one or more layouts in a single pass.

    `objects` holds one `ObjectBlocks` for each column of the audio; times count from the first sample that is
    processed. Feed consecutive blocks of any length to `process`, then call `flush` once. The output is late by
    `latency_samples`: leave out that many frames at the start, and the tail from `flush` restores the length.

    `ears` are whose ears the layout `BINAURAL` means; it is rendered beside the others, from the same mix.
    """

    def __init__(self, objects: Sequence[ObjectBlocks], layouts: Sequence[Layout], ears: Ears | None = None) -> None:
        if not objects or not layouts:
            raise NothingToRender(len(objects), len(layouts))
        if BINAURAL in layouts and ears is None:
            raise EarsMissing

        self.layouts: Final = tuple(layouts)
        self.object_count: Final = len(objects)
        self._timeline = Timeline(objects)
        self._position_samples = 0
        self._paths = _paths(objects, self.layouts, ears if BINAURAL in layouts else None)
        self._first_columns = np.cumsum([path.gains.shape[1] for path in self._paths])[:-1].tolist()
        self._gain_table = _gain_table(np.hstack([path.gains for path in self._paths]))
        self.latency_samples: Final = self._paths[0].latency_samples

    def process(self, block: Audio) -> dict[str, Audio]:
        """Render the next frames.

        Takes (frames, objects) and returns for each layout's name (frames, channels) in the layout's order. Raises
        `ColumnCountMismatch`.
        """
        if block.ndim != 2 or block.shape[1] != self.object_count:
            raise ColumnCountMismatch(block.shape, self.object_count)

        mixed = np.empty((block.shape[0], self._gain_table.shape[1]), dtype=np.float32)
        for start in range(0, block.shape[0], _CHUNK_FRAMES):
            chunk = slice(start, min(start + _CHUNK_FRAMES, block.shape[0]))
            self._mix(np.asarray(block[chunk], dtype=np.float32), mixed[chunk])
        return self._finish(mixed)

    def flush(self) -> dict[str, Audio]:
        """The last `latency_samples` frames, which the last block has left inside."""
        return self._finish(np.zeros((self.latency_samples, self._gain_table.shape[1]), dtype=np.float32))

    def _mix(self, samples: Audio, out: Audio) -> None:
        """Apply the gains to one chunk, (frames, objects), for all columns of the gain table, (frames, columns)."""
        start, frames = self._position_samples, samples.shape[0]
        segments = self._timeline.segments(start, start + frames)
        self._position_samples = start + frames

        gains, moves = _segment_gains(segments, self._gain_table)
        moving = np.asarray(moves.any(axis=(1, 2)))
        boundaries = segments.boundaries - start
        ramps = _ramps(boundaries)[:, np.newaxis]
        for number, (first, stop) in enumerate(pairwise(boundaries.tolist())):
            product(samples[first:stop], gains[number], out=out[first:stop])
            if moving[number]:
                moved = np.empty_like(out[first:stop])
                product(samples[first:stop] * ramps[first:stop], moves[number], out=moved)
                out[first:stop] += moved

    def _finish(self, mixed: Audio) -> dict[str, Audio]:
        """Send the mixed columns down their paths; the layouts come back in the order asked for."""
        outputs: dict[str, Audio] = {}
        for path, columns in zip(self._paths, np.split(mixed, self._first_columns, axis=1), strict=True):
            outputs |= path.process(columns)
        return {layout.name: outputs[layout.name] for layout in self.layouts}


class _Path(Protocol):
    """From mixed columns to layouts. `gains`, (blocks, columns), are those that it wants mixed."""

    gains: FloatArray
    latency_samples: int

    def process(self, mixed: Audio) -> dict[str, Audio]:
        """Take (frames, columns), return (frames, channels) for each layout's name."""
        ...


def _paths(objects: Sequence[ObjectBlocks], layouts: Sequence[Layout], ears: Ears | None) -> list[_Path]:
    """The paths to loudspeakers and ears, all of the same latency; they share what panning costs."""
    loudspeakers = [layout for layout in layouts if layout != BINAURAL]
    gains = block_gains(objects, loudspeakers if ears is None else [*loudspeakers, BUS])
    if ears is None:
        return [_LoudspeakerPath(loudspeakers, gains)]
    at = gains.direct.shape[1] - BUS.channel_count
    paths: list[_Path] = [BinauralPath(ears, BlockGains(gains.direct[:, at:], gains.diffuse[:, at:]))]
    if loudspeakers:
        rest = BlockGains(gains.direct[:, :at], gains.diffuse[:, :at])
        paths.append(_LoudspeakerPath(loudspeakers, rest, ears.latency_samples))
    return paths


class _LoudspeakerPath:
    """Joins direct and diffuse columns, `wait_samples` later than it could, and shares them out to the layouts."""

    def __init__(self, layouts: Sequence[Layout], gains: BlockGains, wait_samples: int = 0) -> None:
        self._layouts = tuple(layouts)
        self._diffuse_path = _DiffusePath(self._layouts) if gains.diffuse.any() else None
        self._wait = DelayLine(wait_samples, gains.direct.shape[1]) if wait_samples else None
        self.gains = gains.direct if self._diffuse_path is None else np.hstack(gains)
        self.latency_samples = wait_samples + (0 if self._diffuse_path is None else self._diffuse_path.latency_samples)

    def process(self, mixed: Audio) -> dict[str, Audio]:
        """Take (frames, columns), return (frames, channels) for each layout's name.

        LFE channels are silent, for objects never reach them.
        """
        rendered = mixed if self._diffuse_path is None else self._diffuse_path.process(mixed)
        rendered = rendered if self._wait is None else self._wait.process(rendered)
        outputs, column = {}, 0
        for layout in self._layouts:
            channels = layout.full_range_channels
            output = np.zeros((rendered.shape[0], layout.channel_count), dtype=np.float32)
            output[:, channels] = rendered[:, column : column + len(channels)]
            outputs[layout.name] = output
            column += len(channels)
        return outputs


class _DiffusePath:
    """Decorrelates the diffuse half of the columns, and delays the direct half to meet it."""

    def __init__(self, layouts: Sequence[Layout]) -> None:
        filters = np.concatenate([design_decorrelators(layout) for layout in layouts], axis=1)
        self._channels = filters.shape[1]
        self._decorrelators = Convolver(filters)
        self._delay = DelayLine(DECORRELATOR_DELAY_SAMPLES, self._channels)
        self.latency_samples: Final = self._delay.latency_samples

    def process(self, mixed: Audio) -> Audio:
        """Take (frames, direct and diffuse columns), return (frames, channels)."""
        direct, diffuse = mixed[:, : self._channels], mixed[:, self._channels :]
        return self._delay.process(direct) + self._decorrelators.process(diffuse)


def render(
    objects: Sequence[ObjectBlocks],
    layouts: Sequence[Layout],
    samples: Audio,
    block_frames: int = 65536,
    ears: Ears | None = None,
) -> Mapping[str, Audio]:
    """Render a whole array, (frames, objects), at once: as many frames come back, with the latency removed."""
    renderer = Renderer(objects, layouts, ears)
    blocks = [
        renderer.process(samples[start : start + block_frames]) for start in range(0, samples.shape[0], block_frames)
    ]
    blocks.append(renderer.flush())
    late = renderer.latency_samples
    return {layout.name: np.concatenate([block[layout.name] for block in blocks])[late:] for layout in renderer.layouts}


def _gain_table(gains: FloatArray) -> Audio:
    """Put silence in front of the gains of all blocks, (blocks, columns), as row 0."""
    return np.concatenate([np.zeros((1, gains.shape[1])), gains], dtype=np.float32)


def _segment_gains(segments: Segments, table: Audio) -> tuple[Audio, Audio]:
    """Gains at the start of each segment and how much they move until its end, (segments, objects, channels) each."""
    origin = table[segments.from_row]
    way = table[segments.to_row] - origin
    progress = segments.progress_at_start.astype(np.float32)[..., np.newaxis]
    advance = (segments.progress_at_end - segments.progress_at_start).astype(np.float32)[..., np.newaxis]
    return np.asarray(origin + progress * way), np.asarray(advance * way)


def _ramps(boundaries: IntArray) -> Audio:
    """From 0 to (not including) 1 in each segment, (frames,), for boundaries that start at 0."""
    lengths = np.diff(boundaries)
    position = np.arange(boundaries[-1]) - np.repeat(boundaries[:-1], lengths)
    return np.asarray(position / np.repeat(lengths, lengths), dtype=np.float32)
