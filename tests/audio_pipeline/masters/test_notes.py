"""What is left out of a render is said."""

import numpy as np
import pytest

from audio_pipeline.masters.headphones import Headphones
from audio_pipeline.masters.notes import render_notes
from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.columns import Column
from audio_pipeline.spatialaudio.direct_speakers import (
    Bounded,
    DirectSpeaker,
    DirectSpeakerBlocks,
    PolarSpeakerPosition,
)
from audio_pipeline.spatialaudio.hoa import HoaBlocks, HoaFormat
from audio_pipeline.spatialaudio.layouts import get_layout


def bed(label: str) -> Column:
    speaker = DirectSpeaker(PolarSpeakerPosition(Bounded(0.0), Bounded(0.0)), (label,))
    return DirectSpeakerBlocks(start_samples=np.zeros(1), end_samples=np.ones(1), speakers=(speaker,))


def field(**more: object) -> Column:
    (column,) = HoaBlocks.group(HoaFormat((0,), (0,), **more))  # type: ignore[arg-type]
    return column


@pytest.mark.parametrize(
    ("column", "layout", "words"),
    [
        (bed("LFE1"), "0+5+0", None),
        (bed("LFE1"), "0+2+0", "0+2+0 has no loudspeaker"),
        (bed("LFE1"), "binaural", "--with-lfe plays them"),
        (bed("M+000"), "binaural", None),
        (ObjectBlocks.of(start_samples=0, end_samples=1, azimuth_deg=0), "binaural", None),
        (field(), "0+5+0", None),
        (field(screen_ref=True), "0+5+0", "refers to a screen"),
        (field(nfc_distance_m=2.0), "binaural", "near-field"),
    ],
)
def test_what_is_left_out_of_a_layout_is_said(column: Column, layout: str, words: str | None) -> None:
    notes = render_notes([column, column], get_layout(layout), Headphones())
    assert len(notes) == (words is not None)
    assert all(words in note for note in notes if words)


def test_an_lfe_that_plays_needs_no_note() -> None:
    assert render_notes([bed("LFE1")], get_layout("binaural"), Headphones(with_lfe=True)) == ()
