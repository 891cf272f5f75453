"""What a render leaves out of a programme, in words: nothing of it is wrong, and nobody should find it out by ear."""

from collections.abc import Iterator, Sequence

from audio_pipeline.masters.headphones import Headphones
from audio_pipeline.masters.programme import AudioProgramme
from audio_pipeline.spatialaudio.bed_gains import is_lfe
from audio_pipeline.spatialaudio.columns import Column
from audio_pipeline.spatialaudio.direct_speakers import DirectSpeakerBlocks
from audio_pipeline.spatialaudio.hoa import HoaBlocks
from audio_pipeline.spatialaudio.layouts import BINAURAL, Layout
from audio_pipeline.upmix.manifest import WORDS as UPMIX_WORDS


def render_notes(columns: Sequence[Column], layout: Layout, headphones: Headphones) -> tuple[str, ...]:
    """Notes on `columns` rendered to `layout`, each a sentence without its full stop."""
    return tuple(_notes(columns, layout, headphones))


def origin_words(programme: AudioProgramme) -> str:
    """What every file made of the programme says of itself; empty where there is nothing to say."""
    return UPMIX_WORDS if programme.source == "upmix" else ""


def _notes(columns: Sequence[Column], layout: Layout, headphones: Headphones) -> Iterator[str]:
    beds = [column for column in columns if isinstance(column, DirectSpeakerBlocks)]
    if any(is_lfe(bed, speaker) for bed in beds for speaker in bed.speakers):
        if layout == BINAURAL and not headphones.with_lfe:
            yield "LFE channels are left out of binaural; --with-lfe plays them"
        elif layout != BINAURAL and not any(layout.is_lfe):
            yield f"LFE channels are left out: {layout.name} has no loudspeaker for them"
    fields = [column.format for column in columns if isinstance(column, HoaBlocks)]
    if any(field.screen_ref for field in fields):
        yield "HOA that refers to a screen is rendered as it is: ITU-R BS.2127 has no rule to scale it"
    if any(field.nfc_distance_m for field in fields):
        yield "HOA is rendered without near-field compensation: ITU-R BS.2127 has no filter for it"
