"""An ADM document as the bytes of an `axml` chunk (ITU-R BS.2076-2).

The text is assembled, not built as a tree: thousands of blocks take milliseconds, and the same document gives the same
bytes. The EBU Core wrapper is what BS.2076's own examples and every reader use.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from audio_pipeline.adm.elements import (
    OBJECTS,
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
from audio_pipeline.adm.times import AdmTime, format_samples

_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_axml(document: Document, sample_rate_hz: int) -> bytes:
    """`document` as UTF-8, times written as samples of `sample_rate_hz` (every time must be a whole number of them)."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<ebuCoreMain xmlns="urn:ebu:metadata-schema:ebuCore_2014" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xml:lang="en">',
        "<coreMetadata>",
        "<format>",
        f"<audioFormatExtended version={_quoted(document.version)}>",
    ]
    for programme in document.programmes:
        lines += _programme(programme)
    for content in document.contents:
        lines += _content(content)
    for audio_object in document.objects:
        lines += _object(audio_object, sample_rate_hz)
    for pack in document.packs:
        lines += _pack(pack)
    for channel in document.channels:
        lines += _channel(channel, sample_rate_hz)
    for stream in document.streams:
        lines += _stream(stream)
    for track in document.tracks:
        lines += _track(track)
    for uid in document.track_uids:
        lines += _track_uid(uid)
    lines += ["</audioFormatExtended>", "</format>", "</coreMetadata>", "</ebuCoreMain>", ""]
    return "\n".join(lines).encode()


def _programme(programme: Programme) -> Iterator[str]:
    yield _open("audioProgramme", audioProgrammeID=programme.id, audioProgrammeName=programme.name)
    yield from _refs("audioContentIDRef", programme.contents)
    if programme.reference_layouts or programme.renderer_layouts:
        yield "<authoringInformation>"
        for layout in programme.reference_layouts:
            yield f"<referenceLayout><audioPackFormatIDRef>{layout}</audioPackFormatIDRef></referenceLayout>"
        for layout in programme.renderer_layouts:
            yield '<renderer uri="urn:itu:bs:2127:0:renderer" name="ITU-R BS.2127" version="1">'
            yield f"<audioPackFormatIDRef>{layout}</audioPackFormatIDRef>"
            yield "</renderer>"
        yield "</authoringInformation>"
    yield "</audioProgramme>"


def _content(content: Content) -> Iterator[str]:
    yield _open("audioContent", audioContentID=content.id, audioContentName=content.name)
    yield from _refs("audioObjectIDRef", content.objects)
    yield "</audioContent>"


def _object(audio_object: AudioObject, sample_rate_hz: int) -> Iterator[str]:
    attributes = {"audioObjectID": audio_object.id, "audioObjectName": audio_object.name}
    if audio_object.start is not None:
        attributes["start"] = _time(audio_object.start, sample_rate_hz)
    if audio_object.duration is not None:
        attributes["duration"] = _time(audio_object.duration, sample_rate_hz)
    if audio_object.importance is not None:
        attributes["importance"] = f"{audio_object.importance:.0f}"
    yield _open("audioObject", **attributes)
    yield from _refs("audioPackFormatIDRef", audio_object.packs)
    yield from _refs("audioObjectIDRef", audio_object.objects)
    yield from _refs("audioTrackUIDRef", audio_object.track_uids)
    yield "</audioObject>"


def _pack(pack: PackFormat) -> Iterator[str]:
    yield _open(
        "audioPackFormat",
        audioPackFormatID=pack.id,
        audioPackFormatName=pack.name,
        typeLabel=pack.type_label,
        typeDefinition=TYPE_NAMES[pack.type_label],
    )
    yield from _refs("audioChannelFormatIDRef", pack.channels)
    yield from _refs("audioPackFormatIDRef", pack.packs)
    yield "</audioPackFormat>"


