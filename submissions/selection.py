"""The manager's desk between the last review and the release: ranking, lottery, outcomes, quotas."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from fractions import Fraction

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.calibration import Given, calibrate
from submissions.errors import LotteryDrawnAlready, NoneChosen, NoSuchSong, PlacesWrong, SeedMissing
from submissions.facts import LotteryDrawn
from submissions.material import SongDetails
from submissions.moves import move_call, next_call_state, next_song_state
from submissions.plain_text import refuse_unreadable
from submissions.ranking import Standing, rank_songs, weighted_mean
from submissions.rows import Call, Song, as_struct, details_of, find_call, find_song
from submissions.states import CallEvent, SongEvent, SongState
from submissions.tables import decision_table, review_table, song_table
from submissions.terms import Quota


class Outcome(StrEnum):
    """What the manager decides for a song."""

    OFFER = "offer"
    WAITLIST = "waitlist"
    DECLINE = "decline"


class Decision(msgspec.Struct, frozen=True):
    """An outcome that nobody has been told yet; `word` is for the artist, and needed to decline."""

    song_id: str
    outcome: Outcome
    word: str


class Places(msgspec.Struct, frozen=True):
    """How many songs get an offer and how many wait; all others are declined."""

    offers: int
    waiting: int = 0

    def outcome(self, at: int) -> Outcome:
        """What the song at place `at` of the order hears, counting from 0."""
        if at < self.offers:
            return Outcome.OFFER
        return Outcome.WAITLIST if at < self.offers + self.waiting else Outcome.DECLINE


class QuotaStanding(msgspec.Struct, frozen=True):
    """How many songs with an offer count towards a quota, and how many there are to choose from."""

    quota: Quota
    offered: int
    available: int


def ranking(uow: UnitOfWork, principal: Principal, call_id: str) -> tuple[Standing, ...]:
    """Every submitted song of the call by calibrated score, with its raw mean beside it. Needs the manager."""
    require(principal, Role.MANAGER, call_id)
    return standings(uow, find_call(uow, call_id))


def draw_lottery(uow: UnitOfWork, principal: Principal, call_id: str, seed: str) -> None:
    """Order songs of equal mean by `seed`, once and for all. Records `LotteryDrawn`, which publishes the seed.

    The same seed again changes nothing; another is refused with `LotteryDrawnAlready`.
    """
    require(principal, Role.MANAGER, call_id)
    call = find_call(uow, call_id)
    next_call_state(call, CallEvent.SELECT)
    if not seed.strip():
        raise SeedMissing
    refuse_unreadable("seed", seed)
    if call.lottery_seed == seed:
        return
    if call.lottery_seed is not None:
        raise LotteryDrawnAlready(call_id, call.lottery_seed)

    move_call(uow, call, CallEvent.SELECT, lottery_seed=seed, lottery_drawn_at=uow.clock.now())
    uow.record(LotteryDrawn(call_id=call_id, seed=seed))


def decide(uow: UnitOfWork, principal: Principal, song_id: str, outcome: Outcome, word: str = "") -> None:
    """Note what a song is to hear; nobody is told before the release, and until then it may change."""
    song = find_song(uow, song_id)
    require(principal, Role.MANAGER, song.call_id)
    next_call_state(find_call(uow, song.call_id), CallEvent.SELECT)
    next_song_state(song, SongEvent(outcome))
    refuse_unreadable("word for the artist", word)

    _note(uow, principal, song.call_id, {song_id: Decision(song_id, outcome, word)})


def decisions_of(uow: UnitOfWork, principal: Principal, call_id: str) -> dict[str, Decision]:
    """The outcomes so far, by song. Needs the manager."""
    require(principal, Role.MANAGER, call_id)
    rows = uow.connection.execute(
        select(decision_table.c.song_id, decision_table.c.outcome, decision_table.c.word).where(
            decision_table.c.call_id == call_id
        )
    )
    return {row.song_id: as_struct(row, Decision) for row in rows}


def quota_standing(uow: UnitOfWork, principal: Principal, call_id: str) -> tuple[QuotaStanding, ...]:
    """Each quota of the call against the outcomes so far. Needs the manager."""
    decisions = decisions_of(uow, principal, call_id)
    call = find_call(uow, call_id)
    return quotas_of(call, details_of(uow, call_id, SongState.SUBMITTED), decisions)


def quotas_of(
    call: Call, details: Mapping[str, SongDetails], decisions: Mapping[str, Decision]
) -> tuple[QuotaStanding, ...]:
    """Each quota of the call against `decisions`, over the songs in `details`. Pure."""
    offered = {song_id for song_id, one in decisions.items() if one.outcome is Outcome.OFFER}
    counting = [{song_id for song_id, one in details.items() if counts_for(quota, one)} for quota in call.quotas]
    return tuple(
        QuotaStanding(quota, len(songs & offered), len(songs))
        for quota, songs in zip(call.quotas, counting, strict=True)
    )


def fill_decisions(uow: UnitOfWork, principal: Principal, call_id: str, order: Sequence[str], places: Places) -> None:
    """Note an outcome for every song of `order`, best first: offers, then the waiting list, then declines.

    A draft like every decision: nobody is told, each may be changed, and words that were written stay. Raises
    `PlacesWrong`, `CallCannot`.
    """
    require(principal, Role.MANAGER, call_id)
    next_call_state(find_call(uow, call_id), CallEvent.SELECT)
    if places.offers < 0 or places.waiting < 0:
        raise PlacesWrong(places.offers, places.waiting)
    words = {song_id: one.word for song_id, one in decisions_of(uow, principal, call_id).items()}
    submitted = set(submitted_ids(uow, call_id))
    outcomes = {song_id: places.outcome(at) for at, song_id in enumerate(order) if song_id in submitted}

    _note(
        uow, principal, call_id, {key: Decision(key, outcome, words.get(key, "")) for key, outcome in outcomes.items()}
    )


def decide_together(
    uow: UnitOfWork, principal: Principal, call_id: str, song_ids: Sequence[str], outcome: Outcome, word: str = ""
) -> None:
    """The same outcome for several songs; a word that is empty leaves what was written for each. Raises as `decide`
    does, and `NoneChosen`."""
    require(principal, Role.MANAGER, call_id)
    next_call_state(find_call(uow, call_id), CallEvent.SELECT)
    submitted = set(submitted_ids(uow, call_id))
    if not song_ids:
        raise NoneChosen
    for song_id in song_ids:
        if song_id not in submitted:
            raise NoSuchSong(song_id)
    refuse_unreadable("word for the artist", word)
    words = {song_id: one.word for song_id, one in decisions_of(uow, principal, call_id).items()}

    chosen = {song_id: Decision(song_id, outcome, word or words.get(song_id, "")) for song_id in song_ids}
    _note(uow, principal, call_id, chosen)


def standings(uow: UnitOfWork, call: Call) -> tuple[Standing, ...]:
    """The ranking itself, for whoever was let in already."""
    means: dict[str, list[Fraction | None]] = {song_id: [] for song_id in submitted_ids(uow, call.id)}
    rows = uow.connection.execute(
        select(review_table.c.song_id, review_table.c.curator_id, review_table.c.scores).where(
            review_table.c.call_id == call.id
        )
    )
    given: list[Given] = []
    keys = [category.key for category in call.categories]
    # Curators give few different scores to many songs; each combination is weighed once.
    weighed: dict[tuple[int | None, ...], tuple[Fraction, float]] = {}
    for row in rows:
        if row.song_id not in means:
            continue
        if row.scores is None:
            means[row.song_id].append(None)
            continue
        scores = tuple(map(row.scores.get, keys))
        if scores not in weighed:
            mean = weighted_mean(call.categories, row.scores)
            weighed[scores] = mean, float(mean)
        mean, score = weighed[scores]
        means[row.song_id].append(mean)
        given.append(Given(row.song_id, row.curator_id, score))
    return rank_songs(means, calibrate(given), call.lottery_seed)


def submitted_ids(uow: UnitOfWork, call_id: str) -> tuple[str, ...]:
    """The songs of the call that wait for an outcome, by identifier."""
    return tuple(
        uow.connection.execute(
            select(song_table.c.id)
            .where(song_table.c.call_id == call_id, song_table.c.state == SongState.SUBMITTED)
            .order_by(song_table.c.id)
        ).scalars()
    )


def submitted_songs(uow: UnitOfWork, call_id: str) -> tuple[Song, ...]:
    """The songs of the call that wait for an outcome."""
    rows = uow.connection.execute(
        select(song_table)
        .where(song_table.c.call_id == call_id, song_table.c.state == SongState.SUBMITTED)
        .order_by(song_table.c.id)
    )
    return tuple(as_struct(row, Song) for row in rows)


def counts_for(quota: Quota, details: SongDetails) -> bool:
    """Whether a song of these details counts towards the quota."""
    value: str = getattr(details, quota.field)
    return value.casefold() == quota.value.casefold()


def _note(uow: UnitOfWork, principal: Principal, call_id: str, decisions: Mapping[str, Decision]) -> None:
    if not decisions:
        return
    now = uow.clock.now()
    uow.connection.execute(
        delete(decision_table).where(decision_table.c.song_id == bindparam("decided")),
        [{"decided": song_id} for song_id in decisions],
    )
    uow.connection.execute(
        insert(decision_table),
        [
            {
                "song_id": song_id,
                "call_id": call_id,
                "outcome": one.outcome,
                "word": one.word,
                "decided_by": principal.user_id,
                "decided_at": now,
            }
            for song_id, one in decisions.items()
        ],
    )
