"""Selection and release: everybody decided, everybody told, at once or not at all."""

import pytest

from opencall.kernel.principal import NotAllowed
from submissions.errors import (
    CallCannot,
    DecisionsMissing,
    LotteryDrawnAlready,
    LotteryNeeded,
    OverBudget,
    QuotaNotMet,
    SeedMissing,
    SongCannot,
    WordMissing,
)
from submissions.facts import LotteryDrawn, OutcomesReleased
from submissions.outcomes import release_outcomes
from submissions.queries import call_overview, my_submissions
from submissions.ranking import lottery_ticket
from submissions.selection import Outcome, decide, draw_lottery, quota_standing, ranking
from submissions.terms import Quota, QuotaField
from submissions.versions import withdraw_song


@pytest.fixture
def three(programme):
    """A closed call and three songs; the first two are equals, the third is behind them."""
    call_id = programme.call()
    song_ids = [programme.submitted(call_id, title) for title in ("Salt", "Rain", "Tide")]
    programme.close(call_id)
    programme.score(song_ids[0], (5, 5), (3, 3))
    programme.score(song_ids[1], (5, 5), (3, 3))
    programme.score(song_ids[2], (2, 2))
    return call_id, song_ids


def decide_all(programme, song_ids, *outcomes, word="We heard the rain."):
    for song_id, outcome in zip(song_ids, outcomes, strict=True):
        programme.do(programme.manager, decide, song_id, outcome, word if outcome is Outcome.DECLINE else "")


def release(programme, call_id):
    return programme.do(programme.manager, release_outcomes, call_id)


def test_the_ranking_shows_mean_and_number_of_reviews(programme, three):
    call_id, (salt, rain, tide) = three
    standing = programme.do(programme.manager, ranking, call_id)
    assert {(one.song_id, one.rank, one.mean, one.reviews) for one in standing} == {
        (salt, 1, 4.0, 2),
        (rain, 1, 4.0, 2),
        (tide, 3, 2.0, 1),
    }


def test_everybody_is_told_at_once_and_a_decline_carries_its_word(programme, three):
    call_id, song_ids = three
    decide_all(programme, song_ids, Outcome.OFFER, Outcome.OFFER, Outcome.DECLINE)
    before = len(programme.letters())
    assert release(programme, call_id) == OutcomesReleased(call_id=call_id, offered=2, waitlisted=0, declined=1)
    everybody, asked = programme.letters()[before:], programme.letters(programme.player)
    letters = [letter for letter in everybody if letter not in asked]
    assert (len(letters), len(asked)) == (3, 2)
    assert [letter.startswith("“") for letter in letters] == [True, True, False]
    assert "> We heard the rain." in letters[2]
    assert [programme.state(song_id) for song_id in song_ids] == ["offered", "offered", "declined"]
    assert programme.do(programme.manager, call_overview, call_id).call.state.value == "released"
    with pytest.raises(CallCannot):
        release(programme, call_id)


def test_nobody_is_told_while_somebody_is_undecided(programme, three):
    call_id, song_ids = three
    decide_all(programme, song_ids[:2], Outcome.OFFER, Outcome.OFFER)
    before = len(programme.letters())
    with pytest.raises(DecisionsMissing) as refused:
        release(programme, call_id)
    assert refused.value.song_ids == (song_ids[2],)
    assert len(programme.letters()) == before
    assert [programme.state(song_id) for song_id in song_ids] == ["submitted"] * 3


@pytest.mark.parametrize("word", ["", " \n"])
def test_nobody_is_declined_without_a_word(programme, three, word):
    call_id, song_ids = three
    decide_all(programme, song_ids, Outcome.OFFER, Outcome.OFFER, Outcome.DECLINE, word=word)
    with pytest.raises(WordMissing) as refused:
        release(programme, call_id)
    assert refused.value.song_ids == (song_ids[2],)


@pytest.mark.parametrize(
    "outcomes",
    [
        (Outcome.OFFER, Outcome.DECLINE, Outcome.DECLINE),
        (Outcome.WAITLIST, Outcome.WAITLIST, Outcome.DECLINE),
        (Outcome.OFFER, Outcome.WAITLIST, Outcome.DECLINE),
    ],
)
def test_a_line_through_equals_needs_the_lottery(programme, three, outcomes):
    call_id, song_ids = three
    decide_all(programme, song_ids, *outcomes)
    with pytest.raises(LotteryNeeded) as refused:
        release(programme, call_id)
    assert set(refused.value.song_ids) == set(song_ids[:2])
    programme.do(programme.manager, draw_lottery, call_id, "4711")
    release(programme, call_id)


