"""The elements of an ADM document (ITU-R BS.2076-2), as far as object-based programmes need them.

References are IDs, not pointers: a document with faults can be held, and judged. IDs compare without case, so they are
kept as written and looked up in upper case (`key`). Times are exact fractions of a second; None where not given.

Conventions are the standard's: azimuth 0 in front and positive to the left, elevation positive up, distance 1 on the
sphere of the loudspeakers; gains are linear here whatever unit the file used.
"""

from fractions import Fraction
from typing import Final

import msgspec

from audio_pipeline.adm.times import AdmTime

OBJECTS: Final = "0003"
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


class Block(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One audioBlockFormat. `unread` names the children that this program does not render."""

    id: str
    rtime: AdmTime | None = None
    duration: AdmTime | None = None
    cartesian: bool = False
    has_position: bool = True
    azimuth_deg: float = 0.0
    elevation_deg: float = 0.0
    distance: float = 1.0
    width_deg: float = 0.0
    height_deg: float = 0.0
    depth: float = 0.0
    gain: float = 1.0
    gain_in_db: bool = False
    diffuse: float = 0.0
    importance: float = 10.0
    jump_position: bool = False
    interpolation_length_s: Fraction | None = None
    speaker_label: str | None = None
    unread: tuple[str, ...] = ()


class ChannelFormat(msgspec.Struct, frozen=True, kw_only=True):
    """audioChannelFormat: one channel and what it is over time. `type_label` is "0003" for Objects.

    A Matrix names the channels that it mixes.
    """

    id: str
    name: str
    type_label: str
    blocks: tuple[Block, ...] = ()
    low_pass_hz: float | None = None
    matrix_channels: tuple[str, ...] = ()


class PackFormat(msgspec.Struct, frozen=True, kw_only=True):
    """audioPackFormat: channels that belong together. A Matrix names the packs that it goes between."""

    id: str
    name: str
    type_label: str
    channels: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    matrix_packs: tuple[str, ...] = ()


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
    unread: tuple[str, ...] = ()


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """audioContent: one part of a programme."""

    id: str
    name: str
    objects: tuple[str, ...] = ()


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """audioProgramme: what is to be heard. The layouts are packs that authoringInformation names."""

    id: str
    name: str
    contents: tuple[str, ...] = ()
    reference_layouts: tuple[str, ...] = ()
    renderer_layouts: tuple[str, ...] = ()


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
