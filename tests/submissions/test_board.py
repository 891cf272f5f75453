"""The ranking laid out: where the line runs, what is too close to call, and a draw that anybody can repeat."""

from fractions import Fraction

import pytest

from submissions.board import TOO_CLOSE, lay_out
from submissions.calibration import Estimate
from submissions.ranking import Standing, lottery_ticket, rank_songs


def standing(song_id, score, deviation=0.4):
    return Standing(
        song_id=song_id,
        rank=0,
        mean=score,
        reviews=0 if score is None else 3,
        abstentions=0,
        tied=False,
        calibrated=None if score is None else Estimate(score, deviation),
    )


def ranked(**scores):
    estimates = {song_id: Estimate(score, 0.4) for song_id, score in scores.items() if score is not None}
    return rank_songs(
        {song_id: [] if score is None else [Fraction(score)] * 3 for song_id, score in scores.items()}, estimates, None
    )


def order(board):
    return [one.song_id for one in board.order]


def test_the_line_runs_between_the_last_with_a_place_and_the_first_without():
    board = lay_out(ranked(a=4.5, b=4.0, c=3.0), 2, None)
    assert (order(board), board.line, board.zone) == (["a", "b", "c"], 3.5, range(0))


def test_songs_about_the_line_are_one_zone_and_the_others_keep_their_places():
    reach = TOO_CLOSE * 0.4
    board = lay_out(ranked(a=4.5, b=4.0 + 0.5 * reach, c=4.0, d=4.0 - 0.5 * reach, e=3.9, f=3.0), 3, None)
    assert (list(board.zone), board.zone_places) == ([1, 2, 3], 2)
    drawn = lay_out(board.order, 3, "4711")
    assert (order(drawn)[0], order(drawn)[4:]) == ("a", ["e", "f"])
    assert order(drawn)[1:4] == sorted("bcd", key=lambda song_id: lottery_ticket("4711", song_id))


def test_a_line_through_equals_is_always_too_close_to_call():
    songs = ranked(a=4.5, b=3.996, c=3.999, d=4.004, e=3.0)
    assert {(one.song_id, one.rank, one.tied) for one in songs} == {
        ("a", 1, False),
        ("b", 2, True),
        ("c", 2, True),
        ("d", 2, True),
        ("e", 5, False),
    }
    precise = [standing(one.song_id, one.mean, 0.001) for one in songs]
    assert list(lay_out(precise, 2, None).zone) == [1, 2, 3]


@pytest.mark.parametrize("places", [0, 3, 4, 9])
def test_without_songs_on_both_sides_there_is_no_line(places):
    board = lay_out(ranked(a=4.5, b=4.0, c=3.0, none=None), places, "4711")
    assert (board.line, board.zone, order(board)) == (None, range(0), ["a", "b", "c", "none"])


def test_songs_without_a_score_come_last_and_are_equals():
    songs = ranked(none=None, a=2.0, also_none=None)
    assert [(one.rank, one.tied) for one in songs] == [(1, False), (2, True), (2, True)]
    assert songs[0].song_id == "a"
