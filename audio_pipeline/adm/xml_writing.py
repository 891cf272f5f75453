"""An ADM document as the bytes of an `axml` chunk (ITU-R BS.2076-2).

The text is assembled, not built as a tree: thousands of blocks take milliseconds, and the same document gives the same
bytes. The EBU Core wrapper is what BS.2076's own examples and every reader use.
"""

from collections.abc import Iterator

from audio_pipeline.adm.block_writing import block_lines
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
from audio_pipeline.adm.times import format_time
from audio_pipeline.adm.xml_text import importance, leaf, number, opened, quoted, texts
from audio_pipeline.spatialaudio.screens import PolarScreen, Screen


def write_axml(document: Document, sample_rate_hz: int) -> bytes:
    """`document` as UTF-8. Times in samples are written as samples of `sample_rate_hz` where they are whole ones."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<ebuCoreMain xmlns="urn:ebu:metadata-schema:ebuCore_2014" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xml:lang="en">',
        "<coreMetadata>",
        "<format>",
        f"<audioFormatExtended version={quoted(document.version)}>",
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
    yield opened("audioProgramme", audioProgrammeID=programme.id, audioProgrammeName=programme.name)
    yield from texts("audioContentIDRef", programme.contents)
    if programme.reference_layouts or programme.renderer_layouts:
        yield "<authoringInformation>"
        for layout in programme.reference_layouts:
            yield f"<referenceLayout><audioPackFormatIDRef>{layout}</audioPackFormatIDRef></referenceLayout>"
        for layout in programme.renderer_layouts:
            yield '<renderer uri="urn:itu:bs:2127:0:renderer" name="ITU-R BS.2127" version="1">'
            yield f"<audioPackFormatIDRef>{layout}</audioPackFormatIDRef>"
            yield "</renderer>"
        yield "</authoringInformation>"
    if programme.screen is not None:
        yield from _screen(programme.screen)
    yield "</audioProgramme>"


def _screen(screen: Screen) -> Iterator[str]:
    yield opened("audioProgrammeReferenceScreen", aspectRatio=number(screen.aspect_ratio))
    if isinstance(screen, PolarScreen):
        centre = {"azimuth": screen.azimuth_deg, "elevation": screen.elevation_deg, "distance": screen.distance}
        width = {"azimuth": screen.width_deg}
    else:
        centre, width = {"X": screen.x, "Y": screen.y, "Z": screen.z}, {"X": screen.width}
    yield leaf("screenCentrePosition", "", **{name: number(value) for name, value in centre.items()})
    yield leaf("screenWidth", "", **{name: number(value) for name, value in width.items()})
    yield "</audioProgrammeReferenceScreen>"


def _content(content: Content) -> Iterator[str]:
    yield opened("audioContent", audioContentID=content.id, audioContentName=content.name)
    yield from texts("audioObjectIDRef", content.objects)
    yield "</audioContent>"


def _object(audio_object: AudioObject, sample_rate_hz: int) -> Iterator[str]:
    attributes = {"audioObjectID": audio_object.id, "audioObjectName": audio_object.name}
    if audio_object.start is not None:
        attributes["start"] = format_time(audio_object.start, sample_rate_hz)
    if audio_object.duration is not None:
        attributes["duration"] = format_time(audio_object.duration, sample_rate_hz)
    if audio_object.importance is not None:
        attributes["importance"] = importance(audio_object.importance)
    yield opened("audioObject", **attributes)
    yield from texts("audioPackFormatIDRef", audio_object.packs)
    yield from texts("audioObjectIDRef", audio_object.objects)
    yield from texts("audioComplementaryObjectIDRef", audio_object.complementary)
    yield from texts("audioTrackUIDRef", audio_object.track_uids)
    if audio_object.gain != 1:
        yield leaf("gain", number(audio_object.gain))
    if audio_object.mute:
        yield leaf("mute", "1")
    if audio_object.head_locked:
        yield leaf("headLocked", "1")
    if audio_object.position_offset is not None:
        yield from _offset(audio_object.position_offset)
    yield "</audioObject>"


def _offset(offset: PositionOffset) -> Iterator[str]:
    for coordinate, value in (
        ("azimuth", offset.azimuth_deg),
        ("elevation", offset.elevation_deg),
        ("distance", offset.distance),
        ("X", offset.x),
        ("Y", offset.y),
        ("Z", offset.z),
    ):
        if value:
            yield leaf("positionOffset", number(value), coordinate=coordinate)


def _pack(pack: PackFormat) -> Iterator[str]:
    attributes = {"audioPackFormatID": pack.id, "audioPackFormatName": pack.name, **_type(pack.type_label)}
    if pack.importance is not None:
        attributes["importance"] = importance(pack.importance)
    if pack.absolute_distance_m is not None:
        attributes["absoluteDistance"] = number(pack.absolute_distance_m)
    yield opened("audioPackFormat", **attributes)
    yield from texts("encodePackFormatIDRef", pack.encode_packs)
    yield from texts("decodePackFormatIDRef", pack.decode_packs)
    yield from texts("inputPackFormatIDRef", pack.input_packs)
    yield from texts("outputPackFormatIDRef", pack.output_packs)
    yield from texts("audioChannelFormatIDRef", pack.channels)
    yield from texts("audioPackFormatIDRef", pack.packs)
    if pack.normalization is not None:
        yield leaf("normalization", pack.normalization)
    if pack.nfc_distance_m is not None:
        yield leaf("nfcRefDist", number(pack.nfc_distance_m))
    if pack.screen_ref is not None:
        yield leaf("screenRef", f"{pack.screen_ref:d}")
    yield "</audioPackFormat>"


def _channel(channel: ChannelFormat, sample_rate_hz: int) -> Iterator[str]:
    yield opened(
        "audioChannelFormat",
        audioChannelFormatID=channel.id,
        audioChannelFormatName=channel.name,
        **_type(channel.type_label),
    )
    for kind, limit_hz in (("lowPass", channel.low_pass_hz), ("highPass", channel.high_pass_hz)):
        if limit_hz is not None:
            yield leaf("frequency", number(limit_hz), typeDefinition=kind)
    for block in channel.blocks:
        yield from block_lines(block, sample_rate_hz)
    yield "</audioChannelFormat>"


def _stream(stream: StreamFormat) -> Iterator[str]:
    yield opened(
        "audioStreamFormat",
        audioStreamFormatID=stream.id,
        audioStreamFormatName=stream.name,
        formatLabel="0001",
        formatDefinition="PCM",
    )
    yield from texts("audioChannelFormatIDRef", stream.channels)
    yield from texts("audioPackFormatIDRef", stream.packs)
    yield from texts("audioTrackFormatIDRef", stream.tracks)
    yield "</audioStreamFormat>"


def _track(track: TrackFormat) -> Iterator[str]:
    yield opened(
        "audioTrackFormat",
        audioTrackFormatID=track.id,
        audioTrackFormatName=track.name,
        formatLabel="0001",
        formatDefinition="PCM",
    )
    yield from texts("audioStreamFormatIDRef", track.streams)
    yield "</audioTrackFormat>"


def _track_uid(uid: TrackUid) -> Iterator[str]:
    attributes = {"UID": uid.id}
    if uid.sample_rate_hz is not None:
        attributes["sampleRate"] = str(uid.sample_rate_hz)
    if uid.bit_depth is not None:
        attributes["bitDepth"] = str(uid.bit_depth)
    yield opened("audioTrackUID", **attributes)
    yield from texts("audioTrackFormatIDRef", uid.tracks)
    yield from texts("audioChannelFormatIDRef", uid.channels)
    yield from texts("audioPackFormatIDRef", uid.packs)
    yield "</audioTrackUID>"


def _type(label: str) -> dict[str, str]:
    return {"typeLabel": label, "typeDefinition": TYPE_NAMES[label]} if label in TYPE_NAMES else {"typeLabel": label}
