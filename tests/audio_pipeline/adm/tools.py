"""ADM documents as real tools write them, text by text, and the files around them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from audio_pipeline.adm.chna import ChnaEntry, encode_chna
from audio_pipeline.wave_writing import Chunk, Container, WaveWriter

RATE_HZ = 48000
BED = ("L", "R", "C", "LFE", "Lss", "Rss", "Lrs", "Rrs", "Lts", "Rts")


def write_adm(
    path: Path, axml: bytes, rows: Sequence[ChnaEntry], *, frames: int = 480, container: Container = "BW64"
) -> Path:
    """A file of low noise with a track for each row of chna."""
    channels = max(row.track_index for row in rows)
    with WaveWriter(
        path,
        channels=channels,
        sample_rate_hz=RATE_HZ,
        container=container,
        before_data=[Chunk("chna", encode_chna(rows))],
        after_data=[Chunk("axml", axml)],
        plain_format=True,
    ) as writer:
        noise = 0.1 * np.random.default_rng(1).standard_normal((frames, channels))
        writer.write(noise.astype(np.float32))
    return path


def leaf_chain(number: str, name: str, blocks: str, kind: str = "Objects", label: str = "0003") -> str:
    """Pack, channel, stream and track format of one mono track, as 360 tools write them."""
    named = f'typeLabel="{label}" typeDefinition="{kind}"'
    return f"""<audioPackFormat audioPackFormatID="AP_{label}{number}" audioPackFormatName="{name}" {named}>
<audioChannelFormatIDRef>AC_{label}{number}</audioChannelFormatIDRef></audioPackFormat>
<audioChannelFormat audioChannelFormatID="AC_{label}{number}" audioChannelFormatName="{name}" {named}>
{blocks}</audioChannelFormat>
<audioStreamFormat audioStreamFormatID="AS_{label}{number}" audioStreamFormatName="PCM_{name}" formatLabel="0001"
 formatDefinition="PCM"><audioChannelFormatIDRef>AC_{label}{number}</audioChannelFormatIDRef>
<audioTrackFormatIDRef>AT_{label}{number}_01</audioTrackFormatIDRef></audioStreamFormat>
<audioTrackFormat audioTrackFormatID="AT_{label}{number}_01" audioTrackFormatName="PCM_{name}" formatLabel="0001"
 formatDefinition="PCM"><audioStreamFormatIDRef>AS_{label}{number}</audioStreamFormatIDRef></audioTrackFormat>
"""


def polar_block(number: str, index: int, start: int, length: int, azimuth: float, gain: float = 1.0) -> str:
    """A block of a 360 master: times in samples, everything said, importance with a fraction."""
    return f"""<audioBlockFormat audioBlockFormatID="AB_0003{number}_{index:08x}" rtime="00:00:00.{start:05d}S48000"
 duration="00:00:00.{length:05d}S48000"><cartesian>0</cartesian>
