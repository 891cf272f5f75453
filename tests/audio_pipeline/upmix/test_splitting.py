"""What an upmix is: parts that add up to the song, whatever and however cut it is, and hold what they are named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio_pipeline.upmix.splitting import Part
from tests.audio_pipeline.upmix.sounds import (
    RATE_HZ,
    Audio,
    on_grid,
    panned,
    room,
    shares,
    split,
    strokes,
    sum_of,
    tones,
)

KINDS = {
    "noise": lambda noise: 0.3 * noise,
    "silence": lambda noise: 0 * noise,
    "mono as stereo": lambda noise: 0.3 * noise[:, [0, 0]],
    "all left": lambda noise: noise * [0.3, 0],
    "all right": lambda noise: noise * [0, 0.3],
    "inverted": lambda noise: 0.3 * noise[:, [0, 0]] * [1, -1],
    "clipped": lambda noise: np.clip(5 * noise, -1, 1 - 2**-23),
    "constant": lambda noise: np.ones_like(noise) * [0.5, -0.25],
    "nearly nothing": lambda noise: 2**-23 * noise,
    "one click": lambda noise: 0.9 * (np.arange(len(noise)) == len(noise) // 2)[:, np.newaxis] * np.ones(2),
}


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(list(KINDS)),
    rate_hz=st.sampled_from([8000, 44100, 48000, 96000]),
    frames=st.one_of(st.integers(0, 700), st.integers(701, 30_000)),
    bits=st.sampled_from([16, 24]),
    seed=st.integers(0, 1000),
)
def test_the_parts_of_any_song_of_24_bits_or_fewer_add_up_to_it_to_the_last_bit(
    kind: str, rate_hz: int, frames: int, bits: int, seed: int
) -> None:
    noise = np.random.default_rng(seed).standard_normal((frames, 2))
    song = on_grid(KINDS[kind](noise), bits)

    parts = split(song, rate_hz, block_hops=16)

    assert np.array_equal(sum_of(parts), song)
    assert all(np.array_equal(samples, on_grid(samples)) for samples in parts.values()), "24 bits hold every part"


@pytest.mark.parametrize("gain", [1e-9, 1e-4, 0.3, 3.0, 1e12])
def test_of_a_song_of_floats_their_rounding_is_left(gain: float) -> None:
    song = (gain * np.random.default_rng(1).standard_normal((20_000, 2))).astype(np.float32)

    left = sum_of(split(song)) - song

    assert np.sum(left**2) < 1e-14 * np.sum(song.astype(np.float64) ** 2), "140 dB"


@pytest.mark.parametrize(("block_hops", "cut"), [(32, 1), (32, 4801), (5, 999), (61, None), (500, 30_000)])
def test_a_song_becomes_the_same_however_it_is_cut(block_hops: int, cut: int | None) -> None:
    song = on_grid(panned(tones(0.8)) + panned(strokes(0.8), 1, 0.4) + 0.2 * room(0.8))
    song = song[:-77] if cut != 1 else song[:9001]

    whole = split(song, block_hops=200)
    found = split(song, block_hops=block_hops, cut=cut)

    # Equal to the bit wherever a Fourier transform gives one row the same numbers beside others; one code may differ.
    assert all(np.abs(found[part] - whole[part]).max() <= 2**-22 for part in Part)


def test_what_is_silent_before_and_behind_stays_so() -> None:
    song = np.zeros((3 * RATE_HZ, 2))
    song[RATE_HZ : 2 * RATE_HZ] = panned(tones(1.0)) + room(1.0)

    parts = split(on_grid(song))

    # Half a frame of a spectrum that was weighed reaches out of where there is sound.
    for samples in parts.values():
        assert not samples[: RATE_HZ - 2048].any()
        assert not samples[2 * RATE_HZ + 2048 :].any()


def test_in_the_middle_tones_are_harmonic_and_strokes_percussive() -> None:
    chord, beat = panned(tones(3.0)), panned(strokes(3.0))

    parts = split(chord + beat)

    def kept(part: Part, sound: Audio) -> float:
        """How much of the sound is in the part, by projection."""
        mono = sound[:, 0]
        return float(parts[part][:, 0] @ mono / (mono @ mono))

    assert kept(Part.MID_HARMONIC, chord) > 0.97
    assert kept(Part.MID_PERCUSSIVE, beat) > 0.85
    assert abs(kept(Part.MID_PERCUSSIVE, chord)) < 0.03
    assert abs(kept(Part.MID_HARMONIC, beat)) < 0.1
    share = shares(parts, chord + beat)
    assert share[Part.SIDES] + share[Part.AMBIENCE] < 1e-6
    assert share[Part.REMAINDER] < 1e-6, "what is neither is in no third place"


@pytest.mark.parametrize(("left", "right"), [(1.0, 0.0), (0.0, 1.0)])
def test_what_is_on_one_side_stays_there_and_nothing_of_it_comes_out_of_the_other(left: float, right: float) -> None:
    song = panned(tones(2.0), left, right)

    parts = split(song)

    assert shares(parts, song)[Part.SIDES] > 0.98
    assert not parts[Part.SIDES][:, 0 if right else 1].any()
    assert not any(parts[part].any() for part in (Part.MID_HARMONIC, Part.MID_PERCUSSIVE, Part.AMBIENCE))


def test_of_a_panned_sound_the_middle_gets_what_both_sides_have() -> None:
    chord = tones(2.0)
    song = panned(chord, 1.0, 0.5)

    parts = split(song)

    inner = slice(4096, -4096)
    middle = parts[Part.MID_HARMONIC][inner, 0] @ chord[inner] / (chord[inner] @ chord[inner])
    left, right = chord[inner] @ parts[Part.SIDES][inner] / (chord[inner] @ chord[inner])
    assert middle == pytest.approx(0.5, abs=0.02)
    assert left == pytest.approx(0.5, abs=0.02)
    assert right == pytest.approx(0.0, abs=0.02)
    assert shares(parts, song)[Part.AMBIENCE] < 1e-6


def test_what_both_sides_have_but_not_in_common_is_ambience() -> None:
    wide = room(2.0)

    share = shares(split(wide), wide)

    assert share[Part.AMBIENCE] > 0.55
    assert share[Part.AMBIENCE] > 4 * max(share[part] for part in Part if part is not Part.AMBIENCE)


def test_a_song_whose_sides_are_alike_has_neither_sides_nor_ambience() -> None:
    parts = split(on_grid(panned(tones(0.5) + strokes(0.5))))

    assert not parts[Part.SIDES].any()
    assert not parts[Part.AMBIENCE].any()


def test_low_sound_stays_where_the_mix_has_it() -> None:
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    song = panned(0.3 * np.sin(2 * np.pi * 60 * time_s), 1.0, 0.0)

    share = shares(split(song), song)

    assert share[Part.REMAINDER] > 0.98
    assert share[Part.SIDES] < 1e-3
