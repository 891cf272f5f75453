"""What of a document is heard, and on which tracks: the selection of ITU-R BS.2127, clause 5.

The chosen programme, its contents, their objects and all objects nested in them: every path through the nesting is
heard on its own. Of complementary objects the first is heard, which names the others. In a file without objects, every
track UID is. An object's packs are then matched with its tracks; a matrix is followed to the pack that it puts out.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from audio_pipeline.adm.chna import Chna
from audio_pipeline.adm.elements import (
    MATRIX,
    SILENT_TRACK,
    AudioObject,
    ChannelFormat,
    Content,
    Document,
    PackFormat,
    Programme,
    TrackUid,
    key,
)
from audio_pipeline.adm.errors import AdmInvalid, NoSuchProgramme
from audio_pipeline.adm.lookup import LONGEST_NESTING, Lookup
from audio_pipeline.adm.matrices import Taps, encoder_input, matrix_input, matrix_outputs
from audio_pipeline.spatialaudio.taps import Tap

# A document of a few lines can nest objects into billions of paths; a real one has a path a track. No more channels and
# tracks are taken of one object.
_MOST_PATHS: Final = 4096


@dataclass(frozen=True, eq=False, slots=True)
class HeardChannel:
    """One channel of a pack: the packs from the outermost to its own, and the taps on the file's tracks for it."""

    channel: ChannelFormat
    packs: tuple[PackFormat, ...]
    taps: Taps


