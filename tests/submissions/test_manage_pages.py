"""Calls as their managers make and read them, entirely through forms; and what becomes of one song."""

import re
from datetime import timedelta

import pytest

from opencall.kernel.clock import SetClock
from opencall.kernel.principal import Grant, Principal, Role
from rewards import funds
from submissions.facts import CuratorReminded
from submissions.publication import public_song
from submissions.queries import call_overview
from submissions.review import assign_curator
from submissions.selection import Outcome
from submissions.terms import Category, Question, Quota, QuotaField
from tests.site import Site
from tests.submissions.pages import text_of

FORM = {
    "title": "Water, Two Ways",
    "summary": "One song about water.",
    "timezone": "Europe/Berlin",
    "opens_at": "2026-05-01T09:00",
    "closes_at": "2026-06-01T23:59",
    "currency": "eur",
    "reward": "1,500.00",
    "budget": "EUR 12 000.5",
    "licence_version": "3",
    "stems": "at_submission",
    "offer_days": "10",
    "songs_per_artist": "2",
    "song_limit_gib": "4",
    "artist_limit_gib": "6",
    "call_limit_gib": "100",
    "category_key": ["", "", ""],
    "category_label": ["Does it stay with you?", "", "Is it made with care?"],
    "category_weight": ["3", "1", "1"],
    "category_lowest": ["1", "1", "1"],
    "category_highest": ["5", "5", "10"],
    "question_key": ["", ""],
    "question_text": ["Is it yours?", "Where was it made?"],
    "question_must": ["yes", "words"],
    "consent_key": ["terms"],
    "consent_version": ["2"],
    "consent_text": ["I have read the terms."],
    "quota_field": ["region", "genre"],
    "quota_value": ["North", ""],
    "quota_least": ["2", ""],
    "quota_most": ["", ""],
}


@pytest.fixture
def manager(site: Site) -> Principal:
    return site.enrol("Mara Manager", Role.MANAGER)


@pytest.fixture
def fund_id(site: Site) -> str:
    finance = site.enrol("Fay Finance", Role.FINANCE)
    with site.work.write(finance) as uow:
        fund_id = funds.open_fund(uow, finance, "Water fund", "EUR")
        funds.donate(uow, finance, fund_id, "gift", 2_000_000, "EUR")
    return fund_id


def sent(site, who, path, data=None):
    """Send a form as a page does; the status, and where it leads or what it says."""
    answer = site.browser(who).post(path, data=data or {}, headers={"hx-request": "true"})
    return answer.status_code, answer.headers.get("hx-redirect") or text_of(answer.text)


def overview(site, who, call_id):
    with site.work.read(who) as uow:
        return call_overview(uow, who, call_id)


def fields_of(html):
    """Every field of the terms as a browser would send it."""
    data = {}
    form = html[html.index("<form") : html.index("</form>")]
    pattern = r"<input\b[^>]*>|<textarea\b.*?</textarea>|<select\b.*?</select>"
    for tag in re.findall(pattern, form, flags=re.S):
        name = re.search(r'name="([^"]*)"', tag).group(1)
        if 'type="radio"' in tag and " checked" not in tag:
            continue
        if tag.startswith("<select"):
            chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', tag) or re.search(
                r'<option(?: value="([^"]*)")?>([^<]*)', tag
            )
            value = chosen.group(1) or chosen.group(2)
        elif tag.startswith("<textarea"):
            value = re.search(r">(.*)</textarea>", tag, flags=re.S).group(1)
        else:
            value = re.search(r' value="([^"]*)"', tag).group(1)
        data.setdefault(name, []).append(value)
    return data


