"""Accounts and what each may do."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, select, update

from opencall.app.identity.errors import (
    AddressHasTwin,
    AddressWrong,
    LastManager,
    NameMissing,
    NoSuchUser,
    NotToYourself,
)
from opencall.app.identity.facts import RoleGranted, RoleTaken
from opencall.app.identity.tables import grant_table, link_table, session_table, token_table, user_table
from opencall.kernel.mailbox import mailbox_key
from opencall.kernel.principal import Grant, Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork


class User(msgspec.Struct, frozen=True, kw_only=True):
    """An account as its owner and the managers see it."""

    id: str
    name: str
    email: str
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool
    grants: tuple[Grant, ...]

    @property
    def principal(self) -> Principal:
        """Who acts when this person does. Everybody with an account may send songs."""
        return Principal(
            user_id=self.id,
            name=self.name,
            email=self.email,
            grants=frozenset((*self.grants, Grant(Role.ARTIST))),
        )


def new_secret() -> str:
    """256 random bits for a link, a session or a token."""
    return secrets.token_urlsafe(32)


def sha256_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def email_key(email: str) -> str:
    """What makes two addresses the same. Raises `AddressWrong`, `AddressHasTwin`."""
    email = email.strip()
    local, _, domain = email.rpartition("@")
    if (
        not local
        or "." not in domain.strip(".")
        or len(email) > 254
        or any(c.isspace() or not c.isprintable() for c in email)
    ):
        raise AddressWrong(email[:80])
    if "@" in local or any(c in '<>,;:\\"()[]' for c in email):
        raise AddressWrong(email[:80])
    key = mailbox_key(email)
    if key is None:
        raise AddressHasTwin(email)
    return key


def create_user(
    uow: UnitOfWork, name: str, email: str, password_hash: str | None, *, user_id: str | None = None
) -> str:
    """A new account; returns its identifier. The address must be free: ask `find_by_email` first.

    Whoever calls this knows whose address it is: a letter reached it, or somebody vouches for it. Shares of songs are
    confirmed by it, and roles given to it.
    """
    name = checked_name(name)
    user_id, now = user_id or uow.ids.new(), uow.clock.now()
    uow.connection.execute(
        insert(user_table).values(
            id=user_id,
            name=name,
            email=email.strip(),
            email_key=email_key(email),
            password_hash=password_hash,
            created_at=now,
        )
    )
    return user_id


def find_user(uow: UnitOfWork, user_id: str) -> User:
    """The account. Raises `NoSuchUser`."""
    found = _users(uow, user_table.c.id == user_id)
    if not found:
        raise NoSuchUser(user_id)
    return found[0]


def find_by_email(uow: UnitOfWork, email: str) -> User | None:
    """The account of an address, if there is one. Raises `AddressWrong`."""
    found = _users(uow, user_table.c.email_key == email_key(email))
    return found[0] if found else None


def list_users(
    uow: UnitOfWork, principal: Principal, search: str = "", limit: int = 200, offset: int = 0
) -> tuple[User, ...]:
    """Everybody, newest first; `search` finds a part of a name or an address. Needs a manager of every call."""
    require(principal, Role.MANAGER)
    return _users(uow, _called(search), limit, offset)


def count_users(uow: UnitOfWork, principal: Principal, search: str = "") -> int:
    """How many `list_users` finds without a limit. Needs a manager of every call."""
    require(principal, Role.MANAGER)
    return uow.connection.execute(select(func.count()).select_from(user_table).where(_called(search))).scalar_one()


def grant_role(uow: UnitOfWork, granted_by: str, user_id: str, role: Role, call_id: str | None = None) -> bool:
    """Give a role, in one call or in all; whether it was new. Records `RoleGranted`. Raises `NotToYourself`."""
    if granted_by == user_id:
        raise NotToYourself
    user = find_user(uow, user_id)
    if Grant(role, call_id) in user.grants:
        return False
    uow.connection.execute(
        insert(grant_table).values(
            id=uow.ids.new(),
            user_id=user_id,
            role=role,
            call_id=call_id or "",
            granted_by=granted_by,
            granted_at=uow.clock.now(),
        )
    )
    uow.record(RoleGranted(user_id=user_id, role=role, call_id=call_id))
    return True


def take_role(uow: UnitOfWork, principal: Principal, user_id: str, role: Role, call_id: str | None = None) -> None:
    """Take a role away again, and invitations to it. Needs a manager, who is somebody else. Records `RoleTaken`.

    Raises `NotToYourself`, `LastManager`.
    """
    require(principal, Role.MANAGER, call_id)
    if principal.user_id == user_id:
        raise NotToYourself
    user = find_user(uow, user_id)
    taken = uow.connection.execute(
        delete(grant_table).where(
            grant_table.c.user_id == user_id, grant_table.c.role == role, grant_table.c.call_id == (call_id or "")
        )
    )
    _void_links(uow, user, link_table.c.role == role, func.coalesce(link_table.c.call_id, "") == (call_id or ""))
    if Grant(Role.MANAGER) == Grant(role, call_id):
        _require_a_manager(uow)
    if taken.rowcount:
        uow.record(RoleTaken(user_id=user_id, role=role, call_id=call_id))


def rename(uow: UnitOfWork, principal: Principal, name: str) -> None:
    """Another name for one's own account. Raises `NameMissing`."""
    uow.connection.execute(
        update(user_table).where(user_table.c.id == principal.user_id).values(name=checked_name(name))
    )


