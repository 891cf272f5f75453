"""Rules of IDs and references (BS.2076-2): unique, well formed, leading somewhere, agreeing, nothing left over."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Final

from audio_pipeline.adm.block_formats import Block, ObjectBlock, SpeakerBlock
from audio_pipeline.adm.elements import (
    MATRIX,
    SILENT_TRACK,
    AudioObject,
    ChannelFormat,
    Content,
    Document,
    Element,
    PackFormat,
    Programme,
    StreamFormat,
    TrackFormat,
    TrackUid,
    all_elements,
    is_common_definition,
    key,
    references,
)
from audio_pipeline.adm.errors import AdmInvalid, AdmUnsupported, StreamMissing
from audio_pipeline.adm.findings import Finding, rejected
from audio_pipeline.adm.lookup import Chains
from audio_pipeline.adm.profiles.subject import Subject, blocks_in_order
from audio_pipeline.spatialaudio.direct_speakers import CartesianSpeakerPosition, PolarSpeakerPosition

_FORMS: Final[dict[type, re.Pattern[str]]] = {
    Programme: re.compile(r"APR_[0-9a-f]{4}", re.I),
    Content: re.compile(r"ACO_[0-9a-f]{4}", re.I),
    AudioObject: re.compile(r"AO_[0-9a-f]{4}", re.I),
    PackFormat: re.compile(r"AP_[0-9a-f]{8}", re.I),
    ChannelFormat: re.compile(r"AC_[0-9a-f]{8}", re.I),
    StreamFormat: re.compile(r"AS_[0-9a-f]{8}", re.I),
    TrackFormat: re.compile(r"AT_[0-9a-f]{8}_[0-9a-f]{2}", re.I),
    TrackUid: re.compile(r"ATU_[0-9a-f]{8}", re.I),
}
# Packs of a few lines can nest one another by the thousand, and every UID may name one.
_MOST_NESTED: Final = 4096
_BLOCK_FORM: Final = re.compile(r"AB_([0-9a-f]{8})_([0-9a-f]{8})", re.I)
_KINDS: Final = {
    "APR": "audioProgramme",
    "ACO": "audioContent",
    "AO": "audioObject",
    "AP": "audioPackFormat",
    "AC": "audioChannelFormat",
    "AS": "audioStreamFormat",
    "AT": "audioTrackFormat",
    "ATU": "audioTrackUID",
}


def id_findings(subject: Subject) -> Iterator[Finding]:
    """IDs have the standard's form and stand once."""
    document = subject.document
    if document is None:
        return
    seen: set[str] = set()
    for element in all_elements(document):
        if element.id and not _FORMS[type(element)].fullmatch(element.id):
            yield rejected("ID_MALFORMED", element.id, f"this is no ID of an {_kind_of(element)}")
        if element.id and key(element.id) in seen:
            yield rejected("DUPLICATE_ID", element.id, "more than one element has this ID")
        seen.add(key(element.id))
        if isinstance(element, PackFormat | ChannelFormat) and element.type_label != element.id[3:7]:
            yield rejected("TYPE_MISMATCH", element.id, f"typeLabel is {element.type_label}, the ID says otherwise")
    for channel_id, index, block_id in blocks_in_order(document):
        match = _BLOCK_FORM.fullmatch(block_id)
        if match is None:
            yield rejected("ID_MALFORMED", block_id, "this is no ID of an audioBlockFormat")
        elif key(match[1]) != key(channel_id[3:]):
            yield rejected("CHAIN_MISMATCH", block_id, f"the block stands in {channel_id}")
        elif int(match[2], 16) != index and key(block_id) not in seen:
            yield Finding("BLOCK_NUMBERING", "warn", block_id, f"it is block {index} of its channel")
        if key(block_id) in seen:
            yield rejected("DUPLICATE_ID", block_id, "more than one element has this ID")
        seen.add(key(block_id))