def _channel(channel: ChannelFormat, sample_rate_hz: int) -> Iterator[str]:
    yield _open(
        "audioChannelFormat",
        audioChannelFormatID=channel.id,
        audioChannelFormatName=channel.name,
        typeLabel=channel.type_label,
        typeDefinition=TYPE_NAMES[channel.type_label],
    )
    for block in channel.blocks:
        yield from _block(block, sample_rate_hz, is_object=channel.type_label == OBJECTS)
    yield "</audioChannelFormat>"


def _block(block: Block, sample_rate_hz: int, *, is_object: bool) -> Iterator[str]:
    attributes = {"audioBlockFormatID": block.id}
    if block.rtime is not None and block.duration is not None:
        attributes |= {
            "rtime": _time(block.rtime, sample_rate_hz),
            "duration": _time(block.duration, sample_rate_hz),
        }
    yield _open("audioBlockFormat", **attributes)
    if block.speaker_label is not None:
        yield f"<speakerLabel>{_text(block.speaker_label)}</speakerLabel>"
    if is_object:
        yield f"<cartesian>{block.cartesian:d}</cartesian>"
    yield f'<position coordinate="azimuth">{_number(block.azimuth_deg)}</position>'
    yield f'<position coordinate="elevation">{_number(block.elevation_deg)}</position>'
    yield f'<position coordinate="distance">{_number(block.distance)}</position>'
    if is_object:
        yield f"<width>{_number(block.width_deg)}</width>"
        yield f"<height>{_number(block.height_deg)}</height>"
        yield f"<depth>{_number(block.depth)}</depth>"
        yield f"<gain>{_number(block.gain)}</gain>"
        if block.diffuse != 0:
            yield f"<diffuse>{_number(block.diffuse)}</diffuse>"
        yield f"<jumpPosition>{block.jump_position:d}</jumpPosition>"
        yield f"<importance>{block.importance:.0f}</importance>"
    yield "</audioBlockFormat>"


def _stream(stream: StreamFormat) -> Iterator[str]:
    yield _open(
        "audioStreamFormat",
        audioStreamFormatID=stream.id,
        audioStreamFormatName=stream.name,
        formatLabel="0001",
        formatDefinition="PCM",
    )
    yield from _refs("audioChannelFormatIDRef", stream.channels)
    yield from _refs("audioTrackFormatIDRef", stream.tracks)
    yield "</audioStreamFormat>"


def _track(track: TrackFormat) -> Iterator[str]:
    yield _open(
        "audioTrackFormat",
        audioTrackFormatID=track.id,
        audioTrackFormatName=track.name,
        formatLabel="0001",
        formatDefinition="PCM",
    )
    yield from _refs("audioStreamFormatIDRef", track.streams)
    yield "</audioTrackFormat>"


def _track_uid(uid: TrackUid) -> Iterator[str]:
    yield _open("audioTrackUID", UID=uid.id, sampleRate=str(uid.sample_rate_hz), bitDepth=str(uid.bit_depth))
    yield from _refs("audioTrackFormatIDRef", uid.tracks)
    yield from _refs("audioPackFormatIDRef", uid.packs)
    yield "</audioTrackUID>"


def _open(tag: str, **attributes: str) -> str:
    return f"<{tag} {' '.join(f'{name}={_quoted(value)}' for name, value in attributes.items())}>"


def _refs(tag: str, ids: tuple[str, ...]) -> Iterator[str]:
    return (f"<{tag}>{element_id}</{tag}>" for element_id in ids)


def _time(time: AdmTime, sample_rate_hz: int) -> str:
    samples = time.seconds * sample_rate_hz
    if samples.denominator != 1:
        raise ValueError(f"{time.seconds} s is no whole number of samples at {sample_rate_hz} Hz")
    return format_samples(samples.numerator, sample_rate_hz)


def _number(value: float) -> str:
    """The shortest decimal that reads back as the same double, never in exponent form."""
    return format(Decimal(repr(float(value))), "f")


def _text(value: str) -> str:
    return escape(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", value))


def _quoted(value: str) -> str:
    return quoteattr(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", value))
