"""How the metadata of two signals differ: values, when, and where they differ most.

Blocks are compared as what they say, not as how they are written: a stretch of time that is cut into other blocks, or a
jump that is spelled as a ramp of one sample, is no difference.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.adm.master_blocks import polar_blocks
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.columns import Column
from audio_pipeline.spatialaudio.direct_speakers import (
    Bounded,
    DirectSpeaker,
    DirectSpeakerBlocks,
    PolarSpeakerPosition,
)
from audio_pipeline.spatialaudio.ear_signals import EarBlocks
from audio_pipeline.spatialaudio.geometry import FloatArray, IntArray, cartesian
from audio_pipeline.spatialaudio.hoa import HoaBlocks
from audio_pipeline.spatialaudio.zones import Zone

Value = float | str | tuple[float, ...] | None

# Below this, numbers differ by how they were written down.
_NEARLY: Final = 1e-6
_NEARLY_DEG: Final = 1e-4
# A jump is written as a ramp of one sample.
_SHORTEST_SAMPLES: Final = 1.5

_MOVEMENT: Final = "movement_samples"
_PLAIN: Final = (
    *("distance", "width_deg", "height_deg", "depth", "diffuse", "divergence", "channel_lock", "screen_ref"),
    *("horizontal_edge", "vertical_edge"),
)
# What counts only where something else is so on both sides.
_PLAIN_WHERE: Final = {
    "divergence_azimuth_deg": "divergence",
    "divergence_x": "divergence",
    "lock_distance": "channel_lock",
}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that differs, from `start_s` to `end_s` (None: as a whole), and what it is on either side.

    Values are those of the time `at_s`, where they are farthest apart, by `by`. A position is azimuth and elevation in
    degrees, and `by` the angle between both; a gain is in dB, None where it is silent.
    """

    what: str
    a: Value
    b: Value
    by: float | None = None
    start_s: float | None = None
    end_s: float | None = None
    at_s: float | None = None


def column_changes(
    a: Column, b: Column, *, rate_a_hz: int, rate_b_hz: int, gain_a: float, gain_b: float
) -> Iterator[Change]:
    """What differs between two columns; gains are divided by `gain_a` and `gain_b` before they are compared."""
    sample_rate_hz = rate_a_hz
    if rate_a_hz != rate_b_hz:
        b = _at_rate(b, rate_a_hz / rate_b_hz)
    if isinstance(a, ObjectBlocks) and isinstance(b, ObjectBlocks):
        if a.reference_screen != b.reference_screen and (a.screen_ref.any() or b.screen_ref.any()):
            yield Change(what="reference_screen", a=repr(a.reference_screen), b=repr(b.reference_screen))
        changes = list(_object_changes(_Track(a, gain_a), _Track(b, gain_b), sample_rate_hz))
        # How long a movement lasts follows from what moves: it is a difference of its own where that is the same.
        yield from [one for one in changes if one.what != _MOVEMENT] or changes
    elif type(a) is not type(b):
        yield Change(what="type", a=_KINDS[type(a)], b=_KINDS[type(b)])
    else:
        # What does not move is told in words, block by block, and when only where that differs.
        told_a, told_b = _told(a, gain_a), _told(b, gain_b)
        times_a, times_b = _times(a, sample_rate_hz), _times(b, sample_rate_hz)
        if times_a != times_b:
            told_a = [f"{text} {when}" for text, when in zip(told_a, times_a, strict=True)]
            told_b = [f"{text} {when}" for text, when in zip(told_b, times_b, strict=True)]
        if told_a != told_b:
            yield Change(what="blocks", a="; ".join(told_a), b="; ".join(told_b))


_KINDS: Final[dict[type, str]] = {
    ObjectBlocks: "Objects",
    DirectSpeakerBlocks: "DirectSpeakers",
    HoaBlocks: "HOA",
    EarBlocks: "Binaural",
}


def _at_rate(column: Column, factor: float) -> Column:
    """The same times in samples of another rate."""
    start, end = column.start_samples * factor, column.end_samples * factor
    if isinstance(column, ObjectBlocks):
        movement = column.interpolation_samples * factor
        return replace(column, start_samples=start, end_samples=end, interpolation_samples=movement)
    return replace(column, start_samples=start, end_samples=end)


def _times(column: Column, sample_rate_hz: int) -> list[str]:
    pairs = zip(column.start_samples.tolist(), column.end_samples.tolist(), strict=True)
    return [f"from {start / sample_rate_hz:.5f} to {end / sample_rate_hz:.5f} s" for start, end in pairs]


