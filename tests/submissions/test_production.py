"""Nothing is mastered that the artist did not approve, and nothing is public that was not mastered."""

from datetime import timedelta

import pytest

from opencall.kernel.principal import NotAllowed, NotYours
from submissions.errors import (
    ApprovalDiffers,
    CommentMissing,
    NotPublic,
    SlugTaken,
    SlugWrong,
    SongCannot,
    TakeDownUnexplained,
)
from submissions.facts import ArtistApproved, ArtistSentBack, SongPublished, SongTakenDown
from submissions.production import artist_approve, artist_send_back, mark_mastered, mark_rendered
from submissions.publication import gallery, public_song, publish_song, slug_of, take_down

RENDER, NEWER = "a" * 64, "b" * 64


def test_an_approval_names_the_render_that_was_heard(programme):
    song_id = programme.rendered()
    with pytest.raises(ApprovalDiffers):
        programme.do(programme.artist, artist_approve, song_id, NEWER)
    programme.do(programme.artist, artist_approve, song_id, RENDER)
    programme.do(programme.artist, artist_approve, song_id, RENDER)
    assert programme.facts(ArtistApproved) == [ArtistApproved(song_id=song_id, approval_sha256=RENDER)]


def test_a_newer_render_voids_the_approval(programme):
    song_id = programme.rendered()
    programme.do(programme.artist, artist_approve, song_id, RENDER)
    programme.machine(mark_rendered, song_id, NEWER)
    with pytest.raises(ApprovalDiffers):
        programme.machine(mark_mastered, song_id)
    programme.do(programme.artist, artist_approve, song_id, NEWER)
    programme.machine(mark_mastered, song_id)
    assert programme.state(song_id) == "mastered"


def test_an_approval_that_is_void_does_not_come_back_with_the_old_render(programme):
    song_id = programme.rendered()
    programme.do(programme.artist, artist_approve, song_id, RENDER)
    programme.machine(mark_rendered, song_id, NEWER)
    programme.machine(mark_rendered, song_id, RENDER)
    with pytest.raises(ApprovalDiffers):
        programme.machine(mark_mastered, song_id)


def test_the_same_render_told_twice_keeps_the_approval_and_is_one_letter(programme):
    song_id = programme.rendered()
    programme.do(programme.artist, artist_approve, song_id, RENDER)
    letters = len(programme.letters())
    programme.machine(mark_rendered, song_id, RENDER)
    programme.machine(mark_mastered, song_id)
    assert len(programme.letters()) == letters


def test_an_unapproved_render_is_not_mastered(programme):
    with pytest.raises(ApprovalDiffers):
        programme.machine(mark_mastered, programme.rendered())


def test_a_song_sent_back_waits_for_the_next_render(programme):
    song_id = programme.rendered()
    with pytest.raises(CommentMissing):
        programme.do(programme.artist, artist_send_back, song_id, "")
    programme.do(programme.artist, artist_approve, song_id, RENDER)
    programme.do(programme.artist, artist_send_back, song_id, "The fridge stood on the right.")
    assert programme.state(song_id) == "accepted"
    assert programme.facts(ArtistSentBack)[0].comment == "The fridge stood on the right."
    with pytest.raises(SongCannot):
        programme.machine(mark_mastered, song_id)
    # The same scene may come back: sent back is sent back, its old approval does not count.
    programme.machine(mark_rendered, song_id, RENDER)
    with pytest.raises(ApprovalDiffers):
        programme.machine(mark_mastered, song_id)


def test_only_the_artist_approves_or_sends_back(programme):
    song_id = programme.rendered()
    for who in (programme.other_artist, programme.manager, programme.curators[0], programme.stranger):
        with pytest.raises(NotYours):
            programme.do(who, artist_approve, song_id, RENDER)
        with pytest.raises(NotYours):
            programme.do(who, artist_send_back, song_id, "No.")


def test_only_the_manager_publishes_and_only_a_mastered_song(programme):
    song_id = programme.rendered()
    with pytest.raises(SongCannot):
        programme.do(programme.manager, publish_song, song_id)
    programme.do(programme.artist, artist_approve, song_id, RENDER)
    programme.machine(mark_mastered, song_id)
    for who in (programme.artist, programme.curators[0], programme.stranger):
        with pytest.raises(NotAllowed):
            programme.do(who, publish_song, song_id)
    assert programme.do(programme.manager, publish_song, song_id) == "salt"
    assert len(programme.facts(SongPublished)) == 1


def test_two_songs_of_one_title_have_two_addresses(programme):
    first = programme.published()
    programme.clock.advance(timedelta(days=360))
    second = programme.mastered()
    with pytest.raises(SlugTaken):
        programme.do(programme.manager, publish_song, second, "salt")
    with pytest.raises(SlugWrong):
        programme.do(programme.manager, publish_song, second, "../Salt")
    assert programme.do(programme.manager, publish_song, second) == "salt-2"
    assert programme.machine(public_song, "salt").song_id == first
    assert {song.slug for song in programme.machine(gallery)} == {"salt", "salt-2"}


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Salt on the Radio", "salt-on-the-radio"),
        ("Ørnen & Straße", "ornen-strasse"),
        ("../..", "song"),
        ("水", "song"),
        ("x" * 200, "x" * 80),
    ],
)
def test_a_title_becomes_an_address(title, slug):
    assert slug_of(title) == slug
    assert slug_of(slug) == slug


def test_a_song_that_was_taken_down_is_nowhere_and_its_address_is_not_given_away(programme):
    song_id = programme.published()
    with pytest.raises(TakeDownUnexplained):
        programme.do(programme.manager, take_down, song_id, " ")
    with pytest.raises(NotAllowed):
        programme.do(programme.other_artist, take_down, song_id, "Mine!")
    programme.do(programme.manager, take_down, song_id, "A sample was not cleared.")
    assert programme.machine(gallery) == ()
    with pytest.raises(NotPublic):
        programme.machine(public_song, "salt")
    assert len(programme.facts(SongTakenDown)) == 1
    assert "> A sample was not cleared." in programme.letters(programme.artist)[-1]
    programme.clock.advance(timedelta(days=360))
    assert programme.do(programme.manager, publish_song, programme.mastered()) == "salt-2"
