"""Covers: each song has a picture of its own, drawn from its own sound.

A kind of cover is one file with one function, registered here. The same song always gets the same picture: the hash
of its audio chooses the kind and the colours, its loudness, spectrum and stems are the shapes. A picture is plain SVG:
no style, no script, no reference to anything outside it.
"""

from typing import Final

from audio_pipeline.covers.bloom import draw_bloom
from audio_pipeline.covers.canvas import Chance, Cover, Drawing, SongShape, document
from audio_pipeline.covers.orbits import draw_orbits
from audio_pipeline.covers.palettes import PALETTES
from audio_pipeline.covers.score import draw_score
from audio_pipeline.covers.strata import draw_strata
from audio_pipeline.covers.tide import draw_tide

__all__ = ["COVERS", "PALETTES", "Cover", "SongShape", "draw_cover"]

COVERS: Final[dict[str, Drawing]] = {
    "strata": draw_strata,
    "orbits": draw_orbits,
    "bloom": draw_bloom,
    "score": draw_score,
    "tide": draw_tide,
}


def draw_cover(song: SongShape, kind: str | None = None, palette: str | None = None) -> Cover:
    """The cover of the song: of the kind and in the palette that its hash chooses, unless they are named."""
    chance = Chance(song.seed)
    kind = chance.one_of(tuple(COVERS)) if kind is None else kind
    palette = chance.one_of(tuple(PALETTES)) if palette is None else palette
    colours = PALETTES[palette]
    parts, says = COVERS[kind](song, colours, chance)
    return Cover(kind=kind, palette=palette, says=says, svg=document(colours.ground, parts))
