"""Rules of blocks: they follow one another without gap or overlap, their values are within the standard's ranges."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from audio_pipeline.adm.block_formats import HoaBlock, ObjectBlock, SpeakerBlock
from audio_pipeline.adm.elements import AudioObject, ChannelFormat
from audio_pipeline.adm.findings import Finding, rejected
from audio_pipeline.adm.profiles.subject import Subject
from audio_pipeline.adm.spans import ROUNDING_SLACK_S
from audio_pipeline.spatialaudio.direct_speakers import Bounded
from audio_pipeline.spatialaudio.hoa import HIGHEST_ORDER

# Code, field, lowest and highest value; an extent is in degrees for polar positions, in parts of the room for others.
_OBJECT_RANGES: Final = (
    ("DIFFUSE_RANGE", "diffuse", 0.0, 1.0),
    ("DIVERGENCE_RANGE", "divergence", 0.0, 1.0),
    ("DIVERGENCE_RANGE", "divergence_range_deg", 0.0, 180.0),
    ("DIVERGENCE_RANGE", "divergence_range", 0.0, 1.0),
    ("DEPTH_RANGE", "depth", 0.0, 1.0),
)
_POLAR_RANGES: Final = (
    ("AZIMUTH_RANGE", "azimuth_deg", -180.0, 180.0),
    ("ELEVATION_RANGE", "elevation_deg", -90.0, 90.0),
    ("DISTANCE_RANGE", "distance", 0.0, 1.0),
    ("WIDTH_RANGE", "width", 0.0, 360.0),
    ("HEIGHT_RANGE", "height", 0.0, 360.0),
)
_CARTESIAN_RANGES: Final = (
    ("POSITION_RANGE", "x", -1.0, 1.0),
    ("POSITION_RANGE", "y", -1.0, 1.0),
    ("POSITION_RANGE", "z", -1.0, 1.0),
    ("WIDTH_RANGE", "width", 0.0, 1.0),
    ("HEIGHT_RANGE", "height", 0.0, 1.0),
)
# What a bed's channel may be: distance has no upper limit where it is a bound.
_SPEAKER_RANGES: Final = tuple(row for row in (*_POLAR_RANGES, *_CARTESIAN_RANGES) if row[1] not in ("width", "height"))
_NORMALISATIONS: Final = ("SN3D", "N3D", "FuMa")


def timing_findings(subject: Subject) -> Iterator[Finding]:
    """Blocks start at 0 and each starts where the one before it ends.

    Times in samples must meet exactly; decimal times within what five digits can express.
    """
    for channel in subject.document.channels if subject.document else ():
        if not channel.blocks:
            yield rejected("NO_BLOCKS", channel.id, "the channel has no audioBlockFormat")
        elif len(channel.blocks) > 1 or channel.blocks[0].rtime is not None:
            yield from _contiguity(channel)


def value_findings(subject: Subject) -> Iterator[Finding]:
    """Positions, extents and the rest are there and in range."""
    for channel in subject.document.channels if subject.document else ():
        for block in channel.blocks:
            match block:
                case ObjectBlock():
                    yield from _object_values(block)
                case SpeakerBlock():
                    yield from _speaker_values(block)
                case HoaBlock():
                    yield from _hoa_values(block)
            if not 0 <= block.importance <= 10:
                yield rejected("IMPORTANCE_RANGE", block.id, f"importance is {block.importance:g}, outside 0 to 10")
            if block.gain < 0:
                yield Finding("GAIN_NEGATIVE", "warn", block.id, f"gain is {block.gain:g}, which turns the polarity")


def length_findings(subject: Subject) -> Iterator[Finding]:
    """Objects end within the file."""
    header = subject.riff
    if subject.document is None or header is None or header.fmt is None or header.fmt.sample_rate_hz == 0:
        return
    file_end = Fraction(header.present_frames, header.fmt.sample_rate_hz)
    for audio_object in subject.document.objects:
        end = _end(audio_object)
        if end is not None and end > file_end + Fraction(1, header.fmt.sample_rate_hz):
            yield Finding(
                "OBJECT_PAST_END",
                "warn",
                audio_object.id,
                f"it ends at {float(end):.5f} s, the file at {float(file_end):.5f} s",
            )


def _end(audio_object: AudioObject) -> Fraction | None:
    if audio_object.duration is None:
        return None
    return (audio_object.start.seconds if audio_object.start else Fraction(0)) + audio_object.duration.seconds


def _contiguity(channel: ChannelFormat) -> Iterator[Finding]:
    expected = Fraction(0)
    exact = True
    for index, block in enumerate(channel.blocks):
        if block.rtime is None or (block.duration is None and len(channel.blocks) > 1):
            yield rejected("BLOCK_TIMES_MISSING", block.id, "one of several blocks needs both rtime and duration")
            return
        exact = exact and block.rtime.in_samples
        slack = Fraction(0) if exact else ROUNDING_SLACK_S
        distance = block.rtime.seconds - expected
        if index == 0 and distance != 0:
            yield rejected(
                "BLOCK_START", block.id, f"the first block starts at {_seconds(block.rtime.seconds)}, not at 0"
            )
        elif distance > slack:
            yield rejected("BLOCK_GAP", block.id, f"{_seconds(distance)} pass between it and the block before it")
        elif distance < -slack:
            yield rejected("BLOCK_OVERLAP", block.id, f"it starts {_seconds(-distance)} before its predecessor ends")
        if block.duration is not None:
            expected = block.rtime.seconds + block.duration.seconds
            exact = block.rtime.in_samples and block.duration.in_samples
            length_s = block.interpolation_length_s if isinstance(block, ObjectBlock) else None
            if length_s is not None and length_s > block.duration.seconds + ROUNDING_SLACK_S:
                yield rejected("INTERPOLATION_TOO_LONG", block.id, "interpolationLength exceeds the block's duration")


def _object_values(block: ObjectBlock) -> Iterator[Finding]:
    if not block.has_position:
        yield rejected("POSITION_MISSING", block.id, "the block has no position")
    for code, field, lowest, highest in (*_OBJECT_RANGES, *(_CARTESIAN_RANGES if block.cartesian else _POLAR_RANGES)):
        yield from _range(code, block.id, field, getattr(block, field), lowest, highest)


def _speaker_values(block: SpeakerBlock) -> Iterator[Finding]:
    if block.position is None:
        yield rejected("POSITION_MISSING", block.id, "the block has no position")
        return
    for code, field, lowest, highest in _SPEAKER_RANGES:
        bounded: Bounded | None = getattr(block.position, field, None)
        if bounded is None:
            continue
        yield from _range(code, block.id, field, bounded.value, lowest, highest)
        least = bounded.value if bounded.lowest is None else bounded.lowest
        most = bounded.value if bounded.highest is None else bounded.highest
        # Azimuths go round: from 170 to -170 degrees is a range too.
        if field != "azimuth_deg" and not least <= bounded.value <= most:
            name = field.removesuffix("_deg")
            yield rejected("BOUNDS", block.id, f"{name} is {bounded.value:g}, its bounds are {least:g} and {most:g}")


def _hoa_values(block: HoaBlock) -> Iterator[Finding]:
    if block.order is None or block.degree is None:
        if not block.equation:
            yield rejected("COMPONENT_MISSING", block.id, "the block has neither order and degree nor an equation")
    elif not abs(block.degree) <= block.order:
        yield rejected("COMPONENT_RANGE", block.id, f"order {block.order} has no degree {block.degree}")
    elif block.order > HIGHEST_ORDER:
        detail = f"order {block.order} is allowed, but opencall renders up to {HIGHEST_ORDER}"
        yield Finding("ORDER_NOT_RENDERED", "warn", block.id, detail)
    if block.normalization is not None and block.normalization not in _NORMALISATIONS:
        yield rejected("NORMALIZATION", block.id, f"normalization is {block.normalization!r}")


def _range(code: str, where: str, field: str, value: float, lowest: float, highest: float) -> Iterator[Finding]:
    if not lowest <= value <= highest:
        name = field.removesuffix("_deg")
        yield rejected(code, where, f"{name} is {value:g}, outside {lowest:g} to {highest:g}")


def _seconds(value: Fraction) -> str:
    return f"{float(value):.6f} s"
