"""What the machine saw in a file, as lines of a picture: a waveform with its marked places, a spectrum with its wall.

Pure functions over what a report says of a file; what is missing is not drawn.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from opencall.kernel.web.waveform import bars_path
from submissions.report_reading import Found

WIDTH: Final = 480
HEIGHT: Final = 72
# A place is at least so wide, or nobody sees it.
NARROWEST: Final = 3.0
FLOOR_DB: Final = -120.0
BARS: Final = 120
_SEEN_IN_SPECTRUM: Final = ("LOSSY_SOURCED", "UPSAMPLED")


class Mark(msgspec.Struct, frozen=True):
    """A stretch of the picture, from its left edge."""

    x: float
    width: float


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """`path` is the `d` of an SVG path in a box of `WIDTH` × `HEIGHT`; `says` is what it shows, in words."""

    kind: str
    path: str
    marks: tuple[Mark, ...]
    says: str


def drawing_of(found: Found) -> Drawing | None:
    """What shows best where it is; None where that is not known."""
    if found.code in _SEEN_IN_SPECTRUM:
        return spectrum(found.picture)
    return waveform(found.picture, found.places, found.seconds)


def waveform(picture: dict[str, Any], places: Sequence[dict[str, Any]], seconds: float | None) -> Drawing | None:
    """The waveform with the places of a finding; None where either is not known."""
    levels = picture.get("levels")
    if not levels or not places or not seconds:
        return None
    marks = tuple(
        Mark(round(min(place["start_s"] / seconds, 1.0) * (WIDTH - NARROWEST), 1),
             round(max(NARROWEST, (place["end_s"] - place["start_s"]) / seconds * WIDTH), 1))
        for place in places
    )  # fmt: skip
    count = "one place" if len(marks) == 1 else f"{len(marks)} places"
    return Drawing(
        kind="wave", path=bars_path(levels, WIDTH, HEIGHT, bars=BARS), marks=marks,
        says=f"The file from start to end, with {count} marked",
    )  # fmt: skip


def spectrum(picture: dict[str, Any]) -> Drawing | None:
    """From low to high tones how loud they are, with the height at which they end at once; None without such a wall."""
    levels, wall_hz, top_hz = picture.get("spectrum_db"), picture.get("wall_hz"), picture.get("top_hz")
    if not levels or not wall_hz or not top_hz:
        return None
    step = WIDTH / len(levels)
    points = "".join(
        f"L{step * (at + 0.5):.1f} {abs(HEIGHT * level / FLOOR_DB):.1f}" for at, level in enumerate(levels)
    )
    x = round(WIDTH * wall_hz / top_hz, 1)
    return Drawing(
        kind="spectrum", path=f"M0 {HEIGHT}{points}L{WIDTH} {HEIGHT}z", marks=(Mark(x, NARROWEST),),
        says=f"Low tones on the left, high ones on the right: they end at once at {wall_hz / 1000:.1f} kHz",
    )  # fmt: skip