def _told(column: Column, gain: float) -> list[str]:
    match column:
        case DirectSpeakerBlocks():
            passes = ((" low-pass", column.low_pass_hz), (" high-pass", column.high_pass_hz))
            more = f" in {column.pack_id}" if column.pack_id else ""
            more += "".join(f"{name} {hz:g} Hz" for name, hz in passes if hz is not None)
            return [f"{_place(one)} gain {one.gain / gain:g}{more}" for one in column.speakers]
        case HoaBlocks():
            form = column.format
            kind = f"order {form.orders[column.component]} degree {form.degrees[column.component]} {form.normalisation}"
            kind += f" of {len(form.orders)}" + (" with the screen" if form.screen_ref else "")
            kind += f" near field {form.nfc_distance_m:g} m" if form.nfc_distance_m else ""
            return [f"{kind} gain {one / gain:g}" for one in column.gain.tolist()]
        case EarBlocks():
            return [f"{column.ear} ear gain {one / gain:g}" for one in column.gain.tolist()]
        case _:
            return []


def _place(speaker: DirectSpeaker) -> str:
    position = speaker.position
    if isinstance(position, PolarSpeakerPosition):
        place = (position.azimuth_deg, position.elevation_deg, position.distance)
    else:
        place = (position.x, position.y, position.z)
    at = " ".join(map(_coordinate, place))
    kind = "at" if isinstance(position, PolarSpeakerPosition) else "in the room at"
    edges = "".join(f" {edge} edge" for edge in (speaker.horizontal_edge, speaker.vertical_edge) if edge)
    return f"{', '.join(speaker.labels) or 'no label'} {kind} {at}{edges}"


def _coordinate(one: Bounded) -> str:
    if one.lowest is None and one.highest is None:
        return f"{one.value:g}"
    lowest, highest = (one.value if limit is None else limit for limit in (one.lowest, one.highest))
    return f"{one.value:g} ({lowest:g} to {highest:g})"


class _Track:
    """An object's blocks in directions, their gains without that of the programme."""

    def __init__(self, blocks: ObjectBlocks, gain: float) -> None:
        self.blocks = polar_blocks(blocks)
        self.gain = self.blocks.gain / gain if gain else self.blocks.gain
        self.directions = cartesian(self.blocks.azimuth_deg, self.blocks.elevation_deg)

    def rows_at(self, samples: FloatArray) -> IntArray:
        """The block that holds at each time, −1 where none does."""
        rows: IntArray = np.searchsorted(self.blocks.start_samples, samples, side="right") - 1
        rows[(rows >= 0) & (samples >= self.blocks.end_samples[rows])] = -1
        return rows

    def ramps(self) -> FloatArray:
        """How long each block moves: not at all where it only holds what was there before."""
        blocks = self.blocks
        length = np.where(blocks.jump_position, blocks.interpolation_samples, blocks.end_samples - blocks.start_samples)
        said = np.column_stack([self.directions, self.gain, *(getattr(blocks, field) for field in _PLAIN)])
        moves = np.zeros(len(blocks), dtype=bool)
        moves[1:] = (np.abs(np.diff(said, axis=0)) > _NEARLY).any(axis=1)
        return np.where(moves & (length > _SHORTEST_SAMPLES), length, 0.0)


@dataclass(frozen=True, eq=False, slots=True)
class _Pieces:
    """Stretches of time in which neither side changes its block."""

    start_samples: FloatArray
    end_samples: FloatArray
    row_a: IntArray
    row_b: IntArray


def _pieces(a: _Track, b: _Track) -> _Pieces:
    edges = [one.blocks.start_samples for one in (a, b)] + [one.blocks.end_samples for one in (a, b)]
    boundaries = np.unique(np.concatenate(edges))
    start, end = boundaries[:-1], boundaries[1:]
    return _Pieces(start, end, a.rows_at(start), b.rows_at(start))


