"""How much is left of a song through its time, in several bands: lanes of a picture, one under the other.

Pure functions over what a report says: {step_s, left_db, bands: [{name, left_db}], places: [{start_s, end_s}]}, levels
in dB with 0 on top, None where nothing is known. What is missing is not drawn.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

WIDTH: Final = 600
HEIGHT: Final = 40
FLOOR_DB: Final = -60.0
# A place is at least so wide, or nobody sees it.
NARROWEST: Final = 3.0
_TICKS: Final = 5


class Lane(msgspec.Struct, frozen=True):
    """`path` is the `d` of an SVG path in a box of `WIDTH` × `HEIGHT`; `most_db` is the highest level that is known."""

    label: str
    path: str
    most_db: float | None


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of the picture, from its left edge."""

    x: float
    width: float


class Lanes(msgspec.Struct, frozen=True, kw_only=True):
    """The whole first, then from treble to bass; `ticks_s` are evenly spaced times, the first and the last included.

    `most_db` is the highest level of the whole, at `most_at_s`, and `most_in` the band that has the highest of all.
    """

    lanes: tuple[Lane, ...]
    marks: tuple[Stretch, ...]
    ticks_s: tuple[float, ...]
    most_db: float | None
    most_at_s: float
    most_in: str


def lanes_of(rest: Mapping[str, Any] | None) -> Lanes | None:
    """The picture of a document; None where there is none."""
    if not rest or not rest.get("left_db") or not rest.get("step_s"):
        return None
    seconds = rest["step_s"] * len(rest["left_db"])
    whole = _lane("All of it", rest["left_db"])
    bands = [
        _lane(str(band.get("name", "")).capitalize(), band.get("left_db") or ())
        for band in reversed(rest.get("bands") or ())
    ]
    known = [band for band in bands if band.most_db is not None]
    return Lanes(
        lanes=(whole, *bands),
        marks=tuple(_stretch(place, seconds) for place in rest.get("places") or ()),
        ticks_s=tuple(seconds * tick / (_TICKS - 1) for tick in range(_TICKS)),
        most_db=whole.most_db,
        most_at_s=0.0 if whole.most_db is None else rest["step_s"] * rest["left_db"].index(whole.most_db),
        most_in=max(known, key=lambda band: band.most_db or FLOOR_DB).label if known else "",
    )


def _lane(label: str, levels: Sequence[float | None]) -> Lane:
    known = [level for level in levels if level is not None]
    step = WIDTH / max(len(levels), 1)
    steps = "".join(f"V{_y(level)}H{round(step * (at + 1), 1):g}" for at, level in enumerate(levels))
    return Lane(label, f"M0 {HEIGHT}{steps}V{HEIGHT}z" if known else "", max(known, default=None))


def _y(level_db: float | None) -> str:
    share = 0.0 if level_db is None else min(max(1.0 - level_db / FLOOR_DB, 0.0), 1.0)
    return f"{round(HEIGHT * (1.0 - share), 1):g}"


def _stretch(place: Mapping[str, float], seconds: float) -> Stretch:
    start, end = (min(max(place[key] / seconds, 0.0), 1.0) * WIDTH for key in ("start_s", "end_s"))
    width = max(end - start, NARROWEST)
    return Stretch(round(min(start, WIDTH - width), 1), round(width, 1))