def test_a_call_is_written_changed_looked_at_and_opened_by_forms_alone(site, manager, fund_id):
    browser = site.browser(manager)
    status, url = sent(site, manager, "/manage/new", FORM | {"fund_id": fund_id})
    assert status == 200
    call_id = url.removeprefix("/manage/")
    call = overview(site, manager, call_id).call
    assert (call.reward_minor, call.budget_minor, call.currency, call.offer_days) == (150_000, 1_200_050, "EUR", 10)
    assert call.closes_at.isoformat() == "2026-06-01T21:59:00+00:00"
    assert call.categories == (
        Category("does-it-stay-with-you", "Does it stay with you?", 3),
        Category("is-it-made-with-care", "Is it made with care?", 1, 1, 10),
    )
    assert [(one.text, one.must_be) for one in call.questions] == [("Is it yours?", True), ("Where was it made?", None)]
    assert call.quotas == (Quota(QuotaField.REGION, "North", 2, None),)

    data = fields_of(browser.get(f"{url}/edit").text)
    status, back = sent(site, manager, f"{url}/edit", data | {"title": "Water, Three Ways"})
    assert (status, back) == (200, url)
    changed = overview(site, manager, call_id).call
    assert changed.title == "Water, Three Ways"
    for field in ("opens_at", "closes_at", "categories", "questions", "consents", "quotas", "budget_minor", "stems"):
        assert getattr(changed, field) == getattr(call, field), field

    told = text_of(browser.get(f"{url}/preview").text).replace("\u00a0", " ")
    for words in ("Water, Three Ways", "EUR 1,500.00", "75 %", "Is it yours?", "North", "I have read the terms."):
        assert words in told
    assert sent(site, manager, f"{url}/open") == (200, url)
    assert overview(site, manager, call_id).call.state == "open"
    assert "12,000.50" in text_of(site.browser(None).get("/fund").text)
    assert browser.get(f"{url}/edit").status_code == 409
    assert sent(site, manager, f"{url}/edit", data)[0] == 409


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": " "}, "Title: fill this in"),
        ({"timezone": "Europe/Atlantis"}, "no timezone"),
        ({"opens_at": "tomorrow"}, "Opens: a day and a time"),
        ({"closes_at": "2026-04-01T09:00"}, "close before it opens"),
        ({"closes_at": "2026-03-29T02:30", "opens_at": "2026-03-01T09:00"}, "does not exist"),
        ({"reward": "much"}, "Reward for each song: an amount is wanted, as in 1,500.00"),
        ({"reward": "1.505"}, "an amount is wanted"),
        ({"reward": "NaN"}, "an amount is wanted"),
        ({"reward": "1e30"}, "an amount is wanted"),
        ({"budget": "10"}, "pays for no song"),
        ({"currency": "XAU", "budget": "5000", "reward": "10"}, "minor units"),
        ({"currency": "Taler"}, "minor units"),
        ({"offer_days": "0"}, "at least one day"),
        ({"offer_days": "1000000000"}, "longer than a year"),
        ({"songs_per_artist": "9" * 30}, "a thousand songs"),
        ({"song_limit_gib": "9" * 30}, "no disk"),
        ({"artist_limit_gib": "3"}, "could not send one song"),
        ({"call_limit_gib": "5"}, "less room than those of one artist"),
        ({"call_limit_gib": "9" * 30}, "no disks"),
        ({"song_limit_gib": "9" * 5000}, "a whole number is wanted"),
        ({"opens_at": "0001-01-01T00:00", "timezone": "Asia/Tokyo"}, "the year with four digits"),
        ({"closes_at": "9999-12-31T23:59", "timezone": "America/Lima"}, "the year with four digits"),
        ({"category_weight": ["9" * 30, "1", "1"]}, "no weight"),
        ({"category_highest": ["1000000000", "5", "10"]}, "up to 20 steps"),
        ({"category_lowest": ["-1", "1", "1"]}, "begins at 0"),
        ({"category_label": ["", "", ""]}, "no question"),
        ({"category_weight": ["heavy", "1", "1"]}, "a whole number is wanted"),
        ({"category_label": ["Same?", "", "Same?"]}, "share a key"),
        ({"quota_least": ["3", ""], "quota_most": ["2", ""]}, "at least than at most"),
        ({"quota_field": ["colour", "genre"]}, "choose genre"),
    ],
)
def test_terms_that_cannot_be_are_refused_beside_the_form(site, manager, changes, said):
    status, text = sent(site, manager, "/manage/new", FORM | {"fund_id": "fund"} | changes)
    assert (status, said in text) == (400, True), text
    assert "No call yet" in text_of(site.browser(manager).get("/manage").text)


def test_a_call_that_its_fund_cannot_pay_does_not_open_and_says_so(site, manager, fund_id):
    _, url = sent(site, manager, "/manage/new", FORM | {"fund_id": fund_id, "budget": "30,000.00"})
    status, said = sent(site, manager, f"{url}/open")
    assert status == 409
    assert "Fund" in said
    assert overview(site, manager, url.removeprefix("/manage/")).call.state == "draft"


def test_a_curator_is_seated_reminded_by_letter_and_taken_off_by_forms(site, manager, fund_id, clock: SetClock):
    cleo = site.enrol("Cleo Curator", Role.CURATOR)
    _, url = sent(site, manager, "/manage/new", FORM | {"fund_id": fund_id})
    sent(site, manager, f"{url}/open")
    assert sent(site, manager, f"{url}/curators", {"curator_id": cleo.user_id}) == (200, url)
    assert "Cleo Curator" in site.browser(manager).get(url).text
    status, said = sent(site, manager, f"{url}/curators/{cleo.user_id}/remind")
    assert status == 409
    clock.advance(timedelta(days=29))
    site._browsers.clear()  # everybody signs in again after a month
    assert sent(site, manager, f"{url}/close")[0] == 200
    status, said = sent(site, manager, f"{url}/curators/{cleo.user_id}/remind")
    assert (status, "nothing to remind" in said) == (409, True)
    assert sent(site, manager, f"{url}/curators/{cleo.user_id}/release") == (200, url)
    assert "Cleo Curator" not in site.browser(manager).get(url).text


