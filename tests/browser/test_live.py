"""An open page follows what happens, also what happened while it was loading or while the server was away."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import insert

from audio_pipeline.tables import progress_table

NOW = "**/runs/now"

Happens = Callable[[], None]


@pytest.fixture
def happens(programme) -> Happens:
    """A stage makes one step."""

    def step() -> None:
        with programme.work.write() as uow:
            event = {"song_id": "s", "run_id": "r", "stage": "render", "state": "running", "progress": 0.5}
            uow.connection.execute(insert(progress_table).values(**event, at=uow.clock.now()))

    return step


def listens(page: Page) -> None:
    """Wait until the stream of the page has begun."""
    page.wait_for_function(
        "navigator.locks.query().then((locks) => locks.held.some((lock) => lock.name === 'oc-live'))"
    )


def test_the_panel_is_drawn_anew_when_something_happens(visit, programme, happens):
    page = visit(programme.manager, "/runs")
    listens(page)
    with page.expect_response(NOW):
        happens()


def test_what_happens_while_the_page_is_loading_is_not_missed(visit, programme, happens):
    page = visit(programme.manager, "/account")
    held: list[Route] = []
    page.route("**/live.js", lambda route: held.append(route))  # noqa: PLW0108 - the library needs a function
    page.goto("/runs")
    while not held:
        page.wait_for_timeout(20)
    happens()
    with page.expect_response(NOW):
        held[0].continue_()


def test_a_second_page_of_the_same_browser_misses_nothing_either(visit, programme, happens):
    listens(visit(programme.manager, "/runs"))
    happens()
    page = visit(programme.manager, "/account")
    with page.expect_response(NOW):
        page.goto("/runs")


@pytest.mark.parametrize("trouble", ["gone", "broken"])
def test_a_panel_keeps_its_picture_while_the_server_is_away_and_then_gets_the_new_one(
    visit, programme, happens, trouble
):
    visit.expected += ["Failed to load resource", "Response Status Error", "htmx:"]
    page = visit(programme.manager, "/runs")
    listens(page)
    asked: list[str] = []

    def fail_once(route: Route) -> None:
        asked.append(trouble)
        if trouble == "gone":
            route.abort("connectionrefused")
        else:
            route.fulfill(status=502, body="Bad gateway")

    page.route(NOW, fail_once, times=1)
    happens()
    while not asked:
        page.wait_for_timeout(20)
    expect(page.get_by_text("Bad gateway")).to_have_count(0)
    with page.expect_response(lambda answer: answer.url.endswith("/runs/now") and answer.ok):
        pass
    expect(page.locator("#runs")).to_have_count(1)
