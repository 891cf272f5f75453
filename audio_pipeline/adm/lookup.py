"""Where an ID leads: to an element of the document, else to a common definition; a track UID also to its row of chna.

IDs that the selection follows have to lead somewhere; each that does not is refused by the name of who refers to it.
"""

from collections.abc import Iterator
from itertools import count
from typing import Final, TypeVar

from audio_pipeline.adm.chna import Chna
from audio_pipeline.adm.common_definitions import common_element
from audio_pipeline.adm.elements import (
    ChannelFormat,
    Document,
    Element,
    PackFormat,
    StreamFormat,
    TrackFormat,
    TrackUid,
    all_elements,
    key,
)
from audio_pipeline.adm.errors import AdmInvalid, AdmUnsupported, StreamMissing

# Deeper than any real document nests objects, packs or matrices.
LONGEST_NESTING: Final = 32
# Packs of a few lines can be nested into billions, without a single channel in them.
_MOST_NESTED: Final = 4096

E = TypeVar("E", bound=Element)


class Chains:
    """Where IDs lead, in a document whose elements stand under the keys of their IDs."""

    def __init__(self, elements: dict[str, Element], document: Document) -> None:
        self._elements = elements
        self._streams = {key(track): stream for stream in document.streams for track in stream.tracks}

    def find(self, element_id: str, kind: type[E], where: str) -> E:
        """The element of that ID. Raises `AdmInvalid` where there is none of that kind; `where` refers to it."""
        found = self._elements.get(key(element_id)) or common_element(element_id)
        if not isinstance(found, kind):
            raise AdmInvalid(where, f"refers to {element_id or 'nothing'}, which the document does not define")
        return found

    def channel_named_by(self, uid: TrackUid) -> tuple[str, str]:
        """(ID of the channel that a UID carries, ID of who names it): itself (BS.2076-2), or track and stream format.

        Raises `AdmInvalid` where the chain breaks off, `StreamMissing` where it is a stream that is missing.
        """
        if uid.channels:
            return uid.channels[0], uid.id
        if not uid.tracks:
            raise AdmInvalid(uid.id, "refers to no audioTrackFormat and no audioChannelFormat")
        reference = uid.tracks[0]
        if key(reference).startswith("AC_"):
            return reference.removesuffix("_00"), uid.id
        track = self.find(reference, TrackFormat, uid.id)
        stream = self._streams.get(key(track.id))
        if track.streams:
            stream = self.find(track.streams[0], StreamFormat, track.id)
        if stream is None:
            raise StreamMissing(track.id)
        if not stream.channels:
            raise AdmUnsupported("audioStreamFormat", stream.id, "carries a coded pack instead of one channel")
        return stream.channels[0], stream.id


class Lookup(Chains):
    """Elements by their IDs, and what belongs together by references. Raises `AdmInvalid` where an ID has two."""

    def __init__(self, document: Document, chna: Chna) -> None:
        elements: dict[str, Element] = {}
        for element in all_elements(document):
            if elements.setdefault(key(element.id), element) != element:
                raise AdmInvalid(element.id, "is the ID of more than one element")
        super().__init__(elements, document)
        self._rows = {key(row.uid): row for row in chna.entries}
        self._encoders = {key(decoder): pack for pack in document.packs for decoder in pack.decode_packs}

    def uid(self, uid_id: str, where: str) -> TrackUid:
        """The track UID of that ID; what the document leaves out of it stands in its row of chna."""
        row = self._rows.get(key(uid_id))
        known = isinstance(self._elements.get(key(uid_id)), TrackUid)
        uid = TrackUid(id=uid_id) if row is not None and not known else self.find(uid_id, TrackUid, where)
        if row is None:
            raise AdmInvalid(uid.id, "is not in the chna chunk, so it has no track")
        return TrackUid(
            id=uid.id,
            tracks=uid.tracks or ((row.track_reference,) if row.track_reference and not uid.channels else ()),
            channels=uid.channels,
            packs=uid.packs or ((row.pack_reference,) if row.pack_reference else ()),
        )

    def track_of(self, uid: TrackUid) -> int:
        """The track of the file that carries `uid`, counted from 0."""
        return self._rows[key(uid.id)].track_index - 1

    def channel_of(self, uid: TrackUid) -> ChannelFormat:
        """The channel that a UID carries."""
        return self._channel(*self.channel_named_by(uid))

    def encoder_of(self, pack: PackFormat) -> PackFormat | None:
        """The encoding matrix that `pack` decodes: either may name the other. None where neither does."""
        if pack.encode_packs:
            return self.find(pack.encode_packs[0], PackFormat, pack.id)
        return self._encoders.get(key(pack.id))

    def pack_paths(self, pack: PackFormat) -> Iterator[tuple[tuple[PackFormat, ...], ChannelFormat]]:
        """Every channel of a pack and of the packs nested in it, with the packs from `pack` down to the channel's."""
        return self._pack_paths((pack,), count())

    def _pack_paths(
        self, path: tuple[PackFormat, ...], visits: Iterator[int]
    ) -> Iterator[tuple[tuple[PackFormat, ...], ChannelFormat]]:
        if any(one is path[-1] for one in path[:-1]):
            raise AdmInvalid(path[-1].id, "contains itself")
        if len(path) > LONGEST_NESTING or next(visits) > _MOST_NESTED:
            raise AdmInvalid(path[0].id, "nests packs too deeply or too often")
        pack = path[-1]
        for channel_id in pack.channels:
            channel = self._channel(channel_id, pack.id)
            if channel.type_label != pack.type_label:
                raise AdmInvalid(channel.id, f"is of another type than its pack {pack.id}")
            yield path, channel
        for pack_id in pack.packs:
            yield from self._pack_paths((*path, self.find(pack_id, PackFormat, pack.id)), visits)

    def _channel(self, channel_id: str, where: str) -> ChannelFormat:
        return self.find(channel_id, ChannelFormat, where)
