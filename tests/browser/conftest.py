"""A real browser over the real application: uvicorn in a thread, Chromium with the person's session."""

import contextlib
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from opencall.app.asgi import create_app
from opencall.app.house import House
from opencall.kernel.clock import SetClock
from opencall.kernel.facts import Fact
from opencall.kernel.object_store import FolderStore
from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import Work
from opencall.kernel.web.guards import COOKIE
from tests.app.conftest import world  # noqa: F401 - the tests of the player stand in it
from tests.browser.acts import ACTS
from tests.browser.story import Story
from tests.living import living
from tests.servers.databases import SqliteFile
from tests.site import admit, house_of, session_of
from tests.submissions.conftest import Programme

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

Visit = Callable[..., Page]


@pytest.fixture
def database(sqlite: SqliteFile) -> SqliteFile:
    """What a browser shows does not depend on the kind of database."""
    return sqlite


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser; it ends with the last test of this folder, for tests that follow have event loops of their own."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed; run scripts/install-test-parts")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    expect.set_options(timeout=30_000)  # how long a busy machine may take; who waits goes on as soon as it is there
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def house(work: Work, store: FolderStore, tmp_path: Path) -> House:
    return house_of(work, store, tmp_path)


@pytest.fixture
def programme(house: House, clock: SetClock, recorded: list[Fact]) -> Programme:
    return Programme(house.work, house.uploads, clock, recorded)


@pytest.fixture
def site(house: House) -> Iterator[str]:
    """The address at which the application is served."""
    app = create_app(house)

    class Server(uvicorn.Server):
        async def shutdown(self, sockets=None) -> None:  # type: ignore[no-untyped-def] # as its base class, which is annotated
            app.state.stopping.set()
            await super().shutdown(sockets)

    server = Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    give_up = time.monotonic() + 30
    while not server.started and thread.is_alive() and time.monotonic() < give_up:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def visit(chromium: Browser, site: str, house: House) -> Iterator[Visit]:
    """`visit(person, path)` opens a page in a browser of that person's; an error in its console fails the test.

    A part of an error that has to be there, or may be, is appended to `visit.expected`.
    """
    errors: list[str] = []
    expected: list[str] = []
    contexts: dict[str, BrowserContext] = {}
    with contextlib.ExitStack() as stack:

        def open_page(person: Principal | None, path: str, **options: object) -> Page:
            key = person.user_id if person else ""
            if key not in contexts:
                context = chromium.new_context(**{"base_url": site, "viewport": WIDE, "locale": "en-GB", **options})
                stack.callback(context.close)
                if person is not None:
                    with house.work.write() as uow:
                        admit(uow, person)
                    secret = session_of(house.work, person)
                    context.add_cookies([{"name": COOKIE, "value": secret, "url": site}])
                contexts[key] = context
            page = contexts[key].new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
            page.goto(path)
            return page

        open_page.expected = expected  # type: ignore[attr-defined] # a function may carry what its tests expect
        yield open_page
    assert [said for said in errors if not any(part in said for part in expected)] == []


@pytest.fixture(scope="package")
def story(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The installation in which the whole journey is played, once for all tests of this folder."""
    folder = tmp_path_factory.mktemp("story")
    with living(folder / "home") as alive:
        story = Story(alive, chromium, ACTS, folder)
        yield story
        story.close()
