"""What a payment order is refused for before a bank file is written: one class a defect."""

from datetime import date

from rewards.errors import RewardsError


class PaymentRefused(RewardsError):
    """Base: a bank would reject this, or worse, would not. Nothing was written."""


class OrderEmpty(PaymentRefused):
    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        super().__init__(f"Order {message_id} pays nobody; put at least one payment into it.")


class IbanInvalid(PaymentRefused):
    """Wrong length, structure or check digits (ISO 13616, ISO 7064 mod 97-10)."""

    def __init__(self, whose: str, reason: str) -> None:
        self.whose, self.reason = whose, reason
        super().__init__(f"The IBAN of {whose} is not valid ({reason}); ask for it again, letter by letter.")


class IbanOutsideSepa(PaymentRefused):
    def __init__(self, whose: str, country: str) -> None:
        self.whose, self.country = whose, country
        super().__init__(f"The account of {whose} is in {country}, outside SEPA; pay it over the csv rail.")


class BicInvalid(PaymentRefused):
    def __init__(self, whose: str, reason: str) -> None:
        self.whose, self.reason = whose, reason
        super().__init__(
            f"The BIC of {whose} is not valid ({reason}); correct it, or leave it out: the IBAN is enough."
        )


class BicOfAnotherCountry(PaymentRefused):
    def __init__(self, whose: str, bic_country: str, iban_country: str) -> None:
        self.whose, self.bic_country, self.iban_country = whose, bic_country, iban_country
        super().__init__(
            f"The BIC of {whose} is of {bic_country}, the IBAN of {iban_country}; one of them is wrong, ask."
        )


class CurrencyNotEuro(PaymentRefused):
    def __init__(self, end_to_end_id: str, currency: str) -> None:
        self.end_to_end_id, self.currency = end_to_end_id, currency
        super().__init__(f"{end_to_end_id} is in {currency}, SEPA carries EUR only; pay it over the csv rail.")


class CurrenciesMixed(PaymentRefused):
    def __init__(self, end_to_end_id: str, currency: str, order_currency: str) -> None:
        self.end_to_end_id, self.currency, self.order_currency = end_to_end_id, currency, order_currency
        super().__init__(f"{end_to_end_id} is in {currency}, the order in {order_currency}; make one order a currency.")


class AmountNotPayable(PaymentRefused):
    """Zero or negative."""

    def __init__(self, end_to_end_id: str, amount_minor: int) -> None:
        self.end_to_end_id, self.amount_minor = end_to_end_id, amount_minor
        super().__init__(f"{end_to_end_id} pays {amount_minor} minor units; pay at least 1, or take it out.")


class AmountAboveLimit(PaymentRefused):
    """More than 999 999 999.99, the most that one SEPA credit transfer carries."""

    def __init__(self, end_to_end_id: str, amount_minor: int, limit_minor: int) -> None:
        self.end_to_end_id, self.amount_minor, self.limit_minor = end_to_end_id, amount_minor, limit_minor
        super().__init__(
            f"{end_to_end_id} pays {amount_minor} minor units, the limit is {limit_minor}; check the amount."
        )


class EndToEndIdUnfit(PaymentRefused):
    def __init__(self, end_to_end_id: str) -> None:
        self.end_to_end_id = end_to_end_id
        super().__init__(
            f"{end_to_end_id!r} cannot be an EndToEndId: 1 to 35 of A–Z a–z 0–9 + ? / : ( ) . , ' - and no slash at "
            "either end or doubled; use the one that the batch gave it."
        )


class EndToEndIdRepeated(PaymentRefused):
    def __init__(self, end_to_end_id: str) -> None:
        self.end_to_end_id = end_to_end_id
        super().__init__(
            f"{end_to_end_id} stands twice in this order or was sent before; it would be paid twice. Redraft."
        )


class ObligationRepeated(PaymentRefused):
    def __init__(self, obligation_id: str) -> None:
        self.obligation_id = obligation_id
        super().__init__(f"Obligation {obligation_id} is paid twice by this order; take one of the two payments out.")


