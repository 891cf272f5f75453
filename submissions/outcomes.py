"""The release: every artist of a call is told on the same day, in the same transaction."""

from collections.abc import Iterator, Mapping, Sequence

from opencall.kernel.errors import OpencallError
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
    for refusal in refusals(call, list(songs), decisions, order, quota_standing(uow, principal, call_id)):
        raise refusal
    offers = sum(one.outcome is Outcome.OFFER for one in decisions.values())
    listed = lay_out(order, offers, call.lottery_seed).order
    by_outcome = {
        outcome: [songs[place.song_id] for place in listed if decisions[place.song_id].outcome is outcome]
        for outcome in Outcome
    }
    offered, waiting, declined = (by_outcome[outcome] for outcome in Outcome)

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


def refusals(
    call: Call,
    song_ids: Sequence[str],
    decisions: Mapping[str, Decision],
    order: Sequence[Standing],
    quotas: Sequence[QuotaStanding],
) -> Iterator[OpencallError]:
    """Everything for which a release of `song_ids` is refused, in the order in which it is said. Pure."""
    undecided = [song_id for song_id in song_ids if song_id not in decisions]
    if undecided:
        yield DecisionsMissing(undecided)
    wordless = [
        song_id
        for song_id in song_ids
        if song_id in decisions
        and decisions[song_id].outcome is Outcome.DECLINE
        and not decisions[song_id].word.strip()
    ]
    if wordless:
        yield WordMissing(wordless)
    if call.lottery_seed is None:
        yield from _undrawn(order, decisions)
    yield from _broken_quotas(quotas)
    offered = sum(one.outcome is Outcome.OFFER for one in decisions.values())
    if offered * call.reward_minor > call.budget_minor:
        yield OverBudget(offered * call.reward_minor, call.budget_minor, call.currency)


def _undrawn(order: Sequence[Standing], decisions: Mapping[str, Decision]) -> Iterator[LotteryNeeded]:
    """Equal scores need the lottery where the line runs through them, and wherever they would queue."""
    ties: dict[int, list[str]] = {}
    for place in order:
        if place.tied and place.song_id in decisions:
            ties.setdefault(place.rank, []).append(place.song_id)
    for _, equals in sorted(ties.items()):
        outcomes = [decisions[song_id].outcome for song_id in equals]
        if len(set(outcomes)) > 1 or outcomes.count(Outcome.WAITLIST) > 1:
            yield LotteryNeeded(equals)


def _broken_quotas(standing: Sequence[QuotaStanding]) -> Iterator[QuotaNotMet]:
    for one in standing:
        name = f"{one.quota.field} {one.quota.value}"
        # A quota cannot ask for songs that nobody sent.
        at_least = min(one.quota.at_least, one.available)
        if one.offered < at_least:
            yield QuotaNotMet(name, one.offered, f"at least {at_least}")
        if one.quota.at_most is not None and one.offered > one.quota.at_most:
            yield QuotaNotMet(name, one.offered, f"at most {one.quota.at_most}")
