"""Fold trims: the table's truths, its limits and its shares."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_pipeline.scene.fold import exact_trim_db, pair_trim_db, single_trim_db
from audio_pipeline.scene.roles import Fold

half_widths = st.floats(0, 180)
ratios = st.one_of(st.floats(0, 1e6), st.just(math.inf))


@given(ratios)
def test_a_pair_at_the_loudspeakers_needs_nothing(side_to_mid: float) -> None:
    assert pair_trim_db(30.0, side_to_mid, Fold.FULL) == 0.0


@pytest.mark.parametrize(
    ("half_width_deg", "side_to_mid", "expected_db"),
    [(15, 0.0, -2.16), (15, math.inf, 3.0), (60, 0.3, 1.19), (90, 1.0, 2.16), (110, 0.0, 3.0), (20, 0.1, -1.31)],
)
def test_a_pair_gets_back_what_its_width_takes(half_width_deg: float, side_to_mid: float, expected_db: float) -> None:
    assert pair_trim_db(half_width_deg, side_to_mid, Fold.FULL) == pytest.approx(expected_db, abs=0.02)


@given(half_widths, ratios)
def test_trims_stay_within_3_db_and_half_is_half(half_width_deg: float, side_to_mid: float) -> None:
    full = pair_trim_db(half_width_deg, side_to_mid, Fold.FULL)

    assert -3.0 <= full <= 3.0
    assert pair_trim_db(half_width_deg, side_to_mid, Fold.HALF) == full / 2
    assert pair_trim_db(half_width_deg, side_to_mid, Fold.NONE) == 0.0


@pytest.mark.parametrize(
    ("azimuth_deg", "expected_db"), [(0, 0), (-30, 0), (60, 1.19), (-60, 1.19), (90, 2.16), (180, 3)]
)
def test_a_single_object_gets_back_what_its_place_takes(azimuth_deg: float, expected_db: float) -> None:
    assert single_trim_db(azimuth_deg, 1.0, Fold.FULL) == pytest.approx(expected_db, abs=0.02)


@given(st.floats(30, 110), st.floats(-30, 30), st.booleans())
def test_an_exact_trim_gives_back_all_that_a_place_takes_and_does_not_stop_at_3_db(
    azimuth_deg: float, elevation_deg: float, mirrored: bool
) -> None:
    trim_db = exact_trim_db(-azimuth_deg if mirrored else azimuth_deg, elevation_deg)
    assert trim_db == pytest.approx(single_trim_db(azimuth_deg, 1.0, Fold.FULL), abs=0.15)
    assert exact_trim_db(110, elevation_deg) == pytest.approx(10 * math.log10(2), abs=1e-9)


def test_a_single_object_gets_back_what_its_signal_left_out() -> None:
    assert single_trim_db(0.0, 0.5, Fold.FULL) == 3.0
    assert single_trim_db(0.0, 0.8, Fold.FULL) == pytest.approx(0.97, abs=0.01)
    assert single_trim_db(0.0, 0.0, Fold.FULL) == 3.0
