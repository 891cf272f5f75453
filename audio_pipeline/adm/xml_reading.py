"""Reading the `axml` chunk: a document, and everything in it that cannot be read as what it should be.

The reader is lenient so that a check can list every fault at once: a value that cannot be read becomes the standard's
default and a finding. Namespaces and wrappers differ between tools, so elements go by their local name.

The text comes from outside: no entities, no document type, no network, bounded size and depth.
"""

import io
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

from lxml import etree

from audio_pipeline.adm.elements import (
    TYPE_NAMES,
    AudioObject,
    ChannelFormat,
    Content,
    Document,
    PackFormat,
    PositionOffset,
    Programme,
    StreamFormat,
    TrackFormat,
    TrackUid,
)
from audio_pipeline.adm.errors import AxmlUnreadable
from audio_pipeline.adm.findings import Finding
from audio_pipeline.adm.xml_blocks import BlockReader
from audio_pipeline.adm.xml_values import Values, children, local, refs, text_of
from audio_pipeline.spatialaudio.screens import CartesianScreen, PolarScreen, Screen

MAX_AXML_BYTES: Final = 512 * 1024 * 1024
_TYPE_LABELS: Final = {name: label for label, name in TYPE_NAMES.items()}
_OFFSET_FIELDS: Final = {
    "azimuth": "azimuth_deg",
    "elevation": "elevation_deg",
    "distance": "distance",
    "X": "x",
    "Y": "y",
    "Z": "z",
}

T = TypeVar("T")


class Reading(NamedTuple):
    """A document and what was wrong with its letters (not with its sense: the profiles judge that)."""

    document: Document
    findings: tuple[Finding, ...]


def read_axml_document(content: bytes) -> Reading:
    """Parse an `axml` chunk, in UTF-8 or UTF-16.

    Raises `AxmlUnreadable` where there is no XML, no `audioFormatExtended`, or a document type in it.
    """
    if len(content) > MAX_AXML_BYTES:
        raise AxmlUnreadable(f"it holds {len(content)} bytes; at most {MAX_AXML_BYTES} are read")
    text = _without_padding(content)
    if not text:
        raise AxmlUnreadable("it is empty")
    reader = _Reader()
    parsing = etree.iterparse(
        io.BytesIO(text),
        tag="{*}audioChannelFormat",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=len(text) > 8_000_000,
        remove_comments=True,
    )
    try:
        for _, element in parsing:
            reader.take_channel(element)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise AxmlUnreadable(str(fault)) from None
    root = parsing.root
    if root.getroottree().docinfo.internalDTD is not None:
        raise AxmlUnreadable("it declares a document type, which ADM never needs")
    extended = next((element for element in root.iter("{*}audioFormatExtended")), None)
    if extended is None:
        raise AxmlUnreadable("it has no audioFormatExtended element")
    return reader.read(extended)


