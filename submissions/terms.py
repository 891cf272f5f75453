"""What a manager writes down when preparing a call."""

from datetime import datetime
from enum import StrEnum

import msgspec

GIB = 1 << 30


class StemsDue(StrEnum):
    """When a song's stems have to be there."""

    AT_SUBMISSION = "at_submission"
    AFTER_SELECTION = "after_selection"


class Question(msgspec.Struct, frozen=True):
    """A question of eligibility. With `must_be` True or False it is a yes/no question that admits only that answer;
    with None any words will do, but some are needed."""

    key: str
    text: str
    must_be: bool | None = None


class Category(msgspec.Struct, frozen=True):
    """One line of the rubric: whole scores from `lowest` to `highest`, weighing `weight` against the other lines."""

    key: str
    label: str
    weight: int
    lowest: int = 1
    highest: int = 5


class QuotaField(StrEnum):
    """What a quota may count."""

    LANGUAGE = "language"
    GENRE = "genre"
    REGION = "region"


class Quota(msgspec.Struct, frozen=True):
    """Of the songs that get an offer, at least and at most so many have `value` in `field`."""

    field: QuotaField
    value: str
    at_least: int = 0
    at_most: int | None = None


class ConsentText(msgspec.Struct, frozen=True):
    """Something that every artist has to agree to, in exactly these words; new words are a new `version`."""

    key: str
    version: str
    text: str


class NewCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call before anybody has seen it.

    `opens_at` and `closes_at` are wall-clock times without a zone, read in the IANA zone `timezone`; a time that the
    clocks show twice means the later one, which gives artists the hour. Amounts are minor units of `currency`.
    """

    title: str
    summary: str
    timezone: str
    opens_at: datetime
    closes_at: datetime
    fund_id: str
    reward_minor: int
    budget_minor: int
    currency: str
    licence_version: str
    categories: tuple[Category, ...]
    stems: StemsDue = StemsDue.AT_SUBMISSION
    questions: tuple[Question, ...] = ()
    consents: tuple[ConsentText, ...] = ()
    quotas: tuple[Quota, ...] = ()
    offer_days: int = 14
    songs_per_artist: int = 1
    song_limit_bytes: int = 20 * GIB
    artist_limit_bytes: int = 60 * GIB
    call_limit_bytes: int = 4096 * GIB
