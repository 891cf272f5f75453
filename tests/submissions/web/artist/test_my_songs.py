"""My songs, and the page of one that is no draft any more."""

from submissions.material import Part, SongDetails
from submissions.production import artist_approve, artist_send_back, mark_mastered, mark_paid, mark_rendered
from submissions.publication import publish_song
from submissions.queries import song_page
from submissions.selection import Outcome
from submissions.songs import write_details
from submissions.versions import submit_song
from tests.questions import questions
from tests.submissions.conftest import RENDER
from tests.submissions.web.artist.conftest import NASTY


def test_nobody_but_the_artist_sees_a_song(programme, browse):
    song_id = programme.submitted(programme.call())
    assert "Salt" in browse(programme.artist).see(f"/submissions/{song_id}")
    for who in (programme.other_artist, programme.manager, programme.player):
        assert browse(who).get(f"/submissions/{song_id}").status_code == 404
    for path in ("/submissions", f"/submissions/{song_id}"):
        answer = browse().get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


def test_an_empty_list_says_what_will_be_here(programme, browse):
    assert "You have not sent a song yet" in browse(programme.artist).see("/submissions")


def test_what_waits_for_an_answer_comes_first_and_a_no_carries_its_sentence(programme, browse):
    call_id = programme.call()
    chosen, declined = programme.submitted(call_id), programme.submitted(call_id, "Rain")
    programme.draft(programme.call(), "Tide")
    programme.close(call_id)
    programme.score(chosen, (5, 5))
    programme.release(call_id, **{f"s{chosen}": Outcome.OFFER, f"s{declined}": Outcome.DECLINE})
    page = browse(programme.artist).see("/submissions")
    assert page.index("Salt was chosen") < page.index("Other songs") < page.index("Rain")
    assert "Answer within 14 days" in page
    assert "See the offer and answer" in page
    assert "A person wrote to you: “The last minute is the best.”" in page


def test_the_offer_that_ends_first_comes_first(programme, browse):
    call_id = programme.call(offer_days=3)
    early = programme.submitted(call_id, "Early")
    late_call = programme.call()
    late = programme.submitted(late_call, "Late")
    programme.close(call_id)
    programme.close(late_call)
    programme.release(late_call, **{f"s{late}": Outcome.OFFER})
    programme.release(call_id, **{f"s{early}": Outcome.OFFER})
    page = browse(programme.artist).see("/submissions")
    assert page.index("Early was chosen") < page.index("Late was chosen")


def test_the_list_asks_no_more_questions_for_more_songs(programme, browse, engine):
    visitor, call_id = browse(programme.artist), programme.call()
    programme.draft(call_id, "Salt")
    with questions(engine) as for_one:
        visitor.see("/submissions")
    for title in ("Rain", "Tide", "Ice"):
        programme.submitted(call_id, title)
    with questions(engine) as for_many:
        visitor.see("/submissions")
    assert len(for_many) == len(for_one)


def test_a_submitted_song_shows_its_receipts_and_can_be_withdrawn(programme, browse):
    song_id = programme.submitted(programme.call())
    details = SongDetails(title="Salt", artist_name="Runa Harbour", language="da", genre="folk")
    programme.do(programme.artist, write_details, song_id, details)
    programme.do(programme.artist, submit_song, song_id)
    visitor = browse(programme.artist)
    page = visitor.see(f"/submissions/{song_id}")
    assert page.index("Version 2 counts") < page.index("Version 1")
    for file in programme.do(programme.artist, song_page, song_id).files:
        assert page.count(file.sha256) == 2
    assert "You can still change it" in page
    answer = visitor.send(f"/submissions/{song_id}/withdraw")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/submissions/{song_id}")
    page = visitor.see(f"/submissions/{song_id}")
    assert "You withdrew it" in page
    assert "Withdraw this song" not in page
    assert visitor.send(f"/submissions/{song_id}/withdraw").status_code == 409


def test_nobody_withdraws_or_takes_down_the_song_of_somebody_else(programme, browse):
    song_id = programme.submitted(programme.call())
    other = browse(programme.other_artist)
    assert other.send(f"/submissions/{song_id}/withdraw").status_code == 404
    published = programme.published()
    assert other.send(f"/submissions/{published}/take-down", reason="Mine").status_code == 403
    assert programme.state(song_id) == "submitted"
    assert programme.state(published) == "published"
    assert browse().send(f"/submissions/{song_id}/withdraw").headers["location"].startswith("/sign-in")


def test_a_published_song_is_taken_down_with_a_reason(programme, browse):
    song_id = programme.published()
    visitor = browse(programme.artist)
    assert "Take it down from the public page" in visitor.see(f"/submissions/{song_id}")
    assert "Say why" in visitor.send(f"/submissions/{song_id}/take-down", reason=" ").text
    visitor.send(f"/submissions/{song_id}/take-down", reason="A sample was not cleared.")
    assert programme.state(song_id) == "taken_down"
    assert "The reason we noted: “A sample was not cleared.”" in visitor.see(f"/submissions/{song_id}")


def test_every_station_has_its_word(programme, browse):
    visitor = browse(programme.artist)

    def word(song_id: str) -> tuple[str, int, int]:
        html = visitor.get(f"/submissions/{song_id}").text
        return (
            html.count('<li class="done"></li>'),
            html.count('<li class="now"></li>'),
            html.count('<li class="stop">'),
        )

    song_id = programme.rendered()
    assert word(song_id) == (5, 1, 0)
    assert "Your word on the mix" in visitor.see(f"/submissions/{song_id}")
    programme.do(programme.artist, artist_send_back, song_id, "Louder.")
    assert "The engineer works on what you wrote: “Louder.”" in visitor.see(f"/submissions/{song_id}")
    programme.machine(mark_rendered, song_id, RENDER)
    programme.do(programme.artist, artist_approve, song_id, RENDER)
    assert "The engineer has the last word before the masters" in visitor.see(f"/submissions/{song_id}")
    programme.machine(mark_mastered, song_id)
    programme.do(programme.manager, publish_song, song_id)
    assert word(song_id) == (6, 1, 0)
    assert "It is public since 1 June 2026." in visitor.see(f"/submissions/{song_id}")
    programme.machine(mark_paid, song_id)
    assert word(song_id) == (7, 0, 0)
    assert "Published on 1 June 2026, paid on 1 June 2026: EUR 1,500.00." in visitor.see(f"/submissions/{song_id}")


def test_what_an_artist_typed_stays_text_everywhere(programme, browse):
    call_id = programme.call()
    song_id = programme.draft(call_id, NASTY)
    details = SongDetails(title=NASTY, artist_name=NASTY, language=NASTY, genre=NASTY, region=NASTY)
    programme.do(programme.artist, write_details, song_id, details)
    programme.send(song_id, f"{NASTY}.wav", Part.MIX, b"mix")
    programme.send(song_id, f"{NASTY}1.wav", Part.STEM, b"stem")
    programme.report(song_id)
    programme.do(programme.artist, submit_song, song_id)
    visitor = browse(programme.artist)
    paths = ["/submissions", f"/submissions/{song_id}", f"/submissions/{song_id}/report", f"/calls/{call_id}"]
    pages = [visitor.get(path).text for path in paths]
    programme.close(call_id)
    programme.release(call_id, **{f"s{song_id}": Outcome.OFFER})
    pages += [visitor.get(path).text for path in (*paths, f"/submissions/{song_id}/offer", "/shares")]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert sum("&lt;script&gt;alert" in page for page in pages) == len(pages)
