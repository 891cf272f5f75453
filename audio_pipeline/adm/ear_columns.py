"""Packs of the type Binaural as the renderer's columns: the left ear and the right one."""

from typing import Literal

import numpy as np

from audio_pipeline.adm.block_formats import BinauralBlock
from audio_pipeline.adm.errors import AdmInvalid
from audio_pipeline.adm.selecting import Heard, HeardChannel
from audio_pipeline.adm.spans import Window, heard_spans
from audio_pipeline.spatialaudio.ear_signals import EarBlocks


def ear_columns(heard: Heard, window: Window, *, gain: float) -> tuple[EarBlocks, ...]:
    """One column an ear, gains multiplied by `gain`. Raises `AdmInvalid` unless there are two."""
    if len(heard.channels) != 2:
        raise AdmInvalid(heard.pack.id, f"is binaural with {len(heard.channels)} channels; there are two ears")
    return tuple(
        _column(one, ear, window, gain) for one, ear in zip(heard.channels, _ears(heard.channels), strict=True)
    )


def _ears(channels: tuple[HeardChannel, ...]) -> tuple[Literal["left", "right"], Literal["left", "right"]]:
    """By their names, as the common definitions have them; else the left one is first."""
    names = [one.channel.name.casefold() for one in channels]
    return ("right", "left") if "right" in names[0] and "left" in names[1] else ("left", "right")


def _column(one: HeardChannel, ear: Literal["left", "right"], window: Window, gain: float) -> EarBlocks:
    spans = heard_spans([block for block in one.channel.blocks if isinstance(block, BinauralBlock)], window)
    return EarBlocks(
        start_samples=spans.start_samples,
        end_samples=spans.end_samples,
        ear=ear,
        gain=np.array([block.gain * gain for block in spans.blocks]),
    )
