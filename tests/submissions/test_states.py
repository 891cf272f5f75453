"""Every move of every state is either in its table or refused: walked over all pairs."""

from datetime import UTC, datetime

import pytest

from submissions.errors import CallCannot, OfferCannot, SongCannot
from submissions.material import SongDetails
from submissions.moves import next_call_state, next_offer_state, next_song_state
from submissions.rows import Call, Offer, Song
from submissions.states import (
    CALL_TRANSITIONS,
    OFFER_TRANSITIONS,
    SONG_TRANSITIONS,
    CallEvent,
    CallState,
    OfferEvent,
    OfferState,
    SongEvent,
    SongState,
)
from submissions.terms import StemsDue

NOW = datetime(2026, 5, 4, tzinfo=UTC)

# The tables once more, as a picture: what may happen in each state. Written apart from the code on purpose.
SONG_PICTURE = {
    "draft": "add_stems edit submit withdraw",
    "submitted": "add_stems decline edit offer review submit waitlist withdraw",
    "withdrawn": "",
    "offered": "accept_offer add_stems decline_offer offer_lapses",
    "waitlisted": "offer withdraw",
    "declined": "",
    "accepted": "render",
    "offer_declined": "",
    "offer_expired": "",
    "rendered": "approve master render send_back",
    "mastered": "publish",
    "published": "pay take_down",
    "paid": "take_down",
    "taken_down": "pay",
}
CALL_PICTURE = {"draft": "edit open", "open": "close collect", "closed": "release review select", "released": ""}
OFFER_PICTURE = {"open": "accept decline expire", "accepted": "", "declined": "", "expired": ""}


def call_in(state: CallState) -> Call:
    return Call(
        id="c", state=state, title="", summary="", timezone="UTC", opens_at=NOW, closes_at=NOW, fund_id="f",
        reward_minor=1, budget_minor=1, currency="EUR", licence_version="1", stems=StemsDue.AT_SUBMISSION,
        categories=(), questions=(), consents=(), quotas=(), offer_days=1, songs_per_artist=1, song_limit_bytes=1,
        artist_limit_bytes=1, call_limit_bytes=1,
        created_at=NOW, lottery_seed=None, lottery_drawn_at=None, released_at=None,
    )  # fmt: skip


def song_in(state: SongState) -> Song:
    details = SongDetails(title="", artist_name="", language="", genre="")
    return Song(
        id="s", call_id="c", state=state, artist_id="a", artist_email="", details=details, story=None, contributors=(),
        answers={}, ai=None, version=0, created_at=NOW, waitlist_position=None, approval_sha256=None,
        artist_approved_sha256=None, is_upmix=False, slug=None, published_at=None, paid_at=None,
    )  # fmt: skip


def offer_in(state: OfferState) -> Offer:
    return Offer(
        id="o", song_id="s", call_id="c", state=state, amount_minor=1, currency="EUR", licence_version="1",
        made_at=NOW, expires_at=NOW, answered_at=None, word="",
    )  # fmt: skip


@pytest.mark.parametrize("state", SongState)
@pytest.mark.parametrize("event", SongEvent)
def test_a_song_moves_as_drawn_and_no_other_way(state, event):
    if event in SONG_PICTURE[state].split():
        assert next_song_state(song_in(state), event) is SONG_TRANSITIONS[state, event]
    else:
        with pytest.raises(SongCannot):
            next_song_state(song_in(state), event)


@pytest.mark.parametrize("state", CallState)
@pytest.mark.parametrize("event", CallEvent)
def test_a_call_moves_as_drawn_and_no_other_way(state, event):
    if event in CALL_PICTURE[state].split():
        assert next_call_state(call_in(state), event) is CALL_TRANSITIONS[state, event]
    else:
        with pytest.raises(CallCannot):
            next_call_state(call_in(state), event)


@pytest.mark.parametrize("state", OfferState)
@pytest.mark.parametrize("event", OfferEvent)
def test_an_offer_moves_as_drawn_and_no_other_way(state, event):
    if event in OFFER_PICTURE[state].split():
        assert next_offer_state(offer_in(state), event) is OFFER_TRANSITIONS[state, event]
    else:
        with pytest.raises(OfferCannot):
            next_offer_state(offer_in(state), event)


def test_every_state_of_a_song_can_be_reached_from_the_draft():
    reached = {SongState.DRAFT}
    while True:
        further = {after for (before, _), after in SONG_TRANSITIONS.items() if before in reached} - reached
        if not further:
            break
        reached |= further
    assert reached == set(SongState)
