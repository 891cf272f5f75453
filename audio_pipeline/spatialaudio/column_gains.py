"""The gains of every block of every column, whatever its kind, side by side in one table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from audio_pipeline.spatialaudio.bed_gains import bed_gains, is_lfe
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.columns import Column
from audio_pipeline.spatialaudio.direct_speakers import DirectSpeakerBlocks
from audio_pipeline.spatialaudio.ear_signals import EarBlocks
from audio_pipeline.spatialaudio.ears import Ears
from audio_pipeline.spatialaudio.errors import EarsOnly
from audio_pipeline.spatialaudio.gains import block_gains
from audio_pipeline.spatialaudio.geometry import FloatArray, IntArray
from audio_pipeline.spatialaudio.hoa import HoaBlocks, HoaFormat
from audio_pipeline.spatialaudio.hoa_gains import design_decoder
from audio_pipeline.spatialaudio.layouts import Layout

# Panning costs most where it is done piece by piece, and its memory grows with what is done at once.
_BATCH_BLOCKS: Final = 1024


@dataclass(frozen=True, eq=False, slots=True)
class ColumnGains:
    """Gains, (blocks, …), the blocks of all columns one after another.

    `direct` and `diffuse` are for the channels of all layouts side by side, then for those of the ears' bus; `ears`,
    (blocks, 2), is for what goes to the left and the right ear as it is.
    """

    direct: FloatArray
    diffuse: FloatArray
    ears: FloatArray


def column_gains(columns: Sequence[Column], layouts: Sequence[Layout], ears: Ears | None = None) -> ColumnGains:
    """The gains that each block reaches, in loudspeakers and on the bus of `ears`.

    Raises `EarsOnly` where a column is for ears and a layout is not.
    """
    edges = np.cumsum([0, *(len(column) for column in columns)]).tolist()
    rows = [slice(*edge) for edge in pairwise(edges)]
    targets = [*layouts, ears.bus] if ears else [*layouts]
    full_range = np.flatnonzero([not is_lfe for target in targets for is_lfe in target.is_lfe])
    channels = sum(target.channel_count for target in targets)
    gains = ColumnGains(*(np.zeros((edges[-1], width)) for width in (channels, channels, 2)))

    for objects, object_rows in _batches(columns, rows):
        for into, own in zip((gains.direct, gains.diffuse), block_gains(objects, targets), strict=True):
            into[np.ix_(object_rows, full_range)] = own
    for column, at in zip(columns, rows, strict=True):
        if isinstance(column, DirectSpeakerBlocks):
            gains.direct[at] = _bed_gains(column, layouts, ears)
        elif isinstance(column, EarBlocks):
            if layouts:
                raise EarsOnly(layouts[0].name)
            gains.ears[at, ("left", "right").index(column.ear)] = column.gain
    if ears:
        bus = slice(channels - ears.bus.channel_count, channels)
        gains.direct[:, bus] = ears.balanced(gains.direct[:, bus])
    # Components of a field add up as pressures wherever they are played: none is balanced alone.
    decoders: dict[HoaFormat, FloatArray] = {}
    for column, at in zip(columns, rows, strict=True):
        if isinstance(column, HoaBlocks):
            if column.format not in decoders:
                decoders[column.format] = _decoder(column.format, layouts, ears)
            gains.direct[at, full_range] = decoders[column.format][column.component] * column.gain[:, np.newaxis]
    return gains


def _batches(columns: Sequence[Column], rows: Sequence[slice]) -> Iterator[tuple[list[ObjectBlocks], IntArray]]:
    """Objects, and the rows of their blocks, as many together as makes panning fast and its memory small."""
    objects: list[ObjectBlocks] = []
    at: list[IntArray] = []
    for column, own in zip(columns, rows, strict=True):
        if isinstance(column, ObjectBlocks):
            objects.append(column)
            at.append(np.arange(own.start, own.stop))
        if objects and (column is columns[-1] or sum(map(len, objects)) >= _BATCH_BLOCKS):
            yield objects, np.concatenate(at)
            objects, at = [], []


def _bed_gains(column: DirectSpeakerBlocks, layouts: Sequence[Layout], ears: Ears | None) -> FloatArray:
    gains = [bed_gains(column, layout) for layout in layouts]
    if ears:
        low = np.array([speaker.gain if is_lfe(column, speaker) else 0.0 for speaker in column.speakers])
        gains.append(bed_gains(column, ears.bus) + low[:, np.newaxis] * ears.lfe_gains)
    return np.hstack(gains)


def _decoder(form: HoaFormat, layouts: Sequence[Layout], ears: Ears | None) -> FloatArray:
    decoders = [design_decoder(form, layout) for layout in layouts]
    if ears:
        decoders.append(design_decoder(form, ears.bus, ears.likeness))
    return np.hstack(decoders)