def test_a_reminder_says_how_many_songs_wait_and_names_none(pages, programme):
    call_id = programme.call()
    song_id = programme.submitted(call_id, "Salt")
    programme.submitted(call_id, "Rain")
    programme.close(call_id)
    programme.score(song_id, (4, 4))
    cleo, carl, _ = programme.curators
    pages.page(cleo, "/desk")
    pages.page(carl, "/desk")
    said = text_of(pages.page(programme.manager, f"/manage/{call_id}"))
    assert "Cleo 1 of 2" in said
    assert "Carl 0 of 2" in said
    assert pages.does(programme.manager, f"/manage/{call_id}/curators/{cleo.user_id}/remind", {"word": "Until Friday?"})
    [fact] = programme.facts(CuratorReminded)
    assert (fact.curator_id, fact.subject) == (cleo.user_id, "1 song waits for you: Water, Two Ways")
    assert "> Until Friday?" in fact.text
    assert "Rain" not in fact.text
    status, _ = pages.refuses(programme.manager, f"/manage/{call_id}/curators/user-nobody/remind")
    assert status == 404


def test_what_curators_did_stays_on_the_page_when_everybody_was_told(pages, programme):
    call_id = programme.call()
    song_id = programme.submitted(call_id, "Salt")
    programme.close(call_id)
    programme.score(song_id, (4, 4))
    for curator in programme.curators:
        pages.page(curator, "/desk")
    programme.release(call_id, **{f"s{song_id}": Outcome.OFFER})
    said = text_of(pages.page(programme.manager, f"/manage/{call_id}"))
    assert "Cleo 1 of 1" in said
    assert "Carl 0 of 1" in said


def test_the_letter_of_a_reminder_reaches_the_curator(site, manager):
    from opencall.app.journey import react
    from opencall.kernel.mail import mail_table

    cleo = site.enrol("Cleo Curator", Role.CURATOR)
    with site.work.write(manager) as uow:
        react(uow, CuratorReminded(call_id="c", curator_id=cleo.user_id, subject="2 songs wait", text="Go on."))
        [row] = uow.connection.execute(mail_table.select()).all()
    assert (row.recipient, row.subject, row.text) == (cleo.email, "2 songs wait", "Go on.")


def test_only_a_manager_of_the_call_manages_it(pages, programme):
    call_id, other_id = programme.call(), programme.call(title="Another")
    song_id = programme.submitted(call_id)
    programme.close(call_id)
    theirs = Principal("user-one", "One", "one@example.org", frozenset({Grant(Role.MANAGER, other_id)}))
    shown = [
        f"/manage/{call_id}",
        f"/manage/{call_id}/preview",
        f"/manage/{call_id}/edit",
        f"/manage/{call_id}/songs",
        f"/manage/{call_id}/selection",
        f"/manage/{call_id}/selection/words",
        f"/manage/{call_id}/release",
        f"/manage/songs/{song_id}",
    ]
    acted = [
        f"/manage/{call_id}/edit",
        f"/manage/{call_id}/open",
        f"/manage/{call_id}/close",
        f"/manage/{call_id}/curators",
        f"/manage/{call_id}/curators/x/release",
        f"/manage/{call_id}/curators/x/remind",
        f"/manage/{call_id}/selection/mark",
        f"/manage/{call_id}/selection/fill",
        f"/manage/{call_id}/selection/lottery",
        f"/manage/{call_id}/release",
        f"/manage/songs/{song_id}/decide",
        f"/manage/songs/{song_id}/publish",
        f"/manage/songs/{song_id}/take-down",
    ]
    data = {
        "outcome": "offer",
        "seed": "1",
        "typed": "1",
        "curator_id": "x",
        "offers": "1",
        "waiting": "0",
        "song": "x",
    }
    for who in (theirs, programme.artist, programme.curators[0], programme.stranger):
        assert {path: pages.get(who, path).status_code for path in shown} == dict.fromkeys(shown, 403)
        assert {path: pages.post(who, path, data).status_code for path in acted} == dict.fromkeys(acted, 403)
    assert "Another" in pages.page(theirs, "/manage")
    assert "Water, Two Ways" not in pages.page(theirs, "/manage")
    assert [pages.get(who, "/manage/new").status_code for who in (programme.manager, theirs)] == [200, 403]
    assert {pages.get(None, path).status_code for path in shown} == {303}
    assert {pages.get(programme.manager, path).status_code for path in shown if "edit" not in path} == {200, 303}


