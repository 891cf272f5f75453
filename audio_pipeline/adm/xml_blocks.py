"""Reading audioBlockFormats, each type with the children that the standard gives it (ITU-R BS.2076-0 to -3).

What a type's block may not have, and what the standard does not know, is not read but named in `unread`.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Final, Literal, NamedTuple, cast

from lxml import etree

from audio_pipeline.adm.block_formats import (
    BinauralBlock,
    Block,
    Coefficient,
    HoaBlock,
    HorizontalEdge,
    MatrixBlock,
    ObjectBlock,
    SpeakerBlock,
    VerticalEdge,
)
from audio_pipeline.adm.elements import BINAURAL, DIRECT_SPEAKERS, HOA, MATRIX, OBJECTS
from audio_pipeline.adm.times import AdmTime
from audio_pipeline.adm.xml_values import Values, children, local, text_of
from audio_pipeline.spatialaudio.direct_speakers import Bounded, CartesianSpeakerPosition, PolarSpeakerPosition
from audio_pipeline.spatialaudio.zones import CartesianZone, PolarZone, Zone

# As long as a matrix may delay a track: what is delayed is kept.
_LONGEST_DELAY_MS: Final = 60_000
_POLAR: Final = frozenset({"azimuth", "elevation", "distance"})
_CARTESIAN: Final = frozenset({"X", "Y", "Z"})
_COORDINATES: Final = _POLAR | _CARTESIAN
# Read where they say something; some tools write them into blocks of any type.
_EVERYWHERE: Final = frozenset(
    {"gain", "importance", "headphoneVirtualise", "headLocked", "jumpPosition", "position", "cartesian"}
    | {"width", "height", "depth"}
)


class _Common(NamedTuple):
    """What blocks of every type have."""

    id: str
    rtime: AdmTime | None
    duration: AdmTime | None
    gain: float
    gain_in_db: bool
    importance: float


class BlockReader:
    """Reads the blocks of a channel of type `type_label`; what cannot be read goes to `values`."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._readers: dict[str, Callable[[etree._Element], Block]] = {
            OBJECTS: self._object,
            DIRECT_SPEAKERS: self._speaker,
            HOA: self._hoa,
            MATRIX: self._matrix,
            BINAURAL: self._binaural,
        }

    def blocks(self, channel: etree._Element, type_label: str) -> tuple[Block, ...]:
        """The blocks of `channel` in the document's order; of an unknown type as if it were Binaural."""
        read = self._readers.get(type_label, self._binaural)
        return tuple(read(element) for element in channel if local(element) == "audioBlockFormat")

    def _common(self, element: etree._Element) -> _Common:
        values = self._values
        where = values.element_id(element, "audioBlockFormatID")
        gain, in_db, importance = 1.0, False, 10.0
        for child in element:
            tag = local(child)
            if tag == "gain":
                gain = values.gain_of(child, where)
                in_db = child.get("gainUnit") == "dB"
            elif tag == "importance":
                importance = values.number(text_of(child), where, tag, 10.0)
        return _Common(
            where,
            values.time(element, "rtime", where),
            values.time(element, "duration", where),
            gain,
            in_db,
            importance,
        )

    def _object(self, element: etree._Element) -> ObjectBlock:
        # One look at each child: a song of dense metadata has hundreds of thousands of them.
        values = self._values
        where = values.element_id(element, "audioBlockFormatID")
        found: dict[str, object] = {}
        position: dict[str, float] = {}
        cartesian: bool | None = None
        unread: list[str] = []
        for child in element:
            tag = local(child)
            match tag:
                case "position":
                    self._coordinate(child, where, position)
                    if child.get("screenEdgeLock") is not None:
                        field, edge = self._edge(child, where)
                        found[field] = edge
                case "gain":
                    found["gain"] = values.gain_of(child, where)
                    found["gain_in_db"] = child.get("gainUnit") == "dB"
                case "width" | "height" | "depth" | "diffuse":
                    found[tag] = values.number(child.text or "", where, tag, 0.0)
                case "jumpPosition":
                    found["jump_position"] = values.flag_of(child, where)
                    found["interpolation_length_s"] = values.seconds(
                        child.get("interpolationLength"), where, "interpolationLength"
                    )
                case "importance":
                    found[tag] = values.number(child.text or "", where, tag, 10.0)
                case "cartesian":
                    cartesian = values.flag_of(child, where)
                case "channelLock":
                    found["channel_lock"] = values.flag_of(child, where)
                    found["lock_distance"] = values.attribute(child, "maxDistance", where)
                case "objectDivergence":
                    found["divergence"] = values.number(child.text or "", where, tag, 0.0)
                    found |= self._divergence_ranges(child, where)
                case "zoneExclusion":
                    found["zones"] = tuple(
                        zone for one in children(child, "zone") if (zone := self._zone(one, where)) is not None
                    )
                case "screenRef":
                    found["screen_ref"] = values.flag_of(child, where)
                case "headLocked":
                    found["head_locked"] = values.flag_of(child, where)
                case _ if tag and tag not in _EVERYWHERE:
                    unread.append(tag)
        found |= self._object_position(position, cartesian, where)
        return ObjectBlock(
            id=where,
            rtime=values.time(element, "rtime", where),
            duration=values.time(element, "duration", where),
            unread=tuple(unread),
            **found,  # type: ignore[arg-type]  # each was made above as its field's type
        )

    def _object_position(
        self, position: dict[str, float], cartesian: bool | None, where: str
    ) -> dict[str, float | bool]:
        """The position as the flag `cartesian` has it: that decides how to render, whatever the coordinates."""
        self._require_coordinates(position, where)
        if not position:
            return {"has_position": False, "cartesian": bool(cartesian)}
        if not position.keys().isdisjoint(_CARTESIAN):
            x, y, z = (position.get(axis, 0.0) for axis in ("X", "Y", "Z"))
            if cartesian is not False:
                return {"cartesian": True, "x": x, "y": y, "z": z}
            self._values.remark("COORDINATES_MIXED", where, "cartesian is 0, but the position has X and Y")
            azimuth_deg = -math.degrees(math.atan2(x, y)) if x or y else 0.0
            elevation_deg = math.degrees(math.atan2(z, math.hypot(x, y)))
            distance = math.sqrt(x * x + y * y + z * z)
            return {"azimuth_deg": azimuth_deg, "elevation_deg": elevation_deg, "distance": distance}
        azimuth_deg, elevation_deg = position.get("azimuth", 0.0), position.get("elevation", 0.0)
        distance = position.get("distance", 1.0)
        if not cartesian:
            return {"azimuth_deg": azimuth_deg, "elevation_deg": elevation_deg, "distance": distance}
        self._values.remark("COORDINATES_MIXED", where, "cartesian is 1, but the position has azimuth and elevation")
        azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
        level = distance * math.cos(elevation)
        return {
            "cartesian": True,
            "x": -level * math.sin(azimuth),
            "y": level * math.cos(azimuth),
            "z": distance * math.sin(elevation),
        }

    def _divergence_ranges(self, element: etree._Element, where: str) -> dict[str, float]:
        ranges = {}
        for field, name in (("divergence_range_deg", "azimuthRange"), ("divergence_range", "positionRange")):
            value = self._values.attribute(element, name, where)
            if value is not None:
                ranges[field] = value
        return ranges

    def _zone(self, element: etree._Element, where: str) -> Zone | None:
        values = self._values
        names = ("minAzimuth", "maxAzimuth", "minElevation", "maxElevation")
        boxes = ("minX", "maxX", "minY", "maxY", "minZ", "maxZ")
        given = set(element.attrib)
        if given.issuperset(names) and given.isdisjoint(boxes):
            return PolarZone(*(values.number(element.get(name, ""), where, name, 0.0) for name in names))
        if given.issuperset(boxes) and given.isdisjoint(names):
            x, most_x, y, most_y, z, most_z = (values.number(element.get(name, ""), where, name, 0.0) for name in boxes)
            return CartesianZone((x, y, z), (most_x, most_y, most_z))
        values.fault("ZONE_UNREADABLE", where, "a zone needs the least and greatest of X, Y and Z, or of both angles")
        return None

    def _speaker(self, element: etree._Element) -> SpeakerBlock:
        common = self._common(element)
        where = common.id
        values: dict[str, float] = {}
        bounds: dict[tuple[str, str], float] = {}
        edges: dict[str, HorizontalEdge | VerticalEdge] = {}
        labels: list[str] = []
        unread: list[str] = []
        for child in element:
            tag = local(child)
            if tag == "position":
                if child.get("screenEdgeLock") is not None:
                    field, edge = self._edge(child, where)
                    edges[field] = edge
                if (bound := child.get("bound")) is None:
                    self._coordinate(child, where, values)
                else:
                    self._bound(child, where, bound, bounds)
            elif tag == "speakerLabel":
                labels.append(text_of(child))
            elif tag and tag not in _EVERYWHERE:
                unread.append(tag)
        self._require_coordinates(values, where)
        return SpeakerBlock(
            **common._asdict(),
            labels=tuple(label for label in labels if label),
            position=_speaker_position(values, bounds),
            horizontal_edge=cast("HorizontalEdge | None", edges.get("horizontal_edge")),
            vertical_edge=cast("VerticalEdge | None", edges.get("vertical_edge")),
            unread=tuple(unread),
        )

    def _bound(self, element: etree._Element, where: str, bound: str, bounds: dict[tuple[str, str], float]) -> None:
        coordinate = element.get("coordinate", "")
        if bound not in ("min", "max") or coordinate not in _COORDINATES:
            self._values.fault("POSITION_UNREADABLE", where, f"position has a bound {bound!r} of {coordinate!r}")
        else:
            bounds[coordinate, bound] = self._values.number(text_of(element), where, f"{bound} of {coordinate}", 0.0)

    def _hoa(self, element: etree._Element) -> HoaBlock:
        values, common = self._values, self._common(element)
        where = common.id
        found: dict[str, object] = {}
        unread: list[str] = []
        for child in element:
            tag = local(child)
            match tag:
                case "order" | "degree":
                    found[tag] = values.whole(text_of(child), where, tag)
                case "normalization" | "equation":
                    found[tag] = text_of(child)
                case "nfcRefDist":
                    found["nfc_distance_m"] = values.number(text_of(child), where, tag, 0.0)
                case "screenRef":
                    found["screen_ref"] = values.flag_of(child, where)
                case _ if tag and tag not in _EVERYWHERE:
                    unread.append(tag)
        return HoaBlock(
            **common._asdict(),
            unread=tuple(unread),
            **found,  # type: ignore[arg-type]  # each was made above as its field's type
        )

    def _matrix(self, element: etree._Element) -> MatrixBlock:
        common = self._common(element)
        coefficients: list[Coefficient] = []
        output: str | None = None
        unread: list[str] = []
        for child in element:
            tag = local(child)
            match tag:
                case "matrix":
                    coefficients += [self._coefficient(one, common.id) for one in children(child, "coefficient")]
                case "outputChannelFormatIDRef" | "outputChannelIDRef":
                    output = text_of(child)
                case _ if tag and tag not in _EVERYWHERE:
                    unread.append(tag)
        return MatrixBlock(
            **common._asdict(), coefficients=tuple(coefficients), output_channel=output, unread=tuple(unread)
        )

    def _coefficient(self, element: etree._Element, where: str) -> Coefficient:
        values = self._values
        gain, delay = element.get("gain"), element.get("delay")
        delay_ms = Fraction(0) if delay is None else values.decimal(delay, where, "delay")
        if not 0 <= delay_ms <= _LONGEST_DELAY_MS:
            values.fault("VALUE_UNREADABLE", where, f"delay is {delay} ms, outside 0 to {_LONGEST_DELAY_MS}")
            delay_ms = Fraction(0)
        return Coefficient(
            channel=text_of(element),
            gain=1.0 if gain is None else values.gain(gain, element.get("gainUnit", "linear"), where),
            delay_ms=delay_ms,
            phase_deg=values.attribute(element, "phase", where) or 0.0,
            variables=tuple(name for name in ("gainVar", "delayVar", "phaseVar") if element.get(name) is not None),
        )

    def _binaural(self, element: etree._Element) -> BinauralBlock:
        unread = tuple(tag for child in element if (tag := local(child)) and tag not in _EVERYWHERE)
        return BinauralBlock(**self._common(element)._asdict(), unread=unread)

    def _coordinate(self, element: etree._Element, where: str, position: dict[str, float]) -> None:
        coordinate = element.get("coordinate", "")
        if element.get("bound") is not None:
            return
        if coordinate not in _COORDINATES:
            self._values.fault("POSITION_UNREADABLE", where, f"position has the coordinate {coordinate!r}")
        elif coordinate in position:
            self._values.fault("POSITION_UNREADABLE", where, f"{coordinate} is given twice")
        else:
            position[coordinate] = self._values.number(element.text or "", where, coordinate, 0.0)

    def _edge(
        self, element: etree._Element, where: str
    ) -> tuple[Literal["horizontal_edge", "vertical_edge"], HorizontalEdge | VerticalEdge]:
        coordinate, edge = element.get("coordinate", ""), element.get("screenEdgeLock", "")
        if coordinate in ("azimuth", "X") and edge in ("left", "right"):
            return "horizontal_edge", "left" if edge == "left" else "right"
        if not (coordinate in ("elevation", "Z") and edge in ("top", "bottom")):
            self._values.fault("POSITION_UNREADABLE", where, f"screenEdgeLock of {coordinate} is {edge!r}")
        return "vertical_edge", "bottom" if edge == "bottom" else "top"

    def _require_coordinates(self, position: dict[str, float], where: str) -> None:
        given = position.keys()
        is_polar, is_cartesian = not given.isdisjoint(_POLAR), not given.isdisjoint(_CARTESIAN)
        detail = ""
        if is_polar and is_cartesian:
            detail = "polar and cartesian coordinates are mixed"
        elif is_polar and not {"azimuth", "elevation"} <= given:
            detail = "a polar position needs azimuth and elevation"
        elif is_cartesian and not {"X", "Y"} <= given:
            detail = "a cartesian position needs X and Y"
        if detail:
            self._values.fault("POSITION_UNREADABLE", where, detail)


def _speaker_position(
    values: dict[str, float], bounds: dict[tuple[str, str], float]
) -> PolarSpeakerPosition | CartesianSpeakerPosition | None:
    def bounded(coordinate: str, default: float = 0.0) -> Bounded:
        return Bounded(
            values.get(coordinate, default), bounds.get((coordinate, "min")), bounds.get((coordinate, "max"))
        )

    if not values:
        return None
    if "azimuth" in values:
        return PolarSpeakerPosition(bounded("azimuth"), bounded("elevation"), bounded("distance", 1.0))
    return CartesianSpeakerPosition(bounded("X"), bounded("Y"), bounded("Z"))
