"""Score: the song as dots on a grid, time to the right, pitch upwards, loudness in their size."""

from typing import Final

from audio_pipeline.covers.canvas import SIDE, Chance, SongShape, sampled, short, stretched
from audio_pipeline.covers.palettes import Palette

DOTS: Final = 12
SMALLEST: Final = 2.2
LARGEST: Final = 15.5
_MARGIN: Final = 24


def draw_score(song: SongShape, colours: Palette, chance: Chance) -> tuple[list[str], str]:
    """Twelve by twelve dots; the loudest few take the colour that leads."""
    rows = [stretched(sampled(band, DOTS)) for band in song.bands[:DOTS]] or [stretched(sampled(song.levels, DOTS))]
    weights = stretched([sum(band) / len(band) for band in song.bands[:DOTS]] or [1.0], 0.35)
    small, middle, large = chance.one_of(
        (
            (colours.line, colours.third, colours.second),
            (colours.second, colours.line, colours.third),
            (colours.line, colours.second, colours.third),
        )
    )
    step = (SIDE - 2 * _MARGIN) / (DOTS - 1)
    dots: dict[str, list[str]] = {small: [], middle: [], large: [], colours.lead: []}
    for line in range(DOTS):
        row = line * len(rows) // DOTS
        for column in range(DOTS):
            size = rows[row][column] ** 2.6 * weights[row] * chance.between(0.45, 1.3)
            radius = SMALLEST + (LARGEST - SMALLEST) * min(size, 1.0)
            ink = small if size < 0.08 else middle if size < 0.34 else large if size < 0.66 else colours.lead
            x, y = _MARGIN + step * column, SIDE - _MARGIN - step * line
            dots[ink].append(f'<circle cx="{short(x)}" cy="{short(y)}" r="{short(radius)}"/>')
    parts = [f'<g fill="{ink}">{"".join(circles)}</g>' for ink, circles in dots.items() if circles]
    return parts, "Dots on a grid: time runs to the right, pitch upwards, and a dot is as large as the sound is loud."
