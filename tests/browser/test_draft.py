"""A draft in a real browser: a step at a time, saved while it is written, the same for everybody."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, expect

from submissions.material import Part, SongDetails
from submissions.queries import song_page
from submissions.rows import content_of
from submissions.songs import start_song
from tests.browser.conftest import NARROW, WIDE

STEPS = ("song", "story", "files", "people", "rights", "send")
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
# Whether the page would ask before it is left. (A browser that ends while it really asks may fall over.)
HOLDS = "!dispatchEvent(new Event('beforeunload', { cancelable: true }))"


@pytest.fixture
def song_id(programme):
    call_id = programme.call()
    details = SongDetails(title="Salt", artist_name="Runa Harbour", language="fo", genre="folk")
    return programme.do(programme.artist, start_song, call_id, details)


@pytest.fixture
def song(programme, song_id):
    return lambda: programme.do(programme.artist, song_page, song_id).song


def test_a_field_is_saved_when_it_is_left(visit, programme, song_id, song):
    page = visit(programme.artist, f"/submissions/{song_id}#song")
    page.get_by_label("Title").fill("Salt on the Radio")
    page.keyboard.press("Tab")
    expect(page.locator("#saved")).to_have_text(re.compile(r"Saved at \d\d:\d\d"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Salt on the Radio")
    assert song().details.title == "Salt on the Radio"


def test_the_first_step_that_misses_something_is_shown_and_one_step_follows_the_other(visit, programme, song_id):
    page = visit(programme.artist, f"/submissions/{song_id}")
    expect(page.locator("[data-step]:visible h2")).to_have_text("Story")
    page.get_by_role("link", name="Files", exact=True).last.click()
    expect(page.locator("[data-step]:visible h2")).to_have_text("Files")
    expect(page.locator("#h-files")).to_be_focused()
    expect(page.locator("#steps [aria-current=step]")).to_have_text("Files")
    assert page.locator(".primary:visible").count() == 1


def test_a_step_is_done_once_it_is_saved(visit, programme, song_id):
    page = visit(programme.artist, f"/submissions/{song_id}#story")
    expect(page.locator("#steps a[data-to=story]")).not_to_have_class("done")
    page.get_by_label("The story", exact=True).fill("It was February.")
    page.keyboard.press("Tab")
    expect(page.locator("#steps a[data-to=story]")).to_have_class("done")
    expect(page.locator("#steps [aria-current=step]")).to_have_text("Story")


def test_people_are_added_and_saved_once_a_line_is_whole(visit, programme, song_id, song):
    page = visit(programme.artist, f"/submissions/{song_id}#people")
    first = page.locator("li.person").first
    first.get_by_label("Name").fill("Runa")
    first.get_by_label("Mail address").click()
    expect(page.locator("#saved")).to_contain_text("Not saved yet: “Mail address” is still empty")
    first.get_by_label("Mail address").fill("runa@example.org")
    first.get_by_label("Share, %").fill("60")
    page.get_by_role("button", name="Add a person").click()
    expect(page.locator("#saved")).to_contain_text("Saved at")
    expect(page.locator("[data-sum]")).to_have_text("The shares sum to 60 %. 40 % are left.")
    row = page.locator("li.person").last
    expect(row.get_by_label("Name")).to_be_focused()
    row.get_by_label("Name").fill("Jon")
    row.get_by_label("Mail address").fill("jon@example.org")
    row.get_by_label("Share, %").fill("40")
    page.keyboard.press("Tab")
    expect(page.locator("#steps a[data-to=people]")).to_have_class("done")
    assert [(one.name, one.basis_points) for one in song().contributors] == [("Runa", 6000), ("Jon", 4000)]
    row.get_by_role("button", name=re.compile("Remove person")).click()
    expect(page.locator("#ready")).to_contain_text("The shares sum to 60.00 %")
    assert [one.name for one in song().contributors] == ["Runa"]


def test_what_could_not_be_saved_stays_and_is_held_against_leaving(visit, programme, song_id):
    page = visit(programme.artist, f"/submissions/{song_id}#song")
    page.get_by_label("Title").fill("")
    page.keyboard.press("Tab")
    expect(page.locator("#saved")).to_contain_text("Not saved yet")
    assert page.evaluate(HOLDS)
    page.get_by_label("Title").fill("Tide")
    page.keyboard.press("Tab")
    expect(page.locator("#saved")).to_contain_text("Saved at")
    assert not page.evaluate(HOLDS)


def test_the_last_words_are_saved_before_the_song_is_sent(visit, programme):
    song_id = programme.ready(programme.call(songs_per_artist=9), "Tide")
    page = visit(programme.artist, f"/submissions/{song_id}#song")
    held: list[Route] = []
    page.route("**/details", lambda route: held.append(route))  # noqa: PLW0108 - the library needs a function
    page.get_by_label("Genre").fill("sea shanty")
    page.evaluate("location.hash = 'send'")
    page.get_by_role("button", name="Send the song").click()
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    expect(page).to_have_url(re.compile(f"/submissions/{song_id}$"))
    with programme.work.read() as uow:
        assert content_of(uow, song_page(uow, programme.artist, song_id).song).details.genre == "sea shanty"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_step_is_for_everybody(visit, programme, song_id, viewport, scheme):
    programme.send(song_id, "mix.wav", Part.MIX, b"mix")
    programme.send(song_id, "a-stem-with-a-rather-long-name-that-nobody-shortened.wav", Part.STEM, b"stem")
    # The checker brings a style of its own, which the policy of our pages would refuse.
    page = visit(
        programme.artist, f"/submissions/{song_id}", viewport=viewport, color_scheme=scheme, bypass_csp=True
    )  # fmt: skip
    page.route("**/submissions/vendor/*", lambda route: route.fulfill(body=""))  # it looks for imports beside the page
    for step in STEPS:
        page.evaluate(f"location.hash = '{step}'")
        expect(page.locator(f"#{step}")).to_be_visible()
        assert [found["id"] for found in Axe().run(page).response["violations"]] == [], step
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), step


def test_without_scripts_everything_but_sending_files_works(visit, programme, song_id, song):
    page = visit(programme.artist, f"/submissions/{song_id}", java_script_enabled=False)
    assert page.locator("[data-step]:visible").count() == len(STEPS)
    assert "Sending files needs scripts" in page.locator("#files").inner_html()
    page.get_by_label("The story", exact=True).fill("It was February.")
    page.locator("#story").get_by_role("button", name="Save").click()
    assert song().story.text == "It was February."
    assert page.url.endswith("/edit#story")


def test_a_picture_is_kept_once_it_has_words_and_files_go_on_meanwhile(visit, programme, song_id, song, tmp_path):
    page = visit(programme.artist, f"/submissions/{song_id}#story")
    visit.expected.append("400")  # a browser logs every refusal
    picture = tmp_path / "kitchen.gif"
    picture.write_bytes(GIF)
    page.get_by_label("Picture", exact=True).set_input_files(str(picture))
    page.get_by_role("button", name="Keep the picture").click()
    expect(page.locator("#picture-panel .refusal")).to_contain_text("say in a sentence what it shows")
    page.evaluate("window.stillHere = true")
    page.get_by_label("What it shows").fill("A kitchen.")
    page.get_by_role("button", name="Keep the picture").click()
    expect(page.get_by_role("img", name="A kitchen.")).to_be_visible()
    assert page.evaluate("window.stillHere"), (
        "the page was not loaded anew, which would have stopped files on their way"
    )
    assert song().story.image.alt == "A kitchen."
    page.get_by_role("button", name="Remove the picture").click()
    expect(page.get_by_role("img", name="A kitchen.")).to_have_count(0)
    assert song().story.image is None
