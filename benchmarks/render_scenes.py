"""ADM files to time renderers with: noise, and metadata as busy as wanted, in a form that every reader takes."""

import random
from pathlib import Path

import numpy as np

from audio_pipeline.adm.chna import ChnaEntry, encode_chna
from audio_pipeline.wave_writing import Chunk, WaveWriter

RATE_HZ = 48_000


def write_objects(path: Path, objects: int, seconds: int, block_s: float, *, mixed: bool = True, seed: int = 1) -> Path:
    """Objects on the move, a block every `block_s`; with `mixed` a third is wide, a third diffuse, some diverge."""
    chance = random.Random(seed)
    channels = []
    for number in range(objects):
        blocks = []
        count = round(seconds / block_s)
        # Every object has its own grid, as every fader has: their blocks do not begin together.
        shift_s = 0.0 if number % 3 else block_s * number / objects
        for block in range(count):
            start_s = max(block * block_s - shift_s, 0.0)
            end_s = seconds if block == count - 1 else (block + 1) * block_s - shift_s
            blocks.append(_object_block(number, block, start_s, end_s, chance, mixed))
        channels.append("\n".join(blocks))
    return _write(path, "0003", "Objects", channels, seconds, one_pack=False)


def write_hoa(path: Path, order: int, seconds: int) -> Path:
    """An Ambisonics mix of one order, SN3D."""
    names = [(degree, component) for degree in range(order + 1) for component in range(-degree, degree + 1)]
    channels = [
        f'<audioBlockFormat audioBlockFormatID="AB_0004{0x1001 + number:04x}_00000001"><order>{degree}</order>'
        f"<degree>{component}</degree><normalization>SN3D</normalization></audioBlockFormat>"
        for number, (degree, component) in enumerate(names)
    ]
    return _write(path, "0004", "HOA", channels, seconds, one_pack=True)


def _object_block(number: int, block: int, start_s: float, end_s: float, chance: random.Random, mixed: bool) -> str:
    more = ""
    if mixed and number % 3 == 0:
        more = f"<width>{chance.uniform(5, 60):.2f}</width><height>{chance.uniform(0, 30):.2f}</height>"
    elif mixed and number % 3 == 1:
        more = f"<diffuse>{chance.uniform(0.1, 1):.2f}</diffuse>"
    if mixed and number % 8 == 7:
        more += '<objectDivergence azimuthRange="30">0.5</objectDivergence>'
    azimuth_deg = (number * 37 + block * 11) % 360 - 180
    times = f'rtime="{_time(start_s)}" duration="{_time(round(end_s, 5) - round(start_s, 5))}"'
    return (
        f'<audioBlockFormat audioBlockFormatID="AB_0003{0x1001 + number:04x}_{block + 1:08x}" {times}>'
        f'<position coordinate="azimuth">{azimuth_deg}</position>'
        f'<position coordinate="elevation">{chance.uniform(-10, 40):.2f}</position>'
        f'<position coordinate="distance">1.0</position>{more}</audioBlockFormat>'
    )


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds * 100_000), 6_000_000)
    return f"00:{minutes:02d}:{rest // 100_000:02d}.{rest % 100_000:05d}"


def _write(path: Path, label: str, kind: str, channels: list[str], seconds: int, *, one_pack: bool) -> Path:
    numbers = [f"{0x1001 + index:04x}" for index in range(len(channels))]
    packs = [numbers] if one_pack else [[number] for number in numbers]
    names = [group[0] for group in packs]
    pack_of = {number: name for name, group in zip(names, packs, strict=True) for number in group}
    pcm = 'formatLabel="0001" formatDefinition="PCM">'
    lines = ['<?xml version="1.0" encoding="UTF-8"?><ebuCoreMain xmlns="urn:ebu:metadata-schema:ebuCore_2014">']
    lines.append("<coreMetadata><format><audioFormatExtended>")
    lines.append('<audioProgramme audioProgrammeID="APR_1001" audioProgrammeName="P">')
    lines.append("<audioContentIDRef>ACO_1001</audioContentIDRef></audioProgramme>")
    lines.append('<audioContent audioContentID="ACO_1001" audioContentName="C">')
    lines += [f"<audioObjectIDRef>AO_{name}</audioObjectIDRef>" for name in names]
    lines.append("</audioContent>")
    for name, group in zip(names, packs, strict=True):
        lines.append(f'<audioObject audioObjectID="AO_{name}" audioObjectName="O{name}">')
        lines.append(f"<audioPackFormatIDRef>AP_{label}{name}</audioPackFormatIDRef>")
        lines += [f"<audioTrackUIDRef>ATU_0000{number}</audioTrackUIDRef>" for number in group]
        lines.append("</audioObject>")
        lines.append(
            f'<audioPackFormat audioPackFormatID="AP_{label}{name}" audioPackFormatName="O{name}" typeLabel="{label}" '
            f'typeDefinition="{kind}">'
        )
        lines += [f"<audioChannelFormatIDRef>AC_{label}{number}</audioChannelFormatIDRef>" for number in group]
        lines.append("</audioPackFormat>")
    for number, blocks in zip(numbers, channels, strict=True):
        lines.append(
            f'<audioChannelFormat audioChannelFormatID="AC_{label}{number}" audioChannelFormatName="O{number}" '
            f'typeLabel="{label}" typeDefinition="{kind}">{blocks}</audioChannelFormat>'
            f'<audioStreamFormat audioStreamFormatID="AS_{label}{number}" audioStreamFormatName="O{number}" '
            f"{pcm}<audioChannelFormatIDRef>AC_{label}{number}</audioChannelFormatIDRef>"
            f"<audioTrackFormatIDRef>AT_{label}{number}_01</audioTrackFormatIDRef></audioStreamFormat>"
            f'<audioTrackFormat audioTrackFormatID="AT_{label}{number}_01" audioTrackFormatName="O{number}" '
            f"{pcm}<audioStreamFormatIDRef>AS_{label}{number}</audioStreamFormatIDRef>"
            f'</audioTrackFormat><audioTrackUID UID="ATU_0000{number}" sampleRate="{RATE_HZ}" bitDepth="24">'
            f"<audioTrackFormatIDRef>AT_{label}{number}_01</audioTrackFormatIDRef>"
            f"<audioPackFormatIDRef>AP_{label}{pack_of[number]}</audioPackFormatIDRef></audioTrackUID>"
        )
    lines.append("</audioFormatExtended></format></coreMetadata></ebuCoreMain>")
    rows = tuple(
        ChnaEntry(index + 1, f"ATU_0000{number}", f"AT_{label}{number}_01", f"AP_{label}{pack_of[number]}")
        for index, number in enumerate(numbers)
    )
    rng = np.random.default_rng(7)
    with WaveWriter(
        path,
        channels=len(channels),
        sample_rate_hz=RATE_HZ,
        encoding="pcm24",
        container="BW64",
        before_data=[Chunk("chna", encode_chna(rows))],
        after_data=[Chunk("axml", "".join(lines).encode())],
    ) as writer:
        second = (0.02 * rng.standard_normal((RATE_HZ, len(channels)))).astype(np.float32)
        for number in range(seconds):
            writer.write(np.roll(second, 997 * number, axis=0))
    return path
