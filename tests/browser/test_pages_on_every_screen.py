"""Every page that the application has, on a wide screen and a phone, light and dark: nothing wrong on any of them.

The list comes from the routes, so a new page is in it by itself. What the journey looked at on its way is not looked at
again; the others are opened here, in the installation in which the journey was played, by the first who may see them.
"""

import re
from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Page

from opencall.app.asgi import ROUTERS
from tests.browser.acts import ACTS
from tests.browser.story import ARTIST, CURATOR, ENGINEER, MAKER, MANAGER, PUBLIC, Story
from tests.browser.watching import look

# What an address is completed with. A new parameter needs a line; where nobody can have a page at the end of the
# journey, an act of it has to look.
FILLED: Final[dict[str, Callable[[Story], str]]] = {
    "call_id": lambda story: _last(story.addresses["manage"]),
    "song_id": lambda story: _last(story.addresses["song"]),
    "slug": lambda story: _last(story.addresses["public song"]),
    "fund_id": lambda story: _last(story.addresses["fund"]),
    "batch_id": lambda story: _last(story.addresses["batch"]),
    "user_id": lambda story: _last(story.addresses["person"]),
}
# Not for eyes: interfaces, streams, pictures, and a part of pages that wants to be asked a question.
NOT_PAGES: Final = (
    "/api",
    "/events",
    "/sound/",
    "/health/metrics",
    "/static/",
    "/songs/{slug}/image",
    "/people/choose",
)
VISITORS: Final = (PUBLIC, ARTIST, CURATOR, ENGINEER, MAKER, MANAGER)


def _last(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[-1]


def paths() -> list[str]:
    """The addresses of everything that may be read and is not known to be no page, with their parameters by name."""
    found = {
        re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
        for router in ROUTERS
        for route in router.routes
        if "GET" in getattr(route, "methods", ())
    }
    return sorted(path for path in found - {"/health"} if not path.startswith(NOT_PAGES))


def page_of(story: Story, path: str) -> Page | None:
    """The page at `path`, opened by the first who may; None when it is a part of a page, a file, or a way elsewhere."""
    address = path.format_map({name: fill(story) for name, fill in FILLED.items()})
    answers = []
    for visitor in VISITORS:
        page = story.page(visitor)
        answer = page.context.request.get(address, max_redirects=0)
        answers.append(answer.status)
        if answer.status == 200:
            if "<!doctype html>" not in answer.text():
                return None
            page.goto(address)
            return page
    assert 303 in answers or 302 in answers or 307 in answers, f"nobody can see {address}: {answers}"
    return None


@pytest.mark.parametrize("path", paths())
def test_nothing_is_wrong_on(story: Story, path: str) -> None:
    story.reach(ACTS[-1])
    shape = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
    if any(shape.fullmatch(looked) for looked in story.looked):
        return
    before = len(story.watch.faults)
    page = page_of(story, path)
    if page is not None:
        assert look(page, path) == []
    assert story.watch.faults[before:] == []


def test_an_address_that_leads_nowhere_is_a_page_too(story: Story) -> None:
    story.reach(ACTS[-1])
    story.watch.expected.append("404 (Not Found)")
    page = story.page(PUBLIC)
    page.goto("/no/such/page")
    assert look(page, "nowhere") == []
