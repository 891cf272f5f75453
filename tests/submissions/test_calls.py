from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencall.kernel.principal import NotAllowed
from submissions.calls import close_call, close_due_calls, create_call, edit_call, instant_of, open_call
from submissions.errors import (
    CallCannot,
    CallTermsWrong,
    DeadlineNotReached,
    DeadlinePast,
    NoSuchCall,
    NoSuchLocalTime,
    NotOpenYet,
    UnknownTimezone,
)
from submissions.material import SongDetails
from submissions.queries import call_overview
from submissions.songs import start_song
from submissions.spoken_time import spoken
from submissions.terms import Category, NewCall, Question, Quota, QuotaField

DETAILS = SongDetails(title="Salt", artist_name="Runa", language="fo", genre="folk")


def local(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001 - a clock time without a zone is what is tested


def terms(**changes) -> NewCall:
    plain = NewCall(
        title="Water",
        summary="",
        timezone="Europe/Berlin",
        opens_at=local(2026, 5, 1, 9, 0),
        closes_at=local(2026, 6, 1, 23, 59),
        fund_id="fund",
        reward_minor=100,
        budget_minor=300,
        currency="EUR",
        licence_version="1",
        categories=(Category("a", "A?", 1),),
    )
    return msgspec.structs.replace(plain, **changes)


def test_a_deadline_is_read_in_the_zone_of_the_call(programme):
    call_id = programme.do(programme.manager, create_call, terms())
    call = programme.do(programme.manager, call_overview, call_id).call
    assert call.closes_at == datetime(2026, 6, 1, 21, 59, tzinfo=UTC)
    assert spoken(call.closes_at, call.timezone) == "Mon 1 June 2026, 23:59 (Europe/Berlin)"


def test_a_clock_time_that_comes_twice_is_the_later_one():
    assert instant_of(local(2026, 10, 25, 2, 30), "Europe/Berlin") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_clock_time_that_is_skipped_is_refused():
    with pytest.raises(NoSuchLocalTime):
        instant_of(local(2026, 3, 29, 2, 30), "Europe/Berlin")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "", "europe"])
def test_a_zone_outside_the_list_is_refused(zone):
    with pytest.raises(UnknownTimezone):
        instant_of(local(2026, 1, 1), zone)


@given(st.datetimes(min_value=local(2000, 1, 1), max_value=local(2037, 1, 1)), st.sampled_from(["UTC", "Asia/Kolkata"]))
def test_where_clocks_are_never_changed_every_time_comes_back(at, zone):
    from zoneinfo import ZoneInfo

    assert instant_of(at, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == at


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": " "}),
        ("closes_at", {"closes_at": local(2026, 5, 1, 9, 0)}),
        ("opens_at", {"opens_at": datetime(2026, 5, 1, tzinfo=UTC)}),
        ("currency", {"currency": "eur"}),
        ("currency", {"currency": "XAU"}),
        ("reward_minor", {"reward_minor": 0}),
        ("budget_minor", {"budget_minor": 99}),
        ("categories", {"categories": ()}),
        ("categories", {"categories": (Category("a", "A?", 0),)}),
        ("categories", {"categories": (Category("a", "A?", 1, 5, 5),)}),
        ("categories", {"categories": (Category("a", "A?", 1), Category("a", "B?", 1))}),
        ("questions", {"questions": (Question("q", "?"), Question("q", "?"))}),
        ("quotas", {"quotas": (Quota(QuotaField.GENRE, "folk", 3, 2),)}),
        ("offer_days", {"offer_days": 0}),
        ("fund_id", {"fund_id": ""}),
    ],
)
def test_terms_that_cannot_be_kept_name_their_field(programme, field, changes):
    with pytest.raises(CallTermsWrong) as refused:
        programme.do(programme.manager, create_call, terms(**changes))
    assert refused.value.field == field


def test_the_terms_of_an_open_call_stand(programme):
    call_id = programme.do(programme.manager, create_call, terms())
    programme.do(programme.manager, edit_call, call_id, terms(title="Water, Two Ways"))
    programme.do(programme.manager, open_call, call_id)
    assert programme.do(programme.manager, call_overview, call_id).call.title == "Water, Two Ways"
    with pytest.raises(CallCannot):
        programme.do(programme.manager, edit_call, call_id, terms())


def test_a_call_closes_at_its_deadline_and_not_a_moment_earlier(programme):
    call_id = programme.call()
    closes_at = programme.do(programme.manager, call_overview, call_id).call.closes_at
    programme.clock.advance(closes_at - programme.clock.now() - timedelta(microseconds=1))
    with pytest.raises(DeadlineNotReached):
        programme.do(programme.manager, close_call, call_id)
    assert programme.machine(close_due_calls) == ()
    programme.do(programme.artist, start_song, call_id, DETAILS)
    programme.clock.advance(timedelta(microseconds=1))
    with pytest.raises(DeadlinePast):
        programme.do(programme.artist, start_song, call_id, DETAILS)
    assert programme.machine(close_due_calls) == (call_id,)
    assert programme.machine(close_due_calls) == ()


def test_nothing_can_be_sent_before_the_call_opens(programme):
    draft_id = programme.do(programme.manager, create_call, terms())
    with pytest.raises(CallCannot):
        programme.do(programme.artist, start_song, draft_id, DETAILS)
    later_id = programme.call(opens_at=local(2026, 5, 20, 9, 0))
    with pytest.raises(NotOpenYet):
        programme.do(programme.artist, start_song, later_id, DETAILS)
    with pytest.raises(NoSuchCall):
        programme.do(programme.artist, start_song, "nowhere", DETAILS)


def test_only_a_manager_makes_opens_and_closes_calls(programme):
    call_id = programme.do(programme.manager, create_call, terms())
    for who in (programme.artist, programme.curators[0], programme.stranger):
        with pytest.raises(NotAllowed):
            programme.do(who, create_call, terms())
        for act in (open_call, close_call, call_overview):
            with pytest.raises(NotAllowed):
                programme.do(who, act, call_id)
