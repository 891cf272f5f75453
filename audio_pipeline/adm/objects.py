"""From an ADM document to what a renderer takes: for each object heard in a programme, a track and its blocks.

Follows the selection of ITU-R BS.2127, clause 5, for Objects: the chosen programme, its contents, their objects and
all objects nested in them; every path through the nesting is an item of its own. An object's start and duration bound
its blocks; gains of nested objects multiply, a mute anywhere silences.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from typing import Final, NoReturn, TypeVar

from audio_pipeline.adm.chna import Chna
from audio_pipeline.adm.elements import (
    OBJECTS,
    SILENT_TRACK,
    TYPE_NAMES,
    AudioObject,
    Block,
    ChannelFormat,
    Content,
    Document,
    Element,
    PackFormat,
    StreamFormat,
    TrackFormat,
    TrackUid,
    all_elements,
    is_common_definition,
    key,
)
from audio_pipeline.adm.errors import AdmInvalid, AdmUnsupported, NoSuchProgramme
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.columns import Column
from audio_pipeline.spatialaudio.errors import SpatialAudioError
from audio_pipeline.spatialaudio.taps import Tap

# Decimal times have five digits: neighbours may miss each other by their rounding, and are meant to touch.
ROUNDING_SLACK_S: Final = Fraction(2, 100_000)
_LONGEST_NESTING: Final = 32
# A document of a few lines can nest objects into billions of paths; a real one has a path a track.
_MOST_PATHS: Final = 4096

E = TypeVar("E", bound=Element)


@dataclass(frozen=True, eq=False, slots=True)
class AdmItem:
    """One signal of a programme: its name, the taps on the file's tracks that give it (none is silence), its blocks."""

    name: str
    taps: tuple[Tap, ...]
    blocks: Column


def programme_items(
    document: Document,
    chna: Chna,
    *,
    sample_rate_hz: int,
    frames: int,
    programme_id: str | None = None,
    least_importance: int = 0,
) -> tuple[AdmItem, ...]:
    """What is to be rendered of `programme_id` (the first programme where it is None).

    Objects whose importance is below `least_importance` are left out, and blocks below it have the gain 0. Without any
    programme, all objects that no other nests. Raises `NoSuchProgramme`; `AdmUnsupported` for what is right
    but beyond this renderer; `AdmInvalid` for references that lead nowhere and blocks that overlap.
    """
    return tuple(_Selection(document, chna, sample_rate_hz, frames, least_importance).items(programme_id))