def reference_findings(subject: Subject) -> Iterator[Finding]:
    """Every reference leads to an element of the right kind; common definitions (BS.2094) need not be in the file."""
    document = subject.document
    if document is None:
        return
    known = subject.by_id()
    for element in all_elements(document):
        for reference in references(element):
            target = known.get(key(reference))
            if target is None and not is_common_definition(reference) and key(reference) != SILENT_TRACK:
                yield rejected(
                    "DANGLING_REFERENCE", element.id, f"it refers to {reference or 'nothing'}, which is not there"
                )
        yield from _kinds(element)
    for entry in subject.chna.entries if subject.chna else ():
        for reference in (entry.track_reference, entry.pack_reference):
            plain = reference.removesuffix("_00") if key(reference).startswith("AC_") else reference
            if plain and key(plain) not in known and not is_common_definition(plain):
                yield rejected("DANGLING_REFERENCE", entry.uid, f"chna refers to {reference}, which is not there")


def chain_findings(subject: Subject) -> Iterator[Finding]:
    """yyyyxxxx agrees along track, stream and channel, yyyy from pack to channel; a UID's channel is in its pack."""
    document = subject.document
    if document is None:
        return
    known = subject.by_id()
    for stream in document.streams:
        for channel_id in stream.channels:
            if key(channel_id[3:11]) != key(stream.id[3:11]):
                yield rejected("CHAIN_MISMATCH", stream.id, f"it refers to {channel_id}; yyyyxxxx should agree")
        for track_id in stream.tracks:
            track = known.get(key(track_id))
            if key(track_id[3:11]) != key(stream.id[3:11]):
                yield rejected("CHAIN_MISMATCH", stream.id, f"it refers to {track_id}; yyyyxxxx should agree")
            elif isinstance(track, TrackFormat) and track.streams and key(stream.id) not in map(key, track.streams):
                yield rejected("CHAIN_MISMATCH", stream.id, f"it refers to {track_id}, which refers to another stream")
    for track in document.tracks:
        for stream_id in track.streams:
            if key(stream_id[3:11]) != key(track.id[3:11]):
                yield rejected("CHAIN_MISMATCH", track.id, f"it refers to {stream_id}; yyyyxxxx should agree")
    for pack in document.packs:
        for child_id in (*pack.channels, *pack.packs):
            if child_id[3:7] != pack.id[3:7]:
                yield rejected("CHAIN_MISMATCH", pack.id, f"it refers to {child_id}, which is of another type")
    chains = Chains(known, document)
    channels_of = cache(lambda pack_id: frozenset(map(key, pack_channels(pack_id, known))))
    for uid in document.track_uids:
        yield from _uid_chain(uid, known, chains, channels_of)
    for audio_object in document.objects:
        yield from _object_chain(audio_object, known, chains)


def offset_findings(subject: Subject) -> Iterator[Finding]:
    """A positionOffset moves positions of its own kind: degrees add to degrees, the room's axes to the room's axes."""
    document = subject.document
    if document is None:
        return
    known = subject.by_id()
    for audio_object in document.objects:
        offset = audio_object.position_offset
        if offset is None:
            continue
        for block in _blocks_within(audio_object, known):
            is_cartesian = _is_cartesian(block)
            if is_cartesian is not None and (offset.is_polar if is_cartesian else offset.is_cartesian):
                kind, other = ("cartesian", "polar") if is_cartesian else ("polar", "cartesian")
                detail = f"the position is {kind}, the positionOffset of {audio_object.id} {other}"
                yield rejected("OFFSET_OF_OTHER_KIND", block.id, detail)
                break


def _blocks_within(audio_object: AudioObject, known: dict[str, Element]) -> Iterator[Block]:
    """The blocks of an object and of all objects nested in it."""
    waiting, seen = deque([audio_object]), set[str]()
    while waiting:
        one = waiting.popleft()
        if key(one.id) in seen:
            continue
        seen.add(key(one.id))
        waiting += [inner for i in one.objects if isinstance(inner := known.get(key(i)), AudioObject)]
        for pack_id in one.packs:
            for channel_id in pack_channels(pack_id, known):
                channel = known.get(key(channel_id))
                yield from channel.blocks if isinstance(channel, ChannelFormat) else ()


