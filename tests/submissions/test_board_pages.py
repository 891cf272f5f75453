"""The board as a page: what if without keeping, outcomes by hand and by place, ties, the draw, and the release."""

import random
import re

import pytest
from sqlalchemy import insert, select

from submissions.choosing import selection_of
from submissions.queries import call_overview
from submissions.ranking import lottery_ticket
from submissions.selection import Outcome, decisions_of, ranking
from submissions.tables import review_table, song_table
from submissions.terms import Quota, QuotaField
from tests.submissions.pages import text_of


@pytest.fixture
def four(programme):
    """A closed call with budget for two: one good song, two equals, one behind them."""
    call_id = programme.call(quotas=(Quota(QuotaField.GENRE, "jazz", at_least=1),))
    titles = ("Salt", "Rain", "Tide", "Foam")
    song_ids = {title: programme.submitted(call_id, title) for title in titles}
    programme.close(call_id)
    for title, score in zip(titles, (5, 3, 3, 1), strict=True):
        programme.score(song_ids[title], (score, score), (score, score))
    return call_id, song_ids


def shown(html):
    """The titles in the order of the board, the lines between them as words."""
    rows = re.findall(r'class="cut">(.*?)</div>|<a class="plain" href="/manage/songs/[^>]*>([^<]*)<', html, flags=re.S)
    return [text_of(line).split(":")[0] if line else title for line, title in rows]


def outcomes(programme, call_id):
    decisions = programme.do(programme.manager, decisions_of, call_id)
    return {song_id: one.outcome for song_id, one in decisions.items()}


def test_the_board_draws_the_line_and_what_is_too_close_to_call(pages, programme, four):
    call_id, _ = four
    path = f"/manage/{call_id}/selection"
    first, *rest = shown(pages.page(programme.manager, path))
    assert (first, rest[0], rest[-2:]) == ("Salt", "Too close to call", ["Below the line", "Foam"])
    assert sorted(rest[1:3]) == ["Rain", "Tide"]
    assert "1 place for 2 songs" in text_of(pages.page(programme.manager, path))
    assert shown(pages.page(programme.manager, f"{path}?places=1"))[:2] == ["Salt", "The line"]
    assert shown(pages.page(programme.manager, f"{path}?places=3"))[3:] == ["The line", "Foam"]
    assert outcomes(programme, call_id) == {}


def test_looking_what_if_says_what_it_costs_and_keeps_nothing(pages, programme, four):
    call_id, _ = four
    path = f"/manage/{call_id}/selection"
    pages.page(programme.manager, path)
    with pages.queries() as sent:
        said = text_of(pages.page(programme.manager, f"{path}?places=3")).replace("\u00a0", " ")
    assert "EUR 4,500.00 of EUR 3,000.00 with the line there" in said
    assert "EUR 1,500.00 more than the budget: take 1 fewer" in said
    assert [one for one in sent if not one.startswith(("SELECT", "BEGIN"))] == []
    said = text_of(pages.page(programme.manager, f"{path}?places=1")).replace("\u00a0", " ")
    assert "EUR 1,500.00 left, enough for 1 more song" in said
    assert pages.get(programme.manager, f"{path}?places=99").status_code == 200
    assert pages.get(programme.manager, f"{path}?places=-3").status_code == 200
    assert pages.get(programme.manager, f"{path}?places=many").status_code == 400


def test_outcomes_are_filled_by_place_and_changed_by_hand_without_losing_words(pages, programme, four):
    call_id, songs = four
    path = f"/manage/{call_id}/selection"
    pages.does(programme.manager, f"{path}/fill", {"offers": "1", "waiting": "2"})
    assert outcomes(programme, call_id) == {
        songs["Salt"]: Outcome.OFFER,
        songs["Rain"]: Outcome.WAITLIST,
        songs["Tide"]: Outcome.WAITLIST,
        songs["Foam"]: Outcome.DECLINE,
    }
    assert (
        pages.get(programme.manager, f"{path}/words").headers["location"] == f"/manage/songs/{songs['Foam']}?then=words"
    )
    word = {"outcome": "decline", "word": "The last minute is the best.", "then": "words"}
    assert pages.does(programme.manager, f"/manage/songs/{songs['Foam']}/decide", word) == f"{path}/words"
    assert pages.get(programme.manager, f"{path}/words").headers["location"] == path
    said = text_of(pages.page(programme.manager, path))
    for words in ("Decided 4 of 4", "Offers 1 budget for 2", "Waiting for a word 0 of 1"):
        assert words in said
    marked = {"song": [songs["Rain"], songs["Tide"]], "outcome": "decline", "word": "Come back."}
    pages.does(programme.manager, f"{path}/mark", marked)
    pages.does(programme.manager, f"{path}/mark", {"song": songs["Rain"], "outcome": "offer"})
    decisions = programme.do(programme.manager, decisions_of, call_id)
    assert {(one.song_id, one.outcome.value, one.word) for one in decisions.values()} == {
        (songs["Salt"], "offer", ""),
        (songs["Rain"], "offer", "Come back."),
        (songs["Tide"], "decline", "Come back."),
        (songs["Foam"], "decline", "The last minute is the best."),
    }


