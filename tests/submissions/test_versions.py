"""Submitting: refused with the reason while anything is missing, frozen when it is not."""

import hashlib
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select

from opencall.kernel.principal import NotYours
from submissions.errors import (
    AiDeclarationMissing,
    AnswersMissing,
    AnswerWrong,
    ChangedMeanwhile,
    ConsentsMissing,
    DeadlinePast,
    MixMissing,
    NoReportAsked,
    NotEligible,
    PersonWrong,
    ReportMissing,
    ReportPending,
    ReportRejects,
    SongCannot,
    SplitsMissing,
    SplitsNotWhole,
    StemsMissing,
    StoryMissing,
    TextTooLong,
    TextUnreadable,
    TitleMissing,
    TooManySongs,
    UnknownConsent,
    UnknownQuestion,
)
from submissions.facts import ReportRequested, SongSubmitted, SongWithdrawn
from submissions.files import remove_file
from submissions.material import AiDeclaration, Content, Image, Part, Person, SongDetails, Story, files_sha256
from submissions.moves import move_song
from submissions.queries import song_page
from submissions.reports import ListeningReport, Verdict, record_report, request_report
from submissions.rows import content_of, find_song
from submissions.songs import (
    answer_questions,
    declare_ai,
    give_consent,
    start_song,
    write_details,
    write_people,
    write_story,
)
from submissions.states import SongEvent
from submissions.tables import version_table
from submissions.terms import StemsDue
from submissions.versions import submit_song, withdraw_song

DETAILS = SongDetails(title="Salt", artist_name="Runa", language="fo", genre="folk")


def submit(programme, song_id):
    return programme.do(programme.artist, submit_song, song_id)


def versions(programme, song_id):
    with programme.work.read() as uow:
        return uow.connection.execute(
            select(version_table).where(version_table.c.song_id == song_id).order_by(version_table.c.version)
        ).all()


def test_an_empty_draft_is_told_all_that_it_lacks_in_the_order_of_the_steps(programme):
    song_id = programme.do(programme.artist, start_song, programme.call(), DETAILS)
    page = programme.do(programme.artist, song_page, song_id)
    assert [refusal.code for refusal in page.missing] == [
        "StoryMissing", "MixMissing", "StemsMissing", "SplitsMissing", "AnswersMissing", "AiDeclarationMissing",
        "ConsentsMissing",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("refusal", "undo"),
    [
        (TitleMissing, lambda p, s: p.do(p.artist, write_details, s, msgspec.structs.replace(DETAILS, title=" "))),
        (StoryMissing, lambda p, s: p.do(p.artist, write_story, s, Story(" \n", "en"))),
        (MixMissing, lambda p, s: p.do(p.artist, remove_file, s, p.do(p.artist, song_page, s).files[0].id)),
        (StemsMissing, lambda p, s: p.do(p.artist, remove_file, s, p.do(p.artist, song_page, s).files[1].id)),
        (SplitsMissing, lambda p, s: p.do(p.artist, write_people, s, ())),
        (AnswersMissing, lambda p, s: p.do(p.artist, answer_questions, s, {"where": ""})),
        (NotEligible, lambda p, s: p.do(p.artist, answer_questions, s, {"yours": False})),
        (AiDeclarationMissing, lambda p, s: p.do(p.artist, declare_ai, s, AiDeclaration(used=True))),
        (ReportMissing, lambda p, s: p.send(s, "late.wav", Part.STEM, b"new")),
        (ReportPending, lambda p, s: (p.send(s, "b.wav", Part.STEM, b"new"), p.do(p.artist, request_report, s))),
        (ReportRejects, lambda p, s: p.report(s, Verdict.REJECT)),
    ],
)
def test_a_song_that_lacks_one_thing_is_refused_for_that_thing(programme, refusal, undo):
    song_id = programme.ready(programme.call())
    undo(programme, song_id)
    with pytest.raises(refusal):
        submit(programme, song_id)
    assert programme.state(song_id) == "draft"
    assert versions(programme, song_id) == []


