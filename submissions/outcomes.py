"""The release: every artist of a call is told on the same day, in the same transaction."""

from collections.abc import Sequence

from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.board import lay_out
from submissions.errors import DecisionsMissing, LotteryNeeded, OverBudget, QuotaNotMet, WordMissing
from submissions.facts import OutcomesReleased
from submissions.letters import send_decline, send_waitlisted
from submissions.moves import move_call, move_song, next_call_state
from submissions.offers import make_offer
from submissions.ranking import Standing
from submissions.rows import Call, find_call
from submissions.selection import (
    Decision,
    Outcome,
    QuotaStanding,
    decisions_of,
    quota_standing,
    standings,
    submitted_songs,
)
from submissions.states import CallEvent, SongEvent


def release_outcomes(uow: UnitOfWork, principal: Principal, call_id: str) -> OutcomesReleased:
    """Tell everybody: offers, the waiting list in its order, and declines, each with its written word.

    Records `OutcomesReleased` and returns it. Raises `DecisionsMissing`, `WordMissing`, `LotteryNeeded`, `QuotaNotMet`,
    `OverBudget`, `CallCannot`; then nobody is told anything.
    """
    require(principal, Role.MANAGER, call_id)
    call = find_call(uow, call_id)
    next_call_state(call, CallEvent.RELEASE)
    songs = {song.id: song for song in submitted_songs(uow, call_id)}
    decisions = {key: one for key, one in decisions_of(uow, principal, call_id).items() if key in songs}
    order = standings(uow, call)
    _refuse_unfinished(list(songs), decisions)
    _refuse_undrawn(call, order, decisions)
    _refuse_broken_quotas(quota_standing(uow, principal, call_id))
    offers = sum(one.outcome is Outcome.OFFER for one in decisions.values())
    listed = lay_out(order, offers, call.lottery_seed).order
    by_outcome = {
        outcome: [songs[place.song_id] for place in listed if decisions[place.song_id].outcome is outcome]
        for outcome in Outcome
    }
    offered, waiting, declined = (by_outcome[outcome] for outcome in Outcome)
    if len(offered) * call.reward_minor > call.budget_minor:
        raise OverBudget(len(offered) * call.reward_minor, call.budget_minor, call.currency)

    move_call(uow, call, CallEvent.RELEASE, released_at=uow.clock.now())
    for song in offered:
        make_offer(uow, song, call)
    for position, song in enumerate(waiting, start=1):
        move_song(uow, song, SongEvent.WAITLIST, note=f"number {position}", waitlist_position=position)
        send_waitlisted(uow, song, call, position)
    for song in declined:
        word = decisions[song.id].word
        move_song(uow, song, SongEvent.DECLINE, note=word)
        send_decline(uow, song, call, word)
    released = OutcomesReleased(call_id=call_id, offered=len(offered), waitlisted=len(waiting), declined=len(declined))
    uow.record(released)
    return released


def _refuse_unfinished(song_ids: Sequence[str], decisions: dict[str, Decision]) -> None:
    undecided = [song_id for song_id in song_ids if song_id not in decisions]
    if undecided:
        raise DecisionsMissing(undecided)
    wordless = [
        song_id
        for song_id in song_ids
        if decisions[song_id].outcome is Outcome.DECLINE and not decisions[song_id].word.strip()
    ]
    if wordless:
        raise WordMissing(wordless)


def _refuse_undrawn(call: Call, order: Sequence[Standing], decisions: dict[str, Decision]) -> None:
    """Equal scores need the lottery where the line runs through them, and wherever they would queue."""
    if call.lottery_seed is not None:
        return
    for rank in {place.rank for place in order if place.tied}:
        equals = [place.song_id for place in order if place.rank == rank]
        outcomes = {decisions[song_id].outcome for song_id in equals}
        queueing = sum(decisions[song_id].outcome is Outcome.WAITLIST for song_id in equals)
        if len(outcomes) > 1 or queueing > 1:
            raise LotteryNeeded(equals)


def _refuse_broken_quotas(standing: Sequence[QuotaStanding]) -> None:
    for one in standing:
        name = f"{one.quota.field} {one.quota.value}"
        # A quota cannot ask for songs that nobody sent.
        at_least = min(one.quota.at_least, one.available)
        if one.offered < at_least:
            raise QuotaNotMet(name, one.offered, f"at least {at_least}")
        if one.quota.at_most is not None and one.offered > one.quota.at_most:
            raise QuotaNotMet(name, one.offered, f"at most {one.quota.at_most}")
