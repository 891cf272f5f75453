"""Mixes that differ from their stems in one known way, and what is said of them."""

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from audio_pipeline.stems.explaining import FLOOR_DB, explain_rest
from audio_pipeline.stems.rest import Stretch
from audio_pipeline.stems.signals import Signal

RATE_HZ = 48000
SECONDS = 80


def played(seed, seconds=SECONDS):
    """Noise of a level that rises and falls from second to second, by 12 dB at most."""
    generator = np.random.default_rng(seed)
    level = np.repeat(10 ** (generator.uniform(-12, 0, seconds) / 20), RATE_HZ)
    return (0.05 * level * generator.standard_normal(seconds * RATE_HZ))[:, np.newaxis]


def told(mix, *stems):
    return explained(mix, *stems).says


def explained(mix, *stems):
    signals = [Signal(stem.astype(np.float32)) for stem in stems]
    return explain_rest(Signal(mix.astype(np.float32)), signals, len(mix), RATE_HZ)


@pytest.fixture(scope="module")
def stems():
    return played(1), played(2)


def test_nothing_is_said_of_a_mix_that_only_has_another_level(stems):
    assert told(0.3 * sum(stems), *stems) == ()
    assert told(0 * stems[0], *stems) == ()


def test_a_part_that_no_stem_holds_is_placed(stems):
    third = played(3)
    third[: 40 * RATE_HZ] = third[62 * RATE_HZ :] = 0
    assert told(sum(stems) + third, *stems) == (
        "From 0:40 to 1:02 the mix holds sound that is in no stem: a stem is missing, or is another version.",
    )


def test_a_stem_that_is_not_in_the_mix_is_told_from_one_that_is_missing(stems):
    assert told(stems[0], *stems) == (
        "Throughout the stems hold sound that is not in the mix: a stem was muted in the mix, or is too much.",
    )


@pytest.mark.parametrize("gain_db", [-6.0, -1.5, 1.0, 6.0])
def test_levels_do_not_take_a_missing_stem_for_a_muted_one(stems, gain_db):
    third, gain = played(3), 10 ** (gain_db / 20)
    third[: 40 * RATE_HZ] = third[62 * RATE_HZ :] = 0
    (missing,) = told(sum(stems) + third, *(gain * stem for stem in stems))
    (muted,) = told(sum(stems), *(gain * stem for stem in (*stems, third)))
    assert missing.startswith("From 0:40 to 1:02 the mix holds sound")
    assert muted.startswith("From 0:40 to 1:02 the stems hold sound")


@pytest.mark.parametrize(("gain_db", "word"), [(3.0, "more"), (-3.0, "less")])
def test_treble_that_the_bus_adds_or_takes_is_named_with_its_amount(stems, gain_db, word):
    total = sum(stems)
    spectrum = np.fft.rfft(total, axis=0)
    spectrum[np.fft.rfftfreq(len(total), 1 / RATE_HZ) >= 5000] *= 10 ** (gain_db / 20)
    assert told(np.fft.irfft(spectrum, axis=0), *stems) == (f"The mix has 3.0 dB {word} treble than the stems.",)


def test_a_bus_that_compresses_from_some_time_on_is_heard(stems):
    # The third minute's worth is 6 dB louder, and comes out as loud as what precedes it.
    louder = [stem.copy() for stem in stems]
    for stem in louder:
        stem[70 * RATE_HZ :] *= 4
    mix = sum(louder)
    mix[70 * RATE_HZ :] *= 10 ** (-4 / 20)
    assert told(mix, *louder) == (
        "From 1:10 to 1:20 the mix is up to 4.0 dB lower than the stems: its bus compresses or limits.",
    )


def test_a_filter_that_only_turns_phases_does_not_make_a_stem_missing(stems):
    high_passed = sosfilt(butter(1, 15, "high", fs=RATE_HZ, output="sos"), sum(stems), axis=0)
    assert told(high_passed, *stems) == ()


def test_what_is_left_is_placed_in_time_and_spectrum(stems):
    spectrum = np.fft.rfft(sum(stems), axis=0)
    spectrum[np.fft.rfftfreq(len(sum(stems)), 1 / RATE_HZ) >= 5000] *= 0.5
    mix = sum(stems)
    mix[50 * RATE_HZ :] = np.fft.irfft(spectrum, axis=0)[50 * RATE_HZ :]
    rest = explained(mix, *stems)
    assert (rest.step_s, len(rest.left_db)) == (1.0, SECONDS)
    treble, others = rest.bands[-1], rest.bands[:-1]
    # Half of the treble is left where it was halved, and nothing of what lies below.
    assert (treble.name, treble.low_hz, treble.high_hz) == ("treble", 5000.0, 16000.0)
    assert treble.left_db[:50] == (-80,) * 50
    assert set(treble.left_db[50:]) == {-6}
    assert max(level for band in others for level in band.left_db) < -20


def test_the_places_of_which_is_spoken_are_those_where_much_is_left(stems):
    third = played(3)
    third[: 40 * RATE_HZ] = third[62 * RATE_HZ :] = 0
    rest = explained(sum(stems) + third, *stems)
    assert rest.is_other_sound
    assert rest.places == (Stretch(40.0, 62.0),)
    assert {at for at, level in enumerate(rest.left_db) if level > FLOOR_DB} == set(range(40, 62))


@pytest.mark.parametrize("gain", [0.3, 1.0, 4.0])
def test_a_level_is_nothing_that_is_left_and_a_part_at_another_level_is(stems, gain):
    mix = gain * sum(stems)
    assert set(explained(mix, *stems).left_db) == {FLOOR_DB}
    mix[60 * RATE_HZ :] *= 0.5
    rest = explained(mix, *stems)
    # Half of the stems is left of them there, and nothing where the level is the usual one.
    assert rest.left_db == (FLOOR_DB,) * 60 + (-6,) * 20
    assert not rest.is_other_sound


def test_what_is_too_quiet_to_tell_is_not_drawn_and_long_songs_have_longer_steps(stems):
    quiet = [np.tile(stem, (2, 1)) for stem in stems]
    for stem in quiet:
        stem[100 * RATE_HZ :] *= 1e-4
    mix = sum(quiet)
    mix[: 20 * RATE_HZ] *= 0.5
    rest = explained(mix, *quiet)
    assert (rest.step_s, len(rest.left_db)) == (2.0, 80)
    assert rest.left_db == (-6,) * 10 + (FLOOR_DB,) * 40 + (None,) * 30