def test_a_missing_consent_is_named(programme):
    call_id = programme.call()
    song_id = programme.do(programme.artist, start_song, call_id, DETAILS)
    programme.do(programme.artist, write_story, song_id, Story("Rain.", "en"))
    with pytest.raises(UnknownConsent):
        programme.do(programme.artist, give_consent, song_id, "terms", "1")
    refusals = {one.code: one.sentence for one in programme.do(programme.artist, song_page, song_id).missing}
    assert "terms" in refusals[ConsentsMissing.__name__]
    programme.do(programme.artist, give_consent, song_id, "terms", "2")
    programme.do(programme.artist, give_consent, song_id, "terms", "2")
    page = programme.do(programme.artist, song_page, song_id)
    assert [(one.key, one.version) for one in page.consents] == [("terms", "2")]
    assert page.consents[0].text_sha256 == hashlib.sha256(b"I have read the terms.").hexdigest()


def test_stems_are_not_asked_for_where_they_are_due_later(programme):
    song_id = programme.draft(programme.call(stems=StemsDue.AFTER_SELECTION))
    programme.send(song_id, "mix.wav", Part.MIX, b"mix")
    programme.report(song_id)
    assert submit(programme, song_id) == 1


def test_a_warning_in_the_report_does_not_refuse(programme):
    song_id = programme.ready(programme.call())
    programme.report(song_id, Verdict.WARN)
    assert submit(programme, song_id) == 1


def test_the_report_counts_for_exactly_the_files_that_it_heard(programme):
    song_id = programme.ready(programme.call())
    extra = programme.send(song_id, "extra.wav", Part.STEM, b"extra")
    with pytest.raises(ReportMissing):
        submit(programme, song_id)
    programme.do(programme.artist, remove_file, song_id, extra.id)
    assert submit(programme, song_id) == 1


def test_the_same_sounds_with_another_mix_are_another_set():
    assert files_sha256("a", ["b", "c"]) == files_sha256("a", ["c", "b"])
    assert files_sha256("a", ["b"]) != files_sha256("b", ["a"])
    assert files_sha256("a", ["b"]) != files_sha256("a", ["b", "b"])


def test_asking_twice_for_the_same_files_orders_one_report(programme):
    song_id = programme.ready(programme.call())
    programme.do(programme.artist, request_report, song_id)
    [asked] = programme.facts(ReportRequested)
    assert asked.mix.name == "mix.wav"
    assert asked.files_sha256 == files_sha256(asked.mix.sha256, [stem.sha256 for stem in asked.stems])


def test_a_report_that_was_overtaken_by_other_files_can_be_asked_for_again(programme):
    song_id = programme.draft(programme.call())
    programme.send(song_id, "mix.wav", Part.MIX, b"mix")
    first = programme.do(programme.artist, request_report, song_id)
    extra = programme.send(song_id, "extra.wav", Part.STEM, b"extra")
    programme.do(programme.artist, request_report, song_id)
    programme.do(programme.artist, remove_file, song_id, extra.id)
    assert programme.do(programme.artist, request_report, song_id) == first
    asked = programme.facts(ReportRequested)
    assert [len(one.stems) for one in asked] == [0, 1, 0]
    assert asked[2] == asked[0]


def test_a_report_that_nobody_asked_for_is_refused(programme):
    song_id = programme.ready(programme.call())
    report = ListeningReport(files_sha256="0" * 64, verdict=Verdict.ACCEPT, findings={})
    with pytest.raises(NoReportAsked):
        programme.machine(record_report, song_id, report)


