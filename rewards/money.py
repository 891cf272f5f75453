"""Amounts of money: integers in minor units, with the exponent that ISO 4217 gives the currency.

No float ever holds an amount. A currency without minor units of its own (XAU, XXX) cannot be counted in them and is
refused.
"""

import re
from collections.abc import Sequence
from functools import cache

from rewards.errors import (
    AmountAmbiguous,
    AmountNotUnderstood,
    CurrencyUnknown,
    CurrencyWithoutMinorUnit,
    FractionTooFine,
    NothingToSplitBy,
)

_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,6}))?", re.ASCII)
# Thousands in threes behind one kind of mark, then perhaps the other kind and decimals.
_GROUPED = re.compile(
    r"(?P<sign>-?)(?P<whole>[1-9][0-9]{0,2}(?P<between>[ ',.])[0-9]{3}(?:(?P=between)[0-9]{3})*)"
    r"(?:(?!(?P=between))[.,](?P<part>[0-9]+))?",
    re.ASCII,
)
_PLAIN = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]+)(?:(?P<mark>[.,])(?P<part>[0-9]+))?", re.ASCII)
_SPACES = re.compile("[\u00a0\u2009\u202f]")
_NO_MARKS = str.maketrans("", "", " ',.")
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)


@cache
def exponent_of(currency: str) -> int:
    """Decimal places of `currency`, an ISO 4217 code in capitals: EUR 2, JPY 0, KWD 3, CLF 4.

    Raises `CurrencyUnknown`, or `CurrencyWithoutMinorUnit` where the standard says "N.A." (gold, test codes).
    """
    from iso4217 import Currency

    if not _CODE.fullmatch(currency):
        raise CurrencyUnknown(currency)
    try:
        exponent = Currency(currency).exponent
    except ValueError:
        raise CurrencyUnknown(currency) from None
    if exponent is None:
        raise CurrencyWithoutMinorUnit(currency)
    return int(exponent)


def parse_amount(text: str, currency: str) -> int:
    """Minor units of a plain decimal such as "123.45"; no sign but minus, no grouping, no exponent, no blanks.

    Raises `AmountNotUnderstood`, and `FractionTooFine` for more decimals than the currency has ("123.45" JPY).
    """
    exponent = exponent_of(currency)
    matched = _AMOUNT.fullmatch(text)
    if matched is None:
        raise AmountNotUnderstood(text)
    sign, whole, fraction = matched[1], matched[2], matched[3] or ""
    if len(fraction) > exponent:
        raise FractionTooFine(text, currency, exponent)
    minor = int(whole + fraction.ljust(exponent, "0"))
    return -minor if sign else minor


def read_amount(text: str, currency: str) -> int:
    """Minor units of an amount as people type it: "1,234.50", "1.234,50", "1 234,50", "1’234.50", "EUR 1,234.50".

    What `format_amount` writes is always read back. Raises `AmountAmbiguous` for one mark before three digits
    ("1,234"), where the currency has decimals at all; and as `parse_amount` does.
    """
    exponent = exponent_of(currency)
    typed = _SPACES.sub(" ", text).strip().replace("’", "'").replace("−", "-")
    typed = typed.removeprefix(currency).removesuffix(currency).strip()
    grouped, plain = _GROUPED.fullmatch(typed), _PLAIN.fullmatch(typed)
    if grouped is not None and plain is not None and exponent:
        # Books and pages write a point and every decimal place; for a dinar, that is three.
        if not (plain["mark"] == "." and len(plain["part"]) == exponent):
            digits = plain["whole"] + plain["part"]
            raise AmountAmbiguous(text, currency, f"{digits}.{'0' * exponent}")
        grouped = None
    found = grouped or plain
    if found is None:
        raise AmountNotUnderstood(text)
    whole = found["whole"].translate(_NO_MARKS)
    return parse_amount(found["sign"] + whole + (f".{found['part']}" if found["part"] else ""), currency)


def format_amount(amount_minor: int, currency: str) -> str:
    """The decimal that `parse_amount` reads back: every decimal place of the currency is written."""
    exponent = exponent_of(currency)
    digits = str(abs(amount_minor)).rjust(exponent + 1, "0")
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else f"{sign}{digits}"


def split(amount_minor: int, ratios: Sequence[int]) -> list[int]:
    """Divide an amount by whole-number ratios so that no unit is lost: the parts sum to `amount_minor`.

    Each part is within one unit of its exact share. Units left over go to the largest remainders, the earlier part
    first where two are equal (the largest remainder method). A negative amount splits as its mirror image. Raises
    `NothingToSplitBy` for no ratios, a negative ratio, or ratios that are all zero.
    """
    whole = sum(ratios)
    if whole <= 0 or min(ratios) < 0:
        raise NothingToSplitBy(tuple(ratios))

    sign = -1 if amount_minor < 0 else 1
    floors = [divmod(abs(amount_minor) * ratio, whole) for ratio in ratios]
    parts = [floor for floor, _ in floors]
    left_over = abs(amount_minor) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda index: (-floors[index][1], index))
    for index in by_remainder[:left_over]:
        parts[index] += 1
    return [sign * part for part in parts]
