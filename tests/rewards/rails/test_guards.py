"""Every defect that a bank file could carry, planted one by one: ours to refuse, whoever else lets it pass."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files

import msgspec
import pytest
from lxml import etree
from sepaxml import SepaTransfer

from rewards.errors import FractionTooFine
from rewards.money import parse_amount
from rewards.rails import csv, sepa
from rewards.rails.errors import (
    AddressIncomplete,
    AmountAboveLimit,
    AmountNotPayable,
    BicInvalid,
    BicOfAnotherCountry,
    CharacterOutsideSepa,
    ControlSumMismatch,
    CountMismatch,
    CountryUnknown,
    CreditorIsDebtor,
    CurrenciesMixed,
    CurrencyNotEuro,
    EndToEndIdRepeated,
    EndToEndIdUnfit,
    ExecutionDayClosed,
    ExecutionDayPast,
    FileDiffers,
    FileInvalid,
    IbanInvalid,
    IbanOutsideSepa,
    MessageIdReused,
    MessageIdUnfit,
    ObligationRepeated,
    OrderEmpty,
    PaymentRefused,
    TextMissing,
    TextTooLong,
)
from rewards.rails.order import CreditTransfer, Party, PaymentOrder, Sent

TODAY = date(2026, 11, 23)
GERMAN, DUTCH, FRENCH = "DE89370400440532013000", "NL91ABNA0417164300", "FR1420041010050500013M02606"
BRAZILIAN = "BR1500000000000010932840814P2"


def creditor(**changes: object) -> Party:
    usual = Party(name="Zoe Artist", account=DUTCH, town="Amsterdam", country="NL", street="Dam 1", postcode="1012")
    return msgspec.structs.replace(usual, **changes)


def transfer(number: int = 1, **changes: object) -> CreditTransfer:
    usual = CreditTransfer(
        end_to_end_id=f"OC-{number}-1",
        obligation_id=f"obligation {number}",
        creditor=creditor(),
        amount_minor=100_00,
        currency="EUR",
        remittance=f"Opencall reward OC-{number}-1",
    )
    return msgspec.structs.replace(usual, **changes)


def order(*transfers: CreditTransfer, **changes: object) -> PaymentOrder:
    """An order that declares what it holds, unless `changes` say otherwise."""
    usual = PaymentOrder(
        message_id="OC-batch-1",
        created_at=datetime(2026, 11, 23, 10, tzinfo=UTC),
        execution_on=date(2026, 11, 24),
        debtor=Party(name="Opencall gGmbH", account=GERMAN, town="Berlin", country="DE"),
        currency="EUR",
        transactions=len(transfers),
        control_sum_minor=sum(each.amount_minor for each in transfers),
        transfers=transfers,
    )
    return msgspec.structs.replace(usual, **changes)


def paying(**changes: object) -> PaymentOrder:
    """One good payment and one to a changed creditor."""
    return order(transfer(1), transfer(2, creditor=creditor(account=FRENCH, **changes)))


NOTHING_SENT = Sent()


@dataclass
class Defect:
    """A planted defect, and whether the library and the schema by themselves let such a file through."""

    name: str
    order: Callable[[], PaymentOrder]
    refusal: type[PaymentRefused]
    passes_elsewhere: bool
    sent: Sent = NOTHING_SENT


def swapped(account: str) -> PaymentOrder:
    return order(transfer(1, creditor=creditor(account=account)))


DEFECTS = [
    Defect("iban_checksum", lambda: swapped("NL92ABNA0417164300"), IbanInvalid, True),
    Defect("iban_of_wrong_length", lambda: swapped("NL91ABNA041716430"), IbanInvalid, True),
    Defect("iban_with_blanks", lambda: swapped("NL91 ABNA 0417 1643 00"), IbanInvalid, False),
    Defect("iban_outside_sepa", lambda: swapped(BRAZILIAN), IbanOutsideSepa, True),
    Defect("currency_not_euro", lambda: order(transfer(currency="USD"), currency="USD"), CurrencyNotEuro, True),
    Defect("yen_with_a_fraction", lambda: order(transfer(amount_minor=12345, currency="JPY"), currency="JPY"),
           CurrencyNotEuro, True),
    Defect("currencies_mixed", lambda: order(transfer(1), transfer(2, currency="SEK")), CurrenciesMixed, True),
    Defect("end_to_end_id_twice", lambda: order(transfer(1), transfer(2, end_to_end_id="OC-1-1")),
           EndToEndIdRepeated, True),
    Defect("end_to_end_id_sent_before", lambda: order(transfer(1)), EndToEndIdRepeated, True,
           Sent(end_to_end_ids=frozenset({"OC-1-1"}))),
    Defect("end_to_end_id_too_long", lambda: order(transfer(end_to_end_id="OC-" + "9" * 33)), EndToEndIdUnfit, False),
    Defect("end_to_end_id_with_umlaut", lambda: order(transfer(end_to_end_id="ÖC-1-1")), EndToEndIdUnfit, True),
    Defect("end_to_end_id_with_slashes", lambda: order(transfer(end_to_end_id="/OC-1-1")), EndToEndIdUnfit, True),
    Defect("end_to_end_id_empty", lambda: order(transfer(end_to_end_id="")), EndToEndIdUnfit, False),
    Defect("name_that_would_be_cut", lambda: paying(name="A" * 71), TextTooLong, True),
    Defect("name_that_would_change", lambda: paying(name="Zoë Größe"), CharacterOutsideSepa, True),
    Defect("name_missing", lambda: paying(name=" "), TextMissing, True),
    Defect("town_missing", lambda: paying(town=""), AddressIncomplete, True),
    Defect("country_missing", lambda: paying(country=""), AddressIncomplete, True),
    Defect("country_unknown", lambda: paying(country="ZZ"), CountryUnknown, True),
    Defect("amount_zero", lambda: order(transfer(1), transfer(2, amount_minor=0)), AmountNotPayable, True),
    Defect("amount_negative", lambda: order(transfer(1), transfer(2, amount_minor=-1_00)), AmountNotPayable, False),
    Defect("amount_above_limit", lambda: order(transfer(amount_minor=100_000_000_000)), AmountAboveLimit, True),
    Defect("count_mismatch", lambda: order(transfer(1), transactions=2), CountMismatch, True),
    Defect("control_sum_mismatch", lambda: order(transfer(1), control_sum_minor=1), ControlSumMismatch, True),
    Defect("bic_of_another_country", lambda: paying(bic="COBADEFFXXX"), BicOfAnotherCountry, True),
    Defect("bic_invalid", lambda: paying(bic="COBA"), BicInvalid, False),
    Defect("order_empty", order, OrderEmpty, False),
    Defect("execution_day_past", lambda: order(transfer(), execution_on=date(2026, 11, 20)), ExecutionDayPast, True),
    Defect("execution_day_on_sunday", lambda: order(transfer(), execution_on=date(2026, 11, 29)),
           ExecutionDayClosed, True),
    Defect("creditor_is_debtor", lambda: swapped(GERMAN), CreditorIsDebtor, True),
    Defect("obligation_paid_twice", lambda: order(transfer(1), transfer(2, obligation_id="obligation 1")),
           ObligationRepeated, True),
    Defect("message_id_reused", lambda: order(transfer()), MessageIdReused, True,
           Sent(message_ids=frozenset({"OC-batch-1"}))),
    Defect("message_id_too_long", lambda: order(transfer(), message_id="M" * 36), MessageIdUnfit, True),
    Defect("remittance_that_would_be_cut", lambda: order(transfer(remittance="r" * 141)), TextTooLong, True),
]  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_each_planted_defect_is_refused_by_name(defect: Defect) -> None:
    with pytest.raises(defect.refusal):
        sepa.write(defect.order(), defect.sent, TODAY)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_what_library_and_schema_let_through_without_us(defect: Defect) -> None:
    assert written_without_guards(defect.order()) is defect.passes_elsewhere


def test_library_and_schema_miss_most_of_the_defects() -> None:
    missed = sum(defect.passes_elsewhere for defect in DEFECTS)
    assert (missed, len(DEFECTS)) == (28, 34)


def test_a_refusal_does_not_repeat_the_account() -> None:
    with pytest.raises(IbanInvalid) as refused:
        sepa.write(swapped("NL92ABNA0417164300"), Sent(), TODAY)
    assert "0417164300" not in str(refused.value)


def test_an_amount_that_the_currency_cannot_pay_does_not_even_become_one() -> None:
    with pytest.raises(FractionTooFine):
        parse_amount("123.45", "JPY")


def test_a_good_order_is_written_and_the_same_order_gives_the_same_bytes() -> None:
    good = order(transfer(1), transfer(2, amount_minor=1, creditor=creditor(account=FRENCH, bic="PSSTFRPPXXX")))
    written = sepa.write(good, Sent(), TODAY)
    assert sepa.write(good, Sent(), TODAY) == written
    document = etree.fromstring(written)
    namespaces = {"p": etree.QName(document).namespace}
    assert document.findtext(".//p:GrpHdr/p:CreDtTm", namespaces=namespaces) == "2026-11-23T10:00:00Z"
    assert document.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=namespaces) == "100.01"
    assert [each.text for each in document.iterfind(".//p:Cdtr/p:PstlAdr/p:TwnNm", namespaces)] == ["Amsterdam"] * 2
    assert document.find(".//p:AdrLine", namespaces) is None


def test_a_file_that_says_something_else_than_was_ordered_is_not_released(monkeypatch: pytest.MonkeyPatch) -> None:
    good, other = order(transfer(1)), order(transfer(1, creditor=creditor(name="Somebody Else")))
    through_sepaxml = sepa._through_sepaxml
    monkeypatch.setattr(sepa, "_through_sepaxml", lambda _order: through_sepaxml(other))
    with pytest.raises(FileDiffers):
        sepa.write(good, Sent(), TODAY)


def test_a_file_that_fails_its_schema_is_not_released() -> None:
    written = sepa.write(order(transfer(1)), Sent(), TODAY)
    with pytest.raises(FileInvalid):
        sepa.validate(written.replace(b"<PmtMtd>TRF</PmtMtd>", b"<PmtMtd>PIGEON</PmtMtd>"))


def test_the_csv_rail_writes_what_sepa_cannot_carry_and_disarms_formulas() -> None:
    japanese = creditor(name="=HYPERLINK()", account="0009-1234567", town="Osaka", country="JP")
    yen = order(transfer(amount_minor=12345, currency="JPY", creditor=japanese), currency="JPY")
    header, line = csv.write(yen, Sent(), TODAY).decode().splitlines()
    assert header.split(",") == list(csv.COLUMNS)
    assert line == "OC-1-1,'=HYPERLINK(),0009-1234567,,Dam 1,1012,Osaka,JP,JPY,12345,Opencall reward OC-1-1"
    with pytest.raises(EndToEndIdRepeated):
        csv.write(order(transfer(1), transfer(1)), Sent(), TODAY)


def written_without_guards(planted: PaymentOrder) -> bool:
    """Whether `sepaxml` writes the order, in its own usual way, and the schema of ISO 20022 accepts the file."""
    address = {"town": "Berlin", "country": "DE"}
    config = {"name": "Opencall gGmbH", "IBAN": GERMAN, "batch": True, "currency": "EUR", "address": address}
    library = SepaTransfer(config, schema="pain.001.001.09")
    try:
        for each in planted.transfers:
            payment = {
                "name": each.creditor.name,
                "IBAN": each.creditor.account,
                "amount": each.amount_minor,
                "currency": each.currency,
                "execution_date": planted.execution_on,
                "description": each.remittance,
                "endtoend_id": each.end_to_end_id,
                "address": {"town": each.creditor.town, "country": each.creditor.country},
            }
            library.add_payment(payment | ({"BIC": each.creditor.bic} if each.creditor.bic else {}))
        exported = library.export(validate=False)
    except ValueError:
        return False
    schema = etree.XMLSchema(etree.fromstring((files("sepaxml") / "schemas" / "pain.001.001.09.xsd").read_bytes()))
    return schema.validate(etree.fromstring(exported))