def _is_cartesian(block: Block) -> bool | None:
    """Whether a block's position is along the room's axes; None where it has none."""
    match block:
        case ObjectBlock(cartesian=cartesian):
            return cartesian
        case SpeakerBlock(position=CartesianSpeakerPosition()):
            return True
        case SpeakerBlock(position=PolarSpeakerPosition()):
            return False
    return None


def loop_findings(subject: Subject) -> Iterator[Finding]:
    """No object, pack or matrix contains itself, however deep; one loop of each is named at all of its elements."""
    document = subject.document
    if document is None:
        return
    ids = {element_key: element.id for element_key, element in subject.by_id().items()}
    for nested in (
        {key(one.id): set(map(key, one.objects)) for one in document.objects},
        {key(one.id): set(map(key, one.packs)) for one in document.packs},
        {key(one.id): set(map(key, one.encode_packs + one.input_packs)) for one in document.packs},
        {key(one.id): set(map(key, one.matrix_channels)) for one in document.channels if one.type_label == MATRIX},
    ):
        try:
            TopologicalSorter(nested).prepare()
        except CycleError as loop:
            for element_key in dict.fromkeys(loop.args[1]):
                yield rejected("NESTING_LOOP", ids.get(element_key, element_key), "it contains itself")


def orphan_findings(subject: Subject) -> Iterator[Finding]:
    """Everything is reached from a programme (or from contents, objects, UIDs, where there is no programme)."""
    document = subject.document
    if document is None:
        return
    known = subject.by_id()
    formats_of = _formats_by_target(document)
    reached: set[str] = set()
    waiting = [key(element.id) for element in _roots(document)]
    while waiting:
        element_key = waiting.pop()
        if element_key in reached:
            continue
        reached.add(element_key)
        element = known.get(element_key)
        if element is not None:
            waiting += [key(reference) for reference in references(element)]
        waiting += formats_of.get(element_key, ())
    packed = {key(channel) for pack in document.packs for channel in pack.channels}
    for element in all_elements(document):
        if not element.id or is_common_definition(element.id):
            continue
        if key(element.id) not in reached:
            yield rejected("ORPHAN", element.id, "nothing that is heard refers to it")
        elif isinstance(element, ChannelFormat) and key(element.id) not in packed:
            yield rejected("ORPHAN", element.id, "it is in no audioPackFormat")


def _formats_by_target(document: Document) -> dict[str, list[str]]:
    """For a channel its stream formats, for a stream format its track formats: they belong to it, used or not."""
    formats: dict[str, list[str]] = {}
    for stream in document.streams:
        for target in stream.channels + stream.packs + stream.tracks:
            formats.setdefault(key(target), []).append(key(stream.id))
    for track in document.tracks:
        for target in track.streams:
            formats.setdefault(key(target), []).append(key(track.id))
    return formats


def _roots(document: Document) -> tuple[Element, ...]:
    if document.programmes:
        return document.programmes
    if document.contents:
        return document.contents
    if document.objects:
        nested = {key(child) for audio_object in document.objects for child in audio_object.objects}
        return tuple(audio_object for audio_object in document.objects if key(audio_object.id) not in nested)
    return document.track_uids


def _kinds(element: Element) -> Iterator[Finding]:
    for tag, ids in _typed_references(element):
        for reference in ids:
            if reference and _KINDS.get(key(reference).partition("_")[0]) != tag:
                yield rejected("WRONG_KIND", element.id, f"{tag}IDRef names {reference}")


