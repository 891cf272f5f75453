"""A waveform as one SVG path: bars around a middle line, ready for `<path d="…">`."""

from collections.abc import Sequence
from typing import Final

# How much of its step a bar fills, and how much of the height the loudest one: what is left is air.
_FILLED: Final = 0.66
_TALLEST: Final = 0.84
_SHORTEST: Final = 0.02


def bars_path(
    levels: Sequence[float], width: float = 1000, height: float = 100, *, bars: int = 120, top: float | None = None
) -> str:
    """The `d` of a path that draws `levels` (any unit, 0 is silence) as `bars` bars in a box of `width` × `height`.

    Each bar is as tall as the loudest of the levels that it stands for. The tallest bar belongs to `top`, the highest
    level unless told: give waveforms that are to be compared the same one. Silence is a thin line, never a gap, and
    without any level there is nothing to draw.
    """
    if not levels:
        return ""
    step = width / bars
    filled = _number(_FILLED * step)
    loudest = max(levels) if top is None else top
    parts = []
    for bar in range(bars):
        first = bar * len(levels) // bars
        level = max(levels[first : max(first + 1, (bar + 1) * len(levels) // bars)])
        share = min(level / loudest, 1.0) if loudest > 0 else 0.0
        tall = height * max(_TALLEST * share, _SHORTEST)
        parts.append(f"M{_number(bar * step)} {_number((height - tall) / 2)}h{filled}v{_number(tall)}h-{filled}z")
    return "".join(parts)


def _number(value: float) -> str:
    """One decimal is finer than any screen; an integer says it shorter."""
    return f"{value:.1f}".removesuffix(".0")
