"""Measure a sound file: which loudspeakers its channels are, and what the meter says."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from audio_pipeline.codecs import AudioReader, open_audio
from audio_pipeline.errors import NotFinite
from audio_pipeline.loudness.errors import LayoutDoesNotFit, LayoutUnknown
from audio_pipeline.loudness.k_weighting import channel_weights
from audio_pipeline.loudness.meter import Loudness, LoudnessMeter
from audio_pipeline.spatialaudio.layouts import get_layout

# What a number of channels means when nobody says; other numbers are ambiguous, and asked for.
DEFAULT_LAYOUTS: Final = {
    1: "mono",
    2: "0+2+0",
    5: "5.0",
    6: "0+5+0",
    8: "0+7+0",
    10: "4+5+0",
    12: "4+7+0",
    24: "9+10+3",
}
HOP_S: Final = 0.01

Progress = Callable[[float], None]


class Timeline(msgspec.Struct, frozen=True):
    """Element i is the window *ending* at (i + 1)·`hop_s`; None before the first full window and for −∞."""

    hop_s: float
    momentary_lufs: list[float | None]
    short_term_lufs: list[float | None]


class FileLoudness(msgspec.Struct, frozen=True, kw_only=True):
    """What one file measures; None stands for −∞ and for what cannot be measured."""

    path: str
    layout: str
    integrated_lufs: float | None
    loudness_range_lu: float | None
    momentary_max_lufs: float | None
    short_term_max_lufs: float | None
    true_peak_dbtp: float | None
    sample_peak_dbfs: float | None
    timeline: Timeline | msgspec.UnsetType = msgspec.UNSET


def measure_file(
    path: Path, layout: str | None = None, *, timeline: bool = False, progress: Progress = lambda done: None
) -> FileLoudness:
    """Measure the file at `path`, its channels in the order of `layout` (by channel count where None).

    Raises `LayoutUnknown`, `LayoutDoesNotFit` or `NotFinite`, and whatever `open_audio` raises.
    """
    with open_audio(path) as reader:
        name = layout_name(reader, layout)
        meter = LoudnessMeter(reader.sample_rate_hz, layout_weights(name))
        done = 0
        for block in reader.blocks():
            meter.process(block)
            done += len(block)
            progress(done / max(reader.frames, done))
    loudness = meter.finish()
    if not loudness.sample_peak_dbfs < np.inf:
        # As null it would read as silence.
        raise NotFinite(path)
    return _report(path, name, loudness, timeline=timeline)


def layout_name(reader: AudioReader, asked: str | None) -> str:
    """The canonical name of the layout that the channels of `reader` are in."""
    if asked is None:
        if reader.channels not in DEFAULT_LAYOUTS:
            raise LayoutUnknown(reader.path, reader.channels)
        return DEFAULT_LAYOUTS[reader.channels]
    name = asked if asked in _ALSO_WEIGHTS else get_layout(asked).name
    expected = len(layout_weights(name))
    if expected != reader.channels:
        raise LayoutDoesNotFit(reader.path, reader.channels, name, expected)
    return name


def layout_weights(name: str) -> tuple[float, ...]:
    """The loudness weight of each channel of the layout `name`, in its channel order."""
    if name in _ALSO_WEIGHTS:
        return _ALSO_WEIGHTS[name]
    return channel_weights((x.azimuth_deg, x.elevation_deg, x.is_lfe) for x in get_layout(name).loudspeakers)


# What is measured but is no layout that a renderer knows. Ears are not loudspeakers: binaural is weighted as stereo.
_ALSO_WEIGHTS: Final = {
    "mono": (1.0,),
    "binaural": (1.0, 1.0),
    "5.0": channel_weights(
        (x.azimuth_deg, x.elevation_deg, False) for x in get_layout("0+5+0").without_lfe().loudspeakers
    ),
}


def _report(path: Path, layout: str, loudness: Loudness, *, timeline: bool) -> FileLoudness:
    return FileLoudness(
        path=str(path),
        layout=layout,
        integrated_lufs=finite_or_none(loudness.integrated_lufs),
        loudness_range_lu=finite_or_none(loudness.loudness_range_lu),
        momentary_max_lufs=finite_or_none(loudness.momentary_max_lufs),
        short_term_max_lufs=finite_or_none(loudness.short_term_max_lufs),
        true_peak_dbtp=finite_or_none(loudness.true_peak_dbtp),
        sample_peak_dbfs=finite_or_none(loudness.sample_peak_dbfs),
        timeline=Timeline(
            HOP_S,
            [finite_or_none(value) for value in loudness.momentary_lufs.tolist()],
            [finite_or_none(value) for value in loudness.short_term_lufs.tolist()],
        )
        if timeline
        else msgspec.UNSET,
    )


def finite_or_none(value: float) -> float | None:
    """None for −∞ and for what is undefined, as reports say it."""
    return value if np.isfinite(value) else None
