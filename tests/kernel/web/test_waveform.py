"""One path of bars: every bar stands in its box, on the middle line, and shows the loudest of what it stands for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencall.kernel.web.waveform import bars_path

BAR = re.compile(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-([\d.]+)z")


def bars_of(path: str) -> list[tuple[float, ...]]:
    assert BAR.sub("", path) == ""
    return [tuple(map(float, found)) for found in BAR.findall(path)]


def test_the_loudest_bar_is_the_tallest_and_silence_a_line() -> None:
    assert bars_path([0, 500, 1000, 250], 400, 100, bars=4) == (
        "M0 49h66v2h-66zM100 29h66v42h-66zM200 8h66v84h-66zM300 39.5h66v21h-66z"
    )


def test_a_bar_shows_the_loudest_of_its_levels() -> None:
    assert bars_path([1, 8, 2, 0, 4, 4], bars=3) == bars_path([8, 2, 4], bars=3)


def test_fewer_levels_than_bars_are_spread() -> None:
    assert bars_path([8, 2], bars=4) == bars_path([8, 8, 2, 2], bars=4)


def test_two_waveforms_on_one_scale_can_be_compared() -> None:
    loud, soft = bars_of(bars_path([10], bars=1, top=10)), bars_of(bars_path([5], bars=1, top=10))
    assert (loud[0][3], soft[0][3]) == (84, 42)
    assert bars_path([20], bars=1, top=10) == bars_path([10], bars=1, top=10), "louder than the top is no taller"


@pytest.mark.parametrize("silence", [[0], [0, 0, 0], [0.0] * 600])
def test_silence_is_a_thin_line_all_along(silence: list[float]) -> None:
    assert {bar[3] for bar in bars_of(bars_path(silence, bars=10))} == {2}


def test_nothing_draws_nothing() -> None:
    assert bars_path([]) == ""


@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=700),
    st.integers(1, 300),
    st.floats(10, 2000),
    st.floats(10, 500),
)
def test_every_bar_stands_in_the_box_on_the_middle_line(
    levels: list[float], bars: int, width: float, height: float
) -> None:
    drawn = bars_of(bars_path(levels, width, height, bars=bars))
    assert len(drawn) == bars
    for x, y, wide, tall, back in drawn:
        assert wide == back
        assert x + wide <= width + 0.2
        assert y >= 0
        assert y + tall / 2 == pytest.approx(height / 2, abs=0.11)
