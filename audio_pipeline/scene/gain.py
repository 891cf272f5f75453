"""The programme gain: one gain for the whole scene, proposed after a measuring render and kept in the scene.

It leaves the artist's balance as it is, and nothing that is rendered clips.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from audio_pipeline.hrtfs import default_hrtf
from audio_pipeline.loudness.true_peak import TruePeakMeter
from audio_pipeline.scene.blocks import scene_blocks
from audio_pipeline.scene.model import Programme, Scene
from audio_pipeline.scene.sources import object_signals
from audio_pipeline.spatialaudio.ears import design_ears
from audio_pipeline.spatialaudio.layouts import BINAURAL, get_layout
from audio_pipeline.spatialaudio.rendering import Renderer

# A tenth below −1 dBTP: two true-peak meters may differ by as much.
CEILING_DBTP: Final = -1.1

Progress = Callable[[float], None]


class Proposal(msgspec.Struct, frozen=True):
    """The scene with its gain set, and the true peak of each layout *before* that gain; −∞ for silence."""

    scene: Scene
    true_peaks_dbtp: dict[str, float]


def programme_gain_db(
    highest_true_peak_dbtp: float, loudness_lufs: float | None = None, target_lufs: float | None = None
) -> float:
    """min(0, −1.1 − TP) without a target, min(T − I, −1.1 − TP) with one; silence (−∞) is left as it is.

    `highest_true_peak_dbtp` is over all renders; `loudness_lufs` is that of the one layout the target speaks of.
    """
    wanted_db = 0.0
    if loudness_lufs is not None and target_lufs is not None and math.isfinite(loudness_lufs):
        wanted_db = target_lufs - loudness_lufs
    return min(wanted_db, CEILING_DBTP - highest_true_peak_dbtp)


def propose_programme_gain(
    scene: Scene, folder: Path, layouts: Sequence[str], progress: Progress = lambda done: None
) -> Proposal:
    """Render `scene` once to all `layouts` (names or aliases) and to two ears; the highest true peak sets the gain.

    `folder` is what stem paths are relative to. The gain that the scene had does not count. `progress` hears 0 to 1.
    Raises `UnknownLayout`, and what opening stems raises.
    """
    # Whatever else is made of a scene, somebody listens on headphones; and there the peak is often the highest.
    peaks_dbtp = measure_true_peaks(scene, folder, [*layouts, BINAURAL.name], progress)
    gain_db = programme_gain_db(max(peaks_dbtp.values(), default=-math.inf))
    # Rounded down: the last digit never lifts a peak over the ceiling.
    programme = Programme(gain_db=math.floor(gain_db * 1e4) / 1e4)
    return Proposal(msgspec.structs.replace(scene, programme=programme), peaks_dbtp)


def measure_true_peaks(
    scene: Scene, folder: Path, layouts: Sequence[str], progress: Progress = lambda done: None
) -> dict[str, float]:
    """The true peak (dBTP) of `scene` at a programme gain of 0 dB in each layout, by canonical name."""
    flat = msgspec.structs.replace(scene, programme=Programme(gain_db=0.0))
    # A layout under two names is rendered once.
    chosen = {layout.name: layout for layout in map(get_layout, layouts)}
    ears = design_ears(default_hrtf(), scene.sample_rate_hz) if BINAURAL.name in chosen else None
    renderer = Renderer(scene_blocks(flat), list(chosen.values()), ears)
    meters = {name: TruePeakMeter(scene.sample_rate_hz, layout.channel_count) for name, layout in chosen.items()}

    done = 0
    for signals in object_signals(flat, folder):
        for name, rendered in renderer.process(signals).items():
            meters[name].process(rendered)
        done += len(signals)
        progress(done / scene.frames)
    for name, rendered in renderer.flush().items():
        meters[name].process(rendered)
    for meter in meters.values():
        meter.finish()
    return {name: meter.true_peak_dbtp for name, meter in meters.items()}
