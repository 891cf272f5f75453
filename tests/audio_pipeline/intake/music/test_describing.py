"""Tempo, key and turns of songs of which they are known; and what a song is like."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_pipeline.intake.judging import judge_file
from audio_pipeline.intake.music.describing import Likeness, Music, MusicListener
from audio_pipeline.intake.music.sections import novelty
from audio_pipeline.intake.music.tempo import tempo_of
from tests.audio_pipeline.intake.played import RATE_HZ, Played, as_stereo, play_song

SONGS = Path(__file__).parents[4] / "fixtures" / "songs"


def hear(sound: np.ndarray, rate_hz: int = RATE_HZ, block: int = 65536) -> Music | None:
    sound = sound[:, np.newaxis] if sound.ndim == 1 else sound
    listener = MusicListener(rate_hz)
    for first in range(0, len(sound), block):
        listener.process(sound[first : first + block])
    return listener.finish()[0]


def heard(sound: np.ndarray) -> Music:
    music = hear(sound)
    assert music is not None
    return music


@pytest.fixture(scope="module")
def played() -> list[tuple[Played, Music]]:
    return [(song, heard(song.sound)) for song in (play_song(seed) for seed in range(200, 208))]


def test_the_tempo_is_right_or_an_octave_off_and_says_so(played):
    for song, music in played:
        assert music.tempo is not None
        said = [music.tempo.bpm] if music.tempo.or_bpm is None else [music.tempo.bpm, music.tempo.or_bpm]
        assert min(abs(bpm / song.bpm - 1) for bpm in said) < 0.01, (music.tempo, song.bpm)


def test_the_key_is_right_or_the_other_that_is_said(played):
    right = sum(music.key is not None and song.key in (music.key.name, music.key.or_name) for song, music in played)
    assert right == 8, [(song.key, music.key) for song, music in played]
    assert sum(music.key is not None and song.key == music.key.name for song, music in played) >= 7


def test_most_turns_are_found_and_hardly_any_invented(played):
    starts = [[section.start_s for section in music.sections[1:]] for _, music in played]
    turns = [song.turns_s for song, _ in played]
    found = sum(any(abs(a - b) < 2 for a in said) for said, true in zip(starts, turns, strict=True) for b in true)
    assert found >= 0.6 * sum(map(len, turns))
    assert sum(map(len, starts)) - found <= 2


def test_sections_go_from_the_start_to_the_end_without_a_gap(played):
    for song, music in played:
        assert music.sections[0].start_s == 0
        assert music.sections[-1].end_s == pytest.approx(len(song.sound) / RATE_HZ, abs=0.06)
        assert [one.end_s for one in music.sections[:-1]] == [one.start_s for one in music.sections[1:]]


@pytest.mark.parametrize(
    ("name", "slowest", "fastest", "key"),
    [("la_folia", 134, 142, "D minor"), ("gymnopedie", 86, 92, "D major"), ("largo", None, None, "D flat major")],
)
def test_works_whose_scores_are_known_are_heard_as_they_are_written(name, slowest, fastest, key):
    music = hear(*soundfile.read(SONGS / name / "mix.flac"))
    assert music is not None
    assert music.key is not None
    assert music.key.name == key
    if slowest is None:  # strings in free time: no tempo is better than an invented one
        assert music.tempo is None
    else:
        assert music.tempo is not None
        assert slowest <= music.tempo.bpm <= fastest


def test_noise_has_no_tempo_and_no_section_but_one():
    music = heard(0.1 * np.random.default_rng(2).standard_normal(40 * RATE_HZ))
    assert music.tempo is None
    assert len(music.sections) == 1


def test_nothing_is_said_of_silence_and_of_a_few_seconds():
    assert hear(np.zeros(20 * RATE_HZ)) is None
    assert hear(play_song(1, seconds=8).sound[: 4 * RATE_HZ]) is None
    assert hear(np.zeros((0, 2))) is None
    assert tempo_of(np.zeros(1000, np.float32)) is None


def test_neither_gain_nor_the_size_of_blocks_changes_what_is_said():
    song = play_song(5, seconds=24).sound
    plain = hear(song)
    assert hear(song, block=1013) == plain
    softer = heard(0.25 * song)
    assert plain is not None
    assert softer.tempo is not None
    assert plain.tempo is not None
    assert softer.key is not None
    assert plain.key is not None
    assert (softer.tempo.bpm, softer.key.name) == (plain.tempo.bpm, plain.key.name)
    assert np.allclose(softer.likeness.harmony, plain.likeness.harmony, atol=0.03)


def test_harmony_is_told_from_the_tonic_so_that_a_song_in_another_key_is_as_near(played):
    for song, music in played:
        if music.key is not None and music.key.name == song.key:
            assert music.likeness.harmony[0] == pytest.approx(max(music.likeness.harmony), abs=0.12)


def test_the_groups_of_a_likeness_have_one_length(played):
    for _, music in played:
        likeness: Likeness = music.likeness
        assert (len(likeness.timbre), len(likeness.harmony), len(likeness.pace)) == (24, 12, 3)


def test_novelty_is_that_of_a_checkerboard_along_the_matrix_of_products():
    rows = np.random.default_rng(4).standard_normal((60, 3))
    side = 8
    taper = np.exp(-0.5 * (np.arange(side) / (0.5 * side)) ** 2)
    signed = np.concatenate([-taper[::-1], taper]) / taper.sum()
    products = rows @ rows.T
    board = np.outer(signed, signed)
    expected = [(board * products[at - side : at + side, at - side : at + side]).sum() for at in range(side, 52)]
    assert np.allclose(novelty(rows, side)[side:52], expected)


def test_stems_are_not_heard_as_music(tmp_path):
    path = tmp_path / "song.wav"
    soundfile.write(path, as_stereo(play_song(1, seconds=12).sound), RATE_HZ)
    prints: list[int] = []
    song = judge_file(path, take_print=lambda words: prints.append(len(words)))
    assert song.music is not None
    assert song.fingerprint_sha256 is not None
    stem = judge_file(path, as_stem=True, take_print=lambda words: prints.append(len(words)))
    assert (stem.music, stem.fingerprint_sha256, len(prints)) == (None, None, 1)


def test_the_hash_of_a_print_names_the_sound_and_not_the_file(tmp_path):
    sound = as_stereo(play_song(1, seconds=12).sound)
    soundfile.write(tmp_path / "a.wav", sound, RATE_HZ, "PCM_24")
    soundfile.write(tmp_path / "b.flac", sound, RATE_HZ, "PCM_24")
    first, second = (judge_file(tmp_path / name) for name in ("a.wav", "b.flac"))
    assert first.sha256 != second.sha256
    assert first.fingerprint_sha256 == second.fingerprint_sha256
