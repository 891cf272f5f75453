"""What curators are told of a song as music, and which songs of their desk are like it."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from submissions.blind import alias_of
from submissions.likeness import Likeness, Music, distances, music_in
from submissions.review import abstain, listening_copy, listening_queue
from submissions.similar import MOST, as_music
from submissions.tables import report_table
from submissions.versions import withdraw_song
from tests.submissions.pages import text_of

seeds = st.integers(0, 2**32 - 1)


def like(*timbre, bpm=120.0):
    """A song whose timbre is these numbers."""
    return {
        "tempo": {"bpm": bpm, "confidence": 0.9, "or_bpm": bpm / 2},
        "key": {"name": "A minor", "confidence": 0.2, "or_name": "C major"},
        "sections": [{"start_s": 0.0, "end_s": 72.4}, {"start_s": 72.4, "end_s": 200.0}],
        "likeness": {"timbre": list(timbre), "harmony": [1.0], "pace": [0.0]},
    }


def some_likeness(rng):
    return Likeness(*(tuple(rng.standard_normal(many)) for many in (24, 12, 3)))


@pytest.fixture
def heard(programme):
    """A call in review with nine songs of Runa's and Otto's, each a little further from the first."""
    call_id = programme.call(songs_per_artist=9)
    songs = []
    for number in range(9):
        artist = programme.artist if number % 2 else programme.other_artist
        song_id = programme.submitted(call_id, f"Song {number}", artist)
        programme.report(song_id, artist=artist, music=like(float(number), float(number)))
        hear_as(programme, song_id, like(float(number), float(number)))
        songs.append(song_id)
    programme.close(call_id)
    return call_id, songs


def hear_as(programme, song_id, music):
    with programme.work.write() as uow:
        uow.connection.execute(update(report_table).where(report_table.c.song_id == song_id).values(music=music))


def told(programme, who, call_id, song_id):
    with programme.work.read(who) as uow:
        return as_music(uow, listening_copy(uow, who, song_id), listening_queue(uow, who, call_id))


def test_the_nearest_of_the_desk_are_told_nearest_first_and_few_of_them(programme, heard):
    call_id, songs = heard
    cleo = programme.curators[0]
    assert [one.song_id for one in told(programme, cleo, call_id, songs[0]).similar] == songs[1:5]
    nearest = told(programme, cleo, call_id, songs[8]).similar
    assert [one.song_id for one in nearest] == songs[7:3:-1]
    assert len(nearest) <= MOST


def test_what_a_curator_may_not_hear_is_never_told(programme, heard):
    call_id, songs = heard
    cleo = programme.curators[0]
    programme.do(programme.artist, withdraw_song, songs[1])
    assert songs[1] not in [one.song_id for one in told(programme, cleo, call_id, songs[0]).similar]
    judge = msgspec.structs.replace(cleo, email=programme.artist.email)  # Runa's songs are not for this one to judge
    queue = programme.do(judge, listening_queue, call_id)
    assert {entry.song_id for entry in queue} == set(songs[::2])
    assert [one.song_id for one in told(programme, judge, call_id, songs[0]).similar] == [songs[2], songs[4]]


def test_a_small_call_and_a_song_without_music_have_no_list(programme):
    call_id = programme.call()
    one, other = programme.submitted(call_id, "Salt"), programme.submitted(call_id, "Rain")
    programme.close(call_id)
    cleo = programme.curators[0]
    assert told(programme, cleo, call_id, one).music is None
    for song_id in (one, other):
        hear_as(programme, song_id, like(1.0, 2.0))
    found = told(programme, cleo, call_id, one)
    assert found.music == msgspec.convert(like(1.0, 2.0), Music)
    assert found.similar == ()


def test_songs_that_were_described_in_another_way_are_left_out(programme, heard):
    call_id, songs = heard
    hear_as(programme, songs[1], like(0.0, 0.0, 0.0))
    assert songs[1] not in [one.song_id for one in told(programme, programme.curators[0], call_id, songs[0]).similar]


def test_the_desk_shows_tempo_key_and_turns_and_songs_alike_by_their_invented_names(pages, programme, heard):
    _, songs = heard
    cleo = programme.curators[0]
    programme.do(cleo, abstain, songs[1], "I know them.")
    page = pages.page(cleo, f"/desk/songs/{songs[0]}")
    text = text_of(page)
    assert "120 beats a minute, or 60" in text
    assert "A minor, or C major" in text
    assert 'data-go="72.4" aria-label="Go to 1:12, where it turns"' in page
    listed = [song_id for song_id in songs[1:] if f'href="/desk/songs/{song_id}">{alias_of(song_id)}' in page]
    assert listed == songs[1:5]
    assert text.count("judged") == 1
    assert [word for word in ("Song 1", "Runa", "Otto") if word in page] == []


def test_a_song_without_a_beat_or_a_key_says_so(pages, programme, heard):
    _, songs = heard
    hear_as(programme, songs[0], {"likeness": like(1.0, 1.0)["likeness"]})
    text = text_of(pages.page(programme.curators[0], f"/desk/songs/{songs[0]}"))
    assert "free, no steady beat" in text
    assert "no key" in text
    assert "It turns at" not in text


@given(seeds, st.integers(1, 12))
def test_a_song_is_nearest_to_itself_and_as_far_from_another_as_that_from_it(seed, many):
    rng = np.random.default_rng(seed)
    songs = [some_likeness(rng) for _ in range(many)]
    far = np.array([distances(one, songs[:at] + songs[at + 1 :] + [one]) for at, one in enumerate(songs)])
    assert np.allclose(far[:, -1], 0)
    assert (far >= 0).all()
    assert np.isclose(distances(songs[0], [songs[-1]])[0], distances(songs[-1], [songs[0]])[0])


def test_numbers_that_are_the_same_in_all_songs_do_not_count():
    plain = [Likeness((1.0, float(one)), (1.0,), (0.0,)) for one in range(3)]
    assert distances(plain[0], plain).tolist() == sorted(distances(plain[0], plain))
    same = [Likeness((1.0,), (1.0,), (0.0,))] * 3
    assert distances(same[0], same).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "findings",
    [
        {},
        {"files": None},
        {"files": [{"path": "a.wav"}]},
        {"files": [{"path": "a.wav", "music": {"tempo": None}}]},
        {"files": [{"path": "a.wav", "music": {"likeness": {"timbre": "dark"}}}]},
    ],
)
def test_what_a_report_does_not_say_or_says_otherwise_is_not_known(findings):
    assert music_in(findings) is None


def test_the_music_in_a_report_is_that_of_its_mix():
    files = [{"path": "voice.wav"}, {"path": "mix/a.wav", "music": like(1.0)}]
    assert music_in({"files": files, "stems": None}) == msgspec.convert(like(1.0), Music)
