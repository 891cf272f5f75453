"""Bloom: the song as a flower, one turn around it in time, bass in the outer petals and brightness within."""

import math
from typing import Final

from audio_pipeline.covers.canvas import SIDE, Chance, SongShape, sampled, stretched
from audio_pipeline.covers.palettes import Palette

PETALS: Final = 36
# The valleys of each ring, from the outside in.
RINGS: Final = (146, 104, 68)
HEART: Final = 33


def draw_bloom(song: SongShape, colours: Palette, chance: Chance) -> tuple[list[str], str]:
    """Three rings of petals around a heart; a petal is as long as its part of the spectrum is loud at that time."""
    third = max(1, len(song.bands) // 3)
    turn = chance.between(0, 2 * math.pi)
    fills = chance.one_of(
        (
            (colours.third, colours.line, colours.lead),
            (colours.second, colours.line, colours.lead),
            (colours.second, colours.lead, colours.line),
        )
    )
    parts = []
    for ring, (valley, fill) in enumerate(zip(RINGS, fills, strict=True)):
        bands = song.bands[ring * third : (ring + 1) * third] or (song.levels,)
        together = [sum(values) / len(values) for values in zip(*bands, strict=True)]
        # A petal may end short of its valley: then the edge is round there, and where the song is loud it is torn.
        lengths = stretched(sampled(together, PETALS))
        tips = [valley * (0.84 + 0.46 * length * chance.between(0.2, 1.25)) for length in lengths]
        # Every second ring stands half a petal further, so that tips look through valleys.
        parts.append(f'<path d="{_petals(valley, tips, turn + ring * math.pi / PETALS)}" fill="{fill}"/>')
    heart = [HEART * chance.between(0.9, 1.15) for _ in range(PETALS)]
    parts.append(f'<path d="{_petals(HEART, heart, turn)}" fill="{colours.ground}"/>')
    return parts, "A flower: one turn around it is the song, and a petal is as long as the sound is loud."


def _petals(valley: float, tips: list[float], turn: float) -> str:
    """From tip to tip, each time through the valley between them."""
    step = 2 * math.pi / len(tips)

    def point(radius: float, angle: float) -> str:
        x, y = SIDE / 2 + radius * math.cos(angle), SIDE / 2 + radius * math.sin(angle)
        return f"{x:.0f} {y:.0f}"

    path = f"M{point(tips[0], turn)}"
    for index in range(1, len(tips) + 1):
        angle = turn + index * step
        path += f"Q{point(valley, angle - step / 2)} {point(tips[index % len(tips)], angle)}"
    return f"{path}z"
