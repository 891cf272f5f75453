"""Blind, assigned, once a song; and a mean that punishes nobody for what was left out."""

from datetime import timedelta
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencall.kernel.principal import NotAllowed, Principal
from submissions.blind import HIDDEN_LINK, HIDDEN_NAME, alias_of, hide_names
from submissions.calibration import Given, calibrate
from submissions.calls import close_call
from submissions.errors import (
    AlreadyReviewed,
    CallCannot,
    NotAssigned,
    NothingScored,
    OwnSong,
    ReasonMissing,
    ScoresMissing,
    ScoreWrong,
    SongCannot,
    UnknownCategory,
)
from submissions.material import AiDeclaration, Person, SongDetails, Story
from submissions.ranking import lottery_ticket, mean_of, rank_songs, weighted_mean
from submissions.review import (
    Review,
    abstain,
    assign_curator,
    listening_copy,
    listening_queue,
    release_curator,
    send_review,
)
from submissions.songs import declare_ai, write_details, write_people, write_story
from submissions.terms import Category
from submissions.versions import submit_song, withdraw_song

RUBRIC = (Category("a", "A?", 3), Category("b", "B?", 1, 1, 10))
GOOD = Review(scores={"stays": 4, "care": 3})


@pytest.fixture
def heard(programme):
    """A call in review, with one song."""
    call_id = programme.call()
    song_id = programme.submitted(call_id)
    programme.close(call_id)
    return call_id, song_id


def test_a_curator_sees_nothing_that_names_anybody(programme):
    call_id = programme.call()
    song_id = programme.ready(call_id)
    artist, secrets = (
        programme.artist,
        ["nine small harbours", "rannva", "jógvan", "poulsen", "harbours.example", "mix.wav"],
    )
    details = SongDetails(
        title="Salt (Nine Small Harbours)", artist_name="Nine Small Harbours", language="fo", genre="folk"
    )
    programme.do(artist, write_details, song_id, details)
    story = (
        "Rannva said to JÓGVAN  POULSEN: we are nine-small harbours. Poulsen laughed.\n"
        "Hear us at https://harbours.example/salt or write to us@harbours.example. #mix"
    )
    programme.do(artist, write_story, song_id, Story(story, "en", {"fo": "Rannva segði tað."}))
    programme.do(artist, declare_ai, song_id, AiDeclaration(used=True, description="Rannva's voice was cleaned."))
    people = (
        Person(name="Rannva", email="rannva@harbours.example", part="voice", basis_points=5000),
        Person(name="Jógvan Poulsen", email="jp@harbours.example", part="accordion", basis_points=5000),
    )
    programme.do(artist, write_people, song_id, people)
    programme.do(artist, submit_song, song_id)
    programme.close(call_id)

    page = msgspec.json.encode(programme.do(programme.curators[0], listening_copy, song_id)).decode().casefold()
    assert [secret for secret in [*secrets, artist.email, artist.user_id] if secret in page] == []
    assert HIDDEN_NAME in page
    assert HIDDEN_LINK in page
    assert "laughed" in page


def test_words_that_are_also_names_stay_in_the_story():
    assert (
        hide_names("At low tide we sang. Low Tide Choir!", ["Low Tide Choir"]) == f"At low tide we sang. {HIDDEN_NAME}!"
    )
    assert hide_names("A janitor met Jan.", ["Jan"]) == f"A janitor met {HIDDEN_NAME}."


def test_a_name_is_found_however_its_accents_are_written():
    assert hide_names("Jo\u0301gvan", ["J\u00f3gvan"]) == HIDDEN_NAME
    assert hide_names("J\u00f3gvan", ["Jo\u0301gvan"]) == HIDDEN_NAME


@given(st.text("abcXYZ -", min_size=1, max_size=12), st.text("abcXYZ -.\n", max_size=40), st.text("abc .", max_size=20))
def test_no_name_survives_as_a_word(name, before, after):
    shown = hide_names(f"{before} {name} {after}", [name] if name.strip(" -") else [])
    if name.strip(" -"):
        words = f" {' '.join(shown.replace('-', ' ').split()).casefold()} "
        assert f" {' '.join(name.replace('-', ' ').split()).casefold()} " not in words.replace(".", " ")


