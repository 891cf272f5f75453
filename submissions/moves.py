"""The one way in which a call, a song or an offer changes its state.

Each move looks up its table, then updates only a row that still is where the move began. If somebody else was
faster, nothing is overwritten: the move is refused.
"""

from sqlalchemy import insert, update

from opencall.kernel.unit_of_work import UnitOfWork
from submissions.errors import CallCannot, ChangedMeanwhile, OfferCannot, SongCannot
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
from submissions.tables import call_table, history_table, offer_table, song_table


def next_call_state(call: Call, event: CallEvent) -> CallState:
    """Where `event` takes the call. Raises `CallCannot`."""
    state = CALL_TRANSITIONS.get((call.state, event))
    if state is None:
        raise CallCannot(call.id, call.state, event)
    return state


def next_song_state(song: Song, event: SongEvent) -> SongState:
    """Where `event` takes the song. Raises `SongCannot`."""
    state = SONG_TRANSITIONS.get((song.state, event))
    if state is None:
        raise SongCannot(song.id, song.state, event)
    return state


def next_offer_state(offer: Offer, event: OfferEvent) -> OfferState:
    """Where `event` takes the offer. Raises `OfferCannot`."""
    state = OFFER_TRANSITIONS.get((offer.state, event))
    if state is None:
        raise OfferCannot(offer.id, offer.state, event)
    return state


def move_call(uow: UnitOfWork, call: Call, event: CallEvent, **columns: object) -> None:
    """Make the move and set `columns` with it. Raises `CallCannot` or `ChangedMeanwhile`."""
    state = next_call_state(call, event)
    moved = uow.connection.execute(
        update(call_table)
        .where(call_table.c.id == call.id, call_table.c.state == call.state)
        .values(state=state, **columns)
    )
    if moved.rowcount != 1:
        raise ChangedMeanwhile("call", call.id)


def move_song(uow: UnitOfWork, song: Song, event: SongEvent, note: str = "", **columns: object) -> None:
    """Make the move, set `columns` with it and write the song's history. Raises `SongCannot`, `ChangedMeanwhile`."""
    state = next_song_state(song, event)
    moved = uow.connection.execute(
        update(song_table)
        .where(song_table.c.id == song.id, song_table.c.state == song.state, song_table.c.version == song.version)
        .values(state=state, **columns)
    )
    if moved.rowcount != 1:
        raise ChangedMeanwhile("song", song.id)
    uow.connection.execute(
        insert(history_table).values(
            song_id=song.id, event=event, state=state, note=note, actor_id=uow.actor.user_id, at=uow.clock.now()
        )
    )


def move_offer(uow: UnitOfWork, offer: Offer, event: OfferEvent, word: str = "") -> None:
    """Make the move. Raises `OfferCannot` or `ChangedMeanwhile`."""
    state = next_offer_state(offer, event)
    moved = uow.connection.execute(
        update(offer_table)
        .where(offer_table.c.id == offer.id, offer_table.c.state == offer.state)
        .values(state=state, answered_at=uow.clock.now(), word=word)
    )
    if moved.rowcount != 1:
        raise ChangedMeanwhile("offer", offer.id)
