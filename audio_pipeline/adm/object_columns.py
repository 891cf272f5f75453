"""Channels of the type Objects as the renderer's columns."""

from collections.abc import Callable
from fractions import Fraction
from operator import attrgetter
from typing import Final

import numpy as np

from audio_pipeline.adm.block_formats import ObjectBlock
from audio_pipeline.adm.elements import ChannelFormat, PositionOffset
from audio_pipeline.adm.errors import AdmInvalid
from audio_pipeline.adm.offsets import offset_of
from audio_pipeline.adm.selecting import Heard
from audio_pipeline.adm.spans import ROUNDING_SLACK_S, Spans, Window, heard_spans
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.errors import SpatialAudioError
from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.screens import DEFAULT_SCREEN

# Column and field. An extent stands in both units: of the two, only that of the block's own kind of position counts.
_COLUMNS: Final = (
    ("azimuth_deg", "azimuth_deg"),
    ("elevation_deg", "elevation_deg"),
    ("distance", "distance"),
    ("width_deg", "width"),
    ("height_deg", "height"),
    ("depth", "depth"),
    ("gain", "gain"),
    ("diffuse", "diffuse"),
    ("jump_position", "jump_position"),
    ("divergence", "divergence"),
    ("divergence_azimuth_deg", "divergence_range_deg"),
    ("divergence_x", "divergence_range"),
    ("cartesian", "cartesian"),
    ("x", "x"),
    ("y", "y"),
    ("z", "z"),
    ("room_width", "width"),
    ("room_height", "height"),
    ("room_depth", "depth"),
    ("channel_lock", "channel_lock"),
    ("screen_ref", "screen_ref"),
)
_HORIZONTAL: Final = {None: 0.0, "left": 1.0, "right": -1.0}
_VERTICAL: Final = {None: 0.0, "top": 1.0, "bottom": -1.0}


def object_column(
    channel: ChannelFormat, heard: Heard, window: Window, *, gain: float, least_importance: int
) -> ObjectBlocks:
    """The blocks of `channel`, gains multiplied by `gain`; a block below `least_importance` is silent.

    Raises `AdmInvalid`.
    """
    blocks = [block for block in channel.blocks if isinstance(block, ObjectBlock)]
    for block in blocks:
        if not block.has_position:
            raise AdmInvalid(block.id, "has no position")
    spans = heard_spans(blocks, window)
    columns = {name: _column(spans, attrgetter(field)) for name, field in _COLUMNS}
    columns["gain"] *= np.where(_column(spans, attrgetter("importance")) >= least_importance, gain, 0.0)
    offset = offset_of(heard.path)
    if offset is not None:
        _move(columns, offset, spans)
    screen = heard.programme.screen if heard.programme else None
    try:
        return ObjectBlocks.of(
            start_samples=spans.start_samples,
            end_samples=spans.end_samples,
            interpolation_samples=_interpolations(spans, window),
            lock_distance=_column(spans, lambda one: np.inf if one.lock_distance is None else one.lock_distance),
            horizontal_edge=_column(spans, lambda one: _HORIZONTAL[one.horizontal_edge]),
            vertical_edge=_column(spans, lambda one: _VERTICAL[one.vertical_edge]),
            zones=[one.zones for one in spans.blocks] if any(one.zones for one in spans.blocks) else (),
            reference_screen=screen or DEFAULT_SCREEN,
            **columns,
        )
    except SpatialAudioError as fault:
        raise AdmInvalid(channel.id, str(fault).rstrip(".")) from fault


def _column(spans: Spans[ObjectBlock], value: Callable[[ObjectBlock], float]) -> FloatArray:
    return np.fromiter(map(value, spans.blocks), dtype=np.float64, count=len(spans.blocks))


def _interpolations(spans: Spans[ObjectBlock], window: Window) -> list[float]:
    """Lengths of interpolation; one that exceeds its block by the rounding of decimals ends with it."""
    lengths = []
    for block, length_s in zip(spans.blocks, spans.lengths_s, strict=True):
        wanted = block.interpolation_length_s or Fraction(0)
        if length_s < wanted <= length_s + ROUNDING_SLACK_S:
            wanted = length_s
        lengths.append(window.samples(wanted))
    return lengths


def _move(columns: dict[str, FloatArray], offset: PositionOffset, spans: Spans[ObjectBlock]) -> None:
    """Add an offset in place. What leaves the sphere or the room by it stays at its edge."""
    in_room = columns["cartesian"] != 0
    wrong = in_room if offset.is_polar else ~in_room if offset.is_cartesian else np.zeros_like(in_room)
    if wrong.any():
        block = spans.blocks[int(np.argmax(wrong))]
        kind, other = ("cartesian", "polar") if block.cartesian else ("polar", "cartesian")
        raise AdmInvalid(block.id, f"has a {kind} position, but its object a {other} positionOffset")
    columns["azimuth_deg"] += offset.azimuth_deg
    for name, by, lowest, highest in (
        ("elevation_deg", offset.elevation_deg, -90.0, 90.0),
        ("distance", offset.distance, 0.0, np.inf),
        ("x", offset.x, -1.0, 1.0),
        ("y", offset.y, -1.0, 1.0),
        ("z", offset.z, -1.0, 1.0),
    ):
        if by:
            columns[name] = np.clip(columns[name] + by, lowest, highest)
