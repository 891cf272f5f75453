"""Packs of the type HOA as the renderer's columns: one a component, all of one format (BS.2127, clause 5.2.7.3).

Normalisation, screenRef and nfcRefDist may stand in the blocks and in any pack around them; where they are given more
than once, they have to agree.
"""

from collections.abc import Iterable
from typing import TypeVar, cast

import numpy as np

from audio_pipeline.adm.block_formats import HoaBlock
from audio_pipeline.adm.elements import PackFormat
from audio_pipeline.adm.errors import AdmInvalid, AdmUnsupported
from audio_pipeline.adm.selecting import Heard, HeardChannel
from audio_pipeline.adm.spans import Window, heard_spans
from audio_pipeline.spatialaudio.errors import SpatialAudioError
from audio_pipeline.spatialaudio.hoa import HoaBlocks, HoaFormat, Normalisation

V = TypeVar("V")


def hoa_columns(heard: Heard, window: Window, *, gain: float) -> tuple[HoaBlocks, ...]:
    """One column a channel of the pack, gains multiplied by `gain`. Raises `AdmInvalid` and `AdmUnsupported`."""
    firsts = [_component(one) for one in heard.channels]
    sources = [(one.id, _said(one)) for pack in _packs(heard) for one in (pack,)]
    sources += [(block.id, _said(block)) for block in firsts]
    normalisation = _agreed(heard.pack, "normalization", ((where, said[0]) for where, said in sources)) or "SN3D"
    nfc_distance_m = _agreed(heard.pack, "nfcRefDist", ((where, said[1]) for where, said in sources))
    screen_ref = _agreed(heard.pack, "screenRef", ((where, said[2]) for where, said in sources))
    try:
        form = HoaFormat(
            orders=tuple(cast("int", block.order) for block in firsts),
            degrees=tuple(cast("int", block.degree) for block in firsts),
            # A normalisation that is none of the three is refused by the format itself.
            normalisation=cast("Normalisation", normalisation),
            nfc_distance_m=nfc_distance_m or None,
            screen_ref=bool(screen_ref),
        )
    except SpatialAudioError as fault:
        raise AdmInvalid(heard.pack.id, str(fault).rstrip(".")) from fault
    columns = []
    for component, one in enumerate(heard.channels):
        spans = heard_spans([block for block in one.channel.blocks if isinstance(block, HoaBlock)], window)
        columns.append(
            HoaBlocks(
                start_samples=spans.start_samples,
                end_samples=spans.end_samples,
                format=form,
                component=component,
                gain=np.array([block.gain * gain for block in spans.blocks]),
            )
        )
    return tuple(columns)


def _component(heard: HeardChannel) -> HoaBlock:
    """The first block of a channel; the others have to be of the same component."""
    blocks = [block for block in heard.channel.blocks if isinstance(block, HoaBlock)]
    if not blocks:
        raise AdmInvalid(heard.channel.id, "has no audioBlockFormat")
    for block in blocks:
        if block.order is None or block.degree is None:
            if block.equation:
                raise AdmUnsupported("audioBlockFormat", block.id, "says its component by an equation only")
            raise AdmInvalid(block.id, "needs order and degree")
        if (block.order, block.degree) != (blocks[0].order, blocks[0].degree):
            raise AdmUnsupported("audioChannelFormat", heard.channel.id, "becomes another component on its way")
    return blocks[0]


def _packs(heard: Heard) -> Iterable[PackFormat]:
    """Every pack around the channels, once."""
    return {pack.id: pack for one in heard.channels for pack in one.packs}.values()


def _said(source: PackFormat | HoaBlock) -> tuple[str | None, float | None, bool | None]:
    return source.normalization, source.nfc_distance_m, source.screen_ref


def _agreed(pack: PackFormat, name: str, said: Iterable[tuple[str, V | None]]) -> V | None:
    agreed: V | None = None
    for where, value in said:
        if value is None:
            continue
        if agreed is not None and value != agreed:
            raise AdmInvalid(where, f"{name} is {value}, elsewhere in {pack.id} it is {agreed}")
        agreed = value
    return agreed
