"""The real application over the programme in small, and browsers in which its people are signed in."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from litestar.testing import TestClient
from sqlalchemy import Engine, insert

from opencall.app.asgi import create_app
from opencall.app.house import House
from opencall.app.identity.sessions import Place, begin_session
from opencall.app.identity.tables import grant_table, user_table
from opencall.app.settings import settings_of
from opencall.kernel.mail import FolderSink
from opencall.kernel.object_store import FolderStore
from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork, Work
from opencall.kernel.web.guards import COOKIE
from rewards.vault import Vault
from submissions.uploads import FolderUploads

ORIGIN = "http://testserver.local"


def enrol(uow: UnitOfWork, person: Principal) -> None:
    """An account for somebody of the programme, with the identifier that the programme knows."""
    now = uow.clock.now()
    uow.connection.execute(
        insert(user_table).values(
            id=person.user_id,
            name=person.name,
            email=person.email,
            email_key=person.email.casefold(),
            created_at=now,
        )
    )
    for grant in person.grants:
        uow.connection.execute(
            insert(grant_table).values(
                id=uow.ids.new(),
                user_id=person.user_id,
                role=grant.role,
                call_id=grant.call_id or "",
                granted_by=person.user_id,
                granted_at=now,
            )
        )


def session_of(work: Work, person: Principal) -> str:
    """The secret of a new session of somebody who is enrolled."""
    with work.write() as uow:
        return begin_session(uow, person.user_id, Place("", "")).secret


@pytest.fixture
def house(engine: Engine, work: Work, store: FolderStore, tmp_path: Path) -> House:
    settings = settings_of(tmp_path, {})
    return House(
        settings=settings,
        engine=engine,
        work=work,
        store=store,
        uploads=FolderUploads(tmp_path / "uploads", store),
        vault=Vault(Vault.new_key()),
        mail_sink=FolderSink(settings.outbox),
    )


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
    enrolled: set[str] = set()
    with TestClient(create_app(house)) as client:

        def visit(person: Principal | None) -> Visitor:
            if person is None:
                return Visitor(client, None)
            if person.user_id not in enrolled:
                with house.work.write() as uow:
                    enrol(uow, person)
                enrolled.add(person.user_id)
            return Visitor(client, session_of(house.work, person))

        yield visit