def test_a_version_is_the_bytes_that_its_hash_names(programme):
    song_id = programme.submitted(programme.call())
    [version] = versions(programme, song_id)
    assert hashlib.sha256(version.content.encode()).hexdigest() == version.sha256
    assert programme.facts(SongSubmitted)[0].content_sha256 == version.sha256
    content = msgspec.json.decode(version.content, type=Content)
    assert content.details.title == "Salt"
    assert [one.basis_points for one in content.contributors] == [6667, 3333]


def test_a_change_before_the_deadline_makes_the_next_version_and_leaves_the_first_as_it_was(programme):
    song_id = programme.submitted(programme.call())
    [first] = versions(programme, song_id)
    programme.do(programme.artist, write_story, song_id, Story("It was March.", "en"))
    with programme.work.read() as uow:
        assert content_of(uow, find_song(uow, song_id)).story.text == "It was February."
    assert submit(programme, song_id) == 2
    kept, second = versions(programme, song_id)
    assert kept == first
    assert second.sha256 != first.sha256
    with programme.work.read() as uow:
        assert content_of(uow, find_song(uow, song_id)).story.text == "It was March."


def test_submitting_again_without_a_change_is_the_same_version(programme):
    song_id = programme.submitted(programme.call())
    assert submit(programme, song_id) == 1
    assert len(versions(programme, song_id)) == 1
    assert len(programme.facts(SongSubmitted)) == 1
    assert len(programme.letters(programme.artist)) == 1


def test_after_the_deadline_nothing_is_submitted_or_changed_but_may_be_withdrawn(programme):
    call_id = programme.call()
    ready_id, submitted_id = programme.ready(call_id), programme.submitted(call_id, "Rain")
    programme.clock.advance(timedelta(days=40))
    with pytest.raises(DeadlinePast):
        submit(programme, ready_id)
    with pytest.raises(DeadlinePast):
        programme.do(programme.artist, write_story, submitted_id, Story("Late.", "en"))
    programme.do(programme.artist, withdraw_song, submitted_id)
    assert programme.state(submitted_id) == "withdrawn"


def test_a_withdrawn_song_is_told_to_the_other_rooms_and_does_not_come_back(programme):
    call_id = programme.call()
    song_id = programme.submitted(call_id)
    programme.do(programme.artist, withdraw_song, song_id)
    assert programme.facts(SongWithdrawn) == [SongWithdrawn(song_id=song_id, call_id=call_id)]
    for act in (submit_song, withdraw_song):
        with pytest.raises(SongCannot):
            programme.do(programme.artist, act, song_id)


def test_songs_of_others_cannot_be_told_from_songs_that_are_not(programme):
    song_id = programme.ready(programme.call())
    for identifier in (song_id, "nowhere"):
        for who in (programme.other_artist, programme.manager, programme.curators[0], programme.stranger):
            for act in (submit_song, withdraw_song, request_report, song_page):
                with pytest.raises(NotYours):
                    programme.do(who, act, identifier)


def test_a_move_that_somebody_else_made_first_is_not_overwritten(programme):
    song_id = programme.ready(programme.call())
    with programme.work.read() as uow:
        seen_before = find_song(uow, song_id)
    submit(programme, song_id)
    with pytest.raises(ChangedMeanwhile), programme.work.write(programme.artist) as uow:
        move_song(uow, seen_before, SongEvent.WITHDRAW)
    assert programme.state(song_id) == "submitted"


def test_an_artist_sends_no_more_songs_than_the_call_takes(programme):
    call_id = programme.call(songs_per_artist=1)
    song_id = programme.draft(call_id)
    with pytest.raises(TooManySongs):
        programme.draft(call_id, "Another")
    programme.draft(call_id, "Of another artist", programme.other_artist)
    programme.do(programme.artist, withdraw_song, song_id)
    programme.draft(call_id, "Another")


def shared(points: tuple[int, ...]) -> list[Person]:
    return [Person(name=f"P{i}", email=f"p{i}@x.org", part="", basis_points=one) for i, one in enumerate(points)]


