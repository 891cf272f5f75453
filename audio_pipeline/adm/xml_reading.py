"""Reading the `axml` chunk: a document, and everything in it that cannot be read as what it should be.

The reader is lenient so that a check can list every fault at once: a value that cannot be read becomes the standard's
default and a finding. Namespaces and wrappers differ between tools, so elements go by their local name.

The text comes from outside: no entities, no document type, no network, bounded size and depth.
"""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

from lxml import etree

from audio_pipeline.adm.elements import (
    TYPE_NAMES,
    AudioObject,
    Block,
    ChannelFormat,
    Content,
    Document,
    PackFormat,
    Programme,
    StreamFormat,
    TrackFormat,
    TrackUid,
)
from audio_pipeline.adm.errors import AxmlUnreadable
from audio_pipeline.adm.findings import Finding, rejected
from audio_pipeline.adm.times import AdmTime, parse_time

MAX_AXML_BYTES: Final = 512 * 1024 * 1024
_TYPE_LABELS: Final = {name: label for label, name in TYPE_NAMES.items()}
_IGNORABLE_BLOCK_CHILDREN: Final = frozenset({"headphoneVirtualise", "jumpPosition", "position", "initializeBlock"})

_MATRIX_PACK_TAGS: Final = (
    "inputPackFormatIDRef",
    "outputPackFormatIDRef",
    "encodePackFormatIDRef",
    "decodePackFormatIDRef",
)
_MATRIX_CHANNEL_TAGS: Final = ("coefficient", "outputChannelFormatIDRef", "outputChannelIDRef")

T = TypeVar("T")


class Reading(NamedTuple):
    """A document and what was wrong with its letters (not with its sense: the profiles judge that)."""

    document: Document
    findings: tuple[Finding, ...]


