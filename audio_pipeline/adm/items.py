"""From an ADM document to what a renderer takes: for every signal heard in a programme, its taps and its column.

`selecting` says which packs are heard; here each becomes columns of its type. An object's start and duration bound its
blocks; gains of nested objects multiply, a mute anywhere silences, and importance is the least along the way.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from audio_pipeline.adm.chna import Chna
from audio_pipeline.adm.ear_columns import ear_columns
from audio_pipeline.adm.elements import (
    BINAURAL,
    DIRECT_SPEAKERS,
    HOA,
    OBJECTS,
    TYPE_NAMES,
    AudioObject,
    Document,
    PackFormat,
)
from audio_pipeline.adm.errors import AdmInvalid, AdmUnsupported
from audio_pipeline.adm.hoa_columns import hoa_columns
from audio_pipeline.adm.object_columns import object_column
from audio_pipeline.adm.selecting import Heard, heard_packs
from audio_pipeline.adm.spans import Window
from audio_pipeline.adm.speaker_columns import speaker_column
from audio_pipeline.spatialaudio.columns import Column
from audio_pipeline.spatialaudio.errors import SpatialAudioError
from audio_pipeline.spatialaudio.taps import Tap

# One channel may be heard by thousands of nested objects. A document that fits an axml chunk has fewer blocks.
_MOST_SIGNALS: Final = 4096
_MOST_BLOCKS: Final = 4_000_000


@dataclass(frozen=True, eq=False, slots=True)
class AdmItem:
    """One signal of a programme: its name, the taps on the file's tracks that give it (none is silence), its blocks."""

    name: str
    taps: tuple[Tap, ...]
    blocks: Column


def programme_items(
    document: Document,
    chna: Chna,
    *,
    sample_rate_hz: int,
    frames: int,
    programme_id: str | None = None,
    least_importance: int = 0,
) -> tuple[AdmItem, ...]:
    """What is to be rendered of `programme_id` (the first programme where it is None).

    Objects and packs whose importance is below `least_importance` are left out, and blocks of Objects below it have the
    gain 0. Raises `NoSuchProgramme`; `AdmUnsupported` for what is right but beyond this renderer; `AdmInvalid` for
    references that lead nowhere and values that contradict each other.
    """
    items: list[AdmItem] = []
    blocks = 0
    for heard in heard_packs(document, chna, sample_rate_hz=sample_rate_hz, programme_id=programme_id):
        if _is_below(heard.path, least_importance):
            continue
        window = Window.of(heard.path[-1] if heard.path else None, frames=frames, sample_rate_hz=sample_rate_hz)
        blocks += sum(len(one.channel.blocks) for one in heard.channels)
        if len(items) + len(heard.channels) > _MOST_SIGNALS or blocks > _MOST_BLOCKS:
            raise AdmInvalid(heard.pack.id, "is one too many: more is heard than a file can hold")
        try:
            items += _items(heard, window, least_importance)
        except SpatialAudioError as fault:
            raise AdmInvalid(heard.pack.id, str(fault).rstrip(".")) from fault
    return tuple(items)


def _items(heard: Heard, window: Window, least_importance: int) -> Iterator[AdmItem]:
    gain = math.prod(0.0 if one.mute else one.gain for one in heard.path)
    columns: Sequence[Column]
    match heard.pack.type_label:
        case label if label == OBJECTS:
            columns = [
                object_column(one.channel, heard, window, gain=gain, least_importance=least_importance)
                for one in heard.channels
            ]
        case label if label == DIRECT_SPEAKERS:
            columns = [speaker_column(one, heard.path, window, gain=gain) for one in heard.channels]
        case label if label == HOA:
            columns = hoa_columns(heard, window, gain=gain)
        case label if label == BINAURAL:
            columns = ear_columns(heard, window, gain=gain)
        case label:
            raise AdmUnsupported("audioPackFormat", heard.pack.id, f"is of the type {TYPE_NAMES.get(label, label)}")
    # A pack of Ambisonics is heard as a whole unless all of it is unimportant; others lose single channels.
    below = [_is_below(one.packs, least_importance) for one in heard.channels]
    if heard.pack.type_label == HOA:
        below = [all(below)] * len(below)
    for one, column, left_out in zip(heard.channels, columns, below, strict=True):
        if len(column) and not left_out:
            yield AdmItem(_name(heard, one.channel.name), one.taps, column)


def _name(heard: Heard, channel_name: str) -> str:
    outer = heard.path[-1].name if heard.path else heard.pack.name
    return outer if len(heard.channels) == 1 else f"{outer} {channel_name}"


def _is_below(path: Sequence[AudioObject | PackFormat], least_importance: int) -> bool:
    return any(one.importance is not None and one.importance < least_importance for one in path)
