"""The real application over the programme in small, and browsers in which its people are signed in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
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
Browser = Callable[[Principal | None], TestClient]


def enrol(uow: UnitOfWork, person: Principal) -> None:
    """An account for somebody of the programme, with the identifier that the programme knows."""
    now = uow.clock.now()
    uow.connection.execute(
        insert(user_table).values(
            id=person.user_id,
            name=person.name,
            email=person.email,
            email_key=person.email.casefold(),
            confirmed_at=now,
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


@pytest.fixture
def browser(house: House) -> Iterator[Browser]:
    """`browser(person)` is a client in which that person is signed in; without a person, nobody is."""
    enrolled: dict[str, TestClient] = {}
    with ExitStack() as open_clients:
        app = create_app(house)

        def make(person: Principal | None = None) -> TestClient:
            key = person.user_id if person else ""
            if key not in enrolled:
                client = open_clients.enter_context(TestClient(app, headers={"Origin": ORIGIN}))
                if person is not None:
                    with house.work.write() as uow:
                        enrol(uow, person)
                    client.cookies.set(COOKIE, session_of(house.work, person))
                enrolled[key] = client
            return enrolled[key]

        yield make
