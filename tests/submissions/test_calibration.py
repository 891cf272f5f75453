"""Calibrated scores: habits of curators are taken out, and what was hardly heard stays near the middle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.calibration import FOUR_IN_FIVE, Given, calibrate

REVIEWS_A_SONG = 3


def simulated(seed, songs=600, curators=30):
    """Songs of known worth, judged by curators with habits; whole scores from 1 to 5."""
    chance = np.random.default_rng(seed)
    worth = chance.normal(0, 0.7, songs)
    leniency, scale = chance.normal(0, 0.5, curators), chance.normal(1, 0.3, curators)
    given = []
    for song in range(songs):
        for curator in chance.choice(curators, REVIEWS_A_SONG, replace=False):
            heard = 3.2 + leniency[curator] + scale[curator] * worth[song] + chance.normal(0, 0.5)
            given.append(Given(f"s{song:04}", f"c{curator}", float(np.clip(round(heard), 1, 5))))
    return worth, given


def best(scores, places):
    return set(sorted(scores, key=lambda song: -scores[song])[:places])


def means(given):
    heard = {}
    for one in given:
        heard.setdefault(one.song_id, []).append(one.score)
    return {song: sum(scores) / len(scores) for song, scores in heard.items()}


@pytest.mark.parametrize("seed", range(5))
def test_calibrated_scores_find_more_of_the_best_songs_than_raw_means(seed):
    worth, given = simulated(seed)
    truth = best({f"s{place:04}": value for place, value in enumerate(worth)}, 150)
    calibrated = best({song: one.score for song, one in calibrate(given).items()}, 150)
    assert len(truth & calibrated) > len(truth & best(means(given), 150))


@pytest.mark.parametrize("seed", range(4))
def test_about_four_intervals_in_five_hold_what_the_song_is_worth(seed):
    worth, given = simulated(seed)
    estimates = calibrate(given)
    off = np.array([estimates[f"s{place:04}"].score for place in range(len(worth))]) - worth
    off -= off.mean()  # where the middle of the scale lies nobody can know, and no order depends on it
    held = np.abs(off) < [FOUR_IN_FIVE * estimates[f"s{place:04}"].deviation for place in range(len(worth))]
    assert 0.7 < held.mean() < 0.87


def test_a_song_that_only_mild_curators_heard_stands_below_its_equal():
    given = [Given(f"other {n}", who, score) for n in range(20) for who, score in (("mild", 5), ("strict", 2))]
    given += [Given("by the mild", "mild", 4), Given("by the strict", "strict", 4)]
    estimates = calibrate(given)
    assert estimates["by the mild"].score < estimates["by the strict"].score


def test_the_less_was_heard_the_nearer_to_the_middle_and_the_wider_the_interval():
    given = [Given(f"other {n}", f"c{n % 4}", 1 + n % 5) for n in range(20)]
    given += [Given("once", "c0", 5), *(Given("often", f"c{n}", 5) for n in range(4))]
    estimates = calibrate(given)
    assert estimates["once"].score < estimates["often"].score <= 5
    assert estimates["once"].deviation > estimates["often"].deviation


def test_one_review_of_one_song_is_that_score_with_a_wide_interval():
    [estimate] = calibrate([Given("s", "c", 4)]).values()
    assert estimate.score == pytest.approx(4)
    assert estimate.low < 3.6 < 4.4 < estimate.high


def test_nothing_given_calibrates_nothing():
    assert calibrate([]) == {}


@given(st.permutations([Given(song, who, (len(song) + len(who)) % 5 + 1) for song in "abcd" for who in ("x", "yy")]))
def test_the_order_of_the_reviews_does_not_matter(given):
    assert calibrate(given) == calibrate(sorted(given, key=lambda one: one.song_id))


def test_equal_songs_come_out_equal():
    given = [Given(song, who, score) for song in ("a", "b") for who, score in (("x", 4), ("y", 3))]
    estimates = calibrate([*given, Given("c", "x", 1), Given("c", "y", 5)])
    assert estimates["a"] == estimates["b"]