def test_what_is_still_being_written_is_its_artists_alone(pages, programme):
    call_id = programme.call()
    draft = programme.draft(call_id, "Secret")
    assert "Secret" not in pages.page(programme.manager, f"/manage/{call_id}/songs")
    assert pages.get(programme.manager, f"/manage/songs/{draft}").status_code == 404


def test_lists_of_calls_and_songs_ask_as_often_for_three_hundred_songs_as_for_ten(pages, programme):
    call_id = programme.call()
    song_id = programme.submitted(call_id)
    programme.close(call_id)
    programme.score(song_id, (4, 4), (3, 3))
    paths = ("/manage", f"/manage/{call_id}", f"/manage/{call_id}/songs", f"/manage/songs/{song_id}")
    counts = []
    for more in (9, 290):
        programme.crowd(song_id, more)
        for path in paths:
            pages.page(programme.manager, path)
            with pages.queries() as sent:
                pages.page(programme.manager, path)
            counts.append(len(sent))
    assert counts[:4] == counts[4:]
    assert "Song 289" in pages.page(programme.manager, f"/manage/{call_id}/songs")


def test_a_song_is_published_at_the_address_that_was_typed_and_taken_down_with_a_reason(pages, programme):
    song_id = programme.mastered()
    path = f"/manage/songs/{song_id}"
    assert 'value="salt"' in pages.page(programme.manager, path)
    status, said = pages.refuses(programme.manager, f"{path}/publish", {"slug": "Salt & Sea"})
    assert (status, "lower-case letters" in said) == (400, True)
    pages.does(programme.manager, f"{path}/publish", {"slug": "salt-and-sea"})
    with programme.work.read() as uow:
        assert public_song(uow, "salt-and-sea").song_id == song_id
    assert "/songs/salt-and-sea" in pages.page(programme.manager, path)
    status, said = pages.refuses(programme.manager, f"{path}/take-down", {"reason": ""})
    assert status == 400
    pages.does(programme.manager, f"{path}/take-down", {"reason": "The artist asked."})
    assert programme.state(song_id) == "taken_down"
    assert "The artist asked." in pages.page(programme.manager, path)


def test_a_second_song_of_a_title_finds_an_address_by_itself(pages, programme):
    first = programme.mastered()
    [second] = programme.crowd(first, 1, title="Salt")
    pages.does(programme.manager, f"/manage/songs/{first}/publish", {"slug": "salt"})
    pages.does(programme.manager, f"/manage/songs/{second}/publish", {"slug": "salt"})
    assert "/songs/salt-2" in pages.page(programme.manager, f"/manage/songs/{second}")


def test_the_managers_page_of_a_song_shows_what_curators_said(pages, programme):
    call_id = programme.call()
    song_id = programme.submitted(call_id)
    programme.close(call_id)
    cleo, carl, _ = programme.curators
    pages.put(cleo, f"/api/desk/songs/{song_id}/heard", {"ranges": [[0, 90]], "length_s": 100})
    score = {"score-stays": "4", "score-care": "abstain", "comment": "0:40 a breath"}
    pages.does(cleo, f"/desk/songs/{song_id}/review", score)
    pages.does(carl, f"/desk/songs/{song_id}/abstain", {"reason": "My pupil.", "conflict": "yes"})
    said = text_of(pages.page(programme.manager, f"/manage/songs/{song_id}")).replace("\u00a0", " ")
    for words in ("Cleo", "90 % heard", "4 of 5", "0:40 a breath", "Conflict of interest", "My pupil.", "mix.wav"):
        assert words in said


def test_assigning_a_curator_who_is_nobody_is_kept_as_somebody_without_an_account(pages, programme):
    call_id = programme.call()
    programme.do(programme.manager, assign_curator, call_id, "gone")
    assert "Somebody without an account" in pages.page(programme.manager, f"/manage/{call_id}")


def test_a_question_keeps_its_key_when_its_words_change(site, manager, fund_id):
    _, url = sent(site, manager, "/manage/new", FORM | {"fund_id": fund_id})
    data = fields_of(site.browser(manager).get(f"{url}/edit").text)
    data["question_text"][0] = "Is every part of it yours?"
    sent(site, manager, f"{url}/edit", data)
    [question, _] = overview(site, manager, url.removeprefix("/manage/")).call.questions
    assert question == Question("is-it-yours", "Is every part of it yours?", must_be=True)
