"""The renderer of ITU-R BS.2127: objects, beds and sound fields to loudspeaker signals, and to two ears.

All gains of all blocks are computed when the renderer is made. A block of audio is then cut where any column's gains
change their course; in each segment every gain moves in a straight line, and `x G0 + ramp x (G1 − G0)` renders all
columns to all loudspeakers of all layouts.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, Protocol

import numpy as np

from audio_pipeline.spatialaudio.binaural import BinauralPath
from audio_pipeline.spatialaudio.column_gains import column_gains
from audio_pipeline.spatialaudio.columns import Column
from audio_pipeline.spatialaudio.convolving import Convolver
from audio_pipeline.spatialaudio.decorrelation import (
    DECORRELATOR_DELAY_SAMPLES,
    Audio,
    DelayLine,
    design_decorrelators,
)
from audio_pipeline.spatialaudio.ears import Ears
from audio_pipeline.spatialaudio.errors import ColumnCountMismatch, EarsMissing, NothingToRender
from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.layouts import BINAURAL, Layout
from audio_pipeline.spatialaudio.mixing import Mixer, gain_table
from audio_pipeline.spatialaudio.timeline import Timeline

# Audio is worked on in pieces of this length: they stay in the processor's cache, and bound the memory that dense
# metadata takes, whatever the length of the caller's blocks.
_CHUNK_FRAMES: Final = 4096


class Renderer:
    """Renders columns of any kind to one or more layouts in a single pass.

    `columns` says of each column of the audio what it is; times count from the first sample that is processed. Feed
    consecutive blocks of any length to `process`, then call `flush` once. The output is late by `latency_samples`:
    leave out that many frames at the start, and the tail from `flush` restores the length.

    `ears` are whose ears the layout `BINAURAL` means; it is rendered beside the others, from the same mix.
    """

    def __init__(self, columns: Sequence[Column], layouts: Sequence[Layout], ears: Ears | None = None) -> None:
        if not columns or not layouts:
            raise NothingToRender(len(columns), len(layouts))
        if BINAURAL in layouts and ears is None:
            raise EarsMissing

        self.layouts: Final = tuple(layouts)
        self.column_count: Final = len(columns)
        self._timeline = Timeline(columns)
        self._position_samples = 0
        self._paths = _paths(columns, self.layouts, ears if BINAURAL in layouts else None)
        self._mixers = [Mixer(path.gains, self.column_count) for path in self._paths]
        self.latency_samples: Final = self._paths[0].latency_samples

    def process(self, block: Audio) -> dict[str, Audio]:
        """Render the next frames.

        Takes (frames, columns) and returns for each layout's name (frames, channels) in the layout's order. Raises
        `ColumnCountMismatch`.
        """
        if block.ndim != 2 or block.shape[1] != self.column_count:
            raise ColumnCountMismatch(block.shape, self.column_count)

        mixed = [np.empty((block.shape[0], mixer.channel_count), dtype=np.float32) for mixer in self._mixers]
        for start in range(0, block.shape[0], _CHUNK_FRAMES):
            samples = np.ascontiguousarray(block[start : start + _CHUNK_FRAMES], dtype=np.float32)
            first, self._position_samples = self._position_samples, self._position_samples + samples.shape[0]
            segments = self._timeline.segments(first, self._position_samples)
            for mixer, out in zip(self._mixers, mixed, strict=True):
                mixer.mix(samples, segments, out[start : start + _CHUNK_FRAMES])
        return self._finish(mixed)

    def flush(self) -> dict[str, Audio]:
        """The last `latency_samples` frames, which the last block has left inside."""
        silence = [(self.latency_samples, mixer.channel_count) for mixer in self._mixers]
        return self._finish([np.zeros(shape, dtype=np.float32) for shape in silence])

    def _finish(self, mixed: Sequence[Audio]) -> dict[str, Audio]:
        """Send the mixed columns down their paths; the layouts come back in the order asked for."""
        outputs: dict[str, Audio] = {}
        for path, columns in zip(self._paths, mixed, strict=True):
            outputs |= path.process(columns)
        return {layout.name: outputs[layout.name] for layout in self.layouts}


class _Path(Protocol):
    """From mixed columns to layouts. `gains`, (blocks + 1, columns), are those that it wants mixed; row 0 is silent."""

    gains: Audio
    latency_samples: int

    def process(self, mixed: Audio) -> dict[str, Audio]:
        """Take (frames, columns), return (frames, channels) for each layout's name."""
        ...