@pytest.mark.parametrize("points", [(5000, 4999), (5000, 5001)])
def test_shares_may_be_written_down_before_they_are_whole_but_not_sent(programme, points):
    song_id = programme.ready(programme.call())
    programme.do(programme.artist, write_people, song_id, shared(points))
    page = programme.do(programme.artist, song_page, song_id)
    assert tuple(one.basis_points for one in page.song.contributors) == points
    assert [one.code for one in page.missing] == ["SplitsNotWhole"]
    with pytest.raises(SplitsNotWhole):
        programme.do(programme.artist, submit_song, song_id)


def test_a_share_below_nothing_is_refused(programme):
    song_id = programme.draft(programme.call())
    with pytest.raises(PersonWrong):
        programme.do(programme.artist, write_people, song_id, shared((-1, 10_001)))


@pytest.mark.parametrize(("name", "email"), [("", "a@b"), ("A", "ab"), ("A", "@b"), ("A", "RUNA@example.org")])
def test_a_person_without_name_or_own_address_is_refused(programme, name, email):
    song_id = programme.draft(programme.call())
    people = (
        Person(name="Runa", email="runa@example.org", part="", basis_points=10_000),
        Person(name=name, email=email, part="", basis_points=0),
    )
    with pytest.raises(PersonWrong):
        programme.do(programme.artist, write_people, song_id, people)


def test_a_person_keeps_their_identifier_through_edits(programme):
    song_id = programme.draft(programme.call())
    before = programme.do(programme.artist, song_page, song_id).song.contributors
    people = (
        Person(name="Jón", email="JON@example.org", part="accordion", basis_points=9000),
        Person(name="New", email="new@example.org", part="rain", basis_points=1000),
    )
    after = programme.do(programme.artist, write_people, song_id, people)
    assert after[0].id == before[1].id
    assert after[1].id not in {one.id for one in before}


def test_answers_of_the_wrong_sort_and_to_no_question_are_refused(programme):
    song_id = programme.draft(programme.call())
    with pytest.raises(AnswerWrong):
        programme.do(programme.artist, answer_questions, song_id, {"yours": "yes"})
    with pytest.raises(AnswerWrong):
        programme.do(programme.artist, answer_questions, song_id, {"where": True})
    with pytest.raises(UnknownQuestion):
        programme.do(programme.artist, answer_questions, song_id, {"age": "7"})


@pytest.mark.parametrize("text", ["nul\0", "half\ud800"])
def test_text_that_no_database_can_keep_is_refused(programme, text):
    song_id = programme.draft(programme.call())
    with pytest.raises(TextUnreadable):
        programme.do(programme.artist, write_story, song_id, Story(text, "en"))


@pytest.mark.parametrize(
    "story",
    [
        Story("a" * 20_001, "en"),
        Story("a", "e" * 301),
        Story("a", "en", {"fo": "a" * 20_001}),
        Story("a", "en", {str(number): "a" * 20_000 for number in range(4)}),
        Story("a", "en", {}, Image("0" * 64, "a" * 1001)),
    ],
    ids=["text", "language", "translation", "all of them", "description"],
)
def test_a_story_ends_somewhere(programme, story):
    song_id = programme.draft(programme.call())
    with pytest.raises(TextTooLong):
        programme.do(programme.artist, write_story, song_id, story)


def test_lines_are_lines(programme):
    song_id = programme.draft(programme.call())
    for field in ("title", "artist_name", "language", "genre", "region"):
        line = {"title": "Salt", "artist_name": "Runa", "language": "en", "genre": "folk"} | {field: "a" * 301}
        with pytest.raises(TextTooLong):
            programme.do(programme.artist, write_details, song_id, SongDetails(**line))
    with pytest.raises(TextTooLong):
        people = [Person(name="a" * 301, email="a@example.org", part="voice", basis_points=10_000)]
        programme.do(programme.artist, write_people, song_id, people)
