from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.rails.target_days import easter_sunday, is_target_day, target_day_from


# Published dates of Easter, its earliest (1818) and latest (1943) among them.
@pytest.mark.parametrize(
    "easter", [date(1818, 3, 22), date(1943, 4, 25), date(2000, 4, 23), date(2024, 3, 31), date(2026, 4, 5),
     date(2027, 3, 28)],
)  # fmt: skip
def test_easter(easter: date) -> None:
    assert easter_sunday(easter.year) == easter


@pytest.mark.parametrize(
    "closed",
    [date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 12, 25), date(2025, 12, 26),
     date(2026, 11, 22)],
)  # fmt: skip
def test_holidays_and_weekends_are_closed(closed: date) -> None:
    assert not is_target_day(closed)


def test_after_christmas_on_a_friday_comes_monday() -> None:
    assert target_day_from(date(2026, 12, 25)) == date(2026, 12, 28)


@given(st.dates(date(1970, 1, 1), date(2200, 1, 1)))
def test_the_next_open_day_is_open_and_nothing_before_it_is(day: date) -> None:
    following = target_day_from(day)
    assert is_target_day(following)
    assert not any(is_target_day(day + timedelta(days=n)) for n in range((following - day).days))
