"""The profile `360`: a 360-compatible master, as the format's own tools write it.

Everything of `adm`, and: RF64 or BW64, 48 kHz, 24 bits; one programme, content and parent object nesting leaf objects
of one mono track each; Objects only, polar, without jumps; the 13.0 layout 5+5+3 named as the reference. Extent is
allowed and reported.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from audio_pipeline.adm.block_formats import ObjectBlock
from audio_pipeline.adm.elements import (
    OBJECTS,
    TYPE_NAMES,
    AudioObject,
    ChannelFormat,
    Content,
    Document,
    Element,
    PackFormat,
    Programme,
    all_elements,
    is_common_definition,
    key,
)
from audio_pipeline.adm.findings import Finding, Severity, rejected
from audio_pipeline.adm.profiles import adm
from audio_pipeline.adm.profiles.reference_rules import pack_channels
from audio_pipeline.adm.profiles.subject import Subject
from audio_pipeline.riff import PCM

_VERSION: Final = "ITU-R_BS.2076-2"
_LAYOUT: Final = "5+5+3"
_LAYOUT_CHANNELS: Final = 13
_MOST_OBJECTS: Final = 128
_LEVEL_3_OBJECTS: Final = 24
_LEAF_NUMBER: Final = re.compile(r"[0-9a-f]+")


def findings(subject: Subject) -> Iterator[Finding]:
    """Every fault, those of `adm` first."""
    yield from adm.findings(subject)
    yield from _container(subject)
    document = subject.document
    if document is None:
        return
    known = subject.by_id()
    if document.version != _VERSION:
        yield rejected("VERSION", "audioFormatExtended", f"version is {document.version!r}, not {_VERSION!r}")
    yield from _tree(document, known)
    yield from _types(document, known)
    yield from _reference_layout(document, known)
    yield from _numbering(document)
    for channel in document.channels:
        if channel.type_label == OBJECTS:
            yield from _blocks(channel)


def _container(subject: Subject) -> Iterator[Finding]:
    header = subject.riff
    if header is None:
        return
    if header.form == "RIFF":
        yield rejected("CONTAINER", "", "the file is a plain WAV, not RF64 or BW64")
    if header.chunk("bext") is not None:
        yield Finding("BEXT_PRESENT", "warn", "bext", "360 masters carry no bext chunk")
    if header.fmt is None:
        return
    if header.fmt.sample_rate_hz != 48000:
        yield rejected("SAMPLE_RATE", "fmt ", f"the rate is {header.fmt.sample_rate_hz} Hz, not 48000 Hz")
    if header.fmt.bits_per_sample != 24 or header.fmt.format_tag != PCM:
        coding = "bits" if header.fmt.format_tag == PCM else "bits, not integers"
        yield rejected(
            "BIT_DEPTH", "fmt ", f"samples have {header.fmt.bits_per_sample} {coding}; 24-bit PCM is asked for"
        )


def _tree(document: Document, known: dict[str, Element]) -> Iterator[Finding]:
    for count, kind, where in (
        (len(document.programmes), "PROGRAMMES", "audioProgramme"),
        (len(document.contents), "CONTENTS", "audioContent"),
    ):
        if count != 1:
            yield rejected(f"NUMBER_OF_{kind}", where, f"there are {count}, exactly one is asked for")
    tops = [object_id for content in document.contents for object_id in content.objects]
    parents = [found for object_id in tops if isinstance(found := known.get(key(object_id)), AudioObject)]
    if len(tops) != 1 or any(not parent.objects for parent in parents):
        yield rejected(
            "PARENT_OBJECT", "audioContent", "the content has to refer to one parent object, which nests the others"
        )
    for parent in parents:
        if parent.objects and (parent.packs or parent.track_uids):
            yield rejected("PARENT_OBJECT", parent.id, "the parent object has a pack or tracks of its own")
    leaves = [audio_object for audio_object in document.objects if not audio_object.objects]
    nested = {key(object_id) for parent in parents for object_id in parent.objects}
    top = {key(parent.id) for parent in parents}
    for leaf in leaves:
        if key(leaf.id) not in nested and key(leaf.id) not in top:
            yield rejected("NESTING", leaf.id, "the object is not nested directly in the parent object")
        yield from _leaf(leaf, known)
    for deeper in document.objects:
        if deeper.objects and key(deeper.id) not in top:
            yield rejected("NESTING", deeper.id, "only the parent object may nest others")
    if len(leaves) > _MOST_OBJECTS:
        yield rejected("TOO_MANY_OBJECTS", "", f"there are {len(leaves)} objects; {_MOST_OBJECTS} is the most")
    elif len(leaves) > _LEVEL_3_OBJECTS:
        yield Finding(
            "OBJECT_BUDGET",
            "info",
            "",
            f"{len(leaves)} objects: an encoder will pre-render some of them into a static set",
        )


def _leaf(leaf: AudioObject, known: dict[str, Element]) -> Iterator[Finding]:
    if len(leaf.packs) != 1:
        yield rejected("LEAF_PACKS", leaf.id, f"it has {len(leaf.packs)} packs; one is asked for")
    if len(leaf.track_uids) != 1:
        yield rejected("LEAF_TRACKS", leaf.id, f"it has {len(leaf.track_uids)} tracks; one mono track is asked for")
    for pack_id in leaf.packs:
        channels = pack_channels(pack_id, known)
        if isinstance(known.get(key(pack_id)), PackFormat) and len(channels) != 1:
            yield rejected("LEAF_CHANNELS", pack_id, f"it has {len(channels)} channels; one is asked for")
    if leaf.mute or leaf.gain != 1:
        yield Finding("OBJECT_GAIN", "warn", leaf.id, "gain and mute belong into the blocks")


def _types(document: Document, known: dict[str, Element]) -> Iterator[Finding]:
    """Objects only: no bed, no LFE. The reference layout is a description, nothing that sounds."""
    layouts = {
        key(layout)
        for programme in document.programmes
        for layout in programme.reference_layouts + programme.renderer_layouts
    }
    described = layouts | {key(channel) for layout in layouts for channel in pack_channels(layout, known)}
    used = {pack_id for audio_object in document.objects for pack_id in audio_object.packs}
    used |= {pack_id for uid in document.track_uids for pack_id in uid.packs}
    for pack_id in sorted(used):
        if pack_id[3:7] != OBJECTS:
            kind = TYPE_NAMES.get(pack_id[3:7], "an unknown type")
            yield rejected("NOT_OBJECTS", pack_id, f"{kind} sounds in this file: a 360 master has objects, no bed")
    described_elements: tuple[PackFormat | ChannelFormat, ...] = (*document.packs, *document.channels)
    for element in described_elements:
        if element.type_label != OBJECTS and key(element.id) not in described and element.id not in used:
            if is_common_definition(element.id):
                continue
            kind = TYPE_NAMES.get(element.type_label, "an unknown type")
            yield rejected("NOT_OBJECTS", element.id, f"it is of the type {kind}; a 360 master has objects, no bed")
        if isinstance(element, ChannelFormat) and element.low_pass_hz and not is_common_definition(element.id):
            yield rejected("LFE", element.id, "a low-pass frequency marks an LFE channel, which a 360 master has not")


def _reference_layout(document: Document, known: dict[str, Element]) -> Iterator[Finding]:
    for programme in document.programmes:
        named = programme.reference_layouts + programme.renderer_layouts
        if not any(_is_5_5_3(pack_id, known) for pack_id in named):
            named_ids = ", ".join(named) or "none"
            yield rejected(
                "REFERENCE_LAYOUT",
                programme.id,
                f"authoringInformation has to refer to the 13.0 layout {_LAYOUT}; it refers to {named_ids}",
            )


def _is_5_5_3(pack_id: str, known: dict[str, Element]) -> bool:
    pack = known.get(key(pack_id))
    has_name = isinstance(pack, PackFormat) and _LAYOUT in pack.name
    # Some tools only name the layout, and leave its loudspeakers to the reader.
    return has_name and len(pack_channels(pack_id, known)) in (0, _LAYOUT_CHANNELS)


def _numbering(document: Document) -> Iterator[Finding]:
    tops: tuple[Programme | Content, ...] = (*document.programmes, *document.contents)
    for top in tops:
        if not top.id.endswith("_8001"):
            yield Finding("NUMBERING", "warn", top.id, "programme and content are numbered 8001")
    for element in all_elements(document):
        number = element.id.partition("_")[2].replace("_", "")
        if not _LEAF_NUMBER.fullmatch(number) and element.id:
            yield Finding("NUMBERING", "warn", element.id, "IDs have lower-case hexadecimal digits")


def _blocks(channel: ChannelFormat) -> Iterator[Finding]:
    """One finding a channel and kind: a fault of ten thousand blocks is one fault."""
    blocks = [block for block in channel.blocks if isinstance(block, ObjectBlock)]
    for code, severity, is_fault, detail in _BLOCK_RULES:
        guilty = [block for block in blocks if is_fault(block)]
        if guilty:
            yield Finding(code, severity, guilty[0].id, f"{detail} (in {len(guilty)} of {len(blocks)} blocks)")


def _timed_in_decimals(block: ObjectBlock) -> bool:
    return any(time is not None and not time.in_samples for time in (block.rtime, block.duration))


def _has_extent(block: ObjectBlock) -> bool:
    return block.width != 0 or block.height != 0 or block.depth != 0


def _is_unusual(block: ObjectBlock) -> bool:
    locked = block.channel_lock or block.screen_ref or block.horizontal_edge or block.vertical_edge
    return bool(locked or block.head_locked or block.divergence or block.zones or block.unread)


_BLOCK_RULES: Final[tuple[tuple[str, Severity, Callable[[ObjectBlock], bool], str], ...]] = (
    ("CARTESIAN", "reject", lambda block: block.cartesian, "positions have to be polar, cartesian 0"),
    ("JUMP_POSITION", "reject", lambda block: block.jump_position, "jumpPosition has to be 0"),
    ("GAIN_UNIT", "reject", lambda block: block.gain_in_db, "gain has to be linear"),
    ("UNUSUAL_CONTENT", "warn", _is_unusual, "a block uses more than position, extent and gain"),
    ("IMPORTANCE", "warn", lambda block: block.importance != 10, "importance is 10 in 360 masters"),
    ("TIME_FORM", "warn", _timed_in_decimals, "times are written as samples (nnnnnSrrrrr) in 360 masters"),
    ("DIFFUSE", "info", lambda block: block.diffuse != 0, "diffuse is set; an encoder may leave it out"),
    ("EXTENT", "info", _has_extent, "the object has an extent; an encoder may leave it out"),
)