<position coordinate="azimuth">{azimuth:.6f}</position><position coordinate="elevation">0.000000</position>
<position coordinate="distance">1.000000</position><width>0.000000</width><height>0.000000</height>
<depth>0.000000</depth><gain>{gain:.6f}</gain><diffuse>0.000000</diffuse><jumpPosition>0</jumpPosition>
<importance>10.000000</importance></audioBlockFormat>
"""


def reality_360(objects: int = 3) -> tuple[str, list[ChnaEntry]]:
    """As the tools of 360 masters export: one parent object, leaves from 1001, a private block, a muted stretch."""
    numbers = [f"{0x1001 + index:04x}" for index in range(objects)]
    leaves = "".join(
        f'<audioObject audioObjectID="AO_{number}" audioObjectName="Track {number}" start="00:00:00.00000S48000" '
        f'duration="00:00:00.03072S48000" importance="10"><audioPackFormatIDRef>AP_0003{number}</audioPackFormatIDRef>'
        f"<audioTrackUIDRef>ATU_0000{number}</audioTrackUIDRef></audioObject>\n"
        for number in numbers
    )
    chains = "".join(
        leaf_chain(
            number,
            f"Track {number}",
            polar_block(number, 1, 0, 1024, 30.0)
            + polar_block(number, 2, 1024, 1024, -60.5, gain=0.0)
            + polar_block(number, 3, 2048, 1024, -60.5, gain=0.7071),
        )
        for number in numbers
    )
    uids = "".join(
        f'<audioTrackUID UID="ATU_0000{number}" sampleRate="48000" bitDepth="24"><audioTrackFormatIDRef>AT_0003{number}'
        f"_01</audioTrackFormatIDRef><audioPackFormatIDRef>AP_0003{number}</audioPackFormatIDRef></audioTrackUID>\n"
        for number in numbers
    )
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<ebuCoreMain xmlns="urn:ebu:metadata-schema:ebuCore_2014" xmlns:dc="http://purl.org/dc/elements/1.1/"><coreMetadata>
<format><audioFormatCustom audioFormatCustomID="AFC_1001"><audioFormatCustomSet audioFormatCustomSetID="AFCS_1001">
<preRender level="1" objects="10"/><loudness level="1" layout="5.1">-23.100000</loudness></audioFormatCustomSet>
</audioFormatCustom><audioFormatExtended version="ITU-R_BS.2076-2">
<audioProgramme audioProgrammeID="APR_8001" audioProgrammeName="Song" start="00:00:00.00000S48000">
<audioContentIDRef>ACO_8001</audioContentIDRef><authoringInformation>
<referenceLayout><audioPackFormatIDRef>AP_00011001</audioPackFormatIDRef></referenceLayout>
<renderer uri="urn:example:renderer" name="Renderer" version="1.0"><audioPackFormatIDRef>AP_00011001
</audioPackFormatIDRef></renderer></authoringInformation>
<loudnessMetadata loudnessMethod="ITU-R BS.1770"><integratedLoudness>-18.0</integratedLoudness></loudnessMetadata>
</audioProgramme>
<audioContent audioContentID="ACO_8001" audioContentName="Song"><audioObjectIDRef>AO_8001</audioObjectIDRef>
</audioContent><audioObject audioObjectID="AO_8001" audioObjectName="Song" interact="0">
{"".join(f"<audioObjectIDRef>AO_{number}</audioObjectIDRef>" for number in numbers)}</audioObject>
{leaves}<audioPackFormat audioPackFormatID="AP_00011001" audioPackFormatName="13.0_(5+5+3)" typeLabel="0001"
 typeDefinition="DirectSpeakers"/>
{chains}{uids}</audioFormatExtended></format></coreMetadata></ebuCoreMain>"""
    rows = [
        ChnaEntry(index, f"ATU_0000{number}", f"AT_0003{number}_01", f"AP_0003{number}")
        for index, number in enumerate(numbers, start=1)
    ]
    return text, rows


def _bed_chain() -> str:
    places = ((-1, 1, 0), (1, 1, 0), (0, 1, 0), (-1, 1, -1), (-1, 0, 0), (1, 0, 0), (-1, -1, 0), (1, -1, 0), (-1, 0, 1), (1, 0, 1))  # fmt: skip  # noqa: E501
    chain = ""
    for index, (name, place) in enumerate(zip(BED, places, strict=True)):
        number = f"{0x1001 + index:04x}"
        position = "".join(
            f'<position coordinate="{axis}">{value:.10f}</position>' for axis, value in zip("XYZ", place, strict=True)
        )
        block = (
            f'<audioBlockFormat audioBlockFormatID="AB_0001{number}_00000001"><speakerLabel>RC_{name}</speakerLabel>'
            f"<cartesian>1</cartesian>{position}</audioBlockFormat>"
        )
        chain += leaf_chain(number, f"RoomCentric{name}", block, "DirectSpeakers", "0001").partition(
            "</audioPackFormat>"
        )[2]
    channels = "".join(
        f"<audioChannelFormatIDRef>AC_0001{0x1001 + index:04x}</audioChannelFormatIDRef>" for index in range(10)
    )
    return (
        '<audioPackFormat audioPackFormatID="AP_00011001" audioPackFormatName="Bed" typeLabel="0001" '
        f'typeDefinition="DirectSpeakers">{channels}</audioPackFormat>{chain}'
    )


