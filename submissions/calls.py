"""Calls: prepared, opened, closed. Their release is in `outcomes`."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from sqlalchemy import Select, insert, select, update

from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.errors import (
    CallTermsWrong,
    ChangedMeanwhile,
    DeadlineNotReached,
    DeadlinePast,
    NoSuchLocalTime,
    NotOpenYet,
    UnknownTimezone,
)
from submissions.facts import CallOpened
from submissions.moves import move_call, next_call_state
from submissions.plain_text import LONGEST_LINE, refuse_unfit
from submissions.rows import Call, as_struct, find_call
from submissions.states import CallEvent, CallState
from submissions.tables import call_table
from submissions.terms import NewCall

MOST_STEPS: Final = 20


def create_call(uow: UnitOfWork, principal: Principal, terms: NewCall) -> str:
    """Keep a call as a draft and return its identifier. Needs a manager. Raises `CallTermsWrong` and the refusals of
    `instant_of`."""
    require(principal, Role.MANAGER)
    columns = _columns(terms)

    call_id = uow.ids.new()
    uow.connection.execute(
        insert(call_table).values(id=call_id, state=CallState.DRAFT, created_at=uow.clock.now(), **columns)
    )
    return call_id


def edit_call(uow: UnitOfWork, principal: Principal, call_id: str, terms: NewCall) -> None:
    """Replace all terms of a draft. Once a call is open its terms are a promise and stand."""
    require(principal, Role.MANAGER, call_id)
    call = find_call(uow, call_id)
    next_call_state(call, CallEvent.EDIT)
    columns = _columns(terms)

    edited = uow.connection.execute(
        update(call_table).where(call_table.c.id == call_id, call_table.c.state == call.state).values(**columns)
    )
    if edited.rowcount != 1:
        raise ChangedMeanwhile("call", call_id)


def open_call(uow: UnitOfWork, principal: Principal, call_id: str) -> None:
    """Let artists in, from `opens_at` on; the budget is set aside in the fund. Records `CallOpened`."""
    require(principal, Role.MANAGER, call_id)
    call = find_call(uow, call_id)
    if uow.clock.now() >= call.closes_at:
        raise DeadlinePast(call.id, call.closes_at, call.timezone)

    move_call(uow, call, CallEvent.OPEN)
    uow.record(
        CallOpened(call_id=call.id, fund_id=call.fund_id, budget_minor=call.budget_minor, currency=call.currency)
    )


def close_call(uow: UnitOfWork, principal: Principal, call_id: str) -> None:
    """End the collecting; not before the deadline that artists were promised. Raises `DeadlineNotReached`."""
    require(principal, Role.MANAGER, call_id)
    call = find_call(uow, call_id)
    next_call_state(call, CallEvent.CLOSE)
    if uow.clock.now() < call.closes_at:
        raise DeadlineNotReached(call.id, call.closes_at, call.timezone)

    move_call(uow, call, CallEvent.CLOSE)


def close_due_calls(uow: UnitOfWork) -> tuple[str, ...]:
    """Close every open call whose deadline is past; for the sweep. Returns their identifiers."""
    past = calls_past(uow.clock.now()).order_by(call_table.c.closes_at)
    due = uow.connection.execute(past).all()
    for row in due:
        move_call(uow, as_struct(row, Call), CallEvent.CLOSE)
    return tuple(row.id for row in due)


def calls_past(now: datetime) -> Select[Any]:
    """The open calls whose deadline is past at `now`, as a question."""
    return select(call_table).where(call_table.c.state == CallState.OPEN, call_table.c.closes_at <= now)


def collecting_call(uow: UnitOfWork, call_id: str) -> Call:
    """The call, if artists may write in it at this moment. Raises `DeadlinePast`, `NotOpenYet` or `CallCannot`."""
    call = find_call(uow, call_id)
    now = uow.clock.now()
    if call.state not in {CallState.DRAFT, CallState.OPEN} or now >= call.closes_at:
        raise DeadlinePast(call.id, call.closes_at, call.timezone)
    if call.state is CallState.OPEN and now < call.opens_at:
        raise NotOpenYet(call.id, call.opens_at, call.timezone)
    next_call_state(call, CallEvent.COLLECT)
    return call


def instant_of(local: datetime, timezone: str) -> datetime:
    """The moment at which clocks in `timezone` show `local`; the later one where they show it twice.

    Raises `UnknownTimezone`, and `NoSuchLocalTime` for a time that the clocks skip.
    """
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimezone(timezone) from None
    # fold=1 is the second of two equal clock times; everywhere else it makes no difference, but for skipped times,
    # which do not survive the way there and back.
    moment = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local:
        raise NoSuchLocalTime(local, timezone)
    return moment


def _columns(terms: NewCall) -> dict[str, Any]:
    """The columns of a call of these terms, once nothing is wrong with them."""
    _refuse_wrong_terms(terms)
    refuse_unfit("title", terms.title, terms.licence_version, terms.fund_id, longest=LONGEST_LINE)
    refuse_unfit("summary", terms.summary)
    refuse_unfit(
        "rubric", *(word for line in terms.categories for word in (line.key, line.label)), longest=LONGEST_LINE
    )
    refuse_unfit("questions", *(word for question in terms.questions for word in (question.key, question.text)))
    refuse_unfit("consents", *(word for one in terms.consents for word in (one.key, one.version, one.text)))
    opens_at, closes_at = instant_of(terms.opens_at, terms.timezone), instant_of(terms.closes_at, terms.timezone)
    if opens_at >= closes_at:
        raise CallTermsWrong("closes_at", "it would close before it opens.")
    columns: dict[str, Any] = msgspec.to_builtins(terms)
    return columns | {"opens_at": opens_at, "closes_at": closes_at}


def _refuse_wrong_terms(terms: NewCall) -> None:
    wrong = (
        ("title", not terms.title.strip(), "it has no title."),
        ("opens_at", terms.opens_at.tzinfo is not None, "a clock time carries no zone of its own."),
        ("closes_at", terms.closes_at.tzinfo is not None, "a clock time carries no zone of its own."),
        ("opens_at", not _is_of_our_time(terms.opens_at), "say the year with four digits, such as 2027."),
        ("closes_at", not _is_of_our_time(terms.closes_at), "say the year with four digits, such as 2027."),
        ("currency", not _has_minor_units(terms.currency), "the currency must be of ISO 4217 and have minor units."),
        ("reward_minor", terms.reward_minor <= 0, "the reward must be above zero."),
        ("budget_minor", terms.budget_minor < terms.reward_minor, "the budget pays for no song at all."),
        ("licence_version", not terms.licence_version.strip(), "artists have to know under which licence."),
        ("fund_id", not terms.fund_id.strip(), "no fund pays for it."),
        ("offer_days", terms.offer_days < 1, "artists need at least one day to answer."),
        ("offer_days", terms.offer_days > 366, "nobody waits for an answer longer than a year."),
        ("songs_per_artist", terms.songs_per_artist < 1, "nobody could send a song."),
        ("songs_per_artist", terms.songs_per_artist > 1000, "an artist sends a thousand songs at most."),
        ("song_limit_bytes", terms.song_limit_bytes < 1, "no file would fit."),
        ("song_limit_bytes", terms.song_limit_bytes > 1 << 50, "no disk would hold one song."),
        (
            "artist_limit_bytes",
            terms.artist_limit_bytes < terms.song_limit_bytes,
            "an artist could not send one song of the size that is allowed.",
        ),
        (
            "call_limit_bytes",
            terms.call_limit_bytes < terms.artist_limit_bytes,
            "all songs together have less room than those of one artist.",
        ),
        ("call_limit_bytes", terms.call_limit_bytes > 1 << 60, "no disks would hold the songs."),
        ("categories", not terms.categories, "the rubric has no question."),
        ("categories", any(line.weight < 1 for line in terms.categories), "every weight must be above zero."),
        ("categories", any(line.weight > 1000 for line in terms.categories), "no weight is above a thousand."),
        (
            "categories",
            any(line.lowest >= line.highest for line in terms.categories),
            "a scale has at least two steps.",
        ),
        (
            "categories",
            any(line.lowest < 0 or line.highest > line.lowest + MOST_STEPS for line in terms.categories),
            f"a scale begins at 0 or above, and has up to {MOST_STEPS} steps, each of which a curator sees.",
        ),
        ("categories", _repeats(line.key for line in terms.categories), "two questions of the rubric share a key."),
        ("questions", _repeats(question.key for question in terms.questions), "two questions share a key."),
        ("consents", _repeats(consent.key for consent in terms.consents), "two consents share a key."),
        ("quotas", any(quota.at_least < 0 for quota in terms.quotas), "a quota cannot be below zero."),
        (
            "quotas",
            any(quota.at_most is not None and quota.at_most < quota.at_least for quota in terms.quotas),
            "a quota wants more at least than at most.",
        ),
    )
    for field, is_wrong, reason in wrong:
        if is_wrong:
            raise CallTermsWrong(field, reason)


def _is_of_our_time(at: datetime) -> bool:
    return 2000 <= at.year < 2200


def _has_minor_units(currency: str) -> bool:
    from iso4217 import Currency  # reads the whole list of currencies when imported

    try:
        return Currency(currency).exponent is not None
    except ValueError:
        return False


def _repeats(keys: Iterable[str]) -> bool:
    listed = list(keys)
    return len(set(listed)) != len(listed)
