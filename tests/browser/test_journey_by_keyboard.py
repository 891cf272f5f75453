"""An artist sends a song, and a curator scores one, with nothing but a keyboard."""

import re
from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest
from playwright.sync_api import Page, expect

from submissions import calls, review
from submissions.terms import Category, ConsentText, NewCall, Question, StemsDue
from tests.app.small_demo import write_song
from tests.browser import other_song
from tests.browser.acts import ACTS, a_player_is_there, step_link
from tests.browser.keys import press, tab_to, write
from tests.browser.story import ARTIST, CURATOR, MANAGER, PASSWORD, Person, Story

CALL = "Songs without a Mouse"
TITLE = "Fingertips"


@pytest.fixture(scope="module")
def call_id(story: Story) -> str:
    """A second call that is open, in the installation of the story."""
    story.reach(ACTS[-1])
    manager, curator = other_song.account(story.living, MANAGER), other_song.account(story.living, CURATOR)
    with story.living.house.work.write(manager) as uow:
        now = uow.clock.now().astimezone(UTC).replace(microsecond=0, tzinfo=None)
        terms = NewCall(
            title=CALL,
            summary="Everything of it by keyboard.",
            timezone="UTC",
            opens_at=now,
            closes_at=now + timedelta(days=3),
            fund_id=story.addresses["fund"].rsplit("/", 1)[-1],
            reward_minor=10_000,
            budget_minor=20_000,
            currency="EUR",
            licence_version="2026-1",
            stems=StemsDue.AT_SUBMISSION,
            categories=(Category("song", "The song itself", 1), Category("care", "The care in it", 1)),
            questions=(Question("yours", "Is every part of it yours to publish?", must_be=True),),
            consents=(ConsentText("mix", "1", "You may make a 360 mix of it."),),
        )
        call_id = calls.create_call(uow, manager, terms)
        calls.open_call(uow, manager, call_id)
        review.assign_curator(uow, manager, call_id, curator.user_id)
    return call_id


@pytest.fixture
def hands(story: Story) -> Iterator[Page]:
    """A new browser, in which nobody touches a pointer."""
    page = story.context().new_page()
    page.goto("/")
    yield page
    page.context.close()


def sign_in(page: Page, person: Person) -> None:
    press(page, page.get_by_role("link", name="Sign in"))
    page.wait_for_url("**/sign-in*")
    write(page, page.get_by_label("E-mail"), person.email)
    write(page, page.get_by_label("Password"), PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Your account").wait_for()


def test_an_artist_sends_a_song(story: Story, hands: Page, call_id: str) -> None:
    page, before = hands, len(story.watch.faults)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    sign_in(page, ARTIST)
    press(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="Open calls"))
    press(page, page.get_by_role("link", name=CALL, exact=True))
    write(page, page.get_by_label("Title of the song"), TITLE)
    write(page, page.get_by_label("Artist", exact=True), "Runa")
    tab_to(page, page.get_by_label("Language"))
    page.keyboard.type("Faroese")
    write(page, page.get_by_label("Genre"), "folk")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=TITLE, level=1)).to_be_visible()
    expect(page.locator("#language")).to_have_value("fo")

    press(page, step_link(page, "Story"))
    expect(page.get_by_role("heading", name="Story", level=2)).to_be_focused()
    write(page, page.locator("#story-text"), "Ten fingers, and no pointer.")

    press(page, step_link(page, "Files"))
    folder = story.folder / "fingertips"
    write_song(folder, TITLE, 3, [(ARTIST.name, 10_000)])
    tab_to(page, page.locator("#up"))  # the window that opens next belongs to the system, not to the page
    page.locator("#up").set_input_files([str(path) for path in (folder / "mix.wav", *(folder / "stems").iterdir())])
    expect(page.locator("#received li")).to_have_count(3)
    tab_to(page, page.get_by_label("Role of Bass.wav"))
    page.keyboard.type("Bass")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Role of Bass.wav")).to_have_value("stem:bass")
    press(page, page.get_by_role("button", name="Ask for the listening report"))

    press(page, step_link(page, "People and shares"))
    for field, value in (("n", ARTIST.name), ("e", ARTIST.email), ("r", "everything"), ("s", "100")):
        write(page, page.locator(f"#p0{field}"), value)

    press(page, step_link(page, "Rights"))
    yours = page.get_by_role("group", name="Is every part of it yours")
    tab_to(page, yours.get_by_label("Yes"))
    page.keyboard.press("Space")
    expect(yours.get_by_label("Yes")).to_be_checked()
    press(page, page.get_by_role("group", name="Did AI make").get_by_label("No"), "Space")
    press(page, page.get_by_role("group", name="What you agree to").get_by_role("checkbox"), "Space")

    press(page, step_link(page, "Send"))
    expect(page.get_by_text("Nothing is missing")).to_be_visible(timeout=90_000)
    press(page, page.get_by_role("button", name="Send the song"))
    expect(page.get_by_text(re.compile("Sent, version 1|Version 1")).first).to_be_visible()
    assert story.watch.faults[before:] == []


def test_a_curator_scores_a_song(story: Story, hands: Page, call_id: str) -> None:
    write_song(story.folder / "by-hand", "Second Wind", 4, [("Ann Example", 10_000)])
    other_song.send(story.living, story.folder / "by-hand", Person("Ann Example", "ann@opencall.invalid"), call_id)
    story.let_pass(timedelta(days=3, minutes=1))
    page, before = hands, len(story.watch.faults)
    sign_in(page, CURATOR)
    press(page, page.get_by_role("link", name="Listening desk"))
    expect(page.get_by_role("heading", name=CALL)).to_be_visible()
    if page.get_by_role("link", name="Begin listening").count() == 0:
        page.reload()  # the sweep had not closed the call yet
    press(page, page.get_by_role("link", name="Begin listening"))
    a_player_is_there(page)

    page.keyboard.press("Space")
    expect(page.locator("[data-part]")).to_have_text(re.compile(r"^(8\d|9\d|100) %$"))
    page.keyboard.press("4")
    expect(page.get_by_role("radio", name="The song itself 4")).to_be_checked()
    # The other question by Tab and arrows, as in every form.
    care = page.get_by_role("group", name="The care in it")
    tab_to(page, care.get_by_role("radio").first)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(care.get_by_role("radio", name="The care in it 2")).to_be_checked()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.keyboard.type("here it turns")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your comment")).to_have_value(re.compile(r"^0:0\d here it turns$"))
    scored = page.url
    press(page, page.get_by_role("button", name="Send score"))
    page.wait_for_url(lambda url: url != scored)  # on to the next song that waits
    assert story.watch.faults[before:] == []
