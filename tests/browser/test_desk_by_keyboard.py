"""The desk in a real browser: what is heard is drawn and kept, keys score, and the button says what is missing.

The player is not this room's: a stand-in tells where it is, as the player does.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from opencall.app.house import House
from opencall.kernel.web.guards import COOKIE
from submissions.heard import heard_by
from submissions.review import own_review
from submissions.tables import report_table
from tests.submissions.conftest import Programme
from tests.submissions.pages import Pages

PLAYER = """<button data-play aria-label="Play">Play</button>
<div role="slider" tabindex="0" aria-label="Position" aria-valuemin="0" aria-valuemax="200" aria-valuenow="0" data-wave>
</div>"""
PLAY = """([from, to]) => { for (let at = from; at <= to; at += 0.5)
  document.querySelector("[data-wave]").dispatchEvent(new CustomEvent("position", { detail: at, bubbles: true })); }"""


@pytest.fixture
def pages(programme: Programme, house: House) -> Iterator[Pages]:
    with Pages(programme, house) as opened:
        yield opened


@pytest.fixture
def address(pages: Pages) -> Iterator[str]:
    """Where the application is served while the test runs."""
    server = uvicorn.Server(uvicorn.Config(pages.app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def desk(chromium: Browser, pages: Pages, address: str, programme) -> Iterator[Callable[[str], Page]]:
    """Opens a song on the first curator's desk; an error in a console fails the test."""
    context = chromium.new_context(base_url=address)
    context.route("**/sound/**", lambda route: route.fulfill(status=200, content_type="text/html", body=PLAYER))
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)

    def open_song(song_id: str) -> Page:
        secret = pages.secret_of(programme.curators[0])
        context.add_cookies([{"name": COOKIE, "value": secret, "url": address}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(f"/desk/songs/{song_id}")
        page.locator("[data-wave]").wait_for(state="attached")
        return page

    yield open_song
    context.close()
    # A refusal is an answer with its own status, which browsers note as an error.
    assert [error for error in errors if "409 (Conflict)" not in error] == []


@pytest.fixture
def song_ids(programme) -> list[str]:
    call_id = programme.call()
    song_ids = [programme.submitted(call_id, title) for title in ("Salt", "Rain")]
    programme.close(call_id)
    return song_ids


def test_a_song_is_heard_scored_by_keys_and_sent_and_the_next_one_comes(desk, pages, programme, song_ids):
    page, cleo = desk(song_ids[0]), programme.curators[0]
    why, send = page.locator("#why"), page.locator("[data-send]")
    expect(why).to_have_text("Not yet: 2 minutes 40 s more to hear; 2 questions have no answer.")
    expect(send).to_be_disabled()
    page.evaluate(PLAY, [0, 60])
    page.evaluate(PLAY, [100, 150])
    expect(page.locator("[data-part]")).to_have_text("55 %")
    expect(page.locator("[data-map]")).to_have_attribute(
        "aria-label", "Heard so far: 55 percent. Not heard: 1:00 to 1:40, 2:30 to 3:20."
    )
    page.keyboard.press("4")
    expect(why).to_have_text("Not yet: 50 s more to hear; “Is it made with care?” has no answer.")
    page.keyboard.press("0")
    page.evaluate(PLAY, [60, 100])
    page.evaluate(PLAY, [150, 160])
    expect(send).to_be_enabled()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(song_ids[1]))
    with pages.work.read(cleo) as uow:
        review = own_review(uow, cleo, song_ids[0])
        assert (review.scores, heard_by(uow, cleo.user_id, song_ids[0]).part) == ({"stays": 4, "care": None}, 0.8)


def test_a_turn_of_the_song_is_gone_to_and_played_by_keyboard(desk, programme, song_ids):
    sections = [{"start_s": 0.0, "end_s": 72.5}, {"start_s": 72.5, "end_s": 200.0}]
    music = {"sections": sections, "likeness": {"timbre": [], "harmony": [], "pace": []}}
    with programme.work.write() as uow:
        uow.connection.execute(update(report_table).where(report_table.c.song_id == song_ids[0]).values(music=music))
    page = desk(song_ids[0])
    page.evaluate(
        """() => { document.addEventListener("seek", (e) => { document.title = `sought ${e.detail}`; });
        document.querySelector("[data-play]").addEventListener("click", () => { document.title += ", played"; }); }"""
    )
    turn = page.get_by_role("button", name="Go to 1:12, where it turns")
    turn.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_title("sought 72.5, played")


def test_a_jump_is_not_heard_and_what_was_missed_is_played_first(desk, song_ids):
    page = desk(song_ids[0])
    page.evaluate("document.addEventListener('seek', (e) => { document.title = `sought ${e.detail}`; })")
    page.evaluate(PLAY, [0, 20])
    page.evaluate(PLAY, [180, 199.5])
    expect(page.locator("[data-part]")).to_have_text("19 %")
    page.keyboard.press("u")
    expect(page).to_have_title("sought 20")


def test_words_at_a_moment_and_scores_are_there_after_a_reload(desk, song_ids):
    page = desk(song_ids[0])
    page.evaluate(PLAY, [0, 72])
    page.keyboard.press("5")
    page.keyboard.press("c")
    page.keyboard.type("the rain stops")
    page.keyboard.press("Enter")
    expect(page.locator("[data-comment]")).to_have_value("1:12 the rain stops")
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Kept at \d\d:\d\d$"))
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(page.locator(".moment")).to_contain_text("the rain stops")
    expect(page.locator("[data-part]")).to_have_text("36 %")
    expect(page.locator("[name=score-stays]:checked")).to_have_value("5")


def test_a_song_that_went_away_is_refused_in_the_form_and_the_score_is_still_there(desk, programme, song_ids):
    from submissions.versions import withdraw_song

    page = desk(song_ids[0])
    page.evaluate(PLAY, [0, 170])
    page.keyboard.press("4")
    page.keyboard.press("3")
    page.locator("[data-comment]").fill("Come back.")
    expect(page.locator("[data-send]")).to_be_enabled()
    page.wait_for_load_state("networkidle")
    programme.do(programme.artist, withdraw_song, song_ids[0])
    page.locator("[data-send]").click()
    expect(page.locator("#score .refusal")).to_contain_text("The song is withdrawn")
    expect(page.locator("[data-comment]")).to_have_value("Come back.")
    expect(page.locator("[name=score-stays]:checked")).to_have_value("4")
