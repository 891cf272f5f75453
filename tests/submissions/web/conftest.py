"""The real application over the programme in small, and browsers in which its people are signed in."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from httpx import Response
from litestar.testing import TestClient

from opencall.app.asgi import create_app
from opencall.app.house import House
from opencall.kernel.principal import Principal
from opencall.kernel.web.guards import COOKIE
from tests.site import ORIGIN, admit, session_of


class Visitor:
    """The application as one person sees it through a browser on its own pages."""

    def __init__(self, client: TestClient, cookie: str | None) -> None:
        self._client = client
        self._headers = {"Origin": ORIGIN} | ({} if cookie is None else {"Cookie": f"{COOKIE}={cookie}"})

    def request(self, method: str, url: str, headers: Mapping[str, Any] | None = None, **options: Any) -> Response:
        options.setdefault("follow_redirects", False)
        return self._client.request(method, url, headers={**self._headers, **(headers or {})}, **options)

    def __getattr__(self, method: str) -> Callable[..., Response]:
        return partial(self.request, method.upper())


Browser = Callable[[Principal | None], Visitor]


@pytest.fixture
def browser(house: House) -> Iterator[Browser]:
    """`browser(person)` is a visitor who is signed in as that person; `browser(None)` is nobody."""
    admitted: set[str] = set()
    with TestClient(create_app(house)) as client:

        def visit(person: Principal | None) -> Visitor:
            if person is None:
                return Visitor(client, None)
            if person.user_id not in admitted:
                with house.work.write() as uow:
                    admit(uow, person)
                admitted.add(person.user_id)
            return Visitor(client, session_of(house.work, person))

        yield visit
