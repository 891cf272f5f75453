"""The elements of an ADM document (ITU-R BS.2076-0 to -3), blocks apart.

References are IDs, not pointers: a document with faults can be held, and judged. IDs compare without case, so they are
kept as written and looked up in upper case (`key`). Times are exact fractions of a second; None where not given.

Gains are linear here whatever unit the file used. What describes without being heard (loudness, dialogue, labels,
interaction) is not kept.
"""

from typing import Final

import msgspec

from audio_pipeline.adm.block_formats import Block, MatrixBlock
from audio_pipeline.adm.times import AdmTime
from audio_pipeline.spatialaudio.screens import Screen

DIRECT_SPEAKERS: Final = "0001"
MATRIX: Final = "0002"
OBJECTS: Final = "0003"
HOA: Final = "0004"
BINAURAL: Final = "0005"
TYPE_NAMES: Final = {
    "0001": "DirectSpeakers",
    "0002": "Matrix",
    "0003": "Objects",
    "0004": "HOA",
    "0005": "Binaural",
}
SILENT_TRACK: Final = "ATU_00000000"


def key(element_id: str) -> str:
    """The form in which IDs compare."""
    return element_id.upper()


def is_common_definition(element_id: str) -> bool:
    """Whether the ID is one of BS.2094's, which no file needs to define: a known type but Objects, xxxx below 1000."""
    kind, type_label, number = element_id[:3].upper(), element_id[3:7], element_id[7:8]
    return kind in ("AP_", "AC_", "AS_", "AT_") and type_label in TYPE_NAMES and type_label != OBJECTS and number == "0"


class ChannelFormat(msgspec.Struct, frozen=True, kw_only=True):
    """audioChannelFormat: one channel and what it is over time. `type_label` is "0003" for Objects."""

    id: str
    name: str
    type_label: str
    blocks: tuple[Block, ...] = ()
    low_pass_hz: float | None = None
    high_pass_hz: float | None = None

    @property
    def matrix_channels(self) -> tuple[str, ...]:
        """The channels that a Matrix mixes and those that it makes."""
        named: list[str] = []
        for block in self.blocks:
            if isinstance(block, MatrixBlock):
                named += [coefficient.channel for coefficient in block.coefficients]
                named += [block.output_channel] if block.output_channel is not None else []
        return tuple(named)


class PackFormat(msgspec.Struct, frozen=True, kw_only=True):
    """audioPackFormat: channels that belong together.

    A Matrix names the packs that it goes between; the attributes of HOA hold for all channels that do not say their
    own.
    """

    id: str
    name: str
    type_label: str
    channels: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    importance: float | None = None
    absolute_distance_m: float | None = None
    encode_packs: tuple[str, ...] = ()
    decode_packs: tuple[str, ...] = ()
    input_packs: tuple[str, ...] = ()
    output_packs: tuple[str, ...] = ()
    normalization: str | None = None
    nfc_distance_m: float | None = None
    screen_ref: bool | None = None

    @property
    def matrix_packs(self) -> tuple[str, ...]:
        """Every pack that a Matrix names."""
        return self.encode_packs + self.decode_packs + self.input_packs + self.output_packs


class StreamFormat(msgspec.Struct, frozen=True, kw_only=True):
    """audioStreamFormat: what a combination of tracks decodes to."""

    id: str
    name: str
    channels: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    tracks: tuple[str, ...] = ()


class TrackFormat(msgspec.Struct, frozen=True, kw_only=True):
    """audioTrackFormat: the format of one track."""

    id: str
    name: str
    streams: tuple[str, ...] = ()


class TrackUid(msgspec.Struct, frozen=True, kw_only=True):
    """audioTrackUID: one track of this very file."""

    id: str
    sample_rate_hz: int | None = None
    bit_depth: int | None = None
    tracks: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()


class PositionOffset(msgspec.Struct, frozen=True, kw_only=True):
    """positionOffset: what is added to every position of an object, in degrees or along the room's axes."""

    azimuth_deg: float = 0.0
    elevation_deg: float = 0.0
    distance: float = 0.0
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0

    @property
    def is_polar(self) -> bool:
        """Whether it moves polar positions."""
        return bool(self.azimuth_deg or self.elevation_deg or self.distance)

    @property
    def is_cartesian(self) -> bool:
        """Whether it moves cartesian positions."""
        return bool(self.x or self.y or self.z)


class AudioObject(msgspec.Struct, frozen=True, kw_only=True):
    """audioObject: joins a pack with tracks, or nests other objects. `start` shifts its blocks."""

    id: str
    name: str
    start: AdmTime | None = None
    duration: AdmTime | None = None
    importance: float | None = None
    gain: float = 1.0
    mute: bool = False
    objects: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    track_uids: tuple[str, ...] = ()
    complementary: tuple[str, ...] = ()
    position_offset: PositionOffset | None = None
    head_locked: bool = False


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """audioContent: one part of a programme."""

    id: str
    name: str
    objects: tuple[str, ...] = ()


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """audioProgramme: what is to be heard. The layouts are packs that authoringInformation names.

    `screen` is the picture that it was made to, None where the file does not say.
    """

    id: str
    name: str
    contents: tuple[str, ...] = ()
    reference_layouts: tuple[str, ...] = ()
    renderer_layouts: tuple[str, ...] = ()
    screen: Screen | None = None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One `audioFormatExtended`, its elements in the file's order."""

    version: str = ""
    programmes: tuple[Programme, ...] = ()
    contents: tuple[Content, ...] = ()
    objects: tuple[AudioObject, ...] = ()
    packs: tuple[PackFormat, ...] = ()
    channels: tuple[ChannelFormat, ...] = ()
    streams: tuple[StreamFormat, ...] = ()
    tracks: tuple[TrackFormat, ...] = ()
    track_uids: tuple[TrackUid, ...] = ()


Element = Programme | Content | AudioObject | PackFormat | ChannelFormat | StreamFormat | TrackFormat | TrackUid


def all_elements(document: Document) -> tuple[Element, ...]:
    """Every element that has an ID of its own, blocks apart."""
    return (
        *document.programmes,
        *document.contents,
        *document.objects,
        *document.packs,
        *document.channels,
        *document.streams,
        *document.tracks,
        *document.track_uids,
    )


def references(element: Element) -> tuple[str, ...]:
    """Every ID that `element` names, in the order of its fields."""
    match element:
        case Programme():
            return element.contents + element.reference_layouts + element.renderer_layouts
        case Content():
            return element.objects
        case AudioObject():
            return element.objects + element.packs + element.track_uids + element.complementary
        case PackFormat():
            return element.channels + element.packs + element.matrix_packs
        case ChannelFormat():
            return element.matrix_channels
        case StreamFormat():
            return element.channels + element.packs + element.tracks
        case TrackFormat():
            return element.streams
        case TrackUid():
            return element.tracks + element.channels + element.packs
