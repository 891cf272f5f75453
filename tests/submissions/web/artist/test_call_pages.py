"""The calls, as everybody reads them."""

from datetime import datetime, timedelta

import pytest

from submissions.queries import my_submissions
from submissions.states import SongState
from tests.submissions.web.artist.conftest import NASTY


def test_a_call_says_reward_dates_rubric_questions_and_consents_to_somebody_who_is_not_signed_in(programme, browse):
    page = browse().see(f"/calls/{programme.call()}")
    for words in (
        "Water, Two Ways",
        "Reward for each song EUR 1,500.00",
        "Songs to be chosen 2",
        "Mon 1 June 2026, 23:59",
        "For the call it is Mon 1 June 2026, 23:59 (Europe/Berlin)",
        "Does it stay with you? 1 to 5 75 %",
        "Is it made with care? 1 to 5 25 %",
        "Is it yours to publish? Only a “yes” can take part.",
        "I have read the terms.",
        "Closes in 28 days",
    ):
        assert words in page
    assert page.index("Reward for each song") < page.index("What we ask you to answer")


def test_who_is_not_signed_in_is_led_through_the_door_and_back(programme, browse):
    call_id = programme.call()
    assert f'href="/sign-in?next=/calls/{call_id}"' in browse().get(f"/calls/{call_id}").text
    answer = browse().send(f"/calls/{call_id}/start", title="Salt")
    assert (answer.status_code, answer.headers["location"].startswith("/sign-in")) == (303, True)


def test_a_song_is_begun_from_the_call(programme, browse):
    call_id = programme.call(songs_per_artist=1)
    visitor = browse(programme.artist)
    answer = visitor.send(f"/calls/{call_id}/start", title="Salt", artist_name="Runa", language="fo", genre="folk")
    (line,) = programme.do(programme.artist, my_submissions)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/submissions/{line.song_id}")
    assert (line.title, line.state) == ("Salt", SongState.DRAFT)
    page = visitor.see(f"/calls/{call_id}")
    assert "Salt draft" in page
    assert "This call takes 1 song from each artist. Withdraw it to send another." in page
    refused = visitor.send(f"/calls/{call_id}/start", title="Rain", artist_name="Runa", language="fo", genre="folk")
    assert refused.status_code == 409


@pytest.mark.parametrize("field", ["title", "artist_name", "language", "genre"])
def test_a_song_that_lacks_a_word_is_not_begun(programme, browse, field):
    call_id = programme.call()
    fields = {"title": "Salt", "artist_name": "Runa", "language": "fo", "genre": "folk"} | {field: "  "}
    assert browse(programme.artist).send(f"/calls/{call_id}/start", **fields).status_code == 400
    assert programme.do(programme.artist, my_submissions) == ()


def test_a_draft_of_a_call_is_for_its_manager_alone(programme, browse, draft_call):
    assert browse().get(f"/calls/{draft_call}").status_code == 404
    assert browse(programme.artist).get(f"/calls/{draft_call}").status_code == 404
    assert "Draft: only its manager sees this" in browse(programme.manager).see(f"/calls/{draft_call}")
    assert "Water, Two Ways" not in browse().see("/calls")
    assert browse().get("/calls/no-such-call").status_code == 404


def test_a_closed_call_says_so_in_words(programme, browse):
    call_id = programme.call()
    programme.clock.advance(timedelta(days=40))  # past the deadline, before the sweep came by
    page = browse(programme.artist).see(f"/calls/{call_id}")
    assert "This call is closed It closed on Mon 1 June 2026, 23:59 (Europe/Berlin)." in page
    assert "Send a song" not in page
    programme.close(call_id)
    programme.release(call_id)
    assert "Closed: answers are out" in browse().see(f"/calls/{call_id}")


def test_a_call_that_comes_says_when(programme, browse):
    later = datetime(2026, 5, 20, 9, 0)  # noqa: DTZ001 - clock times of a call carry no zone
    call_id = programme.call(opens_at=later)
    page = browse().see(f"/calls/{call_id}")
    assert "Opens in 15 days" in page
    assert "Send a song" not in page


def test_the_list_has_open_calls_first_then_those_that_come_then_those_that_are_over(programme, browse):
    over = programme.call(title="Night Trains")
    programme.submitted(over)
    programme.close(over)
    programme.call(title="Later", opens_at=datetime(2027, 7, 1), closes_at=datetime(2027, 8, 1))  # noqa: DTZ001 - clock times of a call carry no zone
    programme.call(title="Now", opens_at=datetime(2026, 6, 1), closes_at=datetime(2027, 6, 1))  # noqa: DTZ001 - clock times of a call carry no zone
    page = browse().see("/calls")
    assert [word for word in ("Open now", "Now", "Coming", "Later", "Over", "Night Trains") if word not in page] == []
    assert page.index("Now") < page.index("Coming") < page.index("Later") < page.index("Over")
    assert page.index("Over") < page.index("Night Trains")
    assert "Closed 1 song Night Trains" in page


def test_without_an_open_call_the_list_says_what_will_stand_there(programme, browse):
    assert "No call is open at the moment" in browse().see("/calls")


def test_what_a_manager_typed_stays_text(programme, browse):
    call_id = programme.call(title=NASTY, summary=NASTY)
    for path in ("/calls", f"/calls/{call_id}"):
        page = browse().get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert" in page
