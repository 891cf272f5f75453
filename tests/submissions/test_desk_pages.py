"""The listening desk: for assigned curators, blind, and nothing that was heard or scored is lost."""

import re

import pytest

from opencall.kernel.principal import Grant, Principal, Role
from submissions.blind import alias_of
from submissions.errors import RangesWrong
from submissions.heard import Draft, heard_by, merged, note_heard
from submissions.material import AiDeclaration, Person, SongDetails, Story
from submissions.queries import call_overview
from submissions.review import abstain, listening_queue, release_curator
from submissions.songs import declare_ai, write_details, write_people, write_story
from submissions.versions import submit_song, withdraw_song
from tests.submissions.pages import text_of

SCORE = {"score-stays": "4", "score-care": "abstain", "comment": "1:12 the rain stops"}
WHOLE = {"ranges": [[0, 200]], "length_s": 200.0}


@pytest.fixture
def heard(programme):
    """A call in review, with two songs."""
    call_id = programme.call()
    song_ids = [programme.submitted(call_id, title) for title in ("Salt", "Rain")]
    programme.close(call_id)
    return call_id, song_ids


def hear(pages, who, song_id, **changes):
    return pages.put(who, f"/api/desk/songs/{song_id}/heard", {**WHOLE, **changes})


def test_the_desk_says_how_many_songs_wait_and_leads_to_the_next(pages, programme, heard):
    call_id, song_ids = heard
    cleo = programme.curators[0]
    assert "0 of 2 songs" in text_of(pages.page(cleo, "/desk"))
    first = pages.get(cleo, f"/desk/{call_id}/next").headers["location"]
    assert first.removeprefix("/desk/songs/") in song_ids
    hear(pages, cleo, first.removeprefix("/desk/songs/"))
    following = pages.get(cleo, pages.does(cleo, f"{first}/review", SCORE)).headers["location"]
    assert {first, following} == {f"/desk/songs/{song_id}" for song_id in song_ids}
    assert "1 of 2 songs" in text_of(pages.page(cleo, "/desk"))
    programme.do(cleo, abstain, following.removeprefix("/desk/songs/"), "I know them.")
    assert pages.get(cleo, f"/desk/{call_id}/next").headers["location"] == f"/desk/{call_id}"
    assert "You have heard every song" in text_of(pages.page(cleo, "/desk"))


def test_a_long_queue_opens_where_the_next_song_is_and_is_looked_through_in_parts(pages, programme, heard):
    call_id, (song_id, _) = heard
    cleo, path = programme.curators[0], f"/desk/{call_id}"
    programme.crowd(song_id, 248)

    def places(query=""):
        return [int(place) for place in re.findall(r'num muted">(\d+)</span><a', pages.page(cleo, f"{path}{query}"))]

    assert places() == list(range(1, 101))
    queue = programme.do(cleo, listening_queue, call_id)
    for entry in queue[:130]:
        programme.do(cleo, abstain, entry.song_id, "I know them.")
    assert places() == list(range(101, 201))
    assert places("?only=waiting") == list(range(131, 231))
    assert places("?only=waiting&part=2") == list(range(231, 251))
    assert places("?only=judged&part=99") == list(range(101, 131))
    assert pages.get(cleo, f"{path}?only=nothing").status_code == 400


def test_a_sent_score_stands_and_is_shown_in_place_of_the_form(pages, programme, heard):
    _, (song_id, _) = heard
    cleo = programme.curators[0]
    hear(pages, cleo, song_id)
    pages.does(cleo, f"/desk/songs/{song_id}/review", SCORE)
    page = pages.page(cleo, f"/desk/songs/{song_id}")
    assert 'id="score"' not in page
    assert "You sent your score" in text_of(page)
    assert "4 of 5" in text_of(page)
    assert "1:12 the rain stops" in text_of(page)
    status, said = pages.refuses(cleo, f"/desk/songs/{song_id}/review", SCORE)
    assert (status, "You have sent your review" in said) == (409, True)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"score-stays": "4"}, "care"),
        ({"score-stays": "9", "score-care": "1"}, "from 1 to 5"),
        ({"score-stays": "abstain", "score-care": "abstain"}, "left out"),
        ({"score-stays": "4", "score-care": "3", "score-fame": "5"}, "no fame"),
    ],
)
def test_what_is_missing_of_a_score_is_said_beside_the_form(pages, programme, heard, data, said):
    _, (song_id, _) = heard
    hear(pages, programme.curators[0], song_id)
    status, text = pages.refuses(programme.curators[0], f"/desk/songs/{song_id}/review", data)
    assert (status, said in text) == (400, True), text


