"""Links in letters: they begin an account, sign in, set a new password, or bring an invitation."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import insert, select, update

from opencall.app.identity.errors import LinkUsedUp
from opencall.app.identity.tables import link_table
from opencall.app.identity.users import email_key, new_secret, sha256_of
from opencall.kernel.principal import Role
from opencall.kernel.unit_of_work import UnitOfWork


class Purpose(StrEnum):
    CONFIRM = "confirm"
    SIGN_IN = "sign_in"
    RESET = "reset"
    INVITE = "invite"


GOOD_FOR: Final = {
    Purpose.CONFIRM: timedelta(days=3),
    Purpose.SIGN_IN: timedelta(minutes=30),
    Purpose.RESET: timedelta(hours=2),
    Purpose.INVITE: timedelta(days=14),
}


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What a link says once its secret is known."""

    purpose: Purpose
    email: str
    role: Role | None
    call_id: str | None
    made_by: str


def make_link(
    uow: UnitOfWork, purpose: Purpose, email: str, made_by: str, role: Role | None = None, call_id: str | None = None
) -> str:
    """A new link; returns the secret that goes into its address and is kept nowhere."""
    secret, now = new_secret(), uow.clock.now()
    uow.connection.execute(
        insert(link_table).values(
            secret_sha256=sha256_of(secret),
            purpose=purpose,
            email=email.strip(),
            email_key=email_key(email),
            role=role,
            call_id=call_id,
            made_by=made_by,
            made_at=now,
            expires_at=now + GOOD_FOR[purpose],
        )
    )
    return secret


def read_link(uow: UnitOfWork, secret: str, *purposes: Purpose) -> Link:
    """What a good link says, without using it up: pages are fetched by scanners of mail too. Raises `LinkUsedUp`."""
    row = uow.connection.execute(
        select(link_table).where(
            link_table.c.secret_sha256 == sha256_of(secret),
            link_table.c.purpose.in_(purposes),
            link_table.c.used_at.is_(None),
            link_table.c.expires_at > uow.clock.now(),
        )
    ).one_or_none()
    if row is None:
        raise LinkUsedUp
    role = Role(row.role) if row.role else None
    return Link(purpose=Purpose(row.purpose), email=row.email, role=role, call_id=row.call_id, made_by=row.made_by)


def use_link(uow: UnitOfWork, secret: str, *purposes: Purpose) -> Link:
    """What a good link says; it is good no longer. Raises `LinkUsedUp`."""
    link = read_link(uow, secret, *purposes)
    used = uow.connection.execute(
        update(link_table)
        .where(link_table.c.secret_sha256 == sha256_of(secret), link_table.c.used_at.is_(None))
        .values(used_at=uow.clock.now())
    )
    if used.rowcount != 1:
        raise LinkUsedUp
    return link
