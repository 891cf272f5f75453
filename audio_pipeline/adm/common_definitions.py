"""The common definitions of ITU-R BS.2094: packs and channels that files refer to without defining them.

The table beside this file was made by `scripts/make_common_definitions.py`. Track and stream formats are not in it:
AT_yyyyxxxx_01 is of AS_yyyyxxxx, which is of AC_yyyyxxxx.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

import msgspec

from audio_pipeline.adm.block_formats import BinauralBlock, HoaBlock, SpeakerBlock
from audio_pipeline.adm.elements import (
    BINAURAL,
    DIRECT_SPEAKERS,
    HOA,
    ChannelFormat,
    Element,
    PackFormat,
    StreamFormat,
    TrackFormat,
    key,
)
from audio_pipeline.spatialaudio.direct_speakers import Bounded, PolarSpeakerPosition

_TABLE: Final = Path(__file__).with_name("common_definitions.json")
_TRACK: Final = re.compile(r"AT_([0-9A-F]{8})_01")
_STREAM: Final = re.compile(r"AS_([0-9A-F]{8})")


class _Speaker(msgspec.Struct, frozen=True, array_like=True):
    id: str
    name: str
    label: str
    azimuth_deg: float
    elevation_deg: float
    distance: float
    edge: Literal["left", "right"] | None
    low_pass_hz: float | None


class _Component(msgspec.Struct, frozen=True, array_like=True):
    id: str
    name: str
    order: int
    degree: int
    normalization: str


class _Ear(msgspec.Struct, frozen=True, array_like=True):
    id: str
    name: str


class _Pack(msgspec.Struct, frozen=True, array_like=True):
    id: str
    name: str
    channels: tuple[str, ...]
    packs: tuple[str, ...]


class _Table(msgspec.Struct, frozen=True):
    speakers: tuple[_Speaker, ...]
    components: tuple[_Component, ...]
    ears: tuple[_Ear, ...]
    packs: tuple[_Pack, ...]


def common_element(element_id: str) -> Element | None:
    """The common definition of that ID, or None where there is none."""
    wanted = key(element_id)
    if match := _TRACK.fullmatch(wanted):
        return TrackFormat(id=element_id, name="", streams=(f"AS_{match[1]}",)) if _is_channel(match[1]) else None
    if match := _STREAM.fullmatch(wanted):
        return StreamFormat(id=element_id, name="", channels=(f"AC_{match[1]}",)) if _is_channel(match[1]) else None
    return _elements().get(wanted)


@cache
def speaker_of_label(label: str) -> SpeakerBlock | None:
    """The nominal position of a loudspeaker, by its label with or without the URN in front; None for an unknown one."""
    wanted = label.rpartition(":")[2].upper()
    for channel in _elements().values():
        block = channel.blocks[0] if isinstance(channel, ChannelFormat) else None
        if isinstance(block, SpeakerBlock) and block.labels[0].rpartition(":")[2].upper() == wanted:
            return block
    return None


def _is_channel(number: str) -> bool:
    return f"AC_{number}" in _elements()


@cache
def _elements() -> Mapping[str, PackFormat | ChannelFormat]:
    table = msgspec.json.decode(_TABLE.read_bytes(), type=_Table)
    channels: list[ChannelFormat] = [
        *map(_speaker_channel, table.speakers),
        *map(_hoa_channel, table.components),
        *(
            ChannelFormat(id=ear.id, name=ear.name, type_label=BINAURAL, blocks=(BinauralBlock(id=_block_id(ear.id)),))
            for ear in table.ears
        ),
    ]
    packs = [
        PackFormat(id=pack.id, name=pack.name, type_label=pack.id[3:7], channels=pack.channels, packs=pack.packs)
        for pack in table.packs
    ]
    return {key(channel.id): channel for channel in channels} | {key(pack.id): pack for pack in packs}


def _speaker_channel(row: _Speaker) -> ChannelFormat:
    position = PolarSpeakerPosition(Bounded(row.azimuth_deg), Bounded(row.elevation_deg), Bounded(row.distance))
    block = SpeakerBlock(id=_block_id(row.id), labels=(row.label,), position=position, horizontal_edge=row.edge)
    return ChannelFormat(
        id=row.id, name=row.name, type_label=DIRECT_SPEAKERS, blocks=(block,), low_pass_hz=row.low_pass_hz
    )


def _hoa_channel(row: _Component) -> ChannelFormat:
    block = HoaBlock(id=_block_id(row.id), order=row.order, degree=row.degree, normalization=row.normalization)
    return ChannelFormat(id=row.id, name=row.name, type_label=HOA, blocks=(block,))


def _block_id(channel_id: str) -> str:
    return f"AB_{channel_id[3:]}_00000001"
