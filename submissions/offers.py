"""Offers: made, accepted, declined, lapsed; a place that becomes free goes to the next song on the list."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, insert, select

from opencall.kernel.mail import was_queued_since
from opencall.kernel.principal import NotYours, Principal
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.errors import LicenceDiffers, NoSuchContributor, OfferLapsed, RemindedAlready, SplitsUnconfirmed
from submissions.facts import FileRef, OfferAccepted, OfferDeclined, OfferExpired, OfferMade
from submissions.letters import (
    send_offer,
    send_offer_accepted,
    send_offer_declined,
    send_offer_expired,
    send_share_asked,
    share_subject,
)
from submissions.material import Part
from submissions.moves import move_offer, move_song, next_offer_state, next_song_state
from submissions.plain_text import refuse_unfit
from submissions.reports import accepted_report
from submissions.rows import Call, Offer, Song, as_struct, content_of, files_of, find_call, find_offer, find_song
from submissions.splits import shares_of, standing_shares
from submissions.states import OfferEvent, OfferState, SongEvent, SongState
from submissions.tables import offer_table, song_table
from submissions.terms import StemsDue

REMIND_AGAIN = timedelta(days=1)


def make_offer(uow: UnitOfWork, song: Song, call: Call, moved_up: bool = False) -> Offer:
    """Offer the call's reward, to be answered within its days. Records `OfferMade`, writes to the artist, and to
    everybody else whose share is not confirmed yet.

    No principal: only the release and a place that became free make offers.
    """
    next_song_state(song, SongEvent.OFFER)
    now = uow.clock.now()
    offer = Offer(
        id=uow.ids.new(),
        song_id=song.id,
        call_id=call.id,
        state=OfferState.OPEN,
        amount_minor=call.reward_minor,
        currency=call.currency,
        licence_version=call.licence_version,
        made_at=now,
        expires_at=now + timedelta(days=call.offer_days),
        answered_at=None,
        word="",
    )

    move_song(uow, song, SongEvent.OFFER, note="moved up from the waiting list" if moved_up else "")
    uow.connection.execute(insert(offer_table).values(**msgspec.structs.asdict(offer)))
    uow.record(
        OfferMade(
            song_id=song.id,
            call_id=call.id,
            offer_id=offer.id,
            amount_minor=offer.amount_minor,
            currency=offer.currency,
            expires_at=offer.expires_at,
            moved_up=moved_up,
        )
    )
    send_offer(uow, song, call, offer, moved_up)
    for one in standing_shares(uow, song):
        # The artist reads it in the offer itself.
        if one.confirmation is None and one.contributor.email.casefold() != song.artist_email.casefold():
            send_share_asked(uow, song, call, offer, one.contributor)
    return offer


def accept_offer(uow: UnitOfWork, principal: Principal, offer_id: str, licence_version: str) -> None:
    """Say yes under a licence, once everybody with a share has confirmed it. Records `OfferAccepted`.

    Raises `NotYours`, `OfferCannot`, `OfferLapsed`, `LicenceDiffers`, `SplitsUnconfirmed`; and what a report on stems
    that came after the selection raises.
    """
    offer, song, call = _open_offer(uow, principal, offer_id, OfferEvent.ACCEPT)
    next_song_state(song, SongEvent.ACCEPT_OFFER)
    if licence_version != offer.licence_version:
        raise LicenceDiffers(licence_version, offer.licence_version)
    shares, waiting = shares_of(uow, song)
    if waiting:
        raise SplitsUnconfirmed(waiting)
    content = content_of(uow, song)
    stems = content.stems if call.stems is StemsDue.AT_SUBMISSION else _late_stems(uow, song)

    move_offer(uow, offer, OfferEvent.ACCEPT)
    move_song(uow, song, SongEvent.ACCEPT_OFFER, note=f"licence {licence_version}")
    uow.record(
        OfferAccepted(
            song_id=song.id,
            call_id=call.id,
            offer_id=offer.id,
            amount_minor=offer.amount_minor,
            currency=offer.currency,
            licence_version=licence_version,
            title=content.details.title,
            artist_name=content.details.artist_name,
            mix=content.mix,
            stems=stems,
            shares=shares,
        )
    )
    send_offer_accepted(uow, song, offer)


def decline_offer(uow: UnitOfWork, principal: Principal, offer_id: str, word: str = "") -> None:
    """Say no, with a word if there is one; the next song on the list moves up. Records `OfferDeclined`."""
    offer, song, call = _open_offer(uow, principal, offer_id, OfferEvent.DECLINE)
    next_song_state(song, SongEvent.DECLINE_OFFER)
    refuse_unfit("word", word)

    move_offer(uow, offer, OfferEvent.DECLINE, word)
    move_song(uow, song, SongEvent.DECLINE_OFFER, note=word)
    uow.record(OfferDeclined(song_id=song.id, call_id=call.id, offer_id=offer.id))
    send_offer_declined(uow, song, call)
    _move_up(uow, call)


def remind(uow: UnitOfWork, principal: Principal, song_id: str, contributor_id: str) -> None:
    """Write again to somebody whose share of an offered song is not confirmed; once a day at most.

    Raises `NotYours`, `OfferCannot`, `OfferLapsed`, `NoSuchContributor`, `RemindedAlready`.
    """
    known = offer_of(uow, principal, song_id)
    if known is None:
        raise NotYours("song", song_id)
    offer, song, call = _open_offer(uow, principal, known.id, OfferEvent.ACCEPT)
    waiting = {one.contributor.id: one.contributor for one in standing_shares(uow, song) if one.confirmation is None}
    if contributor_id not in waiting:
        raise NoSuchContributor(contributor_id)
    contributor = waiting[contributor_id]
    if was_queued_since(uow, contributor.email, share_subject(song), uow.clock.now() - REMIND_AGAIN):
        raise RemindedAlready(contributor.name)

    send_share_asked(uow, song, call, offer, contributor)


def expire_offers(uow: UnitOfWork) -> tuple[str, ...]:
    """Let every offer lapse whose time is over, and give each place on; for the sweep. Returns the offers' ids.

    Records `OfferExpired`, writes to both artists.
    """
    lapsed = offers_lapsed(uow.clock.now()).order_by(offer_table.c.expires_at, offer_table.c.id)
    rows = uow.connection.execute(lapsed).all()
    for offer in [as_struct(row, Offer) for row in rows]:
        song, call = find_song(uow, offer.song_id), find_call(uow, offer.call_id)
        move_offer(uow, offer, OfferEvent.EXPIRE)
        move_song(uow, song, SongEvent.OFFER_LAPSES)
        uow.record(OfferExpired(song_id=song.id, call_id=call.id, offer_id=offer.id))
        send_offer_expired(uow, song, call, offer)
        _move_up(uow, call)
    return tuple(row.id for row in rows)


def offers_lapsed(now: datetime) -> Select[Any]:
    """The open offers whose time is over at `now`, as a question."""
    return select(offer_table).where(offer_table.c.state == OfferState.OPEN, offer_table.c.expires_at <= now)


def offer_of(uow: UnitOfWork, principal: Principal, song_id: str) -> Offer | None:
    """The offer for a song of `principal`, answered or not."""
    row = uow.connection.execute(
        select(offer_table)
        .join(song_table, song_table.c.id == offer_table.c.song_id)
        .where(offer_table.c.song_id == song_id, song_table.c.artist_id == principal.user_id)
    ).first()
    return None if row is None else as_struct(row, Offer)


def _open_offer(uow: UnitOfWork, principal: Principal, offer_id: str, event: OfferEvent) -> tuple[Offer, Song, Call]:
    offer = find_offer(uow, offer_id)
    song = find_song(uow, offer.song_id)
    if song.artist_id != principal.user_id:
        raise NotYours("offer", offer_id)
    next_offer_state(offer, event)
    call = find_call(uow, offer.call_id)
    # The sweep may not have come by yet: the promise to the next on the list is kept by the clock.
    if uow.clock.now() >= offer.expires_at:
        raise OfferLapsed(offer.id, offer.expires_at, call.timezone)
    return offer, song, call


def _late_stems(uow: UnitOfWork, song: Song) -> tuple[FileRef, ...]:
    """Stems that were due after the selection; without any, the 360 mix is an upmix of the stereo one."""
    files = files_of(uow, song.id)
    stems = tuple(file.frozen_as().ref for file in files if file.part is Part.STEM)
    if stems:
        accepted_report(uow, song.id, files)
    return stems


def _move_up(uow: UnitOfWork, call: Call) -> None:
    """Offer the free place to the first song on the waiting list; without one the money stays in the budget."""
    row = uow.connection.execute(
        select(song_table)
        .where(song_table.c.call_id == call.id, song_table.c.state == SongState.WAITLISTED)
        .order_by(song_table.c.waitlist_position)
        .limit(1)
    ).first()
    if row is not None:
        make_offer(uow, as_struct(row, Song), call, moved_up=True)
