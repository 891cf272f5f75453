"""Where a song is on its way, as its artist reads it: seven stations, a word for where it stands, and what is next.

Pure functions over rows.
"""

from datetime import datetime
from typing import Final

import msgspec

from submissions.queries import Happening
from submissions.rows import Call, Offer, Song
from submissions.states import CallState, OfferState, SongEvent, SongState

STATIONS: Final = 7
_SUBMITTED, _HEARD, _ANSWERED, _ACCEPTED, _MIXED, _PUBLISHED = range(2, 8)
# Station (from 1) at which a song stands, and how: it goes on there, or it ended there.
_AT: Final = {
    SongState.DRAFT: (1, "now"),
    SongState.SUBMITTED: (_SUBMITTED, "now"),
    SongState.WITHDRAWN: (_SUBMITTED, "stop"),
    SongState.WAITLISTED: (_ANSWERED, "now"),
    SongState.DECLINED: (_ANSWERED, "stop"),
    SongState.OFFERED: (_ACCEPTED, "now"),
    SongState.OFFER_DECLINED: (_ACCEPTED, "stop"),
    SongState.OFFER_EXPIRED: (_ACCEPTED, "stop"),
    SongState.ACCEPTED: (_MIXED, "now"),
    SongState.RENDERED: (_MIXED, "now"),
    SongState.MASTERED: (_PUBLISHED, "now"),
    SongState.PUBLISHED: (_PUBLISHED, "now"),
    SongState.PAID: (STATIONS + 1, "now"),
    SongState.TAKEN_DOWN: (_PUBLISHED, "stop"),
}


class Standing(msgspec.Struct, frozen=True):
    """Where a song stands: a word with its colour and icon."""

    label: str
    kind: str
    icon: str


class Step(msgspec.Struct, frozen=True):
    """A line of what happened, happens, and will happen; `note` may be words that somebody wrote."""

    kind: str
    title: str
    at: datetime | None = None
    note: str = ""


def path_of(song: Song, call: Call) -> tuple[str, ...]:
    """The seven dashes: `done`, `now`, `stop`, or nothing for what is still to come."""
    station, how = _AT[song.state]
    if song.state is SongState.SUBMITTED and call.state is not CallState.OPEN:
        station = _HEARD
    return tuple("done" if number < station else how if number == station else "" for number in range(1, STATIONS + 1))


def waits_for_artist(song: Song) -> bool:
    """Whether the next word is the artist's."""
    return song.state is SongState.OFFERED or (song.state is SongState.RENDERED and not approved(song))


def approved(song: Song) -> bool:
    """Whether the artist has said yes to the render as it is now."""
    return song.approval_sha256 is not None and song.artist_approved_sha256 == song.approval_sha256


def standing_of(song: Song, call: Call, offer: Offer | None, now: datetime) -> Standing:
    """The chip of a song."""
    match song.state:
        case SongState.DRAFT if now >= call.closes_at:
            return Standing("Not sent", "", "x")
        case SongState.SUBMITTED if call.state is CallState.OPEN:
            return Standing("With us", "ok", "check")
        case SongState.OFFERED if offer is not None and offer.state is OfferState.OPEN:
            return Standing(f"Answer {within(offer.expires_at, now)}", "info", "clock")
        case SongState.RENDERED if approved(song):
            return Standing("You approved the mix", "ok", "check")
    return _STANDINGS[song.state]


_STANDINGS: Final = {
    SongState.DRAFT: Standing("Draft", "", "file"),
    SongState.SUBMITTED: Standing("Being listened to", "", "headphones"),
    SongState.WITHDRAWN: Standing("Withdrawn", "", "undo"),
    SongState.OFFERED: Standing("Chosen", "info", "clock"),
    SongState.WAITLISTED: Standing("On the waiting list", "info", "clock"),
    SongState.DECLINED: Standing("Not chosen this time", "", "x"),
    SongState.ACCEPTED: Standing("Being mixed in 360", "", "sphere"),
    SongState.OFFER_DECLINED: Standing("You declined the offer", "", "x"),
    SongState.OFFER_EXPIRED: Standing("The offer has ended", "", "clock"),
    SongState.RENDERED: Standing("Listen and answer", "info", "headphones"),
    SongState.MASTERED: Standing("Ready to be published", "ok", "check"),
    SongState.PUBLISHED: Standing("Public", "ok", "ok"),
    SongState.PAID: Standing("Paid", "ok", "ok"),
    SongState.TAKEN_DOWN: Standing("Taken down", "", "eye-off"),
}