def test_a_song_has_the_same_alias_for_everybody():
    assert alias_of("song") == alias_of("song")
    assert len({alias_of(str(number)) for number in range(100)}) > 90


def test_only_assigned_curators_of_the_call_hear_a_song_and_only_after_the_deadline(programme):
    call_id = programme.call()
    song_id = programme.submitted(call_id)
    cleo = programme.curators[0]
    with pytest.raises(NotAssigned):
        programme.do(cleo, listening_copy, song_id)
    programme.do(programme.manager, assign_curator, call_id, cleo.user_id)
    with pytest.raises(CallCannot):
        programme.do(cleo, listening_copy, song_id)
    programme.clock.advance(timedelta(days=40))
    programme.do(programme.manager, close_call, call_id)
    assert programme.do(cleo, listening_copy, song_id).title == "Salt"
    for act, rest in ((listening_copy, ()), (send_review, (GOOD,)), (abstain, ("No.",))):
        with pytest.raises(NotAssigned):
            programme.do(programme.curators[1], act, song_id, *rest)
        for who in (programme.manager, programme.artist, programme.other_artist, programme.stranger):
            with pytest.raises(NotAllowed):
                programme.do(who, act, song_id, *rest)


def test_a_curator_who_is_released_hears_no_more(programme, heard):
    call_id, song_id = heard
    cleo = programme.curators[0]
    programme.do(programme.manager, release_curator, call_id, cleo.user_id)
    with pytest.raises(NotAssigned):
        programme.do(cleo, listening_copy, song_id)


def test_nobody_judges_a_song_that_they_are_part_of(programme, heard):
    call_id, song_id = heard
    cleo = programme.curators[0]
    player = Principal(user_id="else", name="Jon", email="JON@example.org", grants=cleo.grants)
    artist = Principal(user_id=programme.artist.user_id, name="Runa", email="", grants=cleo.grants)
    for who in (player, artist):
        programme.do(programme.manager, assign_curator, call_id, who.user_id)
        for act, rest in ((listening_copy, ()), (send_review, (GOOD,)), (abstain, ("No.",))):
            with pytest.raises(OwnSong):
                programme.do(who, act, song_id, *rest)
        assert programme.do(who, listening_queue, call_id) == ()


def test_a_review_is_sent_once_an_abstention_too(programme, heard):
    _, song_id = heard
    cleo, carl, _ = programme.curators
    programme.do(cleo, send_review, song_id, GOOD)
    programme.do(carl, abstain, song_id, "My sister plays on it.", conflict=True)
    for who in (cleo, carl):
        with pytest.raises(AlreadyReviewed):
            programme.do(who, send_review, song_id, GOOD)
        with pytest.raises(AlreadyReviewed):
            programme.do(who, abstain, song_id, "No.")


@pytest.mark.parametrize(
    ("scores", "refusal"),
    [
        ({"stays": 4}, ScoresMissing),
        ({}, ScoresMissing),
        ({"stays": 4, "care": 3, "luck": 5}, UnknownCategory),
        ({"stays": 0, "care": 3}, ScoreWrong),
        ({"stays": 4, "care": 6}, ScoreWrong),
        ({"stays": None, "care": None}, NothingScored),
    ],
)
def test_a_review_that_does_not_fit_the_rubric_is_refused(programme, heard, scores, refusal):
    with pytest.raises(refusal):
        programme.do(programme.curators[0], send_review, heard[1], Review(scores=scores))


def test_an_abstention_needs_a_reason(programme, heard):
    with pytest.raises(ReasonMissing):
        programme.do(programme.curators[0], abstain, heard[1], " ")