def read_axml_document(content: bytes) -> Reading:
    """Parse an `axml` chunk.

    Raises `AxmlUnreadable` where there is no XML, no `audioFormatExtended`, or a document type in it.
    """
    if len(content) > MAX_AXML_BYTES:
        raise AxmlUnreadable(f"it holds {len(content)} bytes; at most {MAX_AXML_BYTES} are read")
    text = content.strip(b"\0 \t\r\n")
    if not text:
        raise AxmlUnreadable("it is empty")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=len(text) > 8_000_000, remove_comments=True
    )
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise AxmlUnreadable(str(fault)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise AxmlUnreadable("it declares a document type, which ADM never needs")
    extended = next((element for element in root.iter("{*}audioFormatExtended")), None)
    if extended is None:
        raise AxmlUnreadable("it has no audioFormatExtended element")
    return _Reader().read(extended)


@lru_cache(maxsize=512)
def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _local(element: etree._Element) -> str:
    tag = element.tag
    return _local_name(tag) if isinstance(tag, str) else ""


def _text(element: etree._Element) -> str:
    return (element.text or "").strip()


class _Reader:
    """Collects findings while the elements are made."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def read(self, extended: etree._Element) -> Reading:
        found: dict[str, list[etree._Element]] = {}
        for child in extended:
            found.setdefault(_local(child), []).append(child)

        def each(tag: str, read: Callable[[etree._Element], T]) -> tuple[T, ...]:
            return tuple(read(element) for element in found.get(tag, ()))

        document = Document(
            version=extended.get("version", ""),
            programmes=each("audioProgramme", self._programme),
            contents=each("audioContent", self._content),
            objects=each("audioObject", self._object),
            packs=each("audioPackFormat", self._pack),
            channels=each("audioChannelFormat", self._channel),
            streams=each("audioStreamFormat", self._stream),
            tracks=each("audioTrackFormat", self._track),
            track_uids=each("audioTrackUID", self._track_uid),
        )
        return Reading(document, tuple(self._findings))

    def _programme(self, element: etree._Element) -> Programme:
        reference: list[str] = []
        renderer: list[str] = []
        for authoring in _children(element, "authoringInformation"):
            for child in authoring:
                into = reference if _local(child) == "referenceLayout" else renderer
                into += _refs(child, "audioPackFormatIDRef")
        return Programme(
            id=self._id(element, "audioProgrammeID"),
            name=element.get("audioProgrammeName", ""),
            contents=_refs(element, "audioContentIDRef"),
            reference_layouts=tuple(reference),
            renderer_layouts=tuple(renderer),
        )

    def _content(self, element: etree._Element) -> Content:
        return Content(
            id=self._id(element, "audioContentID"),
            name=element.get("audioContentName", ""),
            objects=_refs(element, "audioObjectIDRef"),
        )

    def _object(self, element: etree._Element) -> AudioObject:
        where = self._id(element, "audioObjectID")
        gain, mute, unread = 1.0, False, []
        for child in element:
            match _local(child):
                case "gain":
                    gain = self._gain(child, where)
                case "mute":
                    mute = self._flag(child, where)
                case "headLocked" if self._flag(child, where):
                    unread.append("headLocked")
                case "positionOffset" if self._number(_text(child), where, "positionOffset", 0.0) != 0:
                    unread.append("positionOffset")
        importance = element.get("importance")
        return AudioObject(
            id=where,
            name=element.get("audioObjectName", ""),
            start=self._time(element, "start", where),
            duration=self._time(element, "duration", where),
            importance=None if importance is None else self._number(importance, where, "importance", 10.0),
            gain=gain,
            mute=mute,
            objects=_refs(element, "audioObjectIDRef"),
            packs=_refs(element, "audioPackFormatIDRef"),
            track_uids=_refs(element, "audioTrackUIDRef"),
            complementary=_refs(element, "audioComplementaryObjectIDRef"),
            unread=tuple(unread),
        )

    def _pack(self, element: etree._Element) -> PackFormat:
        where = self._id(element, "audioPackFormatID")
        return PackFormat(
            id=where,
            name=element.get("audioPackFormatName", ""),
            type_label=self._type_label(element, where),
            channels=_refs(element, "audioChannelFormatIDRef"),
            packs=_refs(element, "audioPackFormatIDRef"),
            matrix_packs=tuple(ref for tag in _MATRIX_PACK_TAGS for ref in _refs(element, tag)),
        )

    def _channel(self, element: etree._Element) -> ChannelFormat:
        where = self._id(element, "audioChannelFormatID")
        low_pass_hz = None
        for child in _children(element, "frequency"):
            if child.get("typeDefinition") == "lowPass":
                low_pass_hz = self._number(_text(child), where, "frequency", 0.0)
        return ChannelFormat(
            id=where,
            name=element.get("audioChannelFormatName", ""),
            type_label=self._type_label(element, where),
            blocks=tuple(self._block(block) for block in _children(element, "audioBlockFormat")),
            low_pass_hz=low_pass_hz,
            matrix_channels=tuple(
                _text(named) for tag in _MATRIX_CHANNEL_TAGS for named in element.iter(f"{{*}}{tag}")
            ),
        )

    def _stream(self, element: etree._Element) -> StreamFormat:
        return StreamFormat(
            id=self._id(element, "audioStreamFormatID"),
            name=element.get("audioStreamFormatName", ""),
            channels=_refs(element, "audioChannelFormatIDRef"),
            packs=_refs(element, "audioPackFormatIDRef"),
            tracks=_refs(element, "audioTrackFormatIDRef"),
        )

    def _track(self, element: etree._Element) -> TrackFormat:
        return TrackFormat(
            id=self._id(element, "audioTrackFormatID"),
            name=element.get("audioTrackFormatName", ""),
            streams=_refs(element, "audioStreamFormatIDRef"),
        )

    def _track_uid(self, element: etree._Element) -> TrackUid:
        where = self._id(element, "UID")
        return TrackUid(
            id=where,
            sample_rate_hz=self._whole(element, "sampleRate", where),
            bit_depth=self._whole(element, "bitDepth", where),
            tracks=_refs(element, "audioTrackFormatIDRef"),
            channels=_refs(element, "audioChannelFormatIDRef"),
            packs=_refs(element, "audioPackFormatIDRef"),
        )

    def _block(self, element: etree._Element) -> Block:
        where = self._id(element, "audioBlockFormatID")
        numbers: dict[str, float] = {}
        position: dict[str, float] = {}
        unread: list[str] = []
        flags = {"cartesian": False, "jumpPosition": False, "dB": False}
        interpolation_s: Fraction | None = None
        speaker_label: str | None = None
        for child in element:
            tag = _local(child)
            match tag:
                case "position":
                    self._position(child, where, position, unread)
                case "width" | "height" | "depth" | "diffuse" | "importance":
                    numbers[tag] = self._number(_text(child), where, tag, 10.0 if tag == "importance" else 0.0)
                case "gain":
                    numbers[tag] = self._gain(child, where)
                    flags["dB"] = child.get("gainUnit") == "dB"
                case "cartesian":
                    flags[tag] = self._flag(child, where)
                case "jumpPosition":
                    flags[tag] = self._flag(child, where)
                    interpolation_s = self._seconds(child.get("interpolationLength"), where)
                case "speakerLabel":
                    speaker_label = _text(child)
                case "channelLock" | "screenRef" | "headLocked":
                    if self._flag(child, where):
                        unread.append(tag)
                case "objectDivergence":
                    if self._number(_text(child), where, tag, 0.0) != 0:
                        unread.append(tag)
                case "zoneExclusion":
                    if len(child):
                        unread.append(tag)
                case _ if tag and tag not in _IGNORABLE_BLOCK_CHILDREN:
                    unread.append(tag)
        self._require_coordinates(position, where)
        return Block(
            id=where,
            rtime=self._time(element, "rtime", where),
            duration=self._time(element, "duration", where),
            cartesian=flags["cartesian"] or not position.keys().isdisjoint({"X", "Y", "Z"}),
            has_position=bool(position),
            azimuth_deg=position.get("azimuth", 0.0),
            elevation_deg=position.get("elevation", 0.0),
            distance=position.get("distance", 1.0),
            width_deg=numbers.get("width", 0.0),
            height_deg=numbers.get("height", 0.0),
            depth=numbers.get("depth", 0.0),
            gain=numbers.get("gain", 1.0),
            gain_in_db=flags["dB"],
            diffuse=numbers.get("diffuse", 0.0),
            importance=numbers.get("importance", 10.0),
            jump_position=flags["jumpPosition"],
            interpolation_length_s=interpolation_s,
            speaker_label=speaker_label,
            unread=tuple(unread),
        )

    def _position(self, element: etree._Element, where: str, position: dict[str, float], unread: list[str]) -> None:
        coordinate = element.get("coordinate", "")
        if element.get("screenEdgeLock") is not None:
            unread.append("screenEdgeLock")
        if element.get("bound") is not None:
            return
        if coordinate not in ("azimuth", "elevation", "distance", "X", "Y", "Z"):
            self._fault("POSITION_UNREADABLE", where, f"position has the coordinate {coordinate!r}")
        elif coordinate in position:
            self._fault("POSITION_UNREADABLE", where, f"{coordinate} is given twice")
        else:
            position[coordinate] = self._number(_text(element), where, coordinate, 0.0)

    def _require_coordinates(self, position: dict[str, float], where: str) -> None:
        given = position.keys()
        is_polar = not given.isdisjoint({"azimuth", "elevation", "distance"})
        is_cartesian = not given.isdisjoint({"X", "Y", "Z"})
        if is_polar and is_cartesian:
            self._fault("POSITION_UNREADABLE", where, "polar and cartesian coordinates are mixed")
        elif is_polar and not {"azimuth", "elevation"} <= given:
            self._fault("POSITION_UNREADABLE", where, "a polar position needs azimuth and elevation")
        elif is_cartesian and not {"X", "Y"} <= given:
            self._fault("POSITION_UNREADABLE", where, "a cartesian position needs X and Y")

    def _id(self, element: etree._Element, attribute: str) -> str:
        element_id = element.get(attribute, "").strip()
        if not element_id:
            self._fault("ID_MISSING", _local(element), f"an element has no {attribute}")
        return element_id

    def _type_label(self, element: etree._Element, where: str) -> str:
        label, name = element.get("typeLabel"), element.get("typeDefinition")
        by_name = _TYPE_LABELS.get(name or "")
        if label is None and name is None:
            self._fault("TYPE_UNREADABLE", where, "neither typeLabel nor typeDefinition is given")
            return where[3:7]
        if name is not None and by_name is None:
            self._fault("TYPE_UNREADABLE", where, f"typeDefinition {name!r} is not one of the standard's")
        if label is not None and by_name is not None and label.zfill(4) != by_name:
            self._fault("TYPE_UNREADABLE", where, f"typeLabel {label!r} does not mean {name}")
        return label.zfill(4) if label is not None else by_name or ""

    def _number(self, text: str, where: str, name: str, default: float) -> float:
        try:
            value = float(text)
        except ValueError:
            self._fault("VALUE_UNREADABLE", where, f"{name} is {text!r}, not a number")
            return default
        if not math.isfinite(value):
            self._fault("NOT_FINITE", where, f"{name} is {text}, not a finite number")
            return default
        return value

    def _gain(self, element: etree._Element, where: str) -> float:
        text, unit = _text(element), element.get("gainUnit", "linear")
        if unit == "linear":
            return self._number(text, where, "gain", 1.0)
        if unit != "dB":
            self._fault("VALUE_UNREADABLE", where, f"gainUnit is {unit!r}, neither linear nor dB")
            return 1.0
        if text.lower() in ("-inf", "-infinity"):
            return 0.0
        gain_db = self._number(text, where, "gain", 0.0)
        if gain_db > 200:
            self._fault("NOT_FINITE", where, f"gain is {text} dB")
            return 1.0
        return float(10 ** (gain_db / 20))

    def _flag(self, element: etree._Element, where: str) -> bool:
        text = _text(element)
        if text not in ("0", "1", "true", "false"):
            self._fault("VALUE_UNREADABLE", where, f"{_local(element)} is {text!r}, neither 0 nor 1")
        return text in ("1", "true")

    def _whole(self, element: etree._Element, attribute: str, where: str) -> int | None:
        text = element.get(attribute)
        if text is None:
            return None
        if not text.strip().isascii() or not text.strip().isdigit() or len(text.strip()) > 9:
            self._fault("VALUE_UNREADABLE", where, f"{attribute} is {text!r}, not a whole number")
            return None
        return int(text)

    def _time(self, element: etree._Element, attribute: str, where: str) -> AdmTime | None:
        text = element.get(attribute)
        if text is None:
            return None
        try:
            return parse_time(text)
        except ValueError as fault:
            self._fault("TIME_UNREADABLE", where, f"{attribute}: {fault}")
            return None

    def _seconds(self, text: str | None, where: str) -> Fraction | None:
        """interpolationLength: decimal seconds, or one of the forms of a time."""
        if text is None:
            return None
        try:
            if ":" in text:
                return parse_time(text).seconds
            value = Fraction(text if len(text) < 40 else "unreadable")
            if value < 0:
                raise ValueError(f"{text} is below 0")
            return value
        except (ValueError, ZeroDivisionError) as fault:
            self._fault("TIME_UNREADABLE", where, f"interpolationLength: {fault}")
            return None

    def _fault(self, code: str, where: str, detail: str) -> None:
        self._findings.append(rejected(code, where, detail))


def _children(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    return (child for child in element if _local(child) == tag)


def _refs(element: etree._Element, tag: str) -> tuple[str, ...]:
    return tuple(_text(child) for child in _children(element, tag))
