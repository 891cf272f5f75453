"""Tide: the waveform of the song as the line where a sun meets its water."""

import math
from typing import Final

from audio_pipeline.covers.canvas import SIDE, Chance, SongShape, sampled, short, stretched
from audio_pipeline.covers.palettes import Palette

STRIPES: Final = 8
REFLECTIONS: Final = 9
WAVES: Final = 96
_HIGHEST: Final = 27


def draw_tide(song: SongShape, colours: Palette, chance: Chance) -> tuple[list[str], str]:
    """Stripes as high as the song's eighths are loud, a sun and its reflection, and the waveform on the horizon."""
    heights = [0.4 + weight * chance.between(0.85, 1.15) for weight in stretched(sampled(song.levels, STRIPES))]
    # None of them in the colour of the sun, which would lose its edge there.
    inks = (colours.ground, colours.third, colours.second, colours.line)
    x, y = SIDE * chance.between(0.36, 0.64), SIDE * chance.between(0.48, 0.58)
    radius = chance.between(104, 124)
    edges = [SIDE * sum(heights[:stripe]) / sum(heights) for stripe in range(STRIPES + 1)]
    # The stripe that the waveform begins in is the ground, so that the line is seen from end to end.
    horizon = max(stripe for stripe in range(STRIPES) if edges[stripe] <= y - _HIGHEST / 2)
    parts = [
        # One more, so that no gap shines between two.
        _stripe(edges[stripe], edges[stripe + 1] - edges[stripe] + 1, inks[(stripe - horizon) % len(inks)])
        for stripe in range(STRIPES)
    ]

    arc = f"{short(radius)} {short(radius)}"
    left, right, line = short(x - radius), short(x + radius), short(y)
    parts.append(f'<path d="M{left} {line}A{arc} 0 0 1 {right} {line}z" fill="{colours.lead}"/>')
    parts.append(f'<path d="{_reflection(x, y, radius, chance)}" fill="{colours.lead}"/>')
    wave = f'fill="none" stroke="{colours.line}" stroke-width="2.5" stroke-linejoin="round"'
    parts.append(f'<path d="{_waves(song, y)}" {wave}/>')
    return parts, "A sun over water: the line where they meet is the waveform of the song."


def _reflection(x: float, y: float, radius: float, chance: Chance) -> str:
    """The lower half of the sun in bars that grow thinner and drift apart."""
    path = ""
    step = radius / REFLECTIONS
    for bar in range(REFLECTIONS):
        top = step * bar
        wide = short(2 * math.sqrt(radius**2 - (top + step / 2) ** 2) * chance.between(0.86, 1.04))
        tall = short(step * (0.86 - 0.6 * bar / REFLECTIONS))
        path += f"M{short(x - float(wide) / 2 + chance.between(-7, 7))} {short(y + top)}h{wide}v{tall}h-{wide}z"
    return path


def _stripe(y: float, height: float, fill: str) -> str:
    return f'<rect y="{short(y)}" width="{SIDE}" height="{short(height)}" fill="{fill}"/>'


def _waves(song: SongShape, y: float) -> str:
    swings = stretched(sampled(song.levels, WAVES), 0.12)
    step = SIDE / WAVES
    path = f"M0 {short(y)}"
    for wave, swing in enumerate(swings):
        # Up and down in turn; relative to the horizon, since relative to the last point errors would add up.
        side = 1 if wave % 2 else -1
        path += f"L{short((wave + 0.5) * step)} {short(y + side * _HIGHEST * swing)}"
    return f"{path}L{SIDE} {short(y)}"
