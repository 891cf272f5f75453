"""The artist hears the 360 mix, and says yes to exactly this one, or what should change."""

import pytest

from submissions.facts import ArtistApproved, ArtistSentBack
from submissions.production import mark_rendered
from tests.submissions.conftest import RENDER
from tests.submissions.web.artist.conftest import NASTY


@pytest.fixture
def song_id(programme):
    return programme.rendered()


def test_only_the_artist_hears_and_answers(programme, browse, song_id):
    path = f"/submissions/{song_id}/render"
    assert "Listen to Salt from start to end" in browse(programme.artist).see(path)
    other = browse(programme.other_artist)
    assert other.get(path).status_code == 404
    assert other.send(f"{path}/approve", approval_sha256=RENDER).status_code == 404
    assert other.send(f"{path}/send-back", comment="Louder").status_code == 404
    assert browse().get(path).headers["location"] == f"/sign-in?next={path}"
    assert programme.facts(ArtistApproved) == []


def test_a_yes_names_the_mix_and_what_it_binds(programme, browse, song_id):
    visitor, path = browse(programme.artist), f"/submissions/{song_id}/render"
    page = visitor.get(path).text
    assert "mix aaaa…aaaa" in page
    assert "A yes counts for exactly this" in page
    assert f'hx-get="/sound/{song_id}/player?of=render"' in page
    assert visitor.send(f"{path}/approve", approval_sha256=RENDER).headers["location"] == path
    assert programme.facts(ArtistApproved) == [ArtistApproved(song_id=song_id, approval_sha256=RENDER)]
    page = visitor.see(path)
    assert "You said yes to this mix of Salt" in page
    assert "Approve this mix" not in page


def test_a_mix_that_came_since_wants_to_be_heard_first(programme, browse, song_id):
    programme.machine(mark_rendered, song_id, "b" * 64)
    visitor, path = browse(programme.artist), f"/submissions/{song_id}/render"
    assert visitor.send(f"{path}/approve", approval_sha256=RENDER).status_code == 409
    assert visitor.send(f"{path}/approve").status_code == 400
    assert "mix bbbb…bbbb" in visitor.see(path)


def test_a_mix_is_sent_back_with_a_comment_that_stays_text(programme, browse, song_id):
    visitor, path = browse(programme.artist), f"/submissions/{song_id}/render"
    assert visitor.send(f"{path}/send-back", comment=" ").status_code == 400
    visitor.send(f"{path}/send-back", comment=NASTY)
    assert programme.facts(ArtistSentBack) == [ArtistSentBack(song_id=song_id, comment=NASTY)]
    page = visitor.get(path).text
    assert "There is no mix of Salt to hear yet" in page
    assert "Approve this mix" not in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_before_there_is_a_mix_the_page_says_so(programme, browse):
    song_id = programme.submitted(programme.call())
    assert "There is no mix of Salt to hear yet" in browse(programme.artist).see(f"/submissions/{song_id}/render")