@pytest.mark.parametrize(
    ("act", "data", "status", "said"),
    [
        ("mark", {"outcome": "offer"}, 400, "No song is marked"),
        ("mark", {"song": "x", "outcome": "offer"}, 404, "no song x"),
        ("mark", {"song": "x", "outcome": "applaud"}, 400, "choose offer"),
        ("fill", {"offers": "-1", "waiting": "0"}, 400, "from zero up"),
        ("fill", {"offers": "many", "waiting": "0"}, 400, "a whole number"),
        ("lottery", {"seed": " "}, 400, "needs a seed"),
    ],
)
def test_what_cannot_be_is_said_beside_the_form(pages, programme, four, act, data, status, said):
    call_id, _ = four
    answer, text = pages.refuses(programme.manager, f"/manage/{call_id}/selection/{act}", data)
    assert (answer, said in text) == (status, True), text


def test_the_lottery_is_drawn_once_its_seed_is_shown_and_orders_the_equals(pages, programme, four):
    call_id, songs = four
    path = f"/manage/{call_id}/selection"
    pages.does(programme.manager, f"{path}/lottery", {"seed": "4711"})
    page = pages.page(programme.manager, path)
    first, second = sorted(("Rain", "Tide"), key=lambda title: lottery_ticket("4711", songs[title]))
    assert shown(page) == ["Salt", "Drawn by lottery", first, "The line", second, "Foam"]
    assert "4711" in text_of(page)
    status, said = pages.refuses(programme.manager, f"{path}/lottery", {"seed": "4712"})
    assert (status, "drawn once" in said) == (409, True)
    pages.does(programme.manager, f"{path}/fill", {"offers": "2", "waiting": "2"})
    assert outcomes(programme, call_id)[songs[first]] is Outcome.OFFER


def test_a_quota_that_is_short_names_the_song_that_would_help(pages, programme, four):
    call_id, songs = four
    [helping] = programme.crowd(songs["Foam"], 1, genre="Jazz", title="Blue Harbour")
    said = text_of(pages.page(programme.manager, f"/manage/{call_id}/selection"))
    assert "jazz is 1 short Blue Harbour is the next that would help." in said
    pages.does(programme.manager, f"/manage/{call_id}/selection/mark", {"song": helping, "outcome": "offer"})
    assert "is 1 short" not in text_of(pages.page(programme.manager, f"/manage/{call_id}/selection"))


def test_the_release_says_what_hinders_it_and_offers_no_button_until_nothing_does(pages, programme, four):
    call_id, songs = four
    path = f"/manage/{call_id}"
    assert "Outcomes are missing" in pages.page(programme.manager, f"{path}/release")
    pages.does(programme.manager, f"{path}/selection/fill", {"offers": "2", "waiting": "0"})
    page = pages.page(programme.manager, f"{path}/release")
    assert "Words are missing" in page
    assert "Equals need the lottery" in page
    assert "Tell everybody" not in page
    pages.does(programme.manager, f"{path}/selection/lottery", {"seed": "4711"})
    declined = [song_id for song_id, outcome in outcomes(programme, call_id).items() if outcome is Outcome.DECLINE]
    marked = {"song": declined, "outcome": "decline", "word": "We heard the rain."}
    pages.does(programme.manager, f"{path}/selection/mark", marked)
    page = pages.page(programme.manager, f"{path}/release")
    assert "Tell everybody" in page
    assert "4 letters, all at once" in text_of(page)
    for typed in ("", "3", "Water"):
        assert pages.refuses(programme.manager, f"{path}/release", {"typed": typed})[0] == 400
    before = len(programme.letters())
    assert pages.does(programme.manager, f"{path}/release", {"typed": "4"}) == path
    # Whoever has a share in an offered song is asked besides; that is no answer to a song.
    answers = [one for one in programme.letters()[before:] if "share" not in one.splitlines()[0]]
    assert len(answers) == 4
    assert programme.do(programme.manager, call_overview, call_id).call.state == "released"
    assert "Everybody was told" in pages.page(programme.manager, f"{path}/selection")
    assert programme.state(songs["Salt"]) == "offered"


def test_the_waiting_list_queues_as_the_board_stood(pages, programme, four):
    call_id, songs = four
    path = f"/manage/{call_id}"
    pages.does(programme.manager, f"{path}/selection/lottery", {"seed": "4711"})
    pages.does(programme.manager, f"{path}/selection/fill", {"offers": "1", "waiting": "3"})
    order = [title for title in shown(pages.page(programme.manager, f"{path}/selection")) if title in songs]
    pages.does(programme.manager, f"{path}/release", {"typed": "water, two ways"})
    letters = [letter for letter in programme.letters() if "on the waiting list" in letter]
    queued = sorted((re.search(r"number (\d)", one).group(1), re.search("“(.*?)”", one).group(1)) for one in letters)
    assert queued == [(str(place), title) for place, title in enumerate(order[1:], start=1)]


