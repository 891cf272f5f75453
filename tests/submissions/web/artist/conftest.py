"""The house with its pages open, and a browser for each person of the programme."""

import re
from collections.abc import Callable, Iterator
from html import unescape

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from opencall.app.asgi import create_app
from opencall.app.house import House
from opencall.kernel.principal import Principal
from opencall.kernel.web.guards import COOKIE
from submissions.calls import create_call
from tests.site import ORIGIN, admit, session_of
from tests.submissions.conftest import TERMS, Programme

# What artists type into every field that takes words.
NASTY = '<script>alert("x")</script><img src=x onerror=alert(1)>'


class Visitor:
    """A browser: `see` gives a page's status and its words, `send` posts a form as the page would."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def get(self, path: str) -> httpx.Response:
        return self._client.get(path, follow_redirects=False)

    def see(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return words_of(answer.text)

    def send(self, path: str, **fields: str) -> httpx.Response:
        return self._client.post(path, data=fields, follow_redirects=False)

    def send_by_script(self, path: str, **fields: str) -> httpx.Response:
        return self._client.post(path, data=fields, headers={"HX-Request": "true"}, follow_redirects=False)


def words_of(html: str) -> str:
    """The words of a page as they are read, blanks between them single."""
    main = re.search(r"<main.*?</main>", html, re.DOTALL)
    inline = re.sub(r"</?(a|em|code|time)\b[^>]*>", "", main.group() if main else html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", inline)).split())


@pytest.fixture
def app(house: House) -> Litestar:
    return create_app(house)


@pytest.fixture
def browse(app: Litestar, programme: Programme) -> Iterator[Callable[..., Visitor]]:
    """`browse(person)` signs somebody in, `browse()` does not."""
    visitors: dict[str, Visitor] = {}
    # One loop for all browsers: every further client of the framework's own would start another one.
    with TestClient(app, base_url=ORIGIN) as first:

        def visit(who: Principal | None = None) -> Visitor:
            key = who.user_id if who else ""
            if key not in visitors:
                client = httpx.Client(transport=first._transport, base_url=ORIGIN, headers={"Origin": ORIGIN})
                if who is not None:
                    with programme.work.write() as uow:
                        admit(uow, who)
                    client.cookies.set(COOKIE, session_of(programme.work, who, long=True))
                visitors[key] = Visitor(client)
            return visitors[key]

        yield visit


@pytest.fixture
def draft_call(programme: Programme) -> str:
    """A call that its manager is still writing."""
    return programme.do(programme.manager, create_call, TERMS)
