"""Tokens: how a script speaks for a person. Each has a name, is shown once, ends in a year, and can be taken back."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import insert, select, update

from opencall.app.identity.errors import NoSuchToken
from opencall.app.identity.tables import token_table
from opencall.app.identity.users import checked_name, new_secret, sha256_of
from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork

GOOD_FOR: Final = timedelta(days=366)


class Token(msgspec.Struct, frozen=True):
    """A token as its owner sees it; the secret is kept nowhere."""

    id: str
    name: str
    made_at: datetime
    expires_at: datetime


def make_token(uow: UnitOfWork, principal: Principal, name: str) -> str:
    """A new token of the principal's; returns the secret, which nobody can see again. Raises `NameMissing`."""
    name, now = checked_name(name)[:120], uow.clock.now()
    secret = f"oc_{new_secret()}"
    uow.connection.execute(
        insert(token_table).values(
            id=uow.ids.new(),
            secret_sha256=sha256_of(secret),
            user_id=principal.user_id,
            name=name,
            made_at=now,
            expires_at=now + GOOD_FOR,
        )
    )
    return secret


def tokens_of(uow: UnitOfWork, principal: Principal) -> tuple[Token, ...]:
    """The principal's tokens that are good, newest first."""
    rows = uow.connection.execute(
        select(token_table)
        .where(token_table.c.user_id == principal.user_id, token_table.c.expires_at > uow.clock.now())
        .order_by(token_table.c.made_at.desc(), token_table.c.id)
    )
    return tuple(Token(row.id, row.name, row.made_at, row.expires_at) for row in rows)


def revoke_token(uow: UnitOfWork, principal: Principal, token_id: str) -> None:
    """Take a token back; it is good no longer. Raises `NoSuchToken`."""
    revoked = uow.connection.execute(
        update(token_table)
        .where(
            token_table.c.id == token_id,
            token_table.c.user_id == principal.user_id,
            token_table.c.expires_at > uow.clock.now(),
        )
        .values(expires_at=uow.clock.now())
    )
    if revoked.rowcount != 1:
        raise NoSuchToken(token_id)