def test_a_withdrawn_song_is_heard_by_nobody(programme, heard):
    call_id, song_id = heard
    programme.do(programme.artist, withdraw_song, song_id)
    with pytest.raises(SongCannot):
        programme.do(programme.curators[0], listening_copy, song_id)
    assert programme.do(programme.curators[0], listening_queue, call_id) == ()


def test_each_curator_has_an_order_of_their_own_and_sees_what_is_done(programme):
    call_id = programme.call()
    song_ids = {programme.submitted(call_id, title) for title in "ABCDE"}
    programme.close(call_id)
    queues = [programme.do(curator, listening_queue, call_id) for curator in programme.curators]
    assert all({entry.song_id for entry in queue} == song_ids for queue in queues)
    assert len({tuple(entry.song_id for entry in queue) for queue in queues}) > 1
    cleo, first = programme.curators[0], queues[0][0]
    programme.do(cleo, send_review, first.song_id, GOOD)
    assert [entry.done for entry in programme.do(cleo, listening_queue, call_id)] == [True, False, False, False, False]


def ranked(reviews, seed=None):
    """Songs ranked from the means that one curator after the other gave."""
    scores = [
        Given(song_id, str(at), float(mean))
        for song_id, means in reviews.items()
        for at, mean in enumerate(means)
        if mean is not None
    ]
    return rank_songs(reviews, calibrate(scores), seed)


def test_the_mean_weighs_and_does_not_punish_an_abstention():
    assert weighted_mean(RUBRIC, {"a": 4, "b": 8}) == 5
    assert weighted_mean(RUBRIC, {"a": 4, "b": None}) == 4


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 10)), min_size=1, max_size=6))
def test_equal_scores_give_an_equal_mean_whatever_the_weights_and_however_many_reviews(pairs):
    same = {"a": pairs[0][0], "b": pairs[0][0]}
    assert weighted_mean(RUBRIC, same) == pairs[0][0]
    means = [weighted_mean(RUBRIC, {"a": a, "b": b}) for a, b in pairs]
    assert mean_of(means) == mean_of(means * 2) == float(sum(Fraction(3 * a + b, 4) for a, b in pairs) / len(pairs))


def test_songs_stand_by_mean_and_those_without_a_review_last():
    standing = ranked({"low": [Fraction(1)], "none": [None], "high": [Fraction(5), None], "also none": []})
    assert [(one.song_id, one.rank, one.mean, one.reviews, one.abstentions, one.tied) for one in standing[:2]] == [
        ("high", 1, 5.0, 1, 1, False),
        ("low", 2, 1.0, 1, 0, False),
    ]
    assert {(one.song_id, one.rank, one.mean, one.tied) for one in standing[2:]} == {
        ("none", 3, None, True),
        ("also none", 3, None, True),
    }


def test_thirds_that_are_equal_are_a_tie():
    rubric = (Category("a", "A?", 1), Category("b", "B?", 1), Category("c", "C?", 1))
    fives, sixes = ({"a": a, "b": b, "c": 2} for a, b in ((1, 2), (2, 2)))
    reviews = {"one": [fives, sixes], "two": [sixes, {"a": 2, "b": 1, "c": 2}]}
    standing = ranked({key: [weighted_mean(rubric, scores) for scores in given] for key, given in reviews.items()})
    assert [(one.rank, one.mean, one.tied) for one in standing] == [(1, 11 / 6, True)] * 2


@given(st.text(min_size=1, max_size=10))
def test_the_lottery_can_be_repeated_by_anybody_and_moves_only_equals(seed):
    equal = {str(number): [Fraction(3)] for number in range(6)}
    standing = ranked({**equal, "best": [Fraction(5)]}, seed)
    assert [one.rank for one in standing] == [1, 2, 3, 4, 5, 6, 7]
    assert [one.song_id for one in standing] == ["best", *sorted(equal, key=lambda key: lottery_ticket(seed, key))]


def test_different_seeds_draw_different_orders():
    equal = {str(number): [Fraction(3)] for number in range(6)}
    orders = {tuple(one.song_id for one in ranked(equal, str(seed))) for seed in range(20)}
    assert len(orders) > 15