def checked_name(name: str) -> str:
    """A name with single blanks. Raises `NameMissing`."""
    name = " ".join(name.split())[:200]
    if not name or not name.isprintable():
        raise NameMissing
    return name


def open_again(uow: UnitOfWork, principal: Principal, user_id: str) -> None:
    """Open a closed account again. Needs a manager."""
    require(principal, Role.MANAGER)
    find_user(uow, user_id)
    uow.connection.execute(update(user_table).where(user_table.c.id == user_id).values(disabled_at=None))


def disable_user(uow: UnitOfWork, principal: Principal, user_id: str) -> None:
    """Close an account: sessions, tokens and links end at once. Needs a manager, who is somebody else.

    Raises `NotToYourself`, `LastManager`.
    """
    require(principal, Role.MANAGER)
    if principal.user_id == user_id:
        raise NotToYourself
    user = find_user(uow, user_id)
    uow.connection.execute(update(user_table).where(user_table.c.id == user_id).values(disabled_at=uow.clock.now()))
    end_every_way_in(uow, user)
    if Grant(Role.MANAGER) in user.grants:
        _require_a_manager(uow)


def end_every_way_in(uow: UnitOfWork, user: User) -> None:
    """End whatever lets anybody act as this person without the password: sessions, tokens, and links under way."""
    now = uow.clock.now()
    uow.connection.execute(delete(session_table).where(session_table.c.user_id == user.id))
    good = update(token_table).where(token_table.c.user_id == user.id, token_table.c.expires_at > now)
    uow.connection.execute(good.values(expires_at=now))
    _void_links(uow, user, link_table.c.role.is_(None))


def people_with(uow: UnitOfWork, role: Role, call_id: str | None = None) -> tuple[User, ...]:
    """Everybody who has the role in every call, or in `call_id`."""
    holders = select(grant_table.c.user_id).where(
        grant_table.c.role == role, grant_table.c.call_id.in_(["", call_id or ""])
    )
    return _users(uow, user_table.c.id.in_(holders) & user_table.c.disabled_at.is_(None))


def names_of(uow: UnitOfWork, user_ids: Iterable[str]) -> dict[str, str]:
    """The names of people, for pages that show who did something; one query."""
    wanted = sorted(set(user_ids))
    rows = uow.connection.execute(select(user_table.c.id, user_table.c.name).where(user_table.c.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _void_links(uow: UnitOfWork, user: User, *which: ColumnElement[bool]) -> None:
    # By the key that was kept: today's rule may refuse an address that an older one took.
    key = select(user_table.c.email_key).where(user_table.c.id == user.id).scalar_subquery()
    open_links = update(link_table).where(link_table.c.email_key == key, link_table.c.used_at.is_(None))
    uow.connection.execute(open_links.where(*which).values(used_at=uow.clock.now()))


def _require_a_manager(uow: UnitOfWork) -> None:
    """Two managers who take the role from each other at one moment come one after the other: the second is refused."""
    if not people_with(uow, Role.MANAGER):
        raise LastManager


def _called(search: str) -> ColumnElement[bool]:
    like = f"%{search.casefold().replace('%', '').replace('_', '')}%"
    return user_table.c.email_key.like(like) | func.lower(user_table.c.name).like(like)


def _users(uow: UnitOfWork, chosen: ColumnElement[bool], limit: int = 1000, offset: int = 0) -> tuple[User, ...]:
    rows = uow.connection.execute(
        select(user_table)
        .where(chosen)
        .order_by(user_table.c.created_at.desc(), user_table.c.id)
        .limit(limit)
        .offset(offset)
    ).all()
    grants: dict[str, list[Grant]] = {row.id: [] for row in rows}
    for one in uow.connection.execute(
        select(grant_table).where(grant_table.c.user_id.in_(grants)).order_by(grant_table.c.role, grant_table.c.call_id)
    ):
        grants[one.user_id].append(Grant(Role(one.role), one.call_id or None))
    return tuple(
        User(
            id=row.id,
            name=row.name,
            email=row.email,
            created_at=row.created_at,
            disabled_at=row.disabled_at,
            has_password=row.password_hash is not None,
            grants=tuple(grants[row.id]),
        )
        for row in rows
    )