def _object_changes(a: _Track, b: _Track, sample_rate_hz: int) -> Iterator[Change]:
    pieces = _pieces(a, b)
    row_a, row_b = pieces.row_a, pieces.row_b
    long = pieces.end_samples - pieces.start_samples > _SHORTEST_SAMPLES
    gain_a = np.where(row_a >= 0, a.gain[row_a], 0.0)
    gain_b = np.where(row_b >= 0, b.gain[row_b], 0.0)
    silent = (gain_a == 0) & (gain_b == 0)

    def change(what: str, by: FloatArray, nearly: float, side_a: list[Value], side_b: list[Value]) -> Iterator[Change]:
        differs = by > nearly
        lasting = differs & long
        if not lasting.any():
            return
        worst = int(np.argmax(np.where(lasting, by, -1.0)))
        rows = np.flatnonzero(lasting)
        first = rows[0] - 1 if rows[0] and differs[rows[0] - 1] else rows[0]
        yield Change(
            what=what,
            a=side_a[worst],
            b=side_b[worst],
            by=float(by[worst]) if np.isfinite(by[worst]) else None,
            start_s=float(pieces.start_samples[first]) / sample_rate_hz,
            end_s=_seconds(float(pieces.end_samples[rows[-1]]), sample_rate_hz),
            at_s=float(pieces.start_samples[worst]) / sample_rate_hz,
        )

    def compared(by: FloatArray) -> FloatArray:
        return np.where(silent | (row_a < 0) | (row_b < 0), 0.0, by)

    apart = (a.directions[row_a] * b.directions[row_b]).sum(axis=1)
    yield from change(
        "position",
        compared(np.degrees(np.arccos(apart.clip(-1.0, 1.0)))),
        # The arc cosine of a rounded 1 is a hundred-thousandth of a degree.
        _NEARLY_DEG,
        _directions(a, row_a),
        _directions(b, row_b),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        levels_a, levels_b = 20 * np.log10(np.abs(gain_a)), 20 * np.log10(np.abs(gain_b))
        apart_db = np.where(silent, 0.0, np.abs(levels_a - levels_b))
    yield from change("gain_db", apart_db, _NEARLY_DEG, _levels(levels_a), _levels(levels_b))
    turned = compared(np.where(np.sign(gain_a) * np.sign(gain_b) < 0, 1.0, 0.0))
    yield from change("polarity", turned, 0.5, _numbers(np.sign(gain_a)), _numbers(np.sign(gain_b)))
    for field in _PLAIN:
        of_a = np.asarray(getattr(a.blocks, field), dtype=np.float64)[row_a]
        of_b = np.asarray(getattr(b.blocks, field), dtype=np.float64)[row_b]
        yield from change(field, compared(np.abs(of_a - of_b)), _NEARLY, _numbers(of_a), _numbers(of_b))
    for field, where in _PLAIN_WHERE.items():
        counts = (getattr(a.blocks, where)[row_a] > 0) & (getattr(b.blocks, where)[row_b] > 0)
        of_a, of_b = getattr(a.blocks, field)[row_a], getattr(b.blocks, field)[row_b]
        apart = np.abs(np.where(counts & (of_a != of_b), of_a, 0.0) - np.where(counts & (of_a != of_b), of_b, 0.0))
        yield from change(field, compared(apart), _NEARLY, _numbers(of_a), _numbers(of_b))
    zones_a, zones_b = _zones(a, row_a), _zones(b, row_b)
    others = np.array([one != other for one, other in zip(zones_a, zones_b, strict=True)], dtype=np.float64)
    yield from change("zones", compared(others), 0.5, [*map(str, zones_a)], [*map(str, zones_b)])
    yield from change(
        _MOVEMENT,
        compared(np.where(_same_blocks(a, b, pieces), np.abs(a.ramps()[row_a] - b.ramps()[row_b]), 0.0)),
        _SHORTEST_SAMPLES,
        _numbers(a.ramps()[row_a]),
        _numbers(b.ramps()[row_b]),
    )


def _same_blocks(a: _Track, b: _Track, pieces: _Pieces) -> NDArray[np.bool_]:
    """Where both sides have a block of the same start: only there can the length of a movement be compared."""
    starts_a, starts_b = a.blocks.start_samples[pieces.row_a], b.blocks.start_samples[pieces.row_b]
    same: NDArray[np.bool_] = np.abs(starts_a - starts_b) <= _SHORTEST_SAMPLES
    return same


def _seconds(samples: float, sample_rate_hz: int) -> float | None:
    return samples / sample_rate_hz if np.isfinite(samples) else None


def _directions(track: _Track, rows: IntArray) -> list[Value]:
    azimuth, elevation = track.blocks.azimuth_deg[rows], track.blocks.elevation_deg[rows]
    return [tuple(pair) for pair in np.column_stack([azimuth, elevation]).tolist()]


def _levels(levels: FloatArray) -> list[Value]:
    return [level if np.isfinite(level) else None for level in levels.tolist()]


def _zones(track: _Track, rows: IntArray) -> list[tuple[Zone, ...]]:
    zones = track.blocks.zones or ((),) * len(track.blocks)
    return [zones[row] for row in rows.tolist()]


def _numbers(values: FloatArray) -> list[Value]:
    return list(values.tolist())
