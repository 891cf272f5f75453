"""One pass over the signals of a programme: every layout is rendered, and whoever asked gets his share.

Nothing here knows files of masters: a `Sink` takes what passes by.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.masters.errors import CannotRender
from audio_pipeline.masters.headphones import USUAL, Headphones
from audio_pipeline.masters.programme import AudioProgramme
from audio_pipeline.spatialaudio.errors import SpatialAudioError
from audio_pipeline.spatialaudio.layouts import BINAURAL, Layout
from audio_pipeline.spatialaudio.rendering import Renderer

Audio = NDArray[np.float32]

Progress = Callable[[float], None]


class Sink(Protocol):
    """Takes signals and renders as they pass. Their frames need not be the same ones: a renderer may be late."""

    def take(self, signals: Audio, rendered: Mapping[str, Audio]) -> None:
        """The next frames, (frames, columns), and for each layout's name (frames, channels)."""
        ...


def render_pass(
    programme: AudioProgramme,
    layouts: Sequence[Layout],
    sinks: Sequence[Sink],
    progress: Progress = lambda done: None,
    headphones: Headphones = USUAL,
) -> None:
    """Read the signals once, render them to all `layouts`, hand both to every sink.

    The renderer's latency is removed: each layout gets exactly as many frames as the programme has. `progress` hears
    the share that is done, rising to 1. `headphones` say whose ears `BINAURAL` means. Raises `CannotRender`.
    """
    try:
        ears = headphones.ears(programme.sample_rate_hz) if BINAURAL in layouts else None
        renderer = Renderer(programme.blocks, layouts, ears) if layouts else None
    except SpatialAudioError as refusal:
        raise CannotRender(programme.title, str(refusal)) from refusal
    late = renderer.latency_samples if renderer else 0
    done = 0
    for signals in programme.signals():
        rendered: Mapping[str, Audio] = renderer.process(signals) if renderer else {}
        skipped = min(late, len(signals))
        late -= skipped
        for sink in sinks:
            sink.take(signals, {name: audio[skipped:] for name, audio in rendered.items()})
        done += len(signals)
        progress(min(done / programme.frames, 1.0))
    if renderer is not None and renderer.latency_samples:
        # A programme shorter than the latency has left frames to skip even in the tail.
        tail = {name: audio[late:] for name, audio in renderer.flush().items()}
        nothing = np.zeros((0, len(programme.column_names)), np.float32)
        for sink in sinks:
            sink.take(nothing, tail)
