"""A draft is written section by section; each is saved by itself, and the page says what is missing."""

import re
from datetime import timedelta

import pytest

from audio_pipeline.scene.roles import LFE, ROLES, UPMIX
from opencall.kernel.web.forms import Fields, FieldWrong
from submissions.facts import ReportRequested
from submissions.files import NewFile, begin_upload
from submissions.material import AiDeclaration, Part, Person, SongDetails, Story
from submissions.offers import offer_of
from submissions.queries import my_submissions, song_page
from submissions.songs import start_song, write_people
from submissions.terms import StemsDue
from submissions.versions import submit_song
from submissions.web.draft_forms import basis_points_of, percent_of
from submissions.web.roles import ROLES as OFFERED
from tests.questions import questions
from tests.submissions.conftest import DEADLINE

HTMX = {"HX-Request": "true"}


@pytest.fixture
def artist(browser, programme):
    return browser(programme.artist)


@pytest.fixture
def call_id(programme):
    return programme.call()


@pytest.fixture
def song_id(programme, call_id):
    return programme.do(
        programme.artist,
        start_song,
        call_id,
        SongDetails(title="Salt", artist_name="Runa Harbour", language="fo", genre="folk"),
    )


def found(programme, song_id):
    return programme.do(programme.artist, song_page, song_id)


def post(visitor, path, headers=HTMX, **fields):
    return visitor.post(path, data=fields, headers=headers)


def test_a_draft_begins_with_a_title_and_leads_to_its_page(artist, programme, call_id):
    answer = post(artist, f"/calls/{call_id}/start", {}, title="Salt", artist_name="Runa", language="fo", genre="folk")
    (line,) = programme.do(programme.artist, my_submissions)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/submissions/{line.song_id}")
    assert '<h1 id="song-title">Salt</h1>' in artist.get(f"/submissions/{line.song_id}").text
    assert post(artist, f"/calls/{call_id}/start", language="fo").status_code == 400


def test_the_page_of_a_draft_names_what_is_missing_with_the_way_there(artist, song_id):
    text = artist.get(f"/submissions/{song_id}").text
    for sentence, step in (
        ("The story is missing", "story"),
        ("The mix is missing", "files"),
        ("AI made any", "rights"),
    ):
        assert re.search(rf'<a href="#{step}" data-to="{step}">[^<]*{sentence}', text), sentence
    assert '<button class="primary big" disabled' in text
    assert text.count('class="primary') == 1


def test_details_are_kept_as_typed(artist, programme, song_id):
    fields = {"title": "Salt & <Sea>", "artist_name": "Runa", "language": "zxx", "genre": "jazz", "region": "Faroes"}
    answer = post(artist, f"/submissions/{song_id}/details", **fields)
    assert answer.status_code == 200
    assert found(programme, song_id).song.details == SongDetails(**fields)
    assert "Salt &amp; &lt;Sea&gt;" in answer.text


def test_saving_answers_with_the_time_and_what_is_missing_now(artist, song_id):
    answer = post(artist, f"/submissions/{song_id}/story", text="It was February.", language="en")
    assert re.search(r'Saved at <time datetime="2026-05-04T09:30:00\+00:00"[^>]*>11:30</time>', answer.text)
    assert "The story is missing" not in answer.text
    assert "The mix is missing" in answer.text


def test_without_scripts_saving_leads_back_to_the_section(artist, song_id):
    for path, section in (("details", "song"), ("story", "story"), ("people", "people"), ("rights", "rights")):
        answer = post(artist, f"/submissions/{song_id}/{path}", {}, title="Salt", text="x")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/submissions/{song_id}/edit#{section}")


def test_translations_stand_beside_the_story(artist, programme, song_id):
    fields = {
        "text": "It was *February*.", "language": "en",
        "translation-0-language": "fo", "translation-0-text": "Tað var februar.",
        "translation-1-language": "", "translation-1-text": "",
    }  # fmt: skip
    post(artist, f"/submissions/{song_id}/story", **fields)
    assert found(programme, song_id).song.story == Story("It was *February*.", "en", {"fo": "Tað var februar."})
    again = post(artist, f"/submissions/{song_id}/story", **(fields | {"translation-0-language": "en"}))
    assert (again.status_code, "each language may be there once" in again.text) == (400, True)
    nameless = post(artist, f"/submissions/{song_id}/story", **(fields | {"translation-0-language": ""}))
    assert (nameless.status_code, "say in which language it is" in nameless.text) == (400, True)


