"""Times of the Audio Definition Model: `hh:mm:ss.zzzzz` and, since BS.2076-2, exactly `hh:mm:ss.nnnnnSrrrrr`."""

import re
from fractions import Fraction
from typing import Final, NamedTuple

_TIME: Final = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d*)(?:S([1-9]\d{0,6}))?)?")

_MOST_DECIMALS: Final = 18


class AdmTime(NamedTuple):
    """A time in seconds. `in_samples` says that it was written exactly, as samples of a rate."""

    seconds: Fraction
    in_samples: bool


def parse_time(text: str) -> AdmTime:
    """Read either form (BS.2076-2, clause 6). Raises ValueError on anything else."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is neither hh:mm:ss.zzzzz nor hh:mm:ss.nnnnnSrrrrr")
    hours, minutes, seconds, digits, rate = match.groups()
    if int(minutes) > 59 or int(seconds) > 59:
        raise ValueError(f"{text!r} has more than 59 minutes or seconds")
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    if rate is None:
        digits = digits or ""
        if len(digits) > _MOST_DECIMALS:
            raise ValueError(f"{text!r} has more than {_MOST_DECIMALS} decimals")
        return AdmTime(Fraction(whole * 10 ** len(digits) + int(digits or 0), 10 ** len(digits)), in_samples=False)
    if not digits or len(digits) > 7 or int(digits) >= int(rate):
        raise ValueError(f"{text!r} counts more samples than a second of its rate has")
    return AdmTime(Fraction(whole * int(rate) + int(digits), int(rate)), in_samples=True)


def format_samples(samples: int, sample_rate_hz: int) -> str:
    """`samples` at `sample_rate_hz` in the exact form: 1024 at 48000 is 00:00:00.01024S48000."""
    seconds, rest = divmod(samples, sample_rate_hz)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{rest:05d}S{sample_rate_hz}"


def format_time(time: AdmTime, sample_rate_hz: int) -> str:
    """`time` in the form in which it was written, exactly: samples of `sample_rate_hz` if they are whole ones.

    Raises ValueError for a decimal time that no number of decimals says.
    """
    seconds, in_samples = time
    if in_samples:
        rate = sample_rate_hz if (seconds * sample_rate_hz).denominator == 1 else seconds.denominator
        return format_samples((seconds * rate).numerator, rate)
    ticks = seconds * 10**5
    digits = 5
    while ticks.denominator != 1:
        ticks, digits = ticks * 10, digits + 1
        if digits > _MOST_DECIMALS:
            raise ValueError(f"{seconds} s is no decimal number")
    whole, rest = divmod(ticks.numerator, 10**digits)
    minutes, whole = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}.{rest:0{digits}d}"
