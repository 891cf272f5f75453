"""Strata: the song as a range of hills, its beginning at the horizon and its end at the reader's feet."""

import math
from itertools import pairwise
from typing import Final

from audio_pipeline.covers.canvas import SIDE, Chance, SongShape, circle, sampled, short, stretched
from audio_pipeline.covers.palettes import Palette

HILLS: Final = 10
POINTS: Final = 26
_EDGE: Final = 10  # hills begin and end outside the picture, so that no outline is seen there


def draw_strata(song: SongShape, colours: Palette, chance: Chance) -> tuple[list[str], str]:
    """Ten hills; the height of each is the loudness of its tenth of the song, left to right."""
    contour = sampled(song.levels, HILLS * POINTS)
    whole = stretched(contour)
    peak_at = chance.between(0.36, 0.64)
    # Beside the first summit, and never quite behind it.
    sun_at = peak_at + chance.one_of((-1, 1)) * chance.between(0.11, 0.24)
    parts = [circle(SIDE * sun_at, chance.between(58, 76), chance.between(38, 50), colours.lead)]
    fills = {1: colours.line, 4: colours.second, 7: colours.third, HILLS - 1: colours.lead}
    for hill in range(HILLS):
        slice_ = slice(hill * POINTS, (hill + 1) * POINTS)
        # A song that is even as a whole still moves within each of its tenths: both shapes count.
        moves, weighs = stretched(contour[slice_]), whole[slice_]
        base = 100 + 29 * hill
        tallest = 84 + 9 * hill
        peak_at = min(max(peak_at + chance.between(-0.13, 0.13), 0.34), 0.68)
        width = chance.between(0.15, 0.25)
        heights = []
        for index in range(POINTS):
            x = index / (POINTS - 1)
            mountain = 0.82 * math.exp(-(((x - peak_at) / width) ** 2)) + 0.18 * math.exp(-(((x - 0.5) / 0.3) ** 2))
            rough = 0.68 * moves[index] + 0.32 * weighs[index]
            heights.append(tallest * mountain * (0.3 + 0.8 * rough) * chance.between(0.8, 1.2))
        front = fills.get(hill, colours.ground)
        line = front if hill == HILLS - 1 else colours.line
        parts.append(f'<path d="{_hill(base, heights)}" fill="{front}" stroke="{line}" stroke-width="1.5"/>')
    return parts, "A range of hills under a sun: each hill is a tenth of the song, as high as it is loud."


def _hill(base: float, heights: list[float]) -> str:
    """Each step flat at both ends: a curve that is smooth without ever passing its points."""
    step = (SIDE + 2 * _EDGE) / (len(heights) - 1)
    points = [(round(index * step - _EDGE), round(base - height)) for index, height in enumerate(heights)]
    path = f"M-{_EDGE} {SIDE + 20}V{points[0][1]}"
    for (x0, y0), (x1, y1) in pairwise(points):
        half = short((x1 - x0) / 2)
        path += f"c{half} 0 {half} {y1 - y0} {x1 - x0} {y1 - y0}"
    return f"{path}V{SIDE + 20}z"