def test_people_are_kept_even_before_their_shares_are_whole(artist, programme, song_id):
    fields = {
        "person-0-name": "Runa", "person-0-email": "runa@x.org", "person-0-part": "lead", "person-0-share": "33.33",
        "person-2-name": "Jon", "person-2-email": "jon@example.org", "person-2-part": "", "person-2-share": "33,34 %",
        "person-7-name": "", "person-7-email": "", "person-7-part": "", "person-7-share": "",
    }  # fmt: skip
    answer = post(artist, f"/submissions/{song_id}/people", **fields)
    kept = found(programme, song_id).song.contributors
    assert [(one.name, one.email, one.part, one.basis_points) for one in kept] == [
        ("Runa", "runa@x.org", "lead", 3333),
        ("Jon", "jon@example.org", "", 3334),
    ]
    assert "The shares sum to 66.67 %" in answer.text
    text = artist.get(f"/submissions/{song_id}").text
    assert 'value="33.33"' in text
    assert 'name="person-2-name"' in text, "a row without a name is there for the next person"


@pytest.mark.parametrize(
    ("typed", "points"), [("", 0), ("50", 5000), ("33,33", 3333), ("0.01 %", 1), ("100\u00a0%", 10_000)]
)
def test_shares_are_read_as_people_type_them(typed, points):
    assert basis_points_of(typed) == points


@pytest.mark.parametrize("typed", ["a third", "33.333", "NaN", "1e9", "Infinity", "--1"])
def test_shares_that_are_no_percentage_are_refused(typed):
    with pytest.raises(FieldWrong, match="Share: a percentage"):
        basis_points_of(typed)


def test_shares_are_shown_as_short_as_they_are():
    assert [percent_of(points) for points in (0, 1, 10, 5000, 3333, 3330, 10_000)] == [
        "0", "0.01", "0.1", "50", "33.33", "33.3", "100",
    ]  # fmt: skip


def test_answers_declaration_and_consents_are_one_section(artist, programme, song_id):
    fields = {"answer-yours": "yes", "answer-where": "In a kitchen.", "ai": "no", "consent-terms": "2"}
    post(artist, f"/submissions/{song_id}/rights", **fields)
    page = found(programme, song_id)
    assert page.song.answers == {"yours": True, "where": "In a kitchen."}
    assert page.song.ai == AiDeclaration(used=False)
    assert [(one.key, one.version) for one in page.consents] == [("terms", "2")]
    assert "ConsentsMissing" not in {one.code for one in page.missing}


def test_what_nobody_touched_has_no_answer(artist, programme, song_id):
    post(artist, f"/submissions/{song_id}/rights", **{"answer-where": ""})
    page = found(programme, song_id)
    assert (page.song.answers, page.song.ai, page.consents) == ({"where": ""}, None, ())
    assert {"AnswersMissing", "AiDeclarationMissing", "ConsentsMissing"} <= {one.code for one in page.missing}


def test_a_refusal_stands_in_its_form_and_changes_nothing(artist, programme, song_id):
    before = found(programme, song_id)
    fields = {"person-0-name": "Jon", "person-0-email": "no address", "person-0-share": "100"}
    answer = post(artist, f"/submissions/{song_id}/people", **fields)
    assert (answer.status_code, "its mail address is none" in answer.text) == (400, True)
    assert found(programme, song_id) == before


def test_a_file_changes_its_role_and_leaves(artist, programme, song_id):
    file = programme.send(song_id, "low.wav", Part.STEM, b"low")
    base = f"/submissions/{song_id}/files/{file.id}"
    post(artist, base, cast="stem:bass")
    assert [(one.part, one.role) for one in found(programme, song_id).files] == [("stem", "bass")]
    post(artist, base, cast="mix")
    assert [(one.part, one.role) for one in found(programme, song_id).files] == [("mix", "")]
    assert post(artist, base, cast="stem:kazoo").status_code == 404
    other = programme.send(song_id, "high.wav", Part.STEM, b"high")
    assert post(artist, f"/submissions/{song_id}/files/{other.id}", cast="mix").status_code == 409
    post(artist, f"{base}/remove")
    assert [one.name for one in found(programme, song_id).files] == ["high.wav"]


def test_every_role_that_is_offered_is_one_that_engineers_place():
    assert set(OFFERED) <= {*ROLES, LFE}
    assert {*ROLES, LFE} - set(OFFERED) == {"residual", "unknown", *UPMIX}, "what the machine finds"


def test_an_upload_that_stopped_is_shown_and_can_be_dropped(artist, programme, song_id, house):
    new = NewFile(name="voice.wav", bytes=100, part=Part.STEM)
    upload = programme.do(programme.artist, begin_upload, song_id, new)
    house.uploads.reserve(upload)
    house.uploads.append(upload, 0, [b"half"])
    text = artist.get(f"/submissions/{song_id}").text
    assert f'data-upload="{upload.id}" data-name="voice.wav" data-size="100"' in text
    post(artist, f"/submissions/{song_id}/uploads/{upload.id}/drop", {})
    assert (found(programme, song_id).uploads, list(house.uploads.folder.iterdir())) == ((), [])


