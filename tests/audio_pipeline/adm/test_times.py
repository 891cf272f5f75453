"""Both forms of ADM times."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio_pipeline.adm.times import AdmTime, format_samples, parse_time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("00:00:00.00000", AdmTime(Fraction(0), in_samples=False)),
        ("00:01:02.50000", AdmTime(Fraction(125, 2), in_samples=False)),
        ("01:00:00", AdmTime(Fraction(3600), in_samples=False)),
        ("00:00:01.", AdmTime(Fraction(1), in_samples=False)),
        ("00:00:00.123456789", AdmTime(Fraction(123456789, 10**9), in_samples=False)),
        ("00:00:00.01024S48000", AdmTime(Fraction(1024, 48000), in_samples=True)),
        ("00:00:10.47999S48000", AdmTime(10 + Fraction(47999, 48000), in_samples=True)),
        ("00:00:00.191999S192000", AdmTime(Fraction(191999, 192000), in_samples=True)),
    ],
)
def test_times_are_read(text: str, time: AdmTime) -> None:
    assert parse_time(text) == time


@pytest.mark.parametrize(
    "text",
    ["", "1.5", "00:00", "00:60:00.0", "00:00:61", "-00:00:01", "00:00:01.5S", "00:00:00.48000S48000", "00:00:00S48000",
     "00:00:00.1S0", "00:00:01,5", "00:00:00." + "1" * 30, "nan"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)


@given(st.integers(0, 10**10), st.sampled_from([44100, 48000, 96000, 192000]))
def test_samples_survive_the_round_trip(samples: int, sample_rate_hz: int) -> None:
    time = parse_time(format_samples(samples % (99 * 3600 * sample_rate_hz), sample_rate_hz))
    assert time == AdmTime(Fraction(samples % (99 * 3600 * sample_rate_hz), sample_rate_hz), in_samples=True)
