import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.errors import (
    AmountAmbiguous,
    AmountNotUnderstood,
    CurrencyUnknown,
    CurrencyWithoutMinorUnit,
    FractionTooFine,
    NothingToSplitBy,
)
from rewards.money import exponent_of, format_amount, parse_amount, read_amount, split


@pytest.mark.parametrize(("currency", "exponent"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_exponents_are_those_of_iso_4217(currency: str, exponent: int) -> None:
    assert exponent_of(currency) == exponent


@pytest.mark.parametrize("currency", ["XAU", "XXX", "XTS"])
def test_what_has_no_minor_unit_is_refused(currency: str) -> None:
    with pytest.raises(CurrencyWithoutMinorUnit):
        exponent_of(currency)


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "ZZZ", "E R", "ＥUR"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    with pytest.raises(CurrencyUnknown):
        exponent_of(currency)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("123.45", "EUR", 12345),
        ("123.4", "EUR", 12340),
        ("123", "EUR", 12300),
        ("0.05", "EUR", 5),
        ("-1.50", "EUR", -150),
        ("123", "JPY", 123),
        ("1.234", "KWD", 1234),
        ("1.2345", "CLF", 12345),
    ],
)
def test_plain_decimals_are_read(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "1,5", "1.", ".5", "01", "+1", "1e3", "NaN", "1_000", "١٢", "1.5\n", "--1"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(AmountNotUnderstood):
        parse_amount(text, "EUR")


@pytest.mark.parametrize(("text", "currency"), [("123.45", "JPY"), ("0.001", "EUR"), ("1.2345", "KWD"), ("1.0", "JPY")])
def test_a_fraction_that_cannot_be_paid_is_refused(text: str, currency: str) -> None:
    with pytest.raises(FractionTooFine):
        parse_amount(text, currency)


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD", "CLF"]))
def test_what_is_formatted_is_read_back(minor: int, currency: str) -> None:
    formatted = format_amount(minor, currency)
    assert parse_amount(formatted, currency) == read_amount(formatted, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1,234.50", "EUR", 123450),
        ("1.234,50", "EUR", 123450),
        ("1 234,50", "EUR", 123450),
        ("1\u202f234,50", "EUR", 123450),
        ("1’234.50", "EUR", 123450),
        ("1,234,567", "EUR", 123456700),
        ("1.234.567,8", "EUR", 123456780),
        ("1 234", "EUR", 123400),
        ("7000,05", "EUR", 700005),
        ("12,5", "EUR", 1250),
        ("0,05", "EUR", 5),
        (" EUR\u00a01,500.00 ", "EUR", 150000),
        ("1500 EUR", "EUR", 150000),
        ("−1.234,50", "EUR", -123450),
        ("1,234", "JPY", 1234),
        ("1.234", "JPY", 1234),
        ("1.234", "KWD", 1234),
        ("1,234.500", "KWD", 1234500),
    ],
)
def test_amounts_are_read_as_people_type_them(text: str, currency: str, minor: int) -> None:
    assert read_amount(text, currency) == minor


@given(st.integers(10**7, 10**15), st.sampled_from(["EUR", "JPY", "KWD", "CLF"]))
def test_thousands_are_read_in_every_country(minor: int, currency: str) -> None:
    whole, _, part = format_amount(minor, currency).partition(".")
    for between, mark in ((",", "."), (".", ","), (" ", ","), ("’", "."), ("\u00a0", ",")):
        grouped = f"{int(whole):,}".replace(",", between)
        assert read_amount(f"{grouped}{mark}{part}" if part else grouped, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "clear"),
    [("1,234", "EUR", "1234.00"), ("1.234", "EUR", "1234.00"), ("999,000", "KWD", "999000.000")],
)
def test_what_one_reads_as_thousands_and_another_as_decimals_is_refused_with_a_way_out(
    text: str, currency: str, clear: str
) -> None:
    with pytest.raises(AmountAmbiguous, match=clear) as refused:
        read_amount(text, currency)
    assert read_amount(refused.value.clear, currency) == int(clear.replace(".", ""))


@pytest.mark.parametrize(
    "text",
    ["", "EUR", "1,23,456.00", "1,234,56.00", "1.234.5", "1,234,50", "1 234 5", "12 34", "1,2,3", "1e3", "١٢", "--1"],
)
def test_what_is_grouped_as_nobody_does_is_refused(text: str) -> None:
    with pytest.raises(AmountNotUnderstood):
        read_amount(text, "EUR")


@pytest.mark.parametrize("text", ["0,123", "1234,567", "1 234,567"])
def test_decimals_that_cannot_be_thousands_are_too_fine(text: str) -> None:
    with pytest.raises(FractionTooFine):
        read_amount(text, "EUR")


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10_000), min_size=1, max_size=30).filter(any))
def test_a_split_loses_nothing_and_is_fair_to_one_unit(amount_minor: int, ratios: list[int]) -> None:
    parts = split(amount_minor, ratios)
    assert sum(parts) == amount_minor
    for part, ratio in zip(parts, ratios, strict=True):
        # |part − exact share| < 1, in whole numbers.
        assert abs(part * sum(ratios) - amount_minor * ratio) < sum(ratios)


@pytest.mark.parametrize(
    ("amount_minor", "ratios", "parts"),
    [
        (100_00, [1, 1, 1], [33_34, 33_33, 33_33]),
        (5, [3, 7], [2, 3]),
        (2, [1, 1, 1], [1, 1, 0]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (101, [50, 0, 50], [51, 0, 50]),
        (0, [1, 2], [0, 0]),
    ],
)
def test_units_left_over_go_to_the_largest_remainders(amount_minor: int, ratios: list[int], parts: list[int]) -> None:
    assert split(amount_minor, ratios) == parts


@pytest.mark.parametrize("ratios", [[], [0], [0, 0], [2, -1]])
def test_ratios_that_divide_nothing_are_refused(ratios: list[int]) -> None:
    with pytest.raises(NothingToSplitBy):
        split(100, ratios)