def within(moment: datetime, now: datetime) -> str:
    """How much time is left until `moment`: `within 9 days`, `within 5 hours`, `within the hour`."""
    left = left_until(moment, now)
    return f"within {left}" if left else "now"


def left_until(moment: datetime, now: datetime) -> str:
    """The time left in its largest unit, rounded down: `9 days`, `1 day`, `5 hours`, `20 minutes`; empty when over."""
    seconds = (moment - now).total_seconds()
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        n = int(seconds // length)
        if n >= (2 if unit == "hour" else 1):
            return f"{n} {unit}{'' if n == 1 else 's'}"
    return "a minute" if seconds > 0 else ""


_HAPPENED: Final = {
    SongEvent.SUBMIT: "You submitted it",
    SongEvent.WITHDRAW: "You withdrew it",
    SongEvent.OFFER: "It was chosen",
    SongEvent.WAITLIST: "It came onto the waiting list",
    SongEvent.DECLINE: "It was not chosen",
    SongEvent.ACCEPT_OFFER: "You accepted the offer",
    SongEvent.DECLINE_OFFER: "You declined the offer",
    SongEvent.OFFER_LAPSES: "The offer ended without an answer",
    SongEvent.RENDER: "A 360 mix was ready for you",
    SongEvent.APPROVE: "You approved the mix",
    SongEvent.SEND_BACK: "You sent the mix back",
    SongEvent.MASTER: "The masters were made",
    SongEvent.PUBLISH: "It was published",
    SongEvent.PAY: "Everybody with a share was paid",
    SongEvent.TAKE_DOWN: "It was taken down",
}
_COMES: Final = (
    (_HEARD, "Curators listen", "From start to end, without knowing whose it is."),
    (_ANSWERED, "Everybody hears from us on the same day", "If it is a no, you get a sentence written by a person."),
    (_ACCEPTED, "You answer the offer", "Everybody with a share confirms it first."),
    (_MIXED, "The 360 mix", "You hear it first, and can send it back with a comment."),
    (_PUBLISHED, "It is published, and paid", "With its story, and only after your yes."),
)


def trail_of(song: Song, call: Call, history: tuple[Happening, ...]) -> tuple[Step, ...]:
    """What happened, what happens now, and what may come, in this order."""
    steps = [Step("done", "You began it", song.created_at)]
    steps += [Step("done", _HAPPENED[one.event], one.at, one.note) for one in history if one.event in _HAPPENED]
    station, how = _AT[song.state]
    if how == "stop" or song.state is SongState.PAID:
        return tuple(steps)
    if song.state is SongState.SUBMITTED and call.state is not CallState.OPEN:
        station = _HEARD
    steps.append(Step("now", _now(song, call)))
    first = _HEARD if station <= _SUBMITTED else station + 1
    steps += [Step("todo", title, None, note) for number, title, note in _COMES if number >= first]
    return tuple(steps)


def _now(song: Song, call: Call) -> str:
    if song.state is SongState.SUBMITTED:
        return "You can still change it" if call.state is CallState.OPEN else "Curators listen"
    if song.state is SongState.RENDERED:
        return "The engineer has the last word before the masters" if approved(song) else "Your word on the mix"
    return {
        SongState.DRAFT: "You write it",
        SongState.WAITLISTED: "It waits for a place",
        SongState.OFFERED: "Your answer to the offer",
        SongState.ACCEPTED: "An engineer mixes it in 360",
        SongState.MASTERED: "It is prepared for publication",
        SongState.PUBLISHED: "The reward is on its way",
    }[song.state]