def _typed_references(element: Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    match element:
        case Programme():
            yield "audioContent", element.contents
            yield "audioPackFormat", element.reference_layouts + element.renderer_layouts
        case Content():
            yield "audioObject", element.objects
        case AudioObject():
            yield "audioObject", element.objects + element.complementary
            yield "audioPackFormat", element.packs
            yield "audioTrackUID", element.track_uids
        case PackFormat():
            yield "audioChannelFormat", element.channels
            yield "audioPackFormat", element.packs
        case StreamFormat():
            yield "audioChannelFormat", element.channels
            yield "audioPackFormat", element.packs
            yield "audioTrackFormat", element.tracks
        case TrackFormat():
            yield "audioStreamFormat", element.streams
        case TrackUid():
            yield "audioTrackFormat", element.tracks
            yield "audioChannelFormat", element.channels
            yield "audioPackFormat", element.packs
        case ChannelFormat():
            return


def _uid_chain(
    uid: TrackUid, known: dict[str, Element], chains: Chains, channels_of: Callable[[str], frozenset[str]]
) -> Iterator[Finding]:
    if not uid.tracks and not uid.channels:
        yield rejected("CHAIN_BROKEN", uid.id, "it refers to no audioTrackFormat and no audioChannelFormat")
        return
    try:
        channel_id: str | None = chains.channel_named_by(uid)[0]
    except StreamMissing as fault:
        yield rejected("CHAIN_BROKEN", uid.id, str(fault))
        return
    except (AdmInvalid, AdmUnsupported):
        channel_id = None  # what is not there is told where it is referred to
    for pack_id in uid.packs:
        if channel_id and channel_id[3:7] != pack_id[3:7]:
            yield rejected("CHAIN_MISMATCH", uid.id, f"its channel {channel_id} and its pack {pack_id} differ in type")
        elif (
            channel_id
            and isinstance(known.get(key(pack_id)), PackFormat)
            and key(channel_id) not in channels_of(key(pack_id))
        ):
            yield rejected("CHAIN_MISMATCH", uid.id, f"its channel {channel_id} is not in its pack {pack_id}")


def _object_chain(audio_object: AudioObject, known: dict[str, Element], chains: Chains) -> Iterator[Finding]:
    """Each channel of an object's packs has a track, and each of its tracks carries a pack of the object's."""
    if audio_object.packs and not audio_object.track_uids:
        yield rejected("OBJECT_WITHOUT_TRACKS", audio_object.id, "it has a pack, but no audioTrackUIDRef")
        return
    if not audio_object.packs and not audio_object.track_uids and not audio_object.objects:
        yield rejected("OBJECT_EMPTY", audio_object.id, "it has neither tracks nor nested objects")
    own = {key(pack) for pack in audio_object.packs}
    carried: Counter[str] = Counter()
    for uid_id in audio_object.track_uids:
        uid = known.get(key(uid_id))
        if not isinstance(uid, TrackUid):
            continue
        carried[key(_carried(uid, chains) or "")] += 1
        if own and uid.packs and own.isdisjoint(map(key, uid.packs)):
            yield rejected("CHAIN_MISMATCH", audio_object.id, f"{uid.id} carries {uid.packs[0]}, not the object's pack")
    needed = [key(channel) for pack_id in audio_object.packs for channel in pack_channels(pack_id, known)]
    silent = sum(key(uid_id) == SILENT_TRACK for uid_id in audio_object.track_uids)
    without = [channel for channel in needed if channel not in carried]
    if len(without) > silent:
        yield rejected("CHANNEL_WITHOUT_TRACK", audio_object.id, f"no track carries {without[0]}")
    for twice in (channel for channel, count in carried.items() if channel and count > 1):
        yield rejected("CHANNEL_WITH_TWO_TRACKS", audio_object.id, f"more than one track carries {twice}")


def _carried(uid: TrackUid, chains: Chains) -> str | None:
    """The channel format that a UID leads to, or None where its chain breaks off."""
    try:
        return chains.channel_named_by(uid)[0]
    except (AdmInvalid, AdmUnsupported):
        return None


def pack_channels(pack_id: str, known: dict[str, Element]) -> list[str]:
    """The channels of a pack and of all packs in it; nothing for a pack that is not in the file."""
    found: list[str] = []
    waiting, seen = deque([key(pack_id)]), set[str]()
    while waiting:
        current = waiting.popleft()
        pack = known.get(current)
        if current in seen or not isinstance(pack, PackFormat):
            continue
        seen.add(current)
        if len(seen) > _MOST_NESTED:
            break
        found += pack.channels
        waiting += [key(child) for child in pack.packs]
    return found


def _kind_of(element: Element) -> str:
    prefix = _FORMS[type(element)].pattern.partition("_")[0]
    return _KINDS[prefix]
