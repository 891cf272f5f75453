"""The selection as its manager sees it: the ranking laid out, what is decided, what it costs, which quota is short."""

from collections.abc import Mapping, Sequence

import msgspec

from opencall.kernel.errors import OpencallError
from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.board import Board, lay_out
from submissions.material import SongDetails
from submissions.outcomes import refusals
from submissions.ranking import Standing
from submissions.rows import Call, details_of, find_call
from submissions.selection import (
    Decision,
    Outcome,
    QuotaStanding,
    counts_for,
    decisions_of,
    quotas_of,
    standings,
)
from submissions.states import SongState
from submissions.terms import Quota


class QuotaPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A quota under a plan: `helps` is the best song without a place that would count, where one is missing."""

    quota: Quota
    offered: int
    available: int
    helps: str | None

    @property
    def short(self) -> int:
        """How many songs are missing; a quota cannot ask for songs that nobody sent."""
        return max(0, min(self.quota.at_least, self.available) - self.offered)

    @property
    def over(self) -> int:
        """How many songs are too many."""
        return 0 if self.quota.at_most is None else max(0, self.offered - self.quota.at_most)


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The board of a call. `planned` says that quotas and cost are those of the line, not of what is decided."""

    call: Call
    ranked: tuple[Standing, ...]
    board: Board
    details: dict[str, SongDetails]
    decisions: dict[str, Decision]
    quotas: tuple[QuotaPlan, ...]
    planned: bool
    offers: int

    @property
    def affordable(self) -> int:
        """How many songs the budget pays for."""
        return self.call.budget_minor // self.call.reward_minor

    @property
    def cost_minor(self) -> int:
        return self.offers * self.call.reward_minor

    @property
    def left_minor(self) -> int:
        """What the budget has left; below zero where it is overdrawn."""
        return self.call.budget_minor - self.cost_minor

    @property
    def wordless(self) -> tuple[str, ...]:
        """Declined songs without a word for their artist, best first."""
        return tuple(
            one.song_id
            for one in self.board.order
            if (decision := self.decisions.get(one.song_id)) is not None
            and decision.outcome is Outcome.DECLINE
            and not decision.word.strip()
        )

    def count(self, outcome: Outcome) -> int:
        """How many songs are to hear this."""
        return sum(one.outcome == outcome for one in self.decisions.values())


def selection_of(uow: UnitOfWork, principal: Principal, call_id: str, places: int | None = None) -> Selection:
    """The board of a call with its line after `places` songs; else after what is decided, or what the budget pays for.

    Needs the manager. A constant number of queries.
    """
    require(principal, Role.MANAGER, call_id)
    call = find_call(uow, call_id)
    ranked = standings(uow, call)
    details = details_of(uow, call_id, SongState.SUBMITTED)
    decisions = {key: one for key, one in decisions_of(uow, principal, call_id).items() if key in details}
    offered = sum(one.outcome is Outcome.OFFER for one in decisions.values())
    planned = places is not None or not decisions
    if places is None:
        places = offered if decisions else call.budget_minor // call.reward_minor
    board = lay_out(ranked, max(0, min(places, len(ranked))), call.lottery_seed)
    in_plan = plan_of(board) if planned else decisions
    return Selection(
        call=call,
        ranked=ranked,
        board=board,
        details=details,
        decisions=decisions,
        quotas=quota_plans(quotas_of(call, details, in_plan), board, details, in_plan),
        planned=planned,
        offers=board.places if planned else offered,
    )


def what_hinders(selection: Selection) -> tuple[OpencallError, ...]:
    """Everything for which a release would be refused now. Pure."""
    quotas = quotas_of(selection.call, selection.details, selection.decisions)
    song_ids = [one.song_id for one in selection.ranked]
    return tuple(refusals(selection.call, song_ids, selection.decisions, selection.ranked, quotas))


def plan_of(board: Board) -> dict[str, Decision]:
    """What would be decided if everybody above the line got an offer."""
    return {
        one.song_id: Decision(one.song_id, Outcome.OFFER if at < board.places else Outcome.DECLINE, "")
        for at, one in enumerate(board.order)
    }


def quota_plans(
    standing: Sequence[QuotaStanding],
    board: Board,
    details: Mapping[str, SongDetails],
    decisions: Mapping[str, Decision],
) -> tuple[QuotaPlan, ...]:
    """Each quota with the best song that would help it. Pure."""

    def help_for(quota: Quota) -> str | None:
        for one in board.order:
            decision = decisions.get(one.song_id)
            has_place = decision is not None and decision.outcome is Outcome.OFFER
            if not has_place and counts_for(quota, details[one.song_id]):
                return one.song_id
        return None

    plans = (QuotaPlan(quota=one.quota, offered=one.offered, available=one.available, helps=None) for one in standing)
    return tuple(msgspec.structs.replace(plan, helps=help_for(plan.quota)) if plan.short else plan for plan in plans)
