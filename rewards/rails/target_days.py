"""Days on which the Eurosystem settles (T2, formerly TARGET2): weekdays without its six holidays."""

from datetime import date, timedelta


def is_target_day(day: date) -> bool:
    """Whether T2 is open: Monday to Friday but for New Year, Good Friday, Easter Monday, 1 May, 25 and 26 December."""
    if day.weekday() >= 5 or (day.month, day.day) in {(1, 1), (5, 1), (12, 25), (12, 26)}:
        return False
    return day - easter_sunday(day.year) not in {timedelta(days=-2), timedelta(days=1)}


def target_day_from(day: date) -> date:
    """`day` itself, or the next one on which T2 is open."""
    while not is_target_day(day):
        day += timedelta(days=1)
    return day


def easter_sunday(year: int) -> date:
    """Western Easter of a Gregorian year, by the anonymous algorithm (Nature, 20 April 1876; Meeus, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
