"""Rules of blocks: they follow one another without gap or overlap, their values are within the standard's ranges."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from audio_pipeline.adm.elements import AudioObject, Block, ChannelFormat
from audio_pipeline.adm.findings import Finding, rejected
from audio_pipeline.adm.objects import ROUNDING_SLACK_S
from audio_pipeline.adm.profiles.subject import Subject

_RANGES: Final = (
    ("AZIMUTH_RANGE", "azimuth_deg", -180.0, 180.0),
    ("ELEVATION_RANGE", "elevation_deg", -90.0, 90.0),
    ("DISTANCE_RANGE", "distance", 0.0, 1.0),
    ("WIDTH_RANGE", "width_deg", 0.0, 360.0),
    ("HEIGHT_RANGE", "height_deg", 0.0, 360.0),
    ("DEPTH_RANGE", "depth", 0.0, 1.0),
    ("DIFFUSE_RANGE", "diffuse", 0.0, 1.0),
    ("IMPORTANCE_RANGE", "importance", 0.0, 10.0),
)
_POSITIONED: Final = ("0001", "0003")


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
            if channel.type_label in _POSITIONED and not block.has_position:
                yield rejected("POSITION_MISSING", block.id, "the block has no position")
            yield from _ranges(block, is_cartesian=block.cartesian)


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
            if block.interpolation_length_s is not None and block.interpolation_length_s > (
                block.duration.seconds + ROUNDING_SLACK_S
            ):
                yield rejected("INTERPOLATION_TOO_LONG", block.id, "interpolationLength exceeds the block's duration")


def _ranges(block: Block, *, is_cartesian: bool) -> Iterator[Finding]:
    for code, field, lowest, highest in _RANGES:
        value: float = getattr(block, field)
        # Extents of cartesian blocks are not degrees, and their coordinates are none of these.
        if is_cartesian and field.endswith("_deg"):
            continue
        if not lowest <= value <= highest:
            name = field.removesuffix("_deg")
            yield rejected(code, block.id, f"{name} is {value:g}, outside {lowest:g} to {highest:g}")
    if block.gain < 0:
        yield Finding("GAIN_NEGATIVE", "warn", block.id, f"gain is {block.gain:g}, which turns the polarity")


def _seconds(value: Fraction) -> str:
    return f"{float(value):.6f} s"