def test_a_score_counts_only_once_four_fifths_were_heard(pages, programme, heard):
    _, (song_id, _) = heard
    cleo = programme.curators[0]
    status, said = pages.refuses(cleo, f"/desk/songs/{song_id}/review", SCORE)
    assert (status, "0%" in said) == (409, True)
    hear(pages, cleo, song_id, ranges=[[0, 100]])
    hear(pages, cleo, song_id, ranges=[[90, 159]])
    status, said = pages.refuses(cleo, f"/desk/songs/{song_id}/review", SCORE)
    assert (status, "80%" in said) == (409, True)
    assert hear(pages, cleo, song_id, ranges=[[159, 160]]).json()["enough"] is True
    pages.does(cleo, f"/desk/songs/{song_id}/review", SCORE)


def test_what_was_heard_and_scored_is_there_after_a_reload(pages, programme, heard):
    _, (song_id, other_id) = heard
    cleo, carl, _ = programme.curators
    hear(
        pages, cleo, song_id, ranges=[[150, 160], [0, 40.5]], scores={"stays": 3, "care": None}, comment="0:40 a breath"
    )
    page = pages.page(cleo, f"/desk/songs/{song_id}")
    assert "data-heard='[[0.0, 40.5], [150.0, 160.0]]'" in page
    assert "25 % heard" in text_of(page).replace("\u00a0", " ")
    assert re.findall(r'name="score-(\w+)" value="(\w+)" checked', page) == [("stays", "3"), ("care", "abstain")]
    assert "0:40 a breath" in page
    for who, other in ((carl, song_id), (cleo, other_id)):
        page = pages.page(who, f"/desk/songs/{other}")
        assert "data-heard='[]'" in page
        assert "0:40" not in page
        assert " checked" not in page


def test_a_curator_may_leave_a_song_to_others_and_says_why(pages, programme, heard):
    call_id, (song_id, _) = heard
    cleo = programme.curators[0]
    status, said = pages.refuses(cleo, f"/desk/songs/{song_id}/abstain", {"reason": " "})
    assert (status, "reason" in said) == (400, True)
    pages.does(cleo, f"/desk/songs/{song_id}/abstain", {"reason": "My pupil.", "conflict": "yes"})
    assert programme.do(programme.manager, call_overview, call_id).abstentions == 1
    assert "My pupil." in text_of(pages.page(cleo, f"/desk/songs/{song_id}"))


def test_a_song_that_was_withdrawn_meanwhile_is_refused_in_the_form_so_that_the_score_stays_there(
    pages, programme, heard
):
    _, (song_id, _) = heard
    hear(pages, programme.curators[0], song_id)
    programme.do(programme.artist, withdraw_song, song_id)
    status, said = pages.refuses(programme.curators[0], f"/desk/songs/{song_id}/review", SCORE)
    assert (status, "The song is withdrawn" in said) == (409, True)


def test_only_curators_who_are_seated_see_a_song_and_only_after_the_deadline(pages, programme):
    call_id = programme.call()
    song_id = programme.submitted(call_id)
    cleo, carl, _ = programme.curators
    outsider = Principal("user-nobody", "Nobody", "nobody@example.org", frozenset({Grant(Role.CURATOR)}))
    elsewhere = Principal("user-else", "Else", "else@example.org", frozenset({Grant(Role.CURATOR, "another")}))
    paths = (f"/desk/songs/{song_id}", f"/desk/{call_id}", f"/desk/{call_id}/next")
    assert {pages.get(cleo, path).status_code for path in paths} == {403, 404} - {404}
    programme.close(call_id)
    assert [pages.get(cleo, path).status_code for path in paths] == [200, 200, 303]
    for who in (outsider, elsewhere, programme.manager, programme.artist, programme.stranger):
        assert {pages.get(who, path).status_code for path in paths} == {403}, who
        assert hear(pages, who, song_id).status_code == 403
    assert [pages.get(who, "/desk").status_code for who in (cleo, outsider, elsewhere)] == [200, 200, 200]
    assert [pages.get(who, "/desk").status_code for who in (programme.manager, programme.stranger)] == [403, 403]
    assert pages.get(None, f"/desk/songs/{song_id}").headers["location"].startswith("/sign-in?next=/desk/songs/")
    assert hear(pages, None, song_id).status_code == 401
    programme.do(programme.manager, release_curator, call_id, carl.user_id)
    assert pages.get(carl, f"/desk/songs/{song_id}").status_code == 403