def atmos_master(objects: int = 118) -> tuple[str, list[ChnaEntry]]:
    """As masters of the other immersive format are exported: a bed of 10, cartesian objects, short jumps."""
    numbers = [f"{0x100B + index:04x}" for index in range(objects)]
    block = (
        '<audioBlockFormat audioBlockFormatID="AB_0003{number}_{index:08x}" rtime="{rtime}" duration="{duration}">'
        '<cartesian>1</cartesian><position coordinate="X">{x:.10f}</position><position coordinate="Y">1.0000000000'
        '</position><position coordinate="Z">0.2500000000</position><width>0.1</width><depth>0.1</depth>'
        '<height>0.1</height><jumpPosition interpolationLength="{length}">1</jumpPosition></audioBlockFormat>\n'
    )
    chains = "".join(
        leaf_chain(
            number,
            f"Object {number}",
            block.format(number=number, index=1, rtime="00:00:00.00000", duration="00:00:00.01067", x=-0.5, length="0")
            + block.format(
                number=number, index=2, rtime="00:00:00.01067", duration="00:00:00.05333", x=0.5, length="0.005208"
            ),
        )
        for number in numbers
    )
    contents = "".join(
        f'<audioContent audioContentID="ACO_{number}" audioContentName="Object"><audioObjectIDRef>AO_{number}'
        '</audioObjectIDRef><dialogue mixedContentKind="0">2</dialogue></audioContent>'
        for number in ("1001", *numbers)
    )
    bed_uids = "".join(f"<audioTrackUIDRef>ATU_{1 + index:08X}</audioTrackUIDRef>" for index in range(10))
    tops = (
        '<audioObject audioObjectID="AO_1001" audioObjectName="Bed" start="00:00:00.00000">'
        f"<audioPackFormatIDRef>AP_00011001</audioPackFormatIDRef>{bed_uids}</audioObject>"
    )
    tops += "".join(
        f'<audioObject audioObjectID="AO_{number}" audioObjectName="Object {number}" start="00:00:00.00000">'
        f"<audioPackFormatIDRef>AP_0003{number}</audioPackFormatIDRef>"
        f"<audioTrackUIDRef>ATU_{11 + index:08X}</audioTrackUIDRef></audioObject>"
        for index, number in enumerate(numbers)
    )
    carried = [(f"0001{0x1001 + index:04x}", "00011001") for index in range(10)]
    carried += [(f"0003{number}", f"0003{number}") for number in numbers]
    uids = "".join(
        f'<audioTrackUID UID="ATU_{index:08x}" bitDepth="24" sampleRate="48000"><audioTrackFormatIDRef>AT_{one}_01'
        f"</audioTrackFormatIDRef><audioPackFormatIDRef>AP_{of}</audioPackFormatIDRef></audioTrackUID>"
        for index, (one, of) in enumerate(carried, start=1)
    )
    named = "".join(f"<audioContentIDRef>ACO_{number}</audioContentIDRef>" for number in ("1001", *numbers))
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<ebuCoreMain xmlns="urn:ebu:metadata-schema:ebuCore_2016" lang="en"><coreMetadata><format><audioFormatExtended>
<audioProgramme audioProgrammeID="APR_1001" audioProgrammeName="Master" start="00:00:00.00000">{named}</audioProgramme>
{contents}{tops}{_bed_chain()}{chains}{uids}</audioFormatExtended></format></coreMetadata></ebuCoreMain>"""
    rows = [
        ChnaEntry(index, f"ATU_{index:08x}", f"AT_{one}_01", f"AP_{of}") for index, (one, of) in enumerate(carried, 1)
    ]
    return text, rows
