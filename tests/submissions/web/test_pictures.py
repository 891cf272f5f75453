"""A story may have one picture, with a sentence for those who do not see it."""

import pytest

from submissions.material import Image, Story
from submissions.queries import song_page

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 100


@pytest.fixture
def artist(browser, programme):
    return browser(programme.artist)


@pytest.fixture
def song_id(programme):
    return programme.draft(programme.call())


def story(programme, song_id) -> Story:
    return programme.do(programme.artist, song_page, song_id).song.story


def send(visitor, song_id, content=PNG, alt="A kitchen.", name="kitchen.png"):
    files = {"picture": (name, content)} if content is not None else {"picture": ("", b"")}
    return visitor.post(
        f"/submissions/{song_id}/picture", files=files, data={"alt": alt}, headers={"HX-Request": "true"}
    )


def test_a_picture_is_kept_and_shown_and_the_words_stay(artist, programme, song_id):
    answer = send(artist, song_id)
    assert 'id="picture-panel" hx-swap-oob="innerHTML"' in answer.text
    kept = story(programme, song_id)
    assert (kept.text, kept.image.alt) == ("It was February.", "A kitchen.")
    shown = artist.get(f"/submissions/{song_id}/picture")
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    part = artist.get(f"/submissions/{song_id}/picture", headers={"Range": "bytes=0-7"})
    assert (part.status_code, part.content) == (206, PNG[:8])
    assert 'alt="A kitchen."' in artist.get(f"/submissions/{song_id}").text


def test_a_new_description_keeps_the_picture_and_new_words_keep_both(artist, programme, song_id):
    send(artist, song_id)
    before = story(programme, song_id).image
    send(artist, song_id, None, "The kitchen in winter.")
    artist.post(f"/submissions/{song_id}/story", data={"text": "It was March.", "language": "en"})
    assert story(programme, song_id) == Story("It was March.", "en", {}, Image(before.sha256, "The kitchen in winter."))


def test_a_picture_is_removed(artist, programme, song_id):
    send(artist, song_id)
    artist.post(f"/submissions/{song_id}/picture/remove")
    assert story(programme, song_id).image is None
    assert artist.get(f"/submissions/{song_id}/picture").status_code == 404


@pytest.mark.parametrize(
    ("content", "alt", "status", "said"),
    [
        (PNG, "", 400, "it has no description"),
        (None, "A kitchen.", 400, "no file is chosen"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "A kitchen.", 400, "no picture that a browser shows"),
        (PNG + bytes(10_000_000), "A kitchen.", 400, "larger than 10 MB"),
        (PNG + bytes(11_000_000), "A kitchen.", 413, "larger than this form takes"),
    ],
    ids=["no words", "no file", "a script", "large", "far too large"],
)
def test_what_is_no_picture_is_refused(artist, programme, song_id, content, alt, status, said):
    answer = send(artist, song_id, content, alt)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert story(programme, song_id).image is None


def test_nobody_else_sees_or_changes_a_picture(artist, browser, programme, song_id):
    send(artist, song_id)
    other = browser(programme.other_artist)
    assert other.get(f"/submissions/{song_id}/picture").status_code == 404
    assert send(other, song_id).status_code == 404
    assert other.post(f"/submissions/{song_id}/picture/remove").status_code == 404
    assert story(programme, song_id).image is not None


def test_a_picture_alone_is_no_story(artist, programme):
    from submissions.material import SongDetails
    from submissions.songs import start_song

    details = SongDetails(title="Salt", artist_name="Runa", language="fo", genre="folk")
    song_id = programme.do(programme.artist, start_song, programme.call(), details)
    send(artist, song_id)
    page = programme.do(programme.artist, song_page, song_id)
    assert "StoryMissing" in {one.code for one in page.missing}
