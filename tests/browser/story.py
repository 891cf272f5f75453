"""One installation, the people in it, each with a browser of their own, and how far their story has come."""

import email
import email.policy
import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

from opencall.app.identity.passwords import hash_password
from opencall.app.identity.users import create_user, grant_role
from opencall.kernel.principal import Role
from tests.browser.watching import DESK, Watch, look
from tests.living import Living

PASSWORD: Final = "songs from a quiet year"


class Person(NamedTuple):
    """Somebody of the story. All of them are invented."""

    name: str
    email: str


MANAGER = Person("Mireille Ondine", "mireille@opencall.invalid")
CURATOR = Person("Tobias Quill", "tobias@opencall.invalid")
ENGINEER = Person("Ilse Faderman", "ilse@opencall.invalid")
MAKER = Person("Paulo Centavo", "paulo@opencall.invalid")
APPROVERS = (Person("Greta Saldo", "greta@opencall.invalid"), Person("Hana Ledger", "hana@opencall.invalid"))
ARTIST = Person("Runa Holm", "runa@opencall.invalid")
OTHER_ARTIST = Person("Nobody Inparticular", "nobody@opencall.invalid")
PUBLIC = Person("Somebody without an account", "")

Act = Callable[["Story"], None]


class Story:
    """The acts that were played so far, in one living installation. An act is played once, after those before it."""

    def __init__(self, living: Living, browser: Browser, acts: tuple[Act, ...], folder: Path) -> None:
        self.living = living
        self.folder = folder
        self.watch = Watch()
        self.addresses: dict[str, str] = {}  # of pages that a later act, or the end, comes back to, by a name
        self.looked: set[str] = set()  # paths of the pages that were judged
        self._browser = browser
        self._pages: dict[Person, Page] = {}
        self._signed_out: set[Person] = set()
        self._coming = list(acts)
        self._failed: str | None = None
        with living.house.work.write() as uow:
            password_hash = hash_password(PASSWORD, "")
            user_id = create_user(uow, MANAGER.name, MANAGER.email, password_hash, confirmed=True)
            grant_role(uow, "installation", user_id, Role.MANAGER)

    def reach(self, act: Act) -> None:
        """Play everything that comes before `act`, and `act`."""
        assert self._failed is None, f"the story broke off in {self._failed}"
        while act in self._coming:
            following = self._coming[0]
            self._failed = following.__name__
            following(self)
            assert self.watch.unexpected() == []
            self._coming.pop(0)
            self._failed = None

    def context(self) -> BrowserContext:
        """Another browser, watched."""
        context = self._browser.new_context(
            base_url=self.living.url, viewport=DESK, locale="en-GB", timezone_id="UTC", reduced_motion="reduce"
        )
        context.set_default_timeout(20_000)
        self.watch.over(context)
        return context

    def page(self, person: Person) -> Page:
        """That person's page, where they left it, or the front page after some time."""
        if person not in self._pages:
            self._pages[person] = self.context().new_page()
            self._pages[person].goto("/")
        if person in self._signed_out:
            self._signed_out.remove(person)
            self._pages[person].goto("/")
            self.sign_in(person)
        return self._pages[person]

    def sign_in(self, person: Person) -> Page:
        """The way in with a password, from the front page."""
        page = self.page(person)
        page.get_by_role("link", name="Sign in").click()
        page.get_by_label("E-mail").fill(person.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("link", name="Your account").wait_for()
        return page

    def let_pass(self, duration: timedelta) -> None:
        """Time passes, and sessions end with it: whoever comes back signs in again."""
        self.living.clock.advance(duration)
        self._signed_out |= {person for person in self._pages if person.email}

    def look(self, page: Page, name: str) -> None:
        """Judge the page as it stands, on every screen."""
        self.looked.add(urlsplit(page.url).path)
        assert look(page, name) == []

    def letter(self, person: Person, subject: str) -> str:
        """The text of the newest letter to `person` with `subject` in its subject, as soon as it is there."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for path in sorted(self.living.house.settings.outbox.glob("*.eml"), key=_written, reverse=True):
                message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                if message["To"] == person.email and subject in str(message["Subject"]):
                    part = message.get_body(("plain",))
                    assert part is not None
                    return str(part.get_content())
            time.sleep(0.05)
        raise AssertionError(f"no letter “{subject}” to {person.email}")

    def link_in_letter(self, person: Person, subject: str) -> str:
        """The first address in that letter."""
        found = re.search(rf"{re.escape(self.living.url)}\S*", self.letter(person, subject))
        assert found is not None
        return found[0]

    def close(self) -> None:
        for page in self._pages.values():
            page.context.close()


def _written(path: Path) -> float:
    return path.stat().st_mtime