def test_what_was_too_close_to_call_waits_in_the_order_of_the_draw(pages, programme):
    call_id = programme.call(budget_minor=3_000_000)
    song_id = programme.submitted(call_id)
    programme.close(call_id)
    review_all(programme, call_id, [song_id, *programme.crowd(song_id, 119)])
    path = f"/manage/{call_id}"
    pages.does(programme.manager, f"{path}/selection/lottery", {"seed": "4711"})
    pages.does(programme.manager, f"{path}/selection/fill", {"offers": "20", "waiting": "100"})
    board = programme.do(programme.manager, selection_of, call_id).board
    order = [one.song_id for one in board.order]
    assert order != [one.song_id for one in programme.do(programme.manager, ranking, call_id)]
    assert board.zone.stop > 21
    pages.does(programme.manager, f"{path}/release", {"typed": "120"})
    with programme.work.read() as uow:
        rows = uow.connection.execute(select(song_table.c.waitlist_position, song_table.c.id)).all()
    assert [song_id for position, song_id in sorted(row for row in rows if row[0])] == order[20:]


def test_before_the_deadline_there_is_nothing_to_select(pages, programme):
    call_id = programme.call()
    programme.submitted(call_id)
    for path in ("selection", "release"):
        assert "Nothing to select yet" in pages.page(programme.manager, f"/manage/{call_id}/{path}")
    assert (
        pages.refuses(programme.manager, f"/manage/{call_id}/selection/fill", {"offers": "1", "waiting": "0"})[0] == 409
    )


def test_a_board_of_a_thousand_songs_asks_as_often_as_a_small_one_and_stays_small(pages, programme, four):
    call_id, songs = four
    paths = (f"/manage/{call_id}/selection", f"/manage/{call_id}/release")
    counts = []
    for more in (6, 990):
        made = programme.crowd(songs["Salt"], more)
        review_all(programme, call_id, made)
        for path in paths:
            pages.page(programme.manager, path)
            with pages.queries() as sent:
                pages.page(programme.manager, path)
            counts.append(len(sent))
    assert counts[:2] == counts[2:]
    assert len(pages.page(programme.manager, paths[0]).encode()) < 100_000
    every = [
        title for part in range(1, 21) for title in shown(pages.page(programme.manager, f"{paths[0]}?part={part}"))
    ]
    assert len([title for title in every if title.startswith("Song ")]) == 996
    ranked = programme.do(programme.manager, ranking, call_id)
    assert len(ranked) == 1000
    with pages.queries() as sent:
        pages.does(programme.manager, f"{paths[0]}/fill", {"offers": "2", "waiting": "20"})
    assert len(sent) < 25
    assert len(outcomes(programme, call_id)) == 1000


def test_a_board_can_be_looked_through_by_outcome_word_and_order_and_marking_leads_back(pages, programme, four):
    call_id, songs = four
    path = f"/manage/{call_id}/selection"
    pages.does(programme.manager, f"{path}/fill", {"offers": "1", "waiting": "1"})

    def titles(query):
        return shown(pages.page(programme.manager, f"{path}?{query}"))

    assert titles("show=offer") == ["Salt"]
    assert titles("show=wordless") == titles("show=decline") == titles("sort=rank&show=decline")
    assert titles("show=wordless")[-1] == "Foam"
    assert titles("show=undecided") == []
    assert titles("find=foa") == titles("find=FOA&sort=title") == ["Foam"]
    assert titles("sort=title") == ["Foam", "Rain", "Salt", "Tide"]
    assert titles("sort=raw")[0] == "Salt"
    assert "The line" in titles("")
    assert pages.get(programme.manager, f"{path}?show=everything").status_code == 400
    back = "show=decline&sort=title&find=Foam"
    form = {"song": songs["Foam"], "outcome": "decline", "word": "It stays with us.", "back": back}
    assert pages.does(programme.manager, f"{path}/mark", form) == f"{path}?{back}"
    assert titles("show=wordless") == titles("show=decline")[:-1]
    elsewhere = pages.does(programme.manager, f"{path}/mark", {**form, "back": "\r\nSet-Cookie: a=b&//evil.example"})
    assert elsewhere.startswith(path)
    assert "\n" not in elsewhere


def review_all(programme, call_id, song_ids):
    chance = random.Random(7)
    with programme.work.write() as uow:
        uow.connection.execute(
            insert(review_table),
            [
                {
                    "song_id": song_id,
                    "curator_id": curator.user_id,
                    "call_id": call_id,
                    "version": 1,
                    "scores": {"stays": chance.randint(1, 5), "care": chance.randint(1, 5)},
                    "comment": "",
                    "reason": "",
                    "conflict": False,
                    "reviewed_at": uow.clock.now(),
                }
                for song_id in song_ids
                for curator in programme.curators
            ],
        )
