"""The terms of a call as a form: from what was typed to `NewCall`, and back into the fields."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from opencall.kernel.web.forms import Fields, FieldWrong
from opencall.kernel.web.words import exponent_of
from submissions.errors import CallTermsWrong
from submissions.publication import slug_of
from submissions.rows import Call
from submissions.terms import GIB, Category, ConsentText, NewCall, Question, Quota, QuotaField, StemsDue

_WORDS: Final = "words"
_MUST_BE: Final[Mapping[str, bool | None]] = {"yes": True, "no": False, _WORDS: None}
# What a new call starts from; every line of it can be changed or emptied.
FIRST_RUBRIC: Final = (
    Category("stays", "Does it stay with you?", 2),
    Category("care", "Is it made with care?", 1),
    Category("space", "Would it gain from space?", 1),
)
FIRST_QUESTIONS: Final = (Question("yours", "Is every part of it yours to publish?", must_be=True),)
FIRST_CONSENTS: Final = (
    ConsentText("terms", "1", "I have read the terms of this call, and everybody named in the song agrees to it."),
)


class FormValues(msgspec.Struct, frozen=True, kw_only=True):
    """The fields as they stand in the form: moments as the clocks of the call show them, amounts in whole units."""

    title: str = ""
    summary: str = ""
    timezone: str = "Europe/Berlin"
    opens_at: str = ""
    closes_at: str = ""
    fund_id: str = ""
    currency: str = "EUR"
    reward: str = ""
    budget: str = ""
    licence_version: str = "1"
    stems: StemsDue = StemsDue.AFTER_SELECTION
    offer_days: int = 14
    songs_per_artist: int = 1
    song_limit_gib: int = 20
    artist_limit_gib: int = 60
    call_limit_gib: int = 4096
    categories: tuple[Category, ...] = FIRST_RUBRIC
    questions: tuple[Question, ...] = FIRST_QUESTIONS
    consents: tuple[ConsentText, ...] = FIRST_CONSENTS
    quotas: tuple[Quota, ...] = ()


def values_of(call: Call) -> FormValues:
    """A call as the form shows it."""
    zone = ZoneInfo(call.timezone)
    return FormValues(
        title=call.title,
        summary=call.summary,
        timezone=call.timezone,
        opens_at=f"{call.opens_at.astimezone(zone):%Y-%m-%dT%H:%M}",
        closes_at=f"{call.closes_at.astimezone(zone):%Y-%m-%dT%H:%M}",
        fund_id=call.fund_id,
        currency=call.currency,
        reward=_typed(call.reward_minor, call.currency),
        budget=_typed(call.budget_minor, call.currency),
        licence_version=call.licence_version,
        stems=call.stems,
        offer_days=call.offer_days,
        songs_per_artist=call.songs_per_artist,
        song_limit_gib=max(1, call.song_limit_bytes // GIB),
        artist_limit_gib=max(1, call.artist_limit_bytes // GIB),
        call_limit_gib=max(1, call.call_limit_bytes // GIB),
        categories=call.categories,
        questions=call.questions,
        consents=call.consents,
        quotas=call.quotas,
    )


def terms_of(data: Mapping[str, Any]) -> NewCall:
    """What was typed, as terms. Raises `FieldWrong` and `CallTermsWrong`."""
    fields = Fields(data)
    currency = fields.needed("currency", "Currency").upper()
    return NewCall(
        title=fields.needed("title", "Title"),
        summary=fields.text("summary"),
        timezone=fields.needed("timezone", "Timezone"),
        opens_at=_clock_time(fields, "opens_at", "Opens"),
        closes_at=_clock_time(fields, "closes_at", "Closes"),
        fund_id=fields.needed("fund_id", "Fund"),
        reward_minor=_amount(fields, "reward", "Reward for each song", currency),
        budget_minor=_amount(fields, "budget", "Budget", currency),
        currency=currency,
        licence_version=fields.needed("licence_version", "Licence version"),
        categories=_categories(fields),
        stems=StemsDue.AT_SUBMISSION if fields.text("stems") == StemsDue.AT_SUBMISSION else StemsDue.AFTER_SELECTION,
        questions=_questions(fields),
        consents=_consents(fields),
        quotas=_quotas(fields),
        offer_days=fields.whole("offer_days", "Days to answer an offer"),
        songs_per_artist=fields.whole("songs_per_artist", "Songs from each artist"),
        song_limit_bytes=fields.whole("song_limit_gib", "Room for a song") * GIB,
        artist_limit_bytes=fields.whole("artist_limit_gib", "Room for an artist") * GIB,
        call_limit_bytes=fields.whole("call_limit_gib", "Room for all songs") * GIB,
    )


def _clock_time(fields: Fields, name: str, label: str) -> datetime:
    try:
        at = datetime.fromisoformat(fields.needed(name, label))
    except ValueError:
        raise FieldWrong(name, label, "a day and a time are wanted, as in 2027-03-01 09:00") from None
    return at.replace(second=0, microsecond=0)


def _amount(fields: Fields, name: str, label: str, currency: str) -> int:
    """An amount in minor units, typed with or without commas between thousands and with a point for the rest."""
    typed = re.sub(r"[\s,\u00a0]", "", fields.needed(name, label).upper().removeprefix(currency))
    try:
        digits = exponent_of(currency)
    except ValueError:
        raise CallTermsWrong("currency", "the currency must be of ISO 4217 and have minor units.") from None
    wanted = f"an amount is wanted, as in {1500:,}" + (f".{0:0{digits}d}" if digits else "")
    try:
        minor = Decimal(typed).scaleb(digits)
    except InvalidOperation:
        raise FieldWrong(name, label, wanted) from None
    if not minor.is_finite() or minor != minor.to_integral_value() or abs(minor) >= 2**62:
        raise FieldWrong(name, label, wanted)
    return int(minor)


def _typed(amount_minor: int, currency: str) -> str:
    return f"{Decimal(amount_minor).scaleb(-exponent_of(currency)):,f}"


def _lines(fields: Fields, *names: str) -> list[tuple[str, ...]]:
    """The rows of a repeated part of the form; a row whose first field is empty was not meant."""
    columns = [fields.many(name) for name in names]
    return [row for row in zip(*columns, strict=True) if row[0]] if len({len(one) for one in columns}) == 1 else []


def _key(given: str, words: str) -> str:
    """A line's key: as it was, else made of its words, for forms and files only."""
    return given or slug_of(words)[:40].strip("-")


