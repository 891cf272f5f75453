"""The whole application over a programme in small: one browser for each of its people."""

import re
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from litestar.testing import TestClient

from opencall.app.asgi import create_app
from opencall.app.house import House
from opencall.app.identity.sessions import SHORT, Place, begin_session
from opencall.kernel.principal import Principal
from opencall.kernel.web.guards import COOKIE
from tests.questions import questions
from tests.site import ORIGIN, admit


class Pages:
    """Pages and forms as people see them; a form is sent as the browser's background request, or plainly."""

    def __init__(self, programme: Any, house: House) -> None:
        self.programme = programme
        self.work = programme.work
        self.app = create_app(house)
        self._client = TestClient(self.app, base_url=ORIGIN, raise_server_exceptions=True)
        self._secrets: dict[str, str] = {}
        self._until: dict[str, datetime] = {}

    def __enter__(self) -> "Pages":
        self._client.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.__exit__(None, None, None)

    def get(self, who: Principal | None, path: str, **options: Any) -> Any:
        return self._client.get(path, headers=self._headers(who), follow_redirects=False, **options)

    def post(self, who: Principal | None, path: str, data: dict[str, Any] | None = None) -> Any:
        return self._client.post(
            path, data=data or {}, headers={**self._headers(who), "hx-request": "true"}, follow_redirects=False
        )

    def put(self, who: Principal | None, path: str, json: Any) -> Any:
        return self._client.put(path, json=json, headers={**self._headers(who), "accept": "application/json"})

    def page(self, who: Principal, path: str) -> str:
        """The page's HTML; it has to be there."""
        answer = self.get(who, path)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def does(self, who: Principal, path: str, data: dict[str, Any] | None = None) -> str:
        """Send a form that has to work; returns where it leads."""
        answer = self.post(who, path, data)
        assert answer.status_code == 200, text_of(answer.text)
        return str(answer.headers["hx-redirect"])

    def refuses(self, who: Principal, path: str, data: dict[str, Any] | None = None) -> tuple[int, str]:
        """Send a form that has to be refused; returns the status and what is said in the form."""
        answer = self.post(who, path, data)
        assert "hx-redirect" not in answer.headers, answer.headers
        return answer.status_code, text_of(answer.text)

    def queries(self) -> AbstractContextManager[list[str]]:
        """Every statement that is sent to the database meanwhile."""
        return questions(self.work.engine)

    def _headers(self, who: Principal | None) -> dict[str, str]:
        headers = {"Origin": ORIGIN}
        if who is not None:
            headers["Cookie"] = f"{COOKIE}={self.secret_of(who)}"
        return headers

    def secret_of(self, who: Principal) -> str:
        """A session that is good now."""
        known, now = who.user_id in self._secrets, self.work.clock.now()
        if not known or now >= self._until[who.user_id]:
            with self.work.write() as uow:
                if not known:
                    admit(uow, who)
                self._secrets[who.user_id] = begin_session(uow, who.user_id, Place("::1", "tests")).secret
            self._until[who.user_id] = now + SHORT
        return self._secrets[who.user_id]


def text_of(html: str) -> str:
    """What a person reads of a page, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).replace("&#39;", "'").replace("&amp;", "&").split())