def test_nothing_of_the_desk_tells_whose_a_song_is_although_the_managers_page_does(pages, programme):
    call_id = programme.call()
    song_id = programme.ready(call_id)
    artist = programme.artist
    secrets = ["nine small harbours", "rannva", "jógvan", "poulsen", "harbours.example", "mix.wav", "voice.wav"]
    details = SongDetails(
        title="Salt (Nine Small Harbours)", artist_name="Nine Small Harbours", language="fo", genre="folk"
    )
    programme.do(artist, write_details, song_id, details)
    story = "Rannva said to Jógvan: we are Nine Small Harbours.\nMore at https://harbours.example/salt."
    programme.do(artist, write_story, song_id, Story(story, "en", {"fo": "Rannva segði tað."}))
    programme.do(artist, declare_ai, song_id, AiDeclaration(used=True, description="Rannva's voice was cleaned."))
    people = (
        Person(name="Rannva", email="rannva@harbours.example", part="voice", basis_points=5000),
        Person(name="Jógvan Poulsen", email="jp@harbours.example", part="accordion", basis_points=5000),
    )
    programme.do(artist, write_people, song_id, people)
    programme.do(artist, submit_song, song_id)
    programme.close(call_id)
    known = pages.page(programme.manager, f"/manage/songs/{song_id}").casefold()
    assert [word for word in secrets if word not in known] == []

    cleo = programme.curators[0]
    answers = [
        pages.get(cleo, "/desk"),
        pages.get(cleo, f"/desk/{call_id}"),
        pages.get(cleo, f"/desk/{call_id}/next"),
        pages.get(cleo, f"/desk/songs/{song_id}"),
        hear(pages, cleo, song_id),
        pages.post(cleo, f"/desk/songs/{song_id}/review", SCORE),
        pages.get(cleo, f"/desk/songs/{song_id}"),
    ]
    hidden = [*secrets, artist.email, artist.user_id, artist.name.casefold() + " harbour"]
    for answer in answers:
        said = (answer.text + str(answer.headers)).casefold()
        assert [word for word in hidden if word.casefold() in said] == []
    assert alias_of(song_id) in answers[3].text
    for path in (f"/manage/songs/{song_id}", f"/manage/{call_id}/selection", f"/manage/{call_id}/songs"):
        assert pages.get(cleo, path).status_code == 403


def test_the_desk_asks_as_often_for_three_hundred_songs_as_for_ten(pages, programme, heard):
    call_id, (song_id, _) = heard
    cleo = programme.curators[0]
    paths = ("/desk", f"/desk/{call_id}", f"/desk/songs/{song_id}")
    counts = []
    for more in (8, 290):
        programme.crowd(song_id, more)
        for path in paths:
            pages.page(cleo, path)
            with pages.queries() as sent:
                pages.page(cleo, path)
            counts.append(len(sent))
    assert "0 of 300 songs" in text_of(pages.page(cleo, "/desk"))
    assert counts[:3] == counts[3:]


@pytest.mark.parametrize(
    ("ranges", "union"),
    [
        ([], ()),
        ([(5, 6), (0, 2)], ((0, 2), (5, 6))),
        ([(0, 2), (1, 4), (4.4, 5)], ((0, 5),)),
        ([(0, 2), (2.6, 3)], ((0, 2), (2.6, 3))),
        ([(8, 12), (11, 30)], ((8, 10),)),
    ],
)
def test_what_was_heard_is_a_union_inside_the_song(ranges, union):
    assert merged(ranges, 10) == union


@pytest.mark.parametrize("ranges", [[(2, 1)], [(-1, 1)], [(0, float("nan"))], [(0, float("inf"))], [(float("nan"), 1)]])
def test_seconds_that_are_none_are_refused(ranges):
    with pytest.raises(RangesWrong):
        merged(ranges, 10)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ranges": [[4, 2]]}, "RangesWrong"),
        ({"ranges": [[0, 1]] * 501}, "RangesWrong"),
        ({"length_s": 0}, "RangesWrong"),
        ({"length_s": 1e9}, "RangesWrong"),
        ({"comment": "a" * 20_001}, "CommentTooLong"),
        ({"comment": "\u0000"}, "TextUnreadable"),
        ({"scores": {"fame": 5}}, "UnknownCategory"),
        ({"ranges": "all"}, "ValidationException"),
        ({"loved": True}, "ValidationException"),
    ],
)
def test_a_note_that_cannot_be_is_refused_and_changes_nothing(pages, programme, heard, changes, code):
    _, (song_id, _) = heard
    cleo = programme.curators[0]
    answer = hear(pages, cleo, song_id, **changes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    with programme.work.read(cleo) as uow:
        assert heard_by(uow, cleo.user_id, song_id).noted_at is None


def test_hearing_the_same_again_counts_once(programme, heard):
    _, (song_id, _) = heard
    cleo = programme.curators[0]
    for _ in range(3):
        programme.do(cleo, note_heard, song_id, [(0, 50)], 100, Draft())
    with programme.work.read(cleo) as uow:
        assert heard_by(uow, cleo.user_id, song_id).part == 0.5
