"""Every state of a call, a song and an offer, and every move between them.

Moves are data. A move that is not in a table is refused; no code assigns a state by hand. A move onto the same state
says that something else may happen there: `(OPEN, COLLECT)` is what lets artists write while a call is open.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class CallState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    RELEASED = "released"


class CallEvent(StrEnum):
    """What people do to a call, or within it."""

    EDIT = "edit"
    OPEN = "open"
    COLLECT = "collect"
    CLOSE = "close"
    REVIEW = "review"
    SELECT = "select"
    RELEASE = "release"


class SongState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    OFFERED = "offered"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    OFFER_DECLINED = "offer_declined"
    OFFER_EXPIRED = "offer_expired"
    RENDERED = "rendered"
    MASTERED = "mastered"
    PUBLISHED = "published"
    PAID = "paid"
    TAKEN_DOWN = "taken_down"


class SongEvent(StrEnum):
    """What happens to a song."""

    EDIT = "edit"
    ADD_STEMS = "add_stems"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    REVIEW = "review"
    OFFER = "offer"
    WAITLIST = "waitlist"
    DECLINE = "decline"
    ACCEPT_OFFER = "accept_offer"
    DECLINE_OFFER = "decline_offer"
    OFFER_LAPSES = "offer_lapses"
    RENDER = "render"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    MASTER = "master"
    PUBLISH = "publish"
    PAY = "pay"
    TAKE_DOWN = "take_down"


class OfferState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


class OfferEvent(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"


CALL_TRANSITIONS: Final[Mapping[tuple[CallState, CallEvent], CallState]] = MappingProxyType(
    {
        (CallState.DRAFT, CallEvent.EDIT): CallState.DRAFT,
        (CallState.DRAFT, CallEvent.OPEN): CallState.OPEN,
        (CallState.OPEN, CallEvent.COLLECT): CallState.OPEN,
        (CallState.OPEN, CallEvent.CLOSE): CallState.CLOSED,
        # Reviews wait for the deadline: until then a song may still change under its curator.
        (CallState.CLOSED, CallEvent.REVIEW): CallState.CLOSED,
        (CallState.CLOSED, CallEvent.SELECT): CallState.CLOSED,
        (CallState.CLOSED, CallEvent.RELEASE): CallState.RELEASED,
    }
)

SONG_TRANSITIONS: Final[Mapping[tuple[SongState, SongEvent], SongState]] = MappingProxyType(
    {
        (SongState.DRAFT, SongEvent.EDIT): SongState.DRAFT,
        (SongState.DRAFT, SongEvent.ADD_STEMS): SongState.DRAFT,
        (SongState.DRAFT, SongEvent.SUBMIT): SongState.SUBMITTED,
        (SongState.DRAFT, SongEvent.WITHDRAW): SongState.WITHDRAWN,
        (SongState.SUBMITTED, SongEvent.EDIT): SongState.SUBMITTED,
        (SongState.SUBMITTED, SongEvent.ADD_STEMS): SongState.SUBMITTED,
        (SongState.SUBMITTED, SongEvent.SUBMIT): SongState.SUBMITTED,
        (SongState.SUBMITTED, SongEvent.WITHDRAW): SongState.WITHDRAWN,
        (SongState.SUBMITTED, SongEvent.REVIEW): SongState.SUBMITTED,
        (SongState.SUBMITTED, SongEvent.OFFER): SongState.OFFERED,
        (SongState.SUBMITTED, SongEvent.WAITLIST): SongState.WAITLISTED,
        (SongState.SUBMITTED, SongEvent.DECLINE): SongState.DECLINED,
        (SongState.WAITLISTED, SongEvent.OFFER): SongState.OFFERED,
        (SongState.WAITLISTED, SongEvent.WITHDRAW): SongState.WITHDRAWN,
        (SongState.OFFERED, SongEvent.ADD_STEMS): SongState.OFFERED,
        (SongState.OFFERED, SongEvent.ACCEPT_OFFER): SongState.ACCEPTED,
        (SongState.OFFERED, SongEvent.DECLINE_OFFER): SongState.OFFER_DECLINED,
        (SongState.OFFERED, SongEvent.OFFER_LAPSES): SongState.OFFER_EXPIRED,
        (SongState.ACCEPTED, SongEvent.RENDER): SongState.RENDERED,
        (SongState.RENDERED, SongEvent.RENDER): SongState.RENDERED,
        (SongState.RENDERED, SongEvent.APPROVE): SongState.RENDERED,
        (SongState.RENDERED, SongEvent.SEND_BACK): SongState.ACCEPTED,
        (SongState.RENDERED, SongEvent.MASTER): SongState.MASTERED,
        (SongState.MASTERED, SongEvent.PUBLISH): SongState.PUBLISHED,
        (SongState.PUBLISHED, SongEvent.PAY): SongState.PAID,
        (SongState.PUBLISHED, SongEvent.TAKE_DOWN): SongState.TAKEN_DOWN,
        (SongState.PAID, SongEvent.TAKE_DOWN): SongState.TAKEN_DOWN,
        # What is owed stays owed: a payment may settle after its song left the public page.
        (SongState.TAKEN_DOWN, SongEvent.PAY): SongState.TAKEN_DOWN,
    }
)

OFFER_TRANSITIONS: Final[Mapping[tuple[OfferState, OfferEvent], OfferState]] = MappingProxyType(
    {
        (OfferState.OPEN, OfferEvent.ACCEPT): OfferState.ACCEPTED,
        (OfferState.OPEN, OfferEvent.DECLINE): OfferState.DECLINED,
        (OfferState.OPEN, OfferEvent.EXPIRE): OfferState.EXPIRED,
    }
)
