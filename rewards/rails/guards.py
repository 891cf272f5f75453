"""What an order must satisfy before a file is written; each defect is an error of its own.

A schema sees letters and lengths, not sense: most of these defects pass it, and the common writing library too.
"""

import re
from datetime import date

from rewards.money import exponent_of
from rewards.rails.errors import (
    AddressIncomplete,
    AmountAboveLimit,
    AmountNotPayable,
    BicInvalid,
    BicOfAnotherCountry,
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
    IbanInvalid,
    IbanOutsideSepa,
    MessageIdReused,
    MessageIdUnfit,
    ObligationRepeated,
    OrderEmpty,
    TextMissing,
    TextTooLong,
)
from rewards.rails.order import CreditTransfer, Party, PaymentOrder, Sent
from rewards.rails.sepa_text import refuse_outside_sepa
from rewards.rails.target_days import is_target_day, target_day_from

SEPA_LIMIT_MINOR = 99_999_999_999
"""999 999 999.99 EUR: EPC implementation guidelines for the credit transfer, AT-T002."""

# EPC implementation guidelines, 1.4: identifiers neither begin nor end with a slash, and never contain two in a row.
_IDENTIFIER = re.compile(r"(?!/)(?!.*//)[A-Za-z0-9/\-?:().,'+ ]{1,35}(?<!/)", re.ASCII)

# Longest texts of pain.001.001.09 as SEPA restricts it.
_LIMITS = {"name": 70, "town": 35, "street": 70, "postcode": 16}


def check_order(order: PaymentOrder, sent: Sent) -> None:
    """What every rail demands: an order that pays each obligation once, sums to what was approved, and is new."""
    if not order.transfers:
        raise OrderEmpty(order.message_id)
    if not _IDENTIFIER.fullmatch(order.message_id):
        raise MessageIdUnfit(order.message_id)
    if order.message_id in sent.message_ids:
        raise MessageIdReused(order.message_id)

    seen: set[str] = set(sent.end_to_end_ids)
    obligations: set[str] = set()
    for transfer in order.transfers:
        if not _IDENTIFIER.fullmatch(transfer.end_to_end_id):
            raise EndToEndIdUnfit(transfer.end_to_end_id)
        if transfer.end_to_end_id in seen:
            raise EndToEndIdRepeated(transfer.end_to_end_id)
        if transfer.obligation_id in obligations:
            raise ObligationRepeated(transfer.obligation_id)
        seen.add(transfer.end_to_end_id)
        obligations.add(transfer.obligation_id)
        _check_amount(transfer, order.currency)
        if transfer.creditor.account == order.debtor.account:
            raise CreditorIsDebtor(transfer.end_to_end_id)

    if order.transactions != len(order.transfers):
        raise CountMismatch(order.message_id, order.transactions, len(order.transfers))
    total_minor = sum(transfer.amount_minor for transfer in order.transfers)
    if order.control_sum_minor != total_minor:
        raise ControlSumMismatch(order.message_id, order.control_sum_minor, total_minor)


def check_sepa(order: PaymentOrder, today: date) -> None:
    """What SEPA demands beyond `check_order`: euro, valid accounts, structured addresses, its letters, an open day."""
    check_execution_day(order.execution_on, today)
    check_sepa_party("debtor", order.debtor)
    for transfer in order.transfers:
        if transfer.currency != "EUR":
            raise CurrencyNotEuro(transfer.end_to_end_id, transfer.currency)
        if transfer.amount_minor > SEPA_LIMIT_MINOR:
            raise AmountAboveLimit(transfer.end_to_end_id, transfer.amount_minor, SEPA_LIMIT_MINOR)
        check_sepa_party(transfer.end_to_end_id, transfer.creditor)
        if len(transfer.remittance) > 140:
            raise TextTooLong(transfer.end_to_end_id, "remittance", len(transfer.remittance), 140)
        refuse_outside_sepa(transfer.end_to_end_id, "remittance", transfer.remittance)


def check_execution_day(execution_on: date, today: date) -> None:
    """Refuse a day that has passed, or on which banks do not settle."""
    if execution_on < today:
        raise ExecutionDayPast(execution_on, today)
    if not is_target_day(execution_on):
        raise ExecutionDayClosed(execution_on, target_day_from(execution_on))


def check_sepa_party(whose: str, party: Party) -> None:
    """Refuse a name, address or account that SEPA does not carry as it stands. `whose` names it in the refusal."""
    check_text(whose, party)
    check_country(whose, party.country)
    country = check_iban(whose, party.account)
    if party.bic:
        check_bic(whose, party.bic, country)


def check_text(whose: str, party: Party) -> None:
    """Refuse a missing name, town or country, and texts that would be cut or changed."""
    if not party.name.strip():
        raise TextMissing(whose, "name")
    for field, value in (("town", party.town), ("country", party.country)):
        if not value.strip():
            raise AddressIncomplete(whose, field)
    for field, limit in _LIMITS.items():
        value = getattr(party, field)
        if len(value) > limit:
            raise TextTooLong(whose, field, len(value), limit)
        refuse_outside_sepa(whose, field, value)


def check_country(whose: str, country: str) -> None:
    """Refuse what is not an ISO 3166-1 alpha-2 code."""
    import pycountry

    if len(country) != 2 or not country.isupper() or pycountry.countries.get(alpha_2=country) is None:
        raise CountryUnknown(whose, country)


def check_iban(whose: str, iban: str) -> str:
    """The country of a valid IBAN within SEPA: known country, its length and structure, check digits (mod 97)."""
    from schwifty import IBAN
    from schwifty.exceptions import SchwiftyException

    if iban != iban.replace(" ", "").upper():
        raise IbanInvalid(whose, "blanks or small letters")
    try:
        checked = IBAN(iban)
    except SchwiftyException as invalid:
        raise IbanInvalid(whose, _reason(invalid)) from None
    if not checked.in_sepa_zone:
        raise IbanOutsideSepa(whose, checked.country_code)
    return checked.country_code


def uses_ibans(country: str) -> bool:
    """Whether accounts in `country` have an IBAN (SWIFT's IBAN registry)."""
    from schwifty import registry

    return country in registry.get_countries()


def check_bic(whose: str, bic: str, iban_country: str) -> None:
    """Refuse a BIC that is malformed or of another country than the IBAN."""
    from schwifty import BIC
    from schwifty.exceptions import SchwiftyException

    try:
        checked = BIC(bic)
    except SchwiftyException as invalid:
        raise BicInvalid(whose, _reason(invalid)) from None
    if checked.country_code != iban_country:
        raise BicOfAnotherCountry(whose, checked.country_code, iban_country)


def _check_amount(transfer: CreditTransfer, order_currency: str) -> None:
    if transfer.amount_minor <= 0:
        raise AmountNotPayable(transfer.end_to_end_id, transfer.amount_minor)
    if transfer.currency != order_currency:
        raise CurrenciesMixed(transfer.end_to_end_id, transfer.currency, order_currency)
    exponent_of(transfer.currency)


def _reason(invalid: Exception) -> str:
    """The library's words; never its repetition of the account number."""
    return type(invalid).__name__.removeprefix("Invalid").lower()