@dataclass(frozen=True, eq=False, slots=True)
class Heard:
    """One pack that is heard: the objects from the outermost to the one that has it, none in a file without objects."""

    programme: Programme | None
    path: tuple[AudioObject, ...]
    pack: PackFormat
    channels: tuple[HeardChannel, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Pattern:
    """What tracks can carry for one pack: channels, and for each the IDs of packs that its UID may name."""

    channels: tuple[tuple[ChannelFormat, frozenset[str]], ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Carried:
    """One track of an object: the UID and the channel that it carries."""

    uid: TrackUid
    channel_id: str
    pack: str | None


def heard_packs(
    document: Document, chna: Chna, *, sample_rate_hz: int, programme_id: str | None = None
) -> Iterator[Heard]:
    """Every pack that is heard in `programme_id` (the first programme where it is None), in the document's order.

    Without any programme: all objects that no other nests. Raises `NoSuchProgramme`, `AdmInvalid` and
    `AdmUnsupported`.
    """
    return _Selection(document, chna, sample_rate_hz).heard(programme_id)


class _Selection:
    def __init__(self, document: Document, chna: Chna, sample_rate_hz: int) -> None:
        self._document = document
        self._chna = chna
        self._lookup = Lookup(document, chna)
        self._sample_rate_hz = sample_rate_hz
        self._left_out = {key(other) for one in document.objects for other in one.complementary}
        self._patterns: dict[str, tuple[_Pattern, ...]] = {}

    def heard(self, programme_id: str | None) -> Iterator[Heard]:
        programme = self._programme(programme_id)
        if not self._document.programmes and not self._document.objects:
            uids = [self._lookup.uid(row.uid, "chna") for row in self._chna.entries]
            yield from self._packs(None, (), self._implied_packs(uids), uids, silent=0, where="chna")
            return
        paths = chain.from_iterable(self._paths((root,)) for root in self._roots(programme))
        for number, path in enumerate(paths):
            if number == _MOST_PATHS:
                raise AdmInvalid(path[0].id, f"objects are nested into more than {_MOST_PATHS} paths")
            leaf = path[-1]
            if not leaf.packs and not leaf.track_uids:
                continue
            if len(leaf.track_uids) > _MOST_PATHS:
                raise AdmInvalid(leaf.id, f"refers to more than {_MOST_PATHS} tracks")
            named = [uid_id for uid_id in leaf.track_uids if key(uid_id) != SILENT_TRACK]
            uids = [self._lookup.uid(uid_id, leaf.id) for uid_id in named]
            packs = [self._lookup.find(pack_id, PackFormat, leaf.id) for pack_id in leaf.packs]
            yield from self._packs(
                programme,
                path,
                packs or self._implied_packs(uids),
                uids,
                silent=len(leaf.track_uids) - len(named),
                where=leaf.id,
            )

    def _programme(self, programme_id: str | None) -> Programme | None:
        programmes = self._document.programmes
        if programme_id is not None:
            programmes = tuple(one for one in programmes if key(one.id) == key(programme_id))
            if not programmes:
                raise NoSuchProgramme(programme_id, tuple(one.id for one in self._document.programmes))
        return programmes[0] if programmes else None

    def _roots(self, programme: Programme | None) -> Iterator[AudioObject]:
        if programme is None:
            nested = {key(child) for one in self._document.objects for child in one.objects}
            yield from (one for one in self._document.objects if key(one.id) not in nested)
            return
        for content_id in programme.contents:
            content = self._lookup.find(content_id, Content, programme.id)
            for object_id in content.objects:
                yield self._lookup.find(object_id, AudioObject, content.id)

    def _paths(self, path: tuple[AudioObject, ...]) -> Iterator[tuple[AudioObject, ...]]:
        if any(one is path[-1] for one in path[:-1]):
            raise AdmInvalid(path[-1].id, "contains itself")
        if len(path) > LONGEST_NESTING:
            raise AdmInvalid(path[0].id, "nests objects too deeply")
        if key(path[-1].id) in self._left_out:
            return
        yield path
        for object_id in path[-1].objects:
            yield from self._paths((*path, self._lookup.find(object_id, AudioObject, path[-1].id)))

    def _implied_packs(self, uids: Sequence[TrackUid]) -> list[PackFormat]:
        """The packs that UIDs name themselves, each as often as it is needed to take all of its tracks."""
        carried: dict[str, list[str]] = {}
        for uid in uids:
            if not uid.packs:
                raise AdmInvalid(uid.id, "names no audioPackFormat, and no audioObject names one for it")
            carried.setdefault(key(uid.packs[0]), []).append(key(self._lookup.channel_of(uid).id))
        return [
            self._lookup.find(pack_id, PackFormat, uids[0].id)
            for pack_id, channels in carried.items()
            for _ in range(max(Counter(channels).values()))
        ]

    def _packs(
        self,
        programme: Programme | None,
        path: tuple[AudioObject, ...],
        packs: Sequence[PackFormat],
        uids: Sequence[TrackUid],
        *,
        silent: int,
        where: str,
    ) -> Iterator[Heard]:
        free: dict[str, list[_Carried]] = {}
        for uid in uids:
            channel_id = self._lookup.channel_of(uid).id
            free.setdefault(key(channel_id), []).append(
                _Carried(uid, channel_id, key(uid.packs[0]) if uid.packs else None)
            )
        for pack in packs:
            pattern = max(self._patterns_of(pack), key=lambda one: _fitting(one, free))
            tracks: dict[str, Taps] = {}
            for channel, pack_ids in pattern.channels:
                found = _fitting_track(free, channel, pack_ids)
                if found is not None:
                    free[key(channel.id)].remove(found)
                    tracks[key(channel.id)] = (Tap(self._lookup.track_of(found.uid)),)
                elif silent:
                    silent -= 1
                    tracks[key(channel.id)] = ()
                else:
                    raise AdmInvalid(where, f"no track UID carries {channel.id} of {pack.id}")
            yield self._heard(programme, path, pack, tracks)
        left = next(chain.from_iterable(free.values()), None)
        if left is not None:
            raise AdmInvalid(where, f"its packs have no place left for {left.uid.id}, which carries {left.channel_id}")

    def _heard(
        self, programme: Programme | None, path: tuple[AudioObject, ...], pack: PackFormat, tracks: dict[str, Taps]
    ) -> Heard:
        if pack.type_label == MATRIX:
            tracks = matrix_outputs(pack, tracks, self._lookup, self._sample_rate_hz)
            pack = self._lookup.find(pack.output_packs[0], PackFormat, pack.id)
            if pack.type_label == MATRIX:
                raise AdmInvalid(pack.id, "is a matrix that a matrix puts out; only other types can be heard")
        channels = tuple(
            HeardChannel(channel, packs, tracks[key(channel.id)])
            for packs, channel in self._channels(pack)
            if key(channel.id) in tracks
        )
        return Heard(programme, path, pack, channels)

    def _patterns_of(self, pack: PackFormat) -> tuple[_Pattern, ...]:
        known = self._patterns.get(key(pack.id))
        if known is None:
            known = self._patterns[key(pack.id)] = tuple(self._make_patterns(pack))
        return known

    def _make_patterns(self, pack: PackFormat) -> Iterator[_Pattern]:
        """A matrix can be met before it is applied, applied already, or (decoding) before it was encoded."""
        yield _Pattern(
            tuple((channel, frozenset(key(one.id) for one in packs)) for packs, channel in self._channels(pack))
        )
        if pack.type_label != MATRIX:
            return
        inner = matrix_input(pack, self._lookup)
        yield _Pattern(tuple((channel, frozenset({key(pack.id)})) for _, channel in self._channels(inner)))
        encoder = encoder_input(pack, self._lookup)
        if encoder is not None:
            encoding, source = encoder
            yield _Pattern(tuple((channel, frozenset({key(encoding.id)})) for _, channel in self._channels(source)))

    def _channels(self, pack: PackFormat) -> list[tuple[tuple[PackFormat, ...], ChannelFormat]]:
        return list(islice(self._lookup.pack_paths(pack), _MOST_PATHS))


def _fitting_track(
    free: Mapping[str, Sequence[_Carried]], channel: ChannelFormat, pack_ids: frozenset[str]
) -> _Carried | None:
    carrying = free.get(key(channel.id), ())
    return next((one for one in carrying if one.pack is None or one.pack in pack_ids), None)


def _fitting(pattern: _Pattern, free: Mapping[str, Sequence[_Carried]]) -> int:
    return sum(_fitting_track(free, channel, pack_ids) is not None for channel, pack_ids in pattern.channels)