def test_the_lottery_orders_the_waiting_list_and_its_seed_is_published(programme, three):
    call_id, song_ids = three
    programme.do(programme.manager, draw_lottery, call_id, "4711")
    assert programme.facts(LotteryDrawn) == [LotteryDrawn(call_id=call_id, seed="4711")]
    decide_all(programme, song_ids, Outcome.WAITLIST, Outcome.WAITLIST, Outcome.WAITLIST)
    release(programme, call_id)
    first = min(song_ids[:2], key=lambda song_id: lottery_ticket("4711", song_id))
    lines = {line.song_id: line.title for line in programme.do(programme.artist, my_submissions)}
    first_letter = next(letter for letter in programme.letters() if "number 1 on the waiting list" in letter)
    assert f"“{lines[first]}” is number 1" in first_letter


def test_the_lottery_is_drawn_once(programme, three):
    call_id, _ = three
    with pytest.raises(SeedMissing):
        programme.do(programme.manager, draw_lottery, call_id, " ")
    programme.do(programme.manager, draw_lottery, call_id, "4711")
    programme.do(programme.manager, draw_lottery, call_id, "4711")
    with pytest.raises(LotteryDrawnAlready):
        programme.do(programme.manager, draw_lottery, call_id, "4712")
    assert len(programme.facts(LotteryDrawn)) == 1


def test_the_offers_stay_within_the_budget(programme, three):
    call_id, song_ids = three
    decide_all(programme, song_ids, Outcome.OFFER, Outcome.OFFER, Outcome.OFFER)
    with pytest.raises(OverBudget):
        release(programme, call_id)


def test_a_withdrawn_song_needs_no_outcome_and_keeps_none(programme, three):
    call_id, song_ids = three
    decide_all(programme, song_ids, Outcome.OFFER, Outcome.OFFER, Outcome.OFFER)
    programme.do(programme.artist, withdraw_song, song_ids[0])
    assert release(programme, call_id).offered == 2
    assert programme.state(song_ids[0]) == "withdrawn"


@pytest.mark.parametrize(
    ("quota", "offers", "fits"),
    [
        (Quota(QuotaField.GENRE, "Folk", at_least=2), 2, True),
        (Quota(QuotaField.GENRE, "folk", at_most=1), 2, False),
        (Quota(QuotaField.GENRE, "folk", at_least=2), 1, False),
        (Quota(QuotaField.GENRE, "jazz", at_least=1), 2, True),
    ],
)
def test_quotas_hold_as_far_as_songs_were_sent(programme, quota, offers, fits):
    call_id = programme.call(quotas=(quota,))
    song_ids = [programme.submitted(call_id, title) for title in ("Salt", "Rain")]
    programme.close(call_id)
    programme.score(song_ids[0], (5, 5))
    programme.score(song_ids[1], (4, 4))
    decide_all(programme, song_ids, Outcome.OFFER, Outcome.OFFER if offers == 2 else Outcome.DECLINE)
    [standing] = programme.do(programme.manager, quota_standing, call_id)
    assert standing.offered == (offers if quota.value.casefold() == "folk" else 0)
    if fits:
        assert release(programme, call_id).offered == offers
    else:
        with pytest.raises(QuotaNotMet):
            release(programme, call_id)


def test_only_the_manager_selects_and_only_between_deadline_and_release(programme):
    call_id = programme.call()
    song_id = programme.submitted(call_id)
    with pytest.raises(CallCannot):
        programme.do(programme.manager, decide, song_id, Outcome.OFFER)
    with pytest.raises(CallCannot):
        programme.do(programme.manager, draw_lottery, call_id, "1")
    programme.close(call_id)
    for who in (programme.artist, programme.curators[0], programme.stranger):
        for act, rest in (
            (decide, (song_id, Outcome.OFFER)),
            (draw_lottery, (call_id, "1")),
            (ranking, (call_id,)),
            (quota_standing, (call_id,)),
            (release_outcomes, (call_id,)),
        ):
            with pytest.raises(NotAllowed):
                programme.do(who, act, *rest)
    programme.do(programme.artist, withdraw_song, song_id)
    with pytest.raises(SongCannot):
        programme.do(programme.manager, decide, song_id, Outcome.OFFER)
