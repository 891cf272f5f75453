"""The real application over an empty installation, and browsers in which people are signed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Engine, insert

from opencall.app.asgi import create_app
from opencall.app.house import House
from opencall.app.identity.sessions import Place, begin_session
from opencall.app.identity.tables import user_table
from opencall.app.identity.users import create_user, find_by_email, grant_role
from opencall.app.journey import react
from opencall.app.settings import settings_of
from opencall.kernel.clock import Clock
from opencall.kernel.ids import CountingIds
from opencall.kernel.mail import FolderSink
from opencall.kernel.object_store import FolderStore
from opencall.kernel.principal import Grant, Principal, Role
from opencall.kernel.unit_of_work import React, UnitOfWork, Work
from opencall.kernel.web.guards import COOKIE
from rewards.vault import Vault
from submissions.uploads import FolderUploads

ORIGIN = "http://testserver.local"


@dataclass
class Site:
    """An installation with its application; `browser(person)` is a client in which that person is signed in."""

    house: House
    app: Litestar
    _transport: httpx.BaseTransport
    _browsers: dict[str, httpx.Client] = field(default_factory=dict)

    @property
    def work(self) -> Work:
        return self.house.work

    def enrol(self, name: str, *grants: Role | Grant) -> Principal:
        """Somebody with an account and roles, the same whenever the name is."""
        email = f"{name.casefold().replace(' ', '.')}@example.org"
        with self.work.write() as uow:
            known = find_by_email(uow, email)
            user_id = known.id if known else create_user(uow, name, email, None, confirmed=True)
            for grant in grants:
                wanted = grant if isinstance(grant, Grant) else Grant(grant)
                grant_role(uow, "test", user_id, wanted.role, wanted.call_id)
            found = find_by_email(uow, email)
        assert found is not None
        return found.principal

    def browser(self, person: Principal | None = None) -> httpx.Client:
        """A client of its own for each person; without a person, nobody is signed in."""
        key = person.user_id if person else ""
        if key not in self._browsers:
            client = httpx.Client(transport=self._transport, base_url=ORIGIN, headers={"Origin": ORIGIN})
            if person is not None:
                client.cookies.set(COOKIE, session_of(self.work, person))
            self._browsers[key] = client
        return self._browsers[key]


def house_of(work: Work, store: FolderStore, folder: Path) -> House:
    """A house over the database of `work`, with everything else in `folder`."""
    settings = settings_of(folder, {})
    return House(
        settings=settings,
        engine=work.engine,
        work=work,
        store=store,
        uploads=FolderUploads(settings.uploads, store),
        vault=Vault(Vault.new_key()),
        mail_sink=FolderSink(settings.outbox),
    )


def admit(uow: UnitOfWork, person: Principal, *, confirmed: bool = True) -> None:
    """An account for somebody who has an identifier and roles already."""
    now = uow.clock.now()
    uow.connection.execute(
        insert(user_table).values(
            id=person.user_id,
            name=person.name,
            email=person.email,
            email_key=person.email.casefold(),
            confirmed_at=now if confirmed else None,
            created_at=now,
        )
    )
    for grant in person.grants:
        if grant.role is not Role.ARTIST:  # whoever has an account is one
            grant_role(uow, "test", person.user_id, grant.role, grant.call_id)


def session_of(work: Work, person: Principal, *, long: bool = False) -> str:
    """The secret of a new session of somebody who has an account; a `long` one outlives the deadline of a call."""
    with work.write() as uow:
        return begin_session(uow, person.user_id, Place("", ""), long=long).secret


@contextmanager
def open_site(engine: Engine, clock: Clock, store: FolderStore, folder: Path, react: React = react) -> Iterator[Site]:
    """A site over `engine`, with the whole journey between the rooms unless `react` is another one."""
    house = house_of(Work(engine, clock, CountingIds(), react), store, folder)
    app = create_app(house)
    # One loop for all browsers: every further client of the framework's own would start another one.
    with TestClient(app) as client:
        yield Site(house, app, client._transport)