def test_the_listening_report_is_asked_for_and_read_when_it_is_there(artist, programme, song_id, recorded):
    assert (
        "disabled"
        in re.search(r"<button[^>]*>[^B]*Ask for the listening report", artist.get(f"/submissions/{song_id}").text)[0]
    )
    programme.send(song_id, "mix.wav", Part.MIX, b"mix")
    answer = post(artist, f"/submissions/{song_id}/ask-report")
    assert [type(fact) for fact in recorded if isinstance(fact, ReportRequested)] == [ReportRequested]
    assert "We are listening since" in answer.text
    programme.report(song_id)
    assert "Every file can be used" in artist.get(f"/submissions/{song_id}/received", headers=HTMX).text


def test_a_whole_draft_is_sent_and_sent_again(artist, programme, call_id):
    song_id = programme.ready(call_id)
    assert '<button class="primary big">Send the song</button>' in artist.get(f"/submissions/{song_id}").text
    answer = post(artist, f"/submissions/{song_id}/submit")
    assert answer.headers["hx-redirect"] == f"/submissions/{song_id}"
    assert found(programme, song_id).song.version == 1
    assert "data-step" not in artist.get(f"/submissions/{song_id}").text, "how it stands comes first now"
    text = artist.get(f"/submissions/{song_id}/edit").text
    assert "Sent, version 1" in text
    assert "Send the song again" in text


def test_a_song_that_misses_something_is_not_sent(artist, programme, song_id):
    answer = post(artist, f"/submissions/{song_id}/submit")
    assert (answer.status_code, "The story is missing" in answer.text) == (400, True)
    assert programme.state(song_id) == "draft"


def test_a_song_is_taken_back(artist, programme, song_id):
    post(artist, f"/submissions/{song_id}/withdraw")
    assert programme.state(song_id) == "withdrawn"
    assert "data-step" not in artist.get(f"/submissions/{song_id}").text


def test_after_the_deadline_the_page_shows_how_the_song_stands(browser, clock, programme, call_id):
    song_id = programme.ready(call_id)
    programme.do(programme.artist, submit_song, song_id)
    clock.advance(DEADLINE - clock.now() + timedelta(seconds=1))
    artist = browser(programme.artist)
    answer = artist.get(f"/submissions/{song_id}")
    assert (answer.status_code, "data-step" in answer.text) == (200, False)
    assert artist.get(f"/submissions/{song_id}/edit").headers["location"] == f"/submissions/{song_id}"
    assert post(artist, f"/submissions/{song_id}/details", title="Late").status_code == 409


def test_stems_that_are_due_after_selection_come_in_on_a_page_of_their_own(browser, programme):
    song_id = programme.offered(stems=StemsDue.AFTER_SELECTION)
    artist = browser(programme.artist)
    text = artist.get(f"/submissions/{song_id}/files").text
    assert "data-uploader" in text
    assert '<option value="mix"' not in text
    assert artist.get(f"/submissions/{song_id}/edit").headers["location"] == f"/submissions/{song_id}/files"
    assert programme.do(programme.artist, offer_of, song_id).state == "open"
    at_submission = browser(programme.artist).get(f"/submissions/{song_id}").text
    assert "data-step" not in at_submission


def test_nobody_else_sees_or_writes_a_draft(browser, programme, song_id):
    other = browser(programme.other_artist)
    before = found(programme, song_id)
    assert other.get(f"/submissions/{song_id}").status_code == 404
    for path in ("details", "story", "people", "rights", "submit", "withdraw", "ask-report"):
        assert post(other, f"/submissions/{song_id}/{path}", title="Mine").status_code == 404, path
    assert browser(None).get(f"/submissions/{song_id}").headers["location"].startswith("/sign-in")
    assert found(programme, song_id) == before


def test_the_page_takes_as_many_queries_with_many_people_and_files_as_with_few(artist, programme, song_id, engine):
    with questions(engine) as few:
        artist.get(f"/submissions/{song_id}")
    people = tuple(Person(name=f"P{n}", email=f"p{n}@x.org", part="", basis_points=500) for n in range(20))
    programme.do(programme.artist, write_people, song_id, people)
    for n in range(10):
        programme.send(song_id, f"stem-{n}.wav", Part.STEM, b"%d" % n)
    with questions(engine) as many:
        artist.get(f"/submissions/{song_id}")
    assert len(many) == len(few)


def test_rows_of_a_form_end(song_id):
    fields = Fields({f"person-{n}-name": f"P{n}" for n in range(500)})
    from submissions.web.draft_forms import people_of

    assert len(people_of(fields)) == 200
