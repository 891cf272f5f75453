"""Channels of the type DirectSpeakers as the renderer's columns."""

from collections.abc import Sequence

from audio_pipeline.adm.block_formats import SpeakerBlock
from audio_pipeline.adm.common_definitions import speaker_of_label
from audio_pipeline.adm.elements import AudioObject, PackFormat, PositionOffset, is_common_definition
from audio_pipeline.adm.errors import AdmInvalid
from audio_pipeline.adm.offsets import offset_of
from audio_pipeline.adm.selecting import HeardChannel
from audio_pipeline.adm.spans import Window, heard_spans
from audio_pipeline.spatialaudio.direct_speakers import (
    Bounded,
    CartesianSpeakerPosition,
    DirectSpeaker,
    DirectSpeakerBlocks,
    PolarSpeakerPosition,
)

Position = PolarSpeakerPosition | CartesianSpeakerPosition


def speaker_column(
    heard: HeardChannel, path: Sequence[AudioObject], window: Window, *, gain: float
) -> DirectSpeakerBlocks:
    """The blocks of a bed's channel, gains multiplied by `gain`. Raises `AdmInvalid`.

    A block without a position has that of its first label that the common definitions know.
    """
    channel = heard.channel
    spans = heard_spans([block for block in channel.blocks if isinstance(block, SpeakerBlock)], window)
    offset = offset_of(path)
    return DirectSpeakerBlocks(
        start_samples=spans.start_samples,
        end_samples=spans.end_samples,
        speakers=tuple(_speaker(block, offset, gain) for block in spans.blocks),
        pack_id=_common_pack(heard.packs[-1]),
        low_pass_hz=channel.low_pass_hz,
        high_pass_hz=channel.high_pass_hz,
    )


def _common_pack(pack: PackFormat) -> str | None:
    return pack.id if is_common_definition(pack.id) else None


def _speaker(block: SpeakerBlock, offset: PositionOffset | None, gain: float) -> DirectSpeaker:
    position = block.position
    horizontal, vertical = block.horizontal_edge, block.vertical_edge
    if position is None:
        nominal = next((found for label in block.labels if (found := speaker_of_label(label)) is not None), None)
        if nominal is None or nominal.position is None:
            raise AdmInvalid(block.id, "has no position, and no speakerLabel that says one")
        position, horizontal = nominal.position, horizontal or nominal.horizontal_edge
    return DirectSpeaker(
        position=position if offset is None else _moved(position, offset, block.id),
        labels=block.labels,
        horizontal_edge=horizontal,
        vertical_edge=vertical,
        gain=block.gain * gain,
    )


def _moved(position: Position, offset: PositionOffset, where: str) -> Position:
    match position:
        case PolarSpeakerPosition(azimuth, elevation, distance):
            if offset.is_cartesian:
                raise AdmInvalid(where, "has a polar position, but its object a cartesian positionOffset")
            return PolarSpeakerPosition(
                _shifted(azimuth, offset.azimuth_deg),
                _shifted(elevation, offset.elevation_deg, -90.0, 90.0),
                _shifted(distance, offset.distance, 0.0),
            )
        case CartesianSpeakerPosition(x, y, z):
            if offset.is_polar:
                raise AdmInvalid(where, "has a cartesian position, but its object a polar positionOffset")
            return CartesianSpeakerPosition(
                _shifted(x, offset.x, -1.0, 1.0), _shifted(y, offset.y, -1.0, 1.0), _shifted(z, offset.z, -1.0, 1.0)
            )


def _shifted(one: Bounded, by: float, lowest: float = float("-inf"), highest: float = float("inf")) -> Bounded:
    def shift(value: float | None) -> float | None:
        return None if value is None else min(max(value + by, lowest), highest)

    return Bounded(min(max(one.value + by, lowest), highest), shift(one.lowest), shift(one.highest)) if by else one
