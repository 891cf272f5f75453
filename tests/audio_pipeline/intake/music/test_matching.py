"""The same recording is known again however it was copied; nothing else is taken for it."""

import numpy as np
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st

from audio_pipeline.intake.music.describing import MusicListener
from audio_pipeline.intake.music.matching import MOST_BIT_ERROR, SHORTEST_S, find_twins
from audio_pipeline.intake.music.printing import RISE_HOPS, WORDS_A_SECOND, Words, from_bytes, to_bytes
from tests.audio_pipeline.intake.played import RATE_HZ, play_song

seeds = st.integers(0, 2**32 - 1)


def print_of(sound: np.ndarray, rate_hz: int = RATE_HZ, block: int = 65536) -> Words:
    listener = MusicListener(rate_hz)
    for first in range(0, len(sound), block):
        listener.process(sound[first : first + block, np.newaxis])
    return listener.finish()[1]


def random_words(rng: np.random.Generator, seconds: float) -> Words:
    return rng.integers(1, 2**32, round(seconds * WORDS_A_SECOND), dtype=np.uint32)


def with_errors(rng: np.random.Generator, words: Words, share: float) -> Words:
    flipped = rng.random((len(words), 32)) < share
    return words ^ np.packbits(flipped, axis=1, bitorder="little").view("<u4")[:, 0]


@pytest.fixture(scope="module")
def song() -> np.ndarray:
    return play_song(3, seconds=40).sound


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(lambda song: (4 * song, RATE_HZ), id="louder"),
        pytest.param(lambda song: (-0.1 * song, RATE_HZ), id="softer and upside down"),
        pytest.param(lambda song: (np.pad(song, (RATE_HZ // 4, 0)), RATE_HZ), id="later"),
        pytest.param(lambda song: (song[6 * RATE_HZ : -3 * RATE_HZ], RATE_HZ), id="cut at both ends"),
        pytest.param(lambda song: (soxr.resample(song, RATE_HZ, 44100), 44100), id="at another rate"),
        pytest.param(
            lambda song: (song + 3e-3 * np.random.default_rng(0).standard_normal(len(song)), RATE_HZ), id="noisy"
        ),
    ],
)
def test_a_copy_is_recognised(song, copy):
    (twin,) = find_twins(print_of(song), [print_of(*copy(song))])
    assert twin is not None
    assert twin.bit_error < MOST_BIT_ERROR / 2


@pytest.mark.parametrize("speed", [0.95, 1.05])
def test_a_song_at_another_speed_is_not_claimed(song, speed):
    faster = soxr.resample(song, RATE_HZ * speed, RATE_HZ)
    assert find_twins(print_of(song), [print_of(faster)]) == (None,)


def test_songs_in_one_key_at_one_tempo_are_not_taken_for_each_other():
    prints = [print_of(play_song(seed, seconds=32).sound) for seed in range(6)]
    for at, one in enumerate(prints):
        found = find_twins(one, prints)
        assert [twin is not None for twin in found] == [other == at for other in range(len(prints))]


def test_a_print_is_the_same_for_every_size_of_block(song):
    short = song[: 8 * RATE_HZ]
    assert np.array_equal(print_of(short), print_of(short, block=977))
    assert len(print_of(short)) == pytest.approx((8 - 0.743) * WORDS_A_SECOND - RISE_HOPS, abs=2)


def test_silence_has_no_print_and_silent_parts_say_nothing(song):
    assert len(print_of(np.zeros(20 * RATE_HZ, np.float32))) == 0
    dither = 1e-5 * np.random.default_rng(0).standard_normal(8 * RATE_HZ)
    gap = np.concatenate([song[: 12 * RATE_HZ], dither, song[12 * RATE_HZ :]])
    words = print_of(gap)
    assert (words[round(13 * WORDS_A_SECOND) : round(19 * WORDS_A_SECOND)] == 0).all()
    silent = np.zeros(len(words), np.uint32)
    assert find_twins(silent, [silent]) == (None,)


@given(seeds, st.floats(0, 0.12), st.integers(0, 900), st.floats(31, 60))
def test_a_common_half_minute_is_found_wherever_it_is(seed, share, before, seconds):
    rng = np.random.default_rng(seed)
    common = random_words(rng, seconds)
    mine = np.concatenate([random_words(rng, before / WORDS_A_SECOND), common, random_words(rng, 60)])
    theirs = np.concatenate([random_words(rng, 20), with_errors(rng, common, share), random_words(rng, 5)])
    (twin,) = find_twins(mine, [theirs])
    assert twin is not None
    assert twin.begins_s == pytest.approx((before - round(20 * WORDS_A_SECOND)) / WORDS_A_SECOND, abs=0.01)
    assert twin.bit_error == pytest.approx(share, abs=0.01)
    assert twin.common_s >= 30


@given(seeds, st.floats(0.18, 0.5))
def test_what_differs_more_is_never_claimed(seed, share):
    rng = np.random.default_rng(seed)
    words = random_words(rng, 60)
    assert find_twins(words, [with_errors(rng, words, share)]) == (None,)


@given(seeds, st.floats(3, SHORTEST_S - 1))
def test_a_few_seconds_in_common_are_no_twin(seed, seconds):
    rng = np.random.default_rng(seed)
    sample = random_words(rng, seconds)
    mine, theirs = (np.concatenate([random_words(rng, 40), sample, random_words(rng, 40)]) for _ in range(2))
    assert find_twins(mine, [theirs, sample]) == (None, None)


@given(seeds, st.integers(1, 12), st.data())
def test_each_of_many_prints_is_judged_by_itself(seed, many, data):
    rng = np.random.default_rng(seed)
    words = random_words(rng, 35)
    is_twin = data.draw(st.lists(st.booleans(), min_size=many, max_size=many))
    others = [with_errors(rng, words, 0.05) if one else random_words(rng, float(rng.uniform(0, 50))) for one in is_twin]
    assert [twin is not None for twin in find_twins(words, others)] == is_twin


def test_a_loop_that_goes_round_is_found_in_itself_and_soon():
    rng = np.random.default_rng(9)
    loop = np.tile(random_words(rng, 2), 60)
    (twin,) = find_twins(loop, [with_errors(rng, loop, 0.05)])
    assert twin is not None


def test_nothing_is_alike_to_nothing():
    nothing = np.zeros(0, np.uint32)
    assert find_twins(nothing, []) == ()
    assert find_twins(nothing, [nothing, random_words(np.random.default_rng(1), 40)]) == (None, None)


@given(seeds)
def test_a_stored_print_comes_back(seed):
    words = random_words(np.random.default_rng(seed), 3)
    assert np.array_equal(from_bytes(to_bytes(words)), words)
    with pytest.raises(ValueError, match="multiple"):
        from_bytes(to_bytes(words)[:-1])
