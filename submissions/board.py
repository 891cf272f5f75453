"""The ranking laid out for a number of places: where the line runs, and what is too close to it to call.

A song is too close to call when its chance of belonging above the line lies between 45 and 55 %: a coin would know as
much as the curators do. Those songs are one block around the line; once the lottery is drawn they stand in it by their
tickets, and everybody else stays where their scores put them. Pure functions.
"""

from collections.abc import Sequence
from statistics import median
from typing import Final

import msgspec

from submissions.ranking import Standing, lottery_ticket

# The standard normal distribution reaches 55 % here.
TOO_CLOSE: Final = 0.1257


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Songs best first; the line runs after the first `places` of them.

    `line` is the score at which it runs (None where nobody with a score is on one of its sides); `zone` is the
    half-open range of places that are too close to call, empty where the line is clear.
    """

    order: tuple[Standing, ...]
    places: int
    line: float | None
    zone: range

    @property
    def zone_places(self) -> int:
        """How many songs of the zone get a place."""
        return max(0, self.places - self.zone.start) if self.zone else 0


def lay_out(standings: Sequence[Standing], places: int, seed: str | None) -> Board:
    """The board for `places` offers; `standings` best first, as the ranking gives them."""
    listed = list(standings)
    above, below = listed[:places], listed[places:]
    if not above or not below or above[-1].calibrated is None or below[0].calibrated is None:
        return Board(order=tuple(listed), places=places, line=None, zone=range(0))
    line = (above[-1].calibrated.score + below[0].calibrated.score) / 2
    reach = round(TOO_CLOSE * median(one.calibrated.deviation for one in listed if one.calibrated is not None), 6)
    close = [
        at
        for at, one in enumerate(listed)
        if one.calibrated is not None and round(abs(one.calibrated.score - line), 6) <= reach
    ]
    last = _reads(above[-1])
    equals = [at for at, one in enumerate(listed) if one.calibrated is not None and _reads(one) == last]
    if any(at >= places for at in equals):
        close = sorted({*close, *equals})
    if not close or not close[0] < places <= close[-1]:
        return Board(order=tuple(listed), places=places, line=line, zone=range(0))
    zone = range(close[0], close[-1] + 1)
    if seed is not None:
        drawn = seed
        listed[zone.start : zone.stop] = sorted(
            listed[zone.start : zone.stop], key=lambda one: lottery_ticket(drawn, one.song_id)
        )
    return Board(order=tuple(listed), places=places, line=line, zone=zone)


def _reads(one: Standing) -> int | None:
    return None if one.calibrated is None else round(100 * one.calibrated.score)
