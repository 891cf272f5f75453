"""A song's whole way through this room, and what the other rooms hear of it."""

import pytest

from submissions.errors import SongCannot
from submissions.facts import (
    CallOpened,
    FileRef,
    OfferAccepted,
    OutcomesReleased,
    Share,
    SongPaid,
    SongPublished,
)
from submissions.production import mark_paid
from submissions.publication import gallery, public_song, publish_song, take_down
from submissions.queries import call_overview, my_submissions, open_calls, song_page
from submissions.rows import find_song


def test_a_song_goes_from_its_draft_to_the_last_payment(programme):
    song_id = programme.published()
    programme.machine(mark_paid, song_id)
    assert programme.state(song_id) == "paid"
    happenings = programme.do(programme.artist, song_page, song_id).history
    assert [one.state.value for one in happenings] == [
        "submitted", "offered", "accepted", "rendered", "rendered", "mastered", "published", "paid",
    ]  # fmt: skip


def test_each_fact_that_another_room_waits_for_is_recorded_once(programme):
    song_id = programme.published()
    programme.machine(mark_paid, song_id)
    names = [type(fact).__name__ for fact in programme.recorded]
    assert names == [
        "CallOpened", "ReportRequested", "SongSubmitted", "OfferMade", "OutcomesReleased",
        "ShareConfirmed", "ShareConfirmed", "OfferAccepted",
        "ArtistApproved", "SongPublished", "SongPaid",
    ]  # fmt: skip
    [opened] = programme.facts(CallOpened)
    assert (opened.fund_id, opened.budget_minor, opened.currency) == ("fund-1", 300_000, "EUR")
    [released] = programme.facts(OutcomesReleased)
    assert (released.offered, released.waitlisted, released.declined) == (1, 0, 0)
    assert programme.facts(SongPublished)[0].call_id == opened.call_id
    assert programme.facts(SongPaid)[0].song_id == song_id


def test_acceptance_tells_rewards_the_shares_and_production_the_files(programme):
    song_id = programme.accepted()
    [fact] = programme.facts(OfferAccepted)
    people = programme.do(programme.artist, song_page, song_id).song.contributors
    assert fact.shares == (
        Share(people[0].id, "payee-Runa", 6667),
        Share(people[1].id, "payee-Jon", 3333),
    )
    assert (fact.amount_minor, fact.currency, fact.licence_version) == (150_000, "EUR", "3")
    assert (fact.title, fact.artist_name) == ("Salt", "Runa Harbour")
    assert [type(ref) for ref in (fact.mix, *fact.stems)] == [FileRef, FileRef]
    assert (fact.mix.name, [stem.name for stem in fact.stems]) == ("mix.wav", ["voice.wav"])


def test_a_payment_counted_twice_is_counted_once(programme):
    song_id = programme.published()
    programme.machine(mark_paid, song_id)
    programme.machine(mark_paid, song_id)
    assert len(programme.facts(SongPaid)) == 1


def test_a_payment_that_settles_after_a_takedown_is_kept_and_the_song_stays_down(programme):
    song_id = programme.published()
    programme.do(programme.artist, take_down, song_id, "We changed our mind.")
    programme.machine(mark_paid, song_id)
    assert programme.state(song_id) == "taken_down"
    assert len(programme.facts(SongPaid)) == 1


def test_a_song_that_is_not_public_is_not_paid(programme):
    song_id = programme.mastered()
    with pytest.raises(SongCannot):
        programme.machine(mark_paid, song_id)


def test_every_step_that_an_artist_waits_for_is_a_letter(programme):
    song_id = programme.published()
    programme.machine(mark_paid, song_id)
    subjects = [letter.splitlines()[0] for letter in programme.letters(programme.artist)]
    assert subjects == [
        "We have “Salt”, version 1",
        "“Salt” was chosen",
        "You are in: “Salt”",
        "Listen to the 360 mix of “Salt”",
        "“Salt” is public",
        "“Salt” is paid",
    ]


def test_lists_and_numbers_agree_with_the_journey(programme):
    call_id = programme.call()
    assert [call.id for call in programme.machine(open_calls)] == [call_id]
    song_id = programme.submitted(call_id)
    draft_id = programme.draft(call_id, "Slow Lightning")
    lines = programme.do(programme.artist, my_submissions)
    assert [(line.song_id, line.title, line.state.value, line.version) for line in lines] == [
        (draft_id, "Slow Lightning", "draft", 0),
        (song_id, "Salt", "submitted", 1),
    ]
    programme.close(call_id)
    programme.score(song_id, (5, 5), (3, 3))
    overview = programme.do(programme.manager, call_overview, call_id)
    assert (overview.songs, overview.curators, overview.reviews) == ({"draft": 1, "submitted": 1}, 3, 2)
    assert programme.machine(open_calls) == ()
    assert programme.machine(gallery) == ()


def test_the_public_page_has_story_and_credits_and_no_address(programme):
    programme.published()
    page = programme.machine(public_song, "salt")
    assert (page.title, page.artist_name, page.story) == ("Salt", "Runa Harbour", "It was February.")
    assert [(credit.name, credit.part) for credit in page.credits] == [("Runa", "voice"), ("Jon", "accordion")]
    assert "@" not in repr(page)
    assert programme.machine(gallery) == (page,)


def test_whoever_reads_a_song_waits_for_no_writer_and_sees_one_state_of_it(programme):
    song_id = programme.mastered()
    with programme.work.read() as reader:
        assert find_song(reader, song_id).state == "mastered"
        with programme.work.write(programme.manager) as writer:
            publish_song(writer, programme.manager, song_id)
            with programme.work.read() as another:
                assert find_song(another, song_id).state == "mastered"
        assert find_song(reader, song_id).state == "mastered"
    assert programme.state(song_id) == "published"
