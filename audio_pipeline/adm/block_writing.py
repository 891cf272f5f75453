"""audioBlockFormats as lines of XML, all that `xml_blocks` reads of them; what has the standard's default is left out.

Of Objects what 360 masters always say is always said: position, extent, gain, jumpPosition and importance.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import assert_never

from audio_pipeline.adm.block_formats import (
    BinauralBlock,
    Block,
    Coefficient,
    HoaBlock,
    MatrixBlock,
    ObjectBlock,
    SpeakerBlock,
)
from audio_pipeline.adm.times import AdmTime, format_time
from audio_pipeline.adm.xml_text import importance, leaf, number, opened, texts
from audio_pipeline.spatialaudio.direct_speakers import Bounded, PolarSpeakerPosition
from audio_pipeline.spatialaudio.zones import PolarZone, Zone

_HORIZONTAL = ("azimuth", "X")
_VERTICAL = ("elevation", "Z")


def block_lines(block: Block, sample_rate_hz: int) -> Iterator[str]:
    """`block` as an element, times in samples of `sample_rate_hz` where they were in samples."""
    attributes = {"audioBlockFormatID": block.id}
    if block.rtime is not None:
        attributes["rtime"] = format_time(block.rtime, sample_rate_hz)
    if block.duration is not None:
        attributes["duration"] = format_time(block.duration, sample_rate_hz)
    yield opened("audioBlockFormat", **attributes)
    match block:
        case ObjectBlock():
            yield from _object(block, sample_rate_hz)
        case SpeakerBlock():
            yield from texts("speakerLabel", block.labels)
            yield from _speaker_position(block)
            yield from _gain(block)
        case HoaBlock():
            yield from _hoa(block)
            yield from _gain(block)
        case MatrixBlock():
            if block.output_channel is not None:
                yield leaf("outputChannelFormatIDRef", block.output_channel)
            yield "<matrix>"
            yield from map(_coefficient, block.coefficients)
            yield "</matrix>"
            yield from _gain(block)
        case BinauralBlock():
            yield from _gain(block)
        case _:
            assert_never(block)
    yield "</audioBlockFormat>"


def _object(block: ObjectBlock, sample_rate_hz: int) -> Iterator[str]:
    yield f"<cartesian>{block.cartesian:d}</cartesian>"
    if block.has_position:
        coordinates = (
            (("X", block.x), ("Y", block.y), ("Z", block.z))
            if block.cartesian
            else (("azimuth", block.azimuth_deg), ("elevation", block.elevation_deg), ("distance", block.distance))
        )
        for coordinate, value in coordinates:
            yield _position(coordinate, value, block.horizontal_edge, block.vertical_edge)
    yield f"<width>{number(block.width)}</width>"
    yield f"<height>{number(block.height)}</height>"
    yield f"<depth>{number(block.depth)}</depth>"
    yield f"<gain>{number(block.gain)}</gain>"
    if block.diffuse != 0:
        yield leaf("diffuse", number(block.diffuse))
    if block.channel_lock or block.lock_distance is not None:
        limit = {} if block.lock_distance is None else {"maxDistance": number(block.lock_distance)}
        yield leaf("channelLock", f"{block.channel_lock:d}", **limit)
    ranges = {
        name: number(value)
        for name, value, default in (
            ("azimuthRange", block.divergence_range_deg, 45.0),
            ("positionRange", block.divergence_range, 0.0),
        )
        if value != default
    }
    if block.divergence != 0 or ranges:
        yield leaf("objectDivergence", number(block.divergence), **ranges)
    length_s = block.interpolation_length_s
    interpolation = {} if length_s is None else {"interpolationLength": _seconds(length_s, sample_rate_hz)}
    yield leaf("jumpPosition", f"{block.jump_position:d}", **interpolation)
    if block.zones:
        yield "<zoneExclusion>"
        yield from map(_zone, block.zones)
        yield "</zoneExclusion>"
    if block.screen_ref:
        yield leaf("screenRef", "1")
    if block.head_locked:
        yield leaf("headLocked", "1")
    yield f"<importance>{importance(block.importance)}</importance>"


def _zone(zone: Zone) -> str:
    if isinstance(zone, PolarZone):
        values = {
            "minAzimuth": zone.first_deg,
            "maxAzimuth": zone.last_deg,
            "minElevation": zone.lowest_deg,
            "maxElevation": zone.highest_deg,
        }
    else:
        values = {f"min{axis}": value for axis, value in zip("XYZ", zone.least, strict=True)}
        values |= {f"max{axis}": value for axis, value in zip("XYZ", zone.most, strict=True)}
    return leaf("zone", "", **{name: number(value) for name, value in values.items()})


def _speaker_position(block: SpeakerBlock) -> Iterator[str]:
    position = block.position
    if position is None:
        return
    coordinates: tuple[tuple[str, Bounded], ...] = (
        (("azimuth", position.azimuth_deg), ("elevation", position.elevation_deg), ("distance", position.distance))
        if isinstance(position, PolarSpeakerPosition)
        else (("X", position.x), ("Y", position.y), ("Z", position.z))
    )
    for coordinate, bounded in coordinates:
        yield _position(coordinate, bounded.value, block.horizontal_edge, block.vertical_edge)
        for bound, value in (("min", bounded.lowest), ("max", bounded.highest)):
            if value is not None:
                yield leaf("position", number(value), coordinate=coordinate, bound=bound)


def _position(coordinate: str, value: float, horizontal: str | None, vertical: str | None) -> str:
    edge = horizontal if coordinate in _HORIZONTAL else vertical if coordinate in _VERTICAL else None
    lock = {} if edge is None else {"screenEdgeLock": edge}
    return leaf("position", number(value), coordinate=coordinate, **lock)


def _hoa(block: HoaBlock) -> Iterator[str]:
    if block.equation is not None:
        yield leaf("equation", block.equation)
    for tag, whole in (("order", block.order), ("degree", block.degree)):
        if whole is not None:
            yield leaf(tag, str(whole))
    if block.normalization is not None:
        yield leaf("normalization", block.normalization)
    if block.nfc_distance_m is not None:
        yield leaf("nfcRefDist", number(block.nfc_distance_m))
    if block.screen_ref is not None:
        yield leaf("screenRef", f"{block.screen_ref:d}")


def _coefficient(coefficient: Coefficient) -> str:
    attributes = {"gain": number(coefficient.gain)}
    if coefficient.delay_ms:
        attributes["delay"] = number(float(coefficient.delay_ms))
    if coefficient.phase_deg:
        attributes["phase"] = number(coefficient.phase_deg)
    attributes |= {name: name for name in coefficient.variables}
    return leaf("coefficient", coefficient.channel, **attributes)


def _gain(block: SpeakerBlock | HoaBlock | MatrixBlock | BinauralBlock) -> Iterator[str]:
    if block.gain != 1:
        yield leaf("gain", number(block.gain))
    if block.importance != 10:
        yield leaf("importance", importance(block.importance))


def _seconds(length_s: Fraction, sample_rate_hz: int) -> str:
    """Decimal seconds where they say it exactly, else the exact form of a time."""
    rest = length_s.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1 and length_s.denominator < 10**15:
        return number(float(length_s))
    return format_time(AdmTime(length_s, in_samples=True), sample_rate_hz)