class MessageIdUnfit(PaymentRefused):
    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        super().__init__(f"{message_id!r} cannot be a MsgId: 1 to 35 characters that SEPA knows; draft the batch anew.")


class MessageIdReused(PaymentRefused):
    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        super().__init__(
            f"MsgId {message_id} was used by another file; the bank would take this one for a copy. Redraft."
        )


class TextTooLong(PaymentRefused):
    """A name or text that would have been cut."""

    def __init__(self, whose: str, field: str, length: int, limit: int) -> None:
        self.whose, self.field, self.length, self.limit = whose, field, length, limit
        super().__init__(
            f"The {field} of {whose} has {length} characters, {limit} fit; shorten it as the bank writes it."
        )


class TextMissing(PaymentRefused):
    def __init__(self, whose: str, field: str) -> None:
        self.whose, self.field = whose, field
        super().__init__(f"The {field} of {whose} is missing; add it to the payment details.")


class CharacterOutsideSepa(PaymentRefused):
    """A character that the bank would replace or reject (EPC217-08)."""

    def __init__(self, whose: str, field: str, character: str) -> None:
        self.whose, self.field, self.character = whose, field, character
        super().__init__(
            f"The {field} of {whose} contains {character!r}, which SEPA does not carry; "
            "write it in the Latin letters that the bank uses."
        )


class AddressIncomplete(PaymentRefused):
    """Town or country missing: an unstructured address is forbidden since 15 November 2026."""

    def __init__(self, whose: str, field: str) -> None:
        self.whose, self.field = whose, field
        super().__init__(f"The address of {whose} has no {field}, which SEPA requires; add it to the payment details.")


class CountryUnknown(PaymentRefused):
    def __init__(self, whose: str, country: str) -> None:
        self.whose, self.country = whose, country
        super().__init__(
            f"{country!r} in the address of {whose} is not a country of ISO 3166; write two capitals, as DE."
        )


class ExecutionDayPast(PaymentRefused):
    def __init__(self, execution_on: date, today: date) -> None:
        self.execution_on, self.today = execution_on, today
        super().__init__(f"The order wants to be executed on {execution_on}, today is {today}; choose a day to come.")


class ExecutionDayClosed(PaymentRefused):
    """A weekend or a holiday of the settlement system T2."""

    def __init__(self, execution_on: date, next_open: date) -> None:
        self.execution_on, self.next_open = execution_on, next_open
        super().__init__(f"Banks do not settle on {execution_on}; the next day on which they do is {next_open}.")


class CreditorIsDebtor(PaymentRefused):
    def __init__(self, end_to_end_id: str) -> None:
        self.end_to_end_id = end_to_end_id
        super().__init__(f"{end_to_end_id} pays the account that it is paid from; ask the payee for their own account.")


class CountMismatch(PaymentRefused):
    def __init__(self, message_id: str, declared: int, actual: int) -> None:
        self.message_id, self.declared, self.actual = message_id, declared, actual
        super().__init__(
            f"{message_id} declares {declared} payments and has {actual}; approve what it has, or redraft."
        )


class ControlSumMismatch(PaymentRefused):
    def __init__(self, message_id: str, declared_minor: int, actual_minor: int) -> None:
        self.message_id, self.declared_minor, self.actual_minor = message_id, declared_minor, actual_minor
        super().__init__(
            f"{message_id} declares a sum of {declared_minor}, its payments sum to {actual_minor}; redraft it."
        )


class FileDiffers(PaymentRefused):
    """Read back, the written file does not say what was ordered."""

    def __init__(self, where: str, ordered: str, written: str) -> None:
        self.where, self.ordered, self.written = where, ordered, written
        super().__init__(
            f"The file that was written says {written!r} at {where}, ordered was {ordered!r}; nothing was released. "
            "Report this as a defect of the program."
        )


class FileInvalid(PaymentRefused):
    """The written file fails its schema."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The file that was written is not valid pain.001.001.09 ({reason}); nothing was released.")
