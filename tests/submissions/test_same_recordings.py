"""One recording in two songs of a call: each learns what they may know, and no more, as things are now."""

from datetime import timedelta

import pytest

from submissions.files import remove_file
from submissions.material import Part, SongDetails
from submissions.queries import song_page
from submissions.reports import SameAs
from submissions.rows import files_of
from submissions.same_recordings import songs_sent_twice
from submissions.songs import write_details
from submissions.versions import submit_song, withdraw_song
from tests.submissions.pages import text_of

SENT_BEFORE = "This recording is in the call already"
OWN = "You have this recording in another song"


def mix_of(programme, song_id):
    return next(file.sha256 for file in programme.machine(files_of, song_id) if file.part is Part.MIX)


def find_same(programme, song_id, other_id, artist=None):
    """The machine hears `song_id` again and finds that it is `other_id`."""
    same = SameAs(other_id, mix_of(programme, other_id), 0.0124, 192.0)
    programme.report(song_id, artist=artist, same=(same,))


def told(programme, who, song_id):
    same = programme.do(who, song_page, song_id).same
    return same.own_titles, same.of_others


@pytest.fixture
def twice(programme):
    """Runa's Salt is in the call; Otto drafts the same recording as Rain."""
    call_id = programme.call()
    first = programme.submitted(call_id, "Salt")
    programme.clock.advance(timedelta(hours=1))
    second = programme.ready(call_id, "Rain", programme.other_artist)
    find_same(programme, second, first, programme.other_artist)
    return call_id, first, second


def test_an_artist_is_told_that_the_recording_is_there_and_not_whose_it_is(pages, programme, twice):
    _, first, second = twice
    page = pages.page(programme.other_artist, f"/submissions/{second}/report")
    assert SENT_BEFORE in page
    assert "1 thing worth fixing" in text_of(page)
    assert [word for word in ("Salt", "Runa", first) if word in page] == []
    assert told(programme, programme.other_artist, second) == ((), True)


def test_who_sent_it_first_is_not_told_of_the_other(programme, twice):
    _, first, second = twice
    programme.do(programme.other_artist, submit_song, second)
    assert told(programme, programme.artist, first) == ((), False)
    assert told(programme, programme.other_artist, second) == ((), True)


def test_their_own_other_song_is_named_to_an_artist_draft_or_not(pages, programme):
    call_id = programme.call()
    first, second = programme.ready(call_id, "Salt"), programme.ready(call_id, "Rain")
    find_same(programme, second, first)
    page = text_of(pages.page(programme.artist, f"/submissions/{second}/report"))
    assert OWN in page
    assert "the mix of “Salt”" in page
    assert told(programme, programme.artist, first) == (("Rain",), False)


def test_another_artists_draft_is_nobodys_business(programme):
    call_id = programme.call()
    first = programme.ready(call_id, "Salt")
    second = programme.ready(call_id, "Rain", programme.other_artist)
    find_same(programme, second, first, programme.other_artist)
    assert told(programme, programme.other_artist, second) == ((), False)
    programme.do(programme.other_artist, submit_song, second)
    assert programme.machine(songs_sent_twice, call_id) == frozenset()
    assert told(programme, programme.artist, first) == ((), True)


def test_what_was_withdrawn_is_in_the_call_no_longer(programme, twice):
    _, first, second = twice
    programme.do(programme.artist, withdraw_song, first)
    assert told(programme, programme.other_artist, second) == ((), False)


def test_a_song_that_has_another_mix_now_is_no_longer_the_same(programme, twice):
    _, first, second = twice
    mix = next(file for file in programme.machine(files_of, first) if file.part is Part.MIX)
    programme.do(programme.artist, remove_file, first, mix.id)
    programme.send(first, "other.wav", Part.MIX, b"another mix", programme.artist)
    assert told(programme, programme.other_artist, second) == ((), True), "the version in the call has the old mix"
    programme.report(first)
    programme.do(programme.artist, submit_song, first)
    assert told(programme, programme.other_artist, second) == ((), False)


def test_managers_see_both_and_curators_neither(pages, programme, twice):
    call_id, first, second = twice
    programme.do(programme.other_artist, submit_song, second)
    assert programme.machine(songs_sent_twice, call_id) == {first, second}
    programme.submitted(call_id, "Alone")
    assert text_of(pages.page(programme.manager, f"/manage/{call_id}/songs")).count("Sent twice") == 2
    for song_id, other_id, other in ((first, second, "Rain Otto Harbour"), (second, first, "Salt Runa Harbour")):
        page = pages.page(programme.manager, f"/manage/songs/{song_id}")
        assert f'href="/manage/songs/{other_id}"' in page
        assert f"{other} 3:12 in common, 1.2 % of the print differs" in text_of(page).replace("\u00a0", " ")
    programme.close(call_id)
    cleo = programme.curators[0]
    for song_id in (first, second):
        page = pages.page(cleo, f"/desk/songs/{song_id}")
        assert "ame recording" not in page


def test_the_verdict_and_the_way_to_submit_stay_as_they_are(programme, twice):
    _, _, second = twice
    page = programme.do(programme.other_artist, song_page, second)
    assert (page.report.verdict, page.missing) == ("accept", ())


def test_a_second_hearing_of_the_same_mix_replaces_what_was_found(programme, twice):
    _, first, second = twice
    programme.report(second, artist=programme.other_artist)
    find_same(programme, second, first, programme.other_artist)
    assert told(programme, programme.other_artist, second) == ((), True)


def test_a_song_without_a_title_is_called_untitled(programme):
    call_id = programme.call()
    first, second = programme.ready(call_id, "Salt"), programme.ready(call_id, "Rain")
    find_same(programme, second, first)
    details = SongDetails(title="", artist_name="Runa", language="fo", genre="folk")
    programme.do(programme.artist, write_details, first, details)
    assert told(programme, programme.artist, second) == (("Untitled",), False)
