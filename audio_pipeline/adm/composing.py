"""The ADM document of a 360-compatible master: one programme, one content, one parent object, leaf objects.

Its form is that of masters which 360 Reality Audio's own tools write: Objects only, polar, `jumpPosition` 0, times as
whole samples, the complete track and stream format chain, and a 13.0 layout of 5+5+3 loudspeakers as the reference.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import msgspec
import numpy as np

from audio_pipeline.adm.block_formats import ObjectBlock, SpeakerBlock
from audio_pipeline.adm.chna import ChnaEntry
from audio_pipeline.adm.elements import (
    OBJECTS,
    AudioObject,
    ChannelFormat,
    Content,
    Document,
    PackFormat,
    Programme,
    StreamFormat,
    TrackFormat,
    TrackUid,
)
from audio_pipeline.adm.times import AdmTime
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.direct_speakers import Bounded, PolarSpeakerPosition

REFERENCE_PACK_ID: Final = "AP_00011001"
REFERENCE_PACK_NAME: Final = "13.0_(5+5+3)"
MAX_TRACKS: Final = 128
_FIRST_ID: Final = 0x1001
_PARENT_ID: Final = "8001"
_VERSION: Final = "ITU-R_BS.2076-2"

# Middle and top layers are common definitions (BS.2094-1), in this order:
# M+030 M-030 M+000 M+110 M-110, U+030 U-030 U+000 U+110 U-110.
_COMMON_CHANNELS: Final = tuple(
    f"AC_0001{number}" for number in ("0001", "0002", "0003", "0005", "0006", "000d", "000f", "000e", "0010", "0012")
)
_BOTTOM_CHANNELS: Final = (("B+030", 30.0), ("B-030", -30.0), ("B+000", 0.0))
_BOTTOM_ELEVATION_DEG: Final = -20.0


@dataclass(frozen=True, eq=False, slots=True)
class MasterTrack:
    """One track of the master: its name, where it is over time, and a factor on all its gains."""

    name: str
    blocks: ObjectBlocks
    gain: float = 1.0


def compose_document(
    title: str, tracks: Sequence[MasterTrack], *, sample_rate_hz: int, frames: int, bit_depth: int = 24
) -> Document:
    """The document of a file whose track i + 1 is `tracks[i]`, `frames` long. IDs run from 1001 in lower-case hex.

    Raises ValueError for no track or more than 128.
    """
    if not 0 < len(tracks) <= MAX_TRACKS:
        raise ValueError(f"a master has 1 to {MAX_TRACKS} tracks, not {len(tracks)}")
    duration = AdmTime(Fraction(frames, sample_rate_hz), in_samples=True)
    numbers = [f"{_FIRST_ID + index:04x}" for index in range(len(tracks))]
    uids = [f"ATU_{_FIRST_ID + index:08x}" for index in range(len(tracks))]
    leaves = tuple(
        AudioObject(
            id=f"AO_{number}",
            name=track.name,
            start=AdmTime(Fraction(0), in_samples=True),
            duration=duration,
            packs=(f"AP_{OBJECTS}{number}",),
            track_uids=(uid,),
        )
        for number, uid, track in zip(numbers, uids, tracks, strict=True)
    )
    parent = AudioObject(id=f"AO_{_PARENT_ID}", name=title, objects=tuple(leaf.id for leaf in leaves))
    return Document(
        version=_VERSION,
        programmes=(
            Programme(
                id=f"APR_{_PARENT_ID}",
                name=title,
                contents=(f"ACO_{_PARENT_ID}",),
                reference_layouts=(REFERENCE_PACK_ID,),
                renderer_layouts=(REFERENCE_PACK_ID,),
            ),
        ),
        contents=(Content(id=f"ACO_{_PARENT_ID}", name=title, objects=(parent.id,)),),
        objects=(parent, *leaves),
        packs=(
            *(
                PackFormat(
                    id=f"AP_{OBJECTS}{number}",
                    name=track.name,
                    type_label=OBJECTS,
                    channels=(f"AC_{OBJECTS}{number}",),
                )
                for number, track in zip(numbers, tracks, strict=True)
            ),
            _reference_pack(),
        ),
        channels=(
            *(
                ChannelFormat(
                    id=f"AC_{OBJECTS}{number}",
                    name=track.name,
                    type_label=OBJECTS,
                    blocks=_adm_blocks(track, number, sample_rate_hz, frames),
                )
                for number, track in zip(numbers, tracks, strict=True)
            ),
            *_bottom_channels(),
        ),
        streams=tuple(
            StreamFormat(
                id=f"AS_{OBJECTS}{number}",
                name=f"PCM_{track.name}",
                channels=(f"AC_{OBJECTS}{number}",),
                tracks=(f"AT_{OBJECTS}{number}_01",),
            )
            for number, track in zip(numbers, tracks, strict=True)
        ),
        tracks=tuple(
            TrackFormat(id=f"AT_{OBJECTS}{number}_01", name=f"PCM_{track.name}", streams=(f"AS_{OBJECTS}{number}",))
            for number, track in zip(numbers, tracks, strict=True)
        ),
        track_uids=tuple(
            TrackUid(
                id=uid,
                sample_rate_hz=sample_rate_hz,
                bit_depth=bit_depth,
                tracks=(f"AT_{OBJECTS}{number}_01",),
                packs=(f"AP_{OBJECTS}{number}",),
            )
            for number, uid in zip(numbers, uids, strict=True)
        ),
    )


def chna_entries(document: Document) -> tuple[ChnaEntry, ...]:
    """The rows of `chna` for a composed document: UID i stands on track i + 1."""
    return tuple(
        ChnaEntry(index, uid.id, uid.tracks[0], uid.packs[0]) for index, uid in enumerate(document.track_uids, start=1)
    )


class _Step(msgspec.Struct):
    """A block in whole samples: `row` of the columns, or silence where it is None."""

    start: int
    end: int
    row: int | None


def _adm_blocks(track: MasterTrack, number: str, sample_rate_hz: int, frames: int) -> tuple[ObjectBlock, ...]:
    """Contiguous blocks from 0 to `frames` without jumps, which sound as `track.blocks` do."""
    return tuple(
        _block(track, step, f"AB_{OBJECTS}{number}_{index:08x}", sample_rate_hz)
        for index, step in enumerate(_without_jumps(track.blocks, frames), start=1)
    )


def _block(track: MasterTrack, step: _Step, block_id: str, sample_rate_hz: int) -> ObjectBlock:
    blocks, row = track.blocks, step.row
    rtime = AdmTime(Fraction(step.start, sample_rate_hz), in_samples=True)
    duration = AdmTime(Fraction(step.end - step.start, sample_rate_hz), in_samples=True)
    if row is None:
        return ObjectBlock(id=block_id, rtime=rtime, duration=duration, gain=0.0)
    return ObjectBlock(
        id=block_id,
        rtime=rtime,
        duration=duration,
        azimuth_deg=_wrapped(float(blocks.azimuth_deg[row])),
        elevation_deg=float(blocks.elevation_deg[row]),
        distance=float(blocks.distance[row]),
        width=float(blocks.width_deg[row]),
        height=float(blocks.height_deg[row]),
        depth=float(blocks.depth[row]),
        gain=float(blocks.gain[row]) * track.gain,
        diffuse=float(blocks.diffuse[row]),
    )


def _without_jumps(blocks: ObjectBlocks, frames: int) -> list[_Step]:
    """`blocks` in whole samples, gaps filled with silence and every jump spelled as a ramp of one sample.

    A ramp over [t − 1, t) still has the old gains at sample t − 1 and the new ones at t: exactly a jump at t. (A block
    that was still moving then arrives one sample early.)
    """
    steps: list[_Step] = []
    for row, start, ramp_end, end in _rounded(blocks, frames):
        reached = steps[-1].end if steps else 0
        if start > reached:
            _jump(steps, reached, None)
            _extend(steps, start, None)
            reached = start
        if ramp_end > start and steps and steps[-1].row is not None:
            _extend(steps, ramp_end, row)
        else:
            _jump(steps, reached, row)
        _extend(steps, end, row)
    if not steps or steps[-1].end < frames:
        _jump(steps, steps[-1].end if steps else 0, None)
        _extend(steps, frames, None)
    return steps


def _rounded(blocks: ObjectBlocks, frames: int) -> Iterator[tuple[int, int, int, int]]:
    """Row, start, end of the interpolation and end in whole samples, cut at `frames`; empty blocks are left out."""
    for row in range(len(blocks)):
        start, end = float(blocks.start_samples[row]), float(blocks.end_samples[row])
        ramp = float(blocks.interpolation_samples[row]) if blocks.jump_position[row] else end - start
        first = min(round(start), frames)
        last = frames if np.isinf(end) else min(round(end), frames)
        if last > first:
            yield row, first, last if np.isinf(ramp) else min(first + round(ramp), last), last


def _jump(steps: list[_Step], at: int, row: int | None) -> None:
    """From sample `at` on, `row` holds: the last sample before becomes a ramp of its own."""
    if not steps or steps[-1].row == row:
        return
    last = steps[-1]
    if last.end - last.start > 1:
        last.end = at - 1
        steps.append(_Step(at - 1, at, row))
    else:
        last.row = row


def _extend(steps: list[_Step], end: int, row: int | None) -> None:
    """One more block of `row` up to `end`, if that is any further."""
    start = steps[-1].end if steps else 0
    if end > start:
        steps.append(_Step(start, end, row))


def _wrapped(azimuth_deg: float) -> float:
    return azimuth_deg if -180 <= azimuth_deg <= 180 else (azimuth_deg + 180) % 360 - 180


def _reference_pack() -> PackFormat:
    bottom = tuple(f"AC_0001{_FIRST_ID + index:04x}" for index in range(len(_BOTTOM_CHANNELS)))
    return PackFormat(
        id=REFERENCE_PACK_ID, name=REFERENCE_PACK_NAME, type_label="0001", channels=(*_COMMON_CHANNELS, *bottom)
    )


def _bottom_channels() -> Iterator[ChannelFormat]:
    """The bottom layer at −20°, which the common definitions do not have."""
    for index, (label, azimuth_deg) in enumerate(_BOTTOM_CHANNELS):
        number = f"{_FIRST_ID + index:04x}"
        block = SpeakerBlock(
            id=f"AB_0001{number}_00000001",
            labels=(label,),
            position=PolarSpeakerPosition(Bounded(azimuth_deg), Bounded(_BOTTOM_ELEVATION_DEG)),
        )
        yield ChannelFormat(id=f"AC_0001{number}", name=label, type_label="0001", blocks=(block,))
