"""The manager of the crash drill: leaves one page open and never touches it, whatever happens to the other side.

The page shows what is at work. In the end it has to say what the same page says when it is opened anew, though nobody
has loaded it again.
"""

import contextlib
import shutil
import threading
import time
from collections.abc import Iterator

from drill_people import signed_in
from playwright.sync_api import Error, Page, sync_playwright

from opencall.app.demo.people import MANAGER
from opencall.app.house import open_house
from opencall.app.settings import Settings
from opencall.kernel.web.guards import COOKIE

PATH = "/runs"
PANEL = "#runs"
PATIENCE_S = 60.0
_BEGIN = """() => {
  window.untouched = true;
  window.pictures = 0;
  document.addEventListener("htmx:afterSwap", () => { window.pictures += 1; });
}"""


class Watcher:
    """Watches while `watching` lasts; `pictures` were drawn anew, `behind` pages did not end as a new one."""

    def __init__(self) -> None:
        self.pictures = self.behind = 0

    @contextlib.contextmanager
    def watching(self, settings: Settings, url: str) -> Iterator[None]:
        """Keep the page open until the block ends, then hold it against a new one."""
        secret = self._sign_in(settings)
        stop = threading.Event()
        thread = threading.Thread(target=self._watch, args=(url, secret, stop), name="watcher")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _sign_in(self, settings: Settings) -> str:
        house = open_house(settings=settings)
        with house.work.write(MANAGER) as uow:
            secret = signed_in(uow, MANAGER)
        house.close()
        return secret

    def _watch(self, url: str, secret: str, stop: threading.Event) -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            context = browser.new_context(base_url=url)
            context.add_cookies([{"name": COOKIE, "value": secret, "url": url}])
            page = self._opened(context.new_page())
            page.evaluate(_BEGIN)
            while not stop.is_set():
                page.wait_for_timeout(200)
            if not self._caught_up(page, context.new_page()):
                self.behind += 1
            self.pictures += page.evaluate("window.pictures ?? 0")
            browser.close()

    def _opened(self, page: Page) -> Page:
        """The page, asked for until somebody answers."""
        give_up = time.monotonic() + PATIENCE_S
        while True:
            try:
                page.goto(PATH)
                page.wait_for_selector(PANEL, timeout=1000)
                return page
            except Error:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.5)

    def _caught_up(self, page: Page, fresh: Page) -> bool:
        """Whether the page that was left open says what a new one says, some time soon."""
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up:
            self._opened(fresh)
            if page.evaluate("window.untouched === true") and page.inner_text(PANEL) == fresh.inner_text(PANEL):
                return True
            page.wait_for_timeout(1000)
        return False