def _paths(columns: Sequence[Column], layouts: Sequence[Layout], ears: Ears | None) -> list[_Path]:
    """The paths to loudspeakers and ears, all of the same latency; they share what panning costs."""
    loudspeakers = [layout for layout in layouts if layout != BINAURAL]
    gains = column_gains(columns, loudspeakers, ears)
    if ears is None:
        return [_LoudspeakerPath(loudspeakers, gains.direct, gains.diffuse)]
    at = gains.direct.shape[1] - ears.bus.channel_count
    direct, diffuse = gains.direct[:, :at], gains.diffuse[:, :at]
    paths: list[_Path] = [BinauralPath(ears, gains.direct[:, at:], gains.diffuse[:, at:], gains.ears)]
    if loudspeakers:
        late = paths[0].latency_samples
        own_samples = DECORRELATOR_DELAY_SAMPLES if diffuse.any() else 0
        paths.append(_LoudspeakerPath(loudspeakers, direct, diffuse, late - own_samples))
    return paths


class _LoudspeakerPath:
    """Joins direct and diffuse columns, `wait_samples` later than it could, and shares them out to the layouts."""

    def __init__(
        self, layouts: Sequence[Layout], direct: FloatArray, diffuse: FloatArray, wait_samples: int = 0
    ) -> None:
        self._diffuse_path = _DiffusePath(layouts) if diffuse.any() else None
        self._wait = DelayLine(wait_samples, direct.shape[1]) if wait_samples else None
        self.gains = gain_table([direct] if self._diffuse_path is None else [direct, diffuse])
        self.latency_samples = wait_samples + (0 if self._diffuse_path is None else self._diffuse_path.latency_samples)
        edges = np.cumsum([0, *(layout.channel_count for layout in layouts)]).tolist()
        self._shares = {layout.name: slice(*edge) for layout, edge in zip(layouts, pairwise(edges), strict=True)}

    def process(self, mixed: Audio) -> dict[str, Audio]:
        """Take (frames, columns), return (frames, channels) for each layout's name."""
        rendered = mixed if self._diffuse_path is None else self._diffuse_path.process(mixed)
        rendered = rendered if self._wait is None else self._wait.process(rendered)
        return {name: rendered[:, share] for name, share in self._shares.items()}


class _DiffusePath:
    """Decorrelates the diffuse columns, which stand behind as many direct ones, and delays those to meet them."""

    def __init__(self, layouts: Sequence[Layout]) -> None:
        filters = np.concatenate([design_decorrelators(layout) for layout in layouts], axis=1)
        self._channel_count = filters.shape[1]
        self._decorrelators = Convolver(filters)
        self._delay = DelayLine(DECORRELATOR_DELAY_SAMPLES, self._channel_count)
        self.latency_samples: Final = self._delay.latency_samples

    def process(self, mixed: Audio) -> Audio:
        """Take (frames, direct and diffuse columns), return (frames, direct columns)."""
        joined = self._delay.process(mixed[:, : self._channel_count])
        self._decorrelators.add_to(joined, mixed, first=self._channel_count)
        return joined


def render(
    columns: Sequence[Column],
    layouts: Sequence[Layout],
    samples: Audio,
    block_frames: int = 65536,
    ears: Ears | None = None,
) -> Mapping[str, Audio]:
    """Render a whole array, (frames, columns), at once: as many frames come back, with the latency removed."""
    renderer = Renderer(columns, layouts, ears)
    blocks = [
        renderer.process(samples[start : start + block_frames]) for start in range(0, samples.shape[0], block_frames)
    ]
    blocks.append(renderer.flush())
    late = renderer.latency_samples
    return {layout.name: np.concatenate([block[layout.name] for block in blocks])[late:] for layout in renderer.layouts}
