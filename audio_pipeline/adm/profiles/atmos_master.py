"""The profile `atmos`: an Atmos master in ADM, as the format's own tools write it.

Everything of `adm`, and: 48 kHz, 24 bits; one programme; a bed of up to ten room-centric channels and up to 118 mono
objects in room coordinates, that jump with a short interpolation. Loudness and peaks are judged on renders, not here.
Distributors refuse masters that were made from a stereo upmix, so one that says so is refused here already.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final

from audio_pipeline.adm.block_formats import ObjectBlock, SpeakerBlock
from audio_pipeline.adm.elements import DIRECT_SPEAKERS, OBJECTS, TYPE_NAMES, ChannelFormat, Document, key
from audio_pipeline.adm.findings import Finding, rejected
from audio_pipeline.adm.profiles import adm
from audio_pipeline.adm.profiles.reference_rules import pack_channels
from audio_pipeline.adm.profiles.subject import Subject
from audio_pipeline.riff import PCM

_MOST_CONTENTS: Final = 123
_MOST_CHANNELS: Final = 128
_MOST_OBJECTS: Final = 118
_MOST_BED_CHANNELS: Final = 10
_FIRST_OBJECT: Final = 0x100B
_INTERPOLATION_S: Final = Fraction("0.005208")


def findings(subject: Subject) -> Iterator[Finding]:
    """Every fault, those of `adm` first."""
    yield from adm.findings(subject)
    yield from _sound(subject)
    for programme_id in adm.upmixes(subject):
        yield rejected("UPMIX_REFUSED", programme_id, "distributors refuse Atmos masters made from a stereo upmix")
    document = subject.document
    if document is None:
        return
    yield from _counts(document)
    yield from _types(document)
    known = subject.by_id()
    for audio_object in document.objects:
        channels = [channel for pack_id in audio_object.packs for channel in pack_channels(pack_id, known)]
        if all(pack_id[3:7] == OBJECTS for pack_id in audio_object.packs) and audio_object.packs:
            if len(channels) != 1:
                yield rejected(
                    "OBJECT_CHANNELS", audio_object.id, f"an object has one channel, this has {len(channels)}"
                )
            if key(audio_object.id) < key(f"AO_{_FIRST_OBJECT:04x}"):
                yield Finding("NUMBERING", "warn", audio_object.id, "objects are numbered from 100b")
        elif len(channels) > _MOST_BED_CHANNELS:
            yield rejected("BED_CHANNELS", audio_object.id, f"a bed has up to 10 channels, this has {len(channels)}")
    for channel in document.channels:
        yield from _object_blocks(channel)
        yield from _bed_blocks(channel)


def _sound(subject: Subject) -> Iterator[Finding]:
    form = subject.riff.fmt if subject.riff else None
    if form is None:
        return
    if form.sample_rate_hz != 48000:
        yield rejected("SAMPLE_RATE", "fmt ", f"the rate is {form.sample_rate_hz} Hz, not 48000 Hz")
    if form.bits_per_sample != 24 or form.format_tag != PCM:
        yield rejected("BIT_DEPTH", "fmt ", "24-bit PCM is asked for")
    if form.channels > _MOST_CHANNELS:
        yield rejected("TOO_MANY_CHANNELS", "fmt ", f"there are {form.channels} channels, 128 is the most")


def _counts(document: Document) -> Iterator[Finding]:
    if len(document.programmes) != 1:
        yield rejected(
            "NUMBER_OF_PROGRAMMES", "audioProgramme", f"there are {len(document.programmes)}, exactly one is asked for"
        )
    objects = sum(channel.type_label == OBJECTS for channel in document.channels)
    for count, most, where, code in (
        (len(document.contents), _MOST_CONTENTS, "audioContent", "NUMBER_OF_CONTENTS"),
        (len(document.objects), _MOST_CONTENTS, "audioObject", "NUMBER_OF_OBJECTS"),
        (len(document.packs), _MOST_CONTENTS, "audioPackFormat", "NUMBER_OF_PACKS"),
        (objects, _MOST_OBJECTS, "audioChannelFormat", "NUMBER_OF_DYNAMIC_OBJECTS"),
    ):
        if count > most:
            yield rejected(code, where, f"there are {count}, {most} is the most")


def _types(document: Document) -> Iterator[Finding]:
    for pack in document.packs:
        if pack.type_label not in (DIRECT_SPEAKERS, OBJECTS):
            kind = TYPE_NAMES.get(pack.type_label, "an unknown type")
            yield rejected("TYPE", pack.id, f"it is of the type {kind}; a master has a bed and objects")


def _bed_blocks(channel: ChannelFormat) -> Iterator[Finding]:
    for block in channel.blocks:
        if isinstance(block, SpeakerBlock) and not any(label.startswith("RC_") for label in block.labels):
            yield rejected("BED_LABEL", block.id, "a bed's channels have room-centric labels, such as RC_L")
            return


def _object_blocks(channel: ChannelFormat) -> Iterator[Finding]:
    """One finding a channel and kind: a fault of ten thousand blocks is one fault."""
    blocks = [block for block in channel.blocks if isinstance(block, ObjectBlock)]
    for code, is_fault, detail in _BLOCK_RULES:
        guilty = [block for block in blocks if is_fault(block)]
        if guilty:
            yield rejected(code, guilty[0].id, f"{detail} (in {len(guilty)} of {len(blocks)} blocks)")
    if blocks and blocks[0].interpolation_length_s:
        yield rejected("INTERPOLATION", blocks[0].id, "the first block's interpolationLength has to be 0")
    longer = [block for block in blocks[1:] if block.interpolation_length_s != _INTERPOLATION_S]
    if longer:
        yield Finding("INTERPOLATION", "warn", longer[0].id, "interpolationLength is 0.005208 in masters of the tools")


_BLOCK_RULES: Final[tuple[tuple[str, Callable[[ObjectBlock], bool], str], ...]] = (
    ("CARTESIAN", lambda block: not block.cartesian, "positions have to be in room coordinates, cartesian 1"),
    ("JUMP_POSITION", lambda block: not block.jump_position, "jumpPosition has to be 1"),
    ("SIZE", lambda block: not block.width == block.height == block.depth, "width, height and depth have to be equal"),
)