class _Selection:
    def __init__(self, document: Document, chna: Chna, sample_rate_hz: int, frames: int, least_importance: int) -> None:
        self._document = document
        self._elements = {key(element.id): element for element in all_elements(document)}
        self._rows = {key(entry.uid): entry for entry in chna.entries}
        self._sample_rate_hz = sample_rate_hz
        self._frames = frames
        self._least_importance = least_importance

    def items(self, programme_id: str | None) -> Iterator[AdmItem]:
        paths = chain.from_iterable(self._paths((root,)) for root in self._roots(programme_id))
        for number, path in enumerate(paths):
            if number == _MOST_PATHS:
                raise AdmInvalid(path[0].id, f"objects are nested into more than {_MOST_PATHS} paths")
            yield from self._path_items(path)

    def _roots(self, programme_id: str | None) -> Iterator[AudioObject]:
        programmes = self._document.programmes
        if programme_id is not None:
            chosen = [programme for programme in programmes if key(programme.id) == key(programme_id)]
            if not chosen:
                raise NoSuchProgramme(programme_id, tuple(programme.id for programme in programmes))
            programmes = tuple(chosen)
        if programmes:
            for content_id in programmes[0].contents:
                content = self._find(content_id, Content, programmes[0].id)
                for object_id in content.objects:
                    yield self._find(object_id, AudioObject, content.id)
            return
        nested = {key(child) for audio_object in self._document.objects for child in audio_object.objects}
        yield from (audio_object for audio_object in self._document.objects if key(audio_object.id) not in nested)

    def _paths(self, path: tuple[AudioObject, ...]) -> Iterator[tuple[AudioObject, ...]]:
        if len(path) > _LONGEST_NESTING:
            raise AdmInvalid(path[0].id, "objects are nested in a circle, or too deeply")
        yield path
        for object_id in path[-1].objects:
            yield from self._paths((*path, self._find(object_id, AudioObject, path[-1].id)))

    def _path_items(self, path: tuple[AudioObject, ...]) -> Iterator[AdmItem]:
        leaf = path[-1]
        if not leaf.packs and not leaf.track_uids:
            return
        if any(one.importance is not None and one.importance < self._least_importance for one in path):
            return
        for audio_object in path:
            if audio_object.unread:
                raise AdmUnsupported("audioObject", audio_object.id, f"uses {audio_object.unread[0]}")
        packs = [self._find(pack_id, PackFormat, leaf.id) for pack_id in leaf.packs]
        every_channel = chain.from_iterable(self._pack_channels(pack, depth=0) for pack in packs)
        channels = list(islice(every_channel, _MOST_PATHS))
        gain = math.prod(0.0 if audio_object.mute else audio_object.gain for audio_object in path)
        tracks = self._tracks(leaf, channels)
        for channel in channels:
            if key(channel.id) not in tracks:
                raise AdmInvalid(leaf.id, f"no track UID carries {channel.id}")
            name = leaf.name if len(channels) == 1 else f"{leaf.name} {channel.name}"
            blocks = self._blocks(channel, leaf, gain)
            if len(blocks):
                track = tracks[key(channel.id)]
                yield AdmItem(name, () if track is None else (Tap(track),), blocks)

    def _pack_channels(self, pack: PackFormat, depth: int) -> Iterator[ChannelFormat]:
        if pack.type_label != OBJECTS:
            self._refuse_type("audioPackFormat", pack.id, pack.type_label)
        if depth > _LONGEST_NESTING:
            raise AdmInvalid(pack.id, "packs are nested in a circle, or too deeply")
        for channel_id in pack.channels:
            channel = self._find(channel_id, ChannelFormat, pack.id)
            if channel.type_label != OBJECTS:
                self._refuse_type("audioChannelFormat", channel.id, channel.type_label)
            yield channel
        for pack_id in pack.packs:
            yield from self._pack_channels(self._find(pack_id, PackFormat, pack.id), depth + 1)

    def _tracks(self, leaf: AudioObject, channels: Sequence[ChannelFormat]) -> Mapping[str, int | None]:
        """For each channel of `leaf` the track that carries it; silent UIDs take the channels left over."""
        tracks: dict[str, int | None] = {}
        silent = 0
        for uid_id in leaf.track_uids:
            if key(uid_id) == SILENT_TRACK:
                silent += 1
                continue
            uid = self._find(uid_id, TrackUid, leaf.id)
            row = self._rows.get(key(uid_id))
            if row is None:
                raise AdmInvalid(uid.id, "is not in the chna chunk, so it has no track")
            tracks[key(self._channel_of(uid, row.track_reference))] = row.track_index - 1
        for channel in channels:
            if silent and key(channel.id) not in tracks:
                tracks[key(channel.id)] = None
                silent -= 1
        return tracks

    def _channel_of(self, uid: TrackUid, chna_reference: str) -> str:
        """The channel that a UID carries: named by itself (BS.2076-3), or along track and stream format."""
        if uid.channels:
            return uid.channels[0]
        reference = uid.tracks[0] if uid.tracks else chna_reference
        if key(reference).startswith("AC_"):
            return reference.removesuffix("_00")
        track = self._find(reference, TrackFormat, uid.id)
        streams = track.streams or tuple(
            stream.id for stream in self._document.streams if key(track.id) in map(key, stream.tracks)
        )
        if not streams:
            raise AdmInvalid(track.id, "belongs to no audioStreamFormat")
        stream = self._find(streams[0], StreamFormat, track.id)
        if not stream.channels:
            raise AdmUnsupported("audioStreamFormat", stream.id, "carries a coded pack instead of one channel")
        return stream.channels[0]

    def _blocks(self, channel: ChannelFormat, leaf: AudioObject, gain: float) -> ObjectBlocks:
        begin = leaf.start.seconds if leaf.start else Fraction(0)
        file_end = Fraction(self._frames, self._sample_rate_hz)
        finish = min(begin + leaf.duration.seconds, file_end) if leaf.duration else file_end
        spans: list[tuple[Fraction, Fraction, Block]] = []
        for block in channel.blocks:
            self._refuse_unsupported(block)
            start = begin + (block.rtime.seconds if block.rtime else 0)
            end = start + block.duration.seconds if block.duration else finish
            if spans and start != spans[-1][1]:
                if abs(start - spans[-1][1]) <= ROUNDING_SLACK_S:
                    start = spans[-1][1]
                elif start < spans[-1][1]:
                    raise AdmInvalid(block.id, "starts before the block in front of it has ended")
            spans.append((start, max(start, end), block))
        # What was heard before a block is part of its movement: blocks past the end go, those across it are cut.
        heard = [span for span in spans if span[0] < finish]
        rate = self._sample_rate_hz
        try:
            return ObjectBlocks.of(
                start_samples=[float(start * rate) for start, _, _ in heard],
                end_samples=[float(end * rate) for _, end, _ in heard],
                azimuth_deg=[block.azimuth_deg for _, _, block in heard],
                elevation_deg=[block.elevation_deg for _, _, block in heard],
                distance=[block.distance for _, _, block in heard],
                width_deg=[block.width_deg for _, _, block in heard],
                height_deg=[block.height_deg for _, _, block in heard],
                depth=[block.depth for _, _, block in heard],
                gain=[
                    block.gain * gain if block.importance >= self._least_importance else 0.0 for _, _, block in heard
                ],
                diffuse=[block.diffuse for _, _, block in heard],
                jump_position=[block.jump_position for _, _, block in heard],
                interpolation_samples=[float((block.interpolation_length_s or 0) * rate) for _, _, block in heard],
            )
        except SpatialAudioError as fault:
            raise AdmInvalid(channel.id, str(fault).rstrip(".")) from fault

    def _refuse_unsupported(self, block: Block) -> None:
        if block.cartesian:
            raise AdmUnsupported("audioBlockFormat", block.id, "has a cartesian position")
        if not block.has_position:
            raise AdmInvalid(block.id, "has no position")
        if block.unread:
            raise AdmUnsupported("audioBlockFormat", block.id, f"uses {block.unread[0]}")

    def _refuse_type(self, element: str, element_id: str, type_label: str) -> NoReturn:
        raise AdmUnsupported(element, element_id, f"is of the type {TYPE_NAMES.get(type_label, type_label)}")

    def _find(self, element_id: str, kind: type[E], where: str) -> E:
        found = self._elements.get(key(element_id))
        if not isinstance(found, kind):
            self._refuse_common(element_id)
            raise AdmInvalid(where, f"refers to {element_id}, which the document does not define")
        return found

    def _refuse_common(self, element_id: str) -> None:
        """Common definitions need not be in the file; they are loudspeakers and Ambisonics, never Objects."""
        if is_common_definition(element_id):
            self._refuse_type("common definition", element_id, element_id[3:7])
