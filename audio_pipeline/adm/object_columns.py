"""Channels of the type Objects as the renderer's columns."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from audio_pipeline.adm.block_formats import ObjectBlock
from audio_pipeline.adm.elements import AudioObject, ChannelFormat, PositionOffset
from audio_pipeline.adm.errors import AdmInvalid, AdmUnsupported
from audio_pipeline.adm.offsets import offset_of
from audio_pipeline.adm.spans import ROUNDING_SLACK_S, Spans, Window, heard_spans
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.errors import SpatialAudioError


def object_column(
    channel: ChannelFormat, path: Sequence[AudioObject], window: Window, *, gain: float, least_importance: int
) -> ObjectBlocks:
    """The blocks of `channel`, gains multiplied by `gain`; a block below `least_importance` is silent.

    Raises `AdmInvalid` and `AdmUnsupported`.
    """
    blocks = [block for block in channel.blocks if isinstance(block, ObjectBlock)]
    for block in blocks:
        _refuse_unsupported(block)
    spans = heard_spans(blocks, window)
    heard = spans.blocks
    offset = offset_of(path) or PositionOffset()
    try:
        return ObjectBlocks.of(
            start_samples=spans.start_samples,
            end_samples=spans.end_samples,
            azimuth_deg=[block.azimuth_deg + offset.azimuth_deg for block in heard],
            elevation_deg=_moved([block.elevation_deg for block in heard], offset.elevation_deg, -90.0, 90.0),
            distance=_moved([block.distance for block in heard], offset.distance, 0.0, np.inf),
            width_deg=[block.width for block in heard],
            height_deg=[block.height for block in heard],
            depth=[block.depth for block in heard],
            gain=[block.gain * gain if block.importance >= least_importance else 0.0 for block in heard],
            diffuse=[block.diffuse for block in heard],
            jump_position=[block.jump_position for block in heard],
            interpolation_samples=_interpolations(spans, window),
            divergence=[block.divergence for block in heard],
            divergence_azimuth_deg=[block.divergence_range_deg for block in heard],
        )
    except SpatialAudioError as fault:
        raise AdmInvalid(channel.id, str(fault).rstrip(".")) from fault


def _interpolations(spans: Spans[ObjectBlock], window: Window) -> list[float]:
    """Lengths of interpolation; one that exceeds its block by the rounding of decimals ends with it."""
    lengths = []
    for block, length_s in zip(spans.blocks, spans.lengths_s, strict=True):
        wanted = block.interpolation_length_s or Fraction(0)
        if length_s < wanted <= length_s + ROUNDING_SLACK_S:
            wanted = length_s
        lengths.append(window.samples(wanted))
    return lengths


def _moved(values: list[float], by: float, lowest: float, highest: float) -> list[float]:
    """What is moved stays in range; what was out of it without being moved is refused by the blocks."""
    return [min(max(value + by, lowest), highest) for value in values] if by else values


def _refuse_unsupported(block: ObjectBlock) -> None:
    if not block.has_position:
        raise AdmInvalid(block.id, "has no position")
    if block.cartesian:
        raise AdmUnsupported("audioBlockFormat", block.id, "has a cartesian position")
    for used, what in (
        (block.channel_lock, "channelLock"),
        (block.zones, "zoneExclusion"),
        (block.screen_ref, "screenRef"),
        (block.horizontal_edge or block.vertical_edge, "screenEdgeLock"),
    ):
        if used:
            raise AdmUnsupported("audioBlockFormat", block.id, f"uses {what}")
