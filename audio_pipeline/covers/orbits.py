"""Orbits: every stem on a ring of its own, drawn where it plays and as thick as it is loud."""

import math
from typing import Final

from audio_pipeline.covers.canvas import SIDE, Chance, SongShape, circle, short
from audio_pipeline.covers.palettes import Palette

RINGS: Final = 9
WIDTHS: Final = (6, 12, 19)


def draw_orbits(song: SongShape, colours: Palette, chance: Chance) -> tuple[list[str], str]:
    """Nine rings around a point beside the middle; a song with fewer stems shows parts of its spectrum as well."""
    voices = [*song.stems, *song.bands[::-1]][:RINGS] or [song.levels]
    x, y = SIDE * chance.between(0.4, 0.6), SIDE * chance.between(0.38, 0.62)
    loudness = [sum(voice) / len(voice) for voice in voices]
    ranked = sorted(loudness)
    turn = chance.between(0, 2 * math.pi)
    inks = colours.inks
    first = int(chance.between(0, len(inks)))
    parts = []
    for ring in range(RINGS):
        voice = ring % len(voices)
        radius = 26 + 27 * ring
        width = WIDTHS[ranked.index(loudness[voice]) * len(WIDTHS) // len(ranked)]
        begins = turn + chance.between(0, 2 * math.pi)
        sweep = 2 * math.pi * (0.34 + 0.5 * _share_heard(voices[voice])) * chance.between(0.82, 1.06)
        ink = inks[(first + ring) % len(inks)]
        parts.append(
            f'<path d="{_arc(x, y, radius, begins, min(sweep, 5.6))}" fill="none" stroke="{ink}" '
            f'stroke-width="{width}" stroke-linecap="round"/>'
        )
    parts.append(circle(x, y, 11, inks[(first + RINGS) % len(inks)]))
    return parts, "Rings around a point: each is one voice of the song, as long as it plays and as thick as it is loud."


def _share_heard(voice: tuple[float, ...]) -> float:
    """How much of the time the voice is heard: 20 dB below its own loudest is silence here."""
    loudest = max(voice)
    return sum(level > loudest / 10 for level in voice) / len(voice) if loudest > 0 else 0.0


def _arc(x: float, y: float, radius: float, begins: float, sweep: float) -> str:
    def point(angle: float) -> str:
        return f"{short(x + radius * math.cos(angle))} {short(y + radius * math.sin(angle))}"

    return f"M{point(begins)}A{radius} {radius} 0 {int(sweep > math.pi)} 1 {point(begins + sweep)}"