def _number(value: str, name: str, label: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise FieldWrong(name, label, f"a whole number is wanted, not “{value}”") from None


def _categories(fields: Fields) -> tuple[Category, ...]:
    rows = _lines(fields, "category_label", "category_key", "category_weight", "category_lowest", "category_highest")
    return tuple(
        Category(
            _key(key, label),
            label,
            _number(weight, "category_weight", f"The weight of “{label}”"),
            _number(lowest, "category_lowest", f"The lowest score of “{label}”"),
            _number(highest, "category_highest", f"The highest score of “{label}”"),
        )
        for label, key, weight, lowest, highest in rows
    )


def _questions(fields: Fields) -> tuple[Question, ...]:
    rows = _lines(fields, "question_text", "question_key", "question_must")
    return tuple(Question(_key(key, text), text, _MUST_BE.get(must)) for text, key, must in rows)


def _consents(fields: Fields) -> tuple[ConsentText, ...]:
    rows = _lines(fields, "consent_text", "consent_key", "consent_version")
    return tuple(ConsentText(_key(key, text), version or "1", text) for text, key, version in rows)


def _quota_field(value: str) -> QuotaField:
    try:
        return QuotaField(value)
    except ValueError:
        raise FieldWrong("quota_field", "Quota", "choose genre, language or region") from None


def _quotas(fields: Fields) -> tuple[Quota, ...]:
    rows = _lines(fields, "quota_value", "quota_field", "quota_least", "quota_most")
    return tuple(
        Quota(
            _quota_field(field),
            value,
            _number(least or "0", "quota_least", f"At least, for “{value}”"),
            _number(most, "quota_most", f"At most, for “{value}”") if most else None,
        )
        for value, field, least, most in rows
    )
