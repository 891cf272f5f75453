"""Moments in words, the same on every machine."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def spoken(moment: datetime, timezone: str) -> str:
    """A moment as people of `timezone` say it: `Mon 14 December 2026, 23:59 (Europe/Berlin)`."""
    # Names of days and months are written out here: strftime follows the machine's locale, letters must not.
    local = moment.astimezone(ZoneInfo(timezone))
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[local.weekday()]
    month = _MONTHS[local.month - 1]
    return f"{day} {local.day} {month} {local.year}, {local:%H:%M} ({timezone})"