def _without_padding(content: bytes) -> bytes:
    """The text without the zeros and white space that writers leave around it; in UTF-16 these are pairs of bytes."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"):
        even = content[: len(content) // 2 * 2]
        while even[-2:] in (b"\0\0", b" \0", b"\0 ", b"\r\0", b"\0\r", b"\n\0", b"\0\n"):
            even = even[:-2]
        return even
    return content.strip(b"\0 \t\r\n")


class _Reader:
    """Makes the elements; `values` collects findings on the way.

    Channels are taken while the document is parsed, and leave the tree: their blocks are nearly all of it.
    """

    def __init__(self) -> None:
        self._values = Values()
        self._blocks = BlockReader(self._values)
        self._channels: dict[etree._Element, tuple[ChannelFormat, list[Finding]]] = {}

    def take_channel(self, element: etree._Element) -> None:
        """Read a channel whose blocks are all there."""
        before = self._values.findings
        self._values.findings = []
        self._channels[element] = self._channel(element), self._values.findings
        self._values.findings = before
        element.clear()

    def _taken_channel(self, element: etree._Element) -> ChannelFormat:
        channel, findings = self._channels[element]
        self._values.findings += findings
        return channel

    def read(self, extended: etree._Element) -> Reading:
        found: dict[str, list[etree._Element]] = {}
        for child in extended:
            found.setdefault(local(child), []).append(child)

        def each(tag: str, read: Callable[[etree._Element], T]) -> tuple[T, ...]:
            return tuple(read(element) for element in found.get(tag, ()))

        document = Document(
            version=extended.get("version", ""),
            programmes=each("audioProgramme", self._programme),
            contents=each("audioContent", self._content),
            objects=each("audioObject", self._object),
            packs=each("audioPackFormat", self._pack),
            channels=each("audioChannelFormat", self._taken_channel),
            streams=each("audioStreamFormat", self._stream),
            tracks=each("audioTrackFormat", self._track),
            track_uids=each("audioTrackUID", self._track_uid),
        )
        return Reading(document, tuple(self._values.findings))

    def _programme(self, element: etree._Element) -> Programme:
        where = self._values.element_id(element, "audioProgrammeID")
        reference: list[str] = []
        renderer: list[str] = []
        screen: Screen | None = None
        for child in element:
            match local(child):
                case "authoringInformation":
                    for named in child:
                        into = reference if local(named) == "referenceLayout" else renderer
                        into += refs(named, "audioPackFormatIDRef")
                case "audioProgrammeReferenceScreen":
                    screen = self._screen(child, where)
        return Programme(
            id=where,
            name=element.get("audioProgrammeName", ""),
            contents=refs(element, "audioContentIDRef"),
            reference_layouts=tuple(reference),
            renderer_layouts=tuple(renderer),
            screen=screen,
        )

    def _screen(self, element: etree._Element, where: str) -> Screen | None:
        """Its shape stands in attributes or in children of that name, as the editions of the standard have it."""
        ratio = element.get("aspectRatio") or next((text_of(one) for one in children(element, "aspectRatio")), "")
        centre = next(children(element, "screenCentrePosition"), None)
        width = next(children(element, "screenWidth"), None)
        if centre is None or width is None or not ratio:
            self._values.fault(
                "SCREEN_UNREADABLE", where, "a reference screen needs aspectRatio, screenCentrePosition and screenWidth"
            )
            return None

        def number(of: etree._Element, name: str, default: str = "") -> float:
            return self._values.number(of.get(name, default), where, f"{local(of)} {name}", 1.0)

        aspect_ratio = self._values.number(ratio, where, "aspectRatio", 1.0)
        if centre.get("X") is not None:
            return CartesianScreen(
                aspect_ratio, number(centre, "X"), number(centre, "Y"), number(centre, "Z", "0"), number(width, "X")
            )
        return PolarScreen(
            aspect_ratio,
            number(centre, "azimuth"),
            number(centre, "elevation"),
            number(centre, "distance", "1"),
            number(width, "azimuth"),
        )

    def _content(self, element: etree._Element) -> Content:
        return Content(
            id=self._values.element_id(element, "audioContentID"),
            name=element.get("audioContentName", ""),
            objects=refs(element, "audioObjectIDRef"),
        )

    def _object(self, element: etree._Element) -> AudioObject:
        values = self._values
        where = values.element_id(element, "audioObjectID")
        gain, mute, head_locked = 1.0, False, False
        offsets: dict[str, float] = {}
        for child in element:
            match local(child):
                case "gain":
                    gain = values.gain_of(child, where)
                case "mute":
                    mute = values.flag_of(child, where)
                case "headLocked":
                    head_locked = values.flag_of(child, where)
                case "positionOffset":
                    coordinate = child.get("coordinate", "")
                    if coordinate not in _OFFSET_FIELDS:
                        values.fault("POSITION_UNREADABLE", where, f"positionOffset has the coordinate {coordinate!r}")
                    else:
                        offsets[_OFFSET_FIELDS[coordinate]] = values.number(
                            text_of(child), where, "positionOffset", 0.0
                        )
        return AudioObject(
            id=where,
            name=element.get("audioObjectName", ""),
            start=values.time(element, "start", where),
            duration=values.time(element, "duration", where),
            importance=values.attribute(element, "importance", where),
            gain=gain,
            mute=mute,
            objects=refs(element, "audioObjectIDRef"),
            packs=refs(element, "audioPackFormatIDRef"),
            track_uids=refs(element, "audioTrackUIDRef"),
            complementary=refs(element, "audioComplementaryObjectIDRef"),
            position_offset=PositionOffset(**offsets) if offsets else None,
            head_locked=head_locked,
        )

    def _pack(self, element: etree._Element) -> PackFormat:
        values = self._values
        where = values.element_id(element, "audioPackFormatID")
        normalization: str | None = None
        nfc_distance_m: float | None = None
        screen_ref: bool | None = None
        absolute_distance_m = values.attribute(element, "absoluteDistance", where)
        for child in element:
            match local(child):
                case "normalization":
                    normalization = text_of(child)
                case "nfcRefDist":
                    nfc_distance_m = values.number(text_of(child), where, "nfcRefDist", 0.0)
                case "screenRef":
                    screen_ref = values.flag_of(child, where)
                case "absoluteDistance":
                    absolute_distance_m = values.number(text_of(child), where, "absoluteDistance", 0.0)
        return PackFormat(
            id=where,
            name=element.get("audioPackFormatName", ""),
            type_label=self._type_label(element, where),
            channels=refs(element, "audioChannelFormatIDRef"),
            packs=refs(element, "audioPackFormatIDRef"),
            importance=values.attribute(element, "importance", where),
            absolute_distance_m=absolute_distance_m,
            encode_packs=refs(element, "encodePackFormatIDRef"),
            decode_packs=refs(element, "decodePackFormatIDRef"),
            input_packs=refs(element, "inputPackFormatIDRef"),
            output_packs=refs(element, "outputPackFormatIDRef"),
            normalization=normalization,
            nfc_distance_m=nfc_distance_m,
            screen_ref=screen_ref,
        )

    def _channel(self, element: etree._Element) -> ChannelFormat:
        where = self._values.element_id(element, "audioChannelFormatID")
        type_label = self._type_label(element, where)
        limits: dict[str, float] = {}
        for child in children(element, "frequency"):
            kind = child.get("typeDefinition", "")
            if kind not in ("lowPass", "highPass"):
                self._values.fault("VALUE_UNREADABLE", where, f"frequency is of the kind {kind!r}")
            else:
                limits[kind] = self._values.number(text_of(child), where, "frequency", 0.0)
        return ChannelFormat(
            id=where,
            name=element.get("audioChannelFormatName", ""),
            type_label=type_label,
            blocks=self._blocks.blocks(element, type_label),
            low_pass_hz=limits.get("lowPass"),
            high_pass_hz=limits.get("highPass"),
        )

    def _stream(self, element: etree._Element) -> StreamFormat:
        return StreamFormat(
            id=self._values.element_id(element, "audioStreamFormatID"),
            name=element.get("audioStreamFormatName", ""),
            channels=refs(element, "audioChannelFormatIDRef"),
            packs=refs(element, "audioPackFormatIDRef"),
            tracks=refs(element, "audioTrackFormatIDRef"),
        )

    def _track(self, element: etree._Element) -> TrackFormat:
        return TrackFormat(
            id=self._values.element_id(element, "audioTrackFormatID"),
            name=element.get("audioTrackFormatName", ""),
            streams=refs(element, "audioStreamFormatIDRef"),
        )

    def _track_uid(self, element: etree._Element) -> TrackUid:
        where = self._values.element_id(element, "UID")
        return TrackUid(
            id=where,
            sample_rate_hz=self._values.whole(element.get("sampleRate"), where, "sampleRate"),
            bit_depth=self._values.whole(element.get("bitDepth"), where, "bitDepth"),
            tracks=refs(element, "audioTrackFormatIDRef"),
            channels=refs(element, "audioChannelFormatIDRef"),
            packs=refs(element, "audioPackFormatIDRef"),
        )

    def _type_label(self, element: etree._Element, where: str) -> str:
        label, name = element.get("typeLabel"), element.get("typeDefinition")
        by_name = _TYPE_LABELS.get(name or "")
        if label is None and name is None:
            # The ID says it too, so nothing is lost.
            self._values.remark("TYPE_UNREADABLE", where, "neither typeLabel nor typeDefinition is given")
            return where[3:7]
        if name is not None and by_name is None:
            self._values.fault("TYPE_UNREADABLE", where, f"typeDefinition {name!r} is not one of the standard's")
        if label is not None and by_name is not None and label.zfill(4) != by_name:
            self._values.fault("TYPE_UNREADABLE", where, f"typeLabel {label!r} does not mean {name}")
        return label.zfill(4) if label is not None else by_name or ""
