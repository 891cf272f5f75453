"""Signing in, staying signed in, signing out."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import Row, Select, delete, insert, select

from opencall.app.identity.errors import Disabled, SignInRefused
from opencall.app.identity.limits import Ask, give_back, spend, unless_busy
from opencall.app.identity.passwords import is_right
from opencall.app.identity.tables import session_table, sign_in_table, token_table, user_table
from opencall.app.identity.users import email_key, find_user, new_secret, sha256_of
from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork, Work

SHORT: Final = timedelta(hours=12)
LONG: Final = timedelta(days=30)


class How(StrEnum):
    PASSWORD = "password"  # noqa: S105 - a word, not a secret
    LINK = "link"


class Place(msgspec.Struct, frozen=True):
    """Where a request comes from: its network address and what its program calls itself."""

    address: str
    agent: str


class Begun(msgspec.Struct, frozen=True):
    """A session: `secret` goes into the cookie and is kept nowhere; `long` outlives the browser's own session."""

    secret: str
    user_id: str
    long: bool


def sign_in(work: Work, email: str, password: str, place: Place, *, long: bool = False) -> Begun:
    """Begin a session for whoever knows the password. Two transactions: the hash is computed between them.

    A try counts before it is known to be wrong, so that many at once are no more than the limit allows. Raises
    `TooManyTries`, `TooBusy`, `SignInRefused`, `Disabled`.
    """
    key = email_key(email)
    with work.write() as uow:
        tried = spend(uow, Ask.SIGN_IN, key, place.address)
        before = _account(uow, key)
    with unless_busy(work, tried):
        right = is_right(None if before is None else before.password_hash, password)
    with work.write() as uow:
        account = _account(uow, key)
        # What was right a moment ago may have been changed meanwhile.
        same = account is not None and before is not None and account.password_hash == before.password_hash
        let_in = account if right and same else None
        outcome = "wrong" if let_in is None else "in" if let_in.disabled_at is None else "closed"
        _note(uow, key, account.id if account else None, How.PASSWORD, outcome, place)
        if let_in is not None:
            give_back(uow, tried)
            if let_in.disabled_at is None:
                return begin_session(uow, let_in.id, place, long=long)
    if let_in is not None:
        raise Disabled(let_in.disabled_at)
    raise SignInRefused(tried.left)


def begin_session(uow: UnitOfWork, user_id: str, place: Place, *, long: bool = False) -> Begun:
    """A session for somebody whose identity was proven."""
    secret, now = new_secret(), uow.clock.now()
    uow.connection.execute(
        insert(session_table).values(
            secret_sha256=sha256_of(secret),
            user_id=user_id,
            begun_at=now,
            expires_at=now + (LONG if long else SHORT),
            agent=place.agent[:300],
        )
    )
    return Begun(secret, user_id, long)


def note_link_sign_in(uow: UnitOfWork, email: str, user_id: str, place: Place) -> None:
    """Keep in the record that somebody came in by a letter's link."""
    _note(uow, email_key(email), user_id, How.LINK, "in", place)


def sign_out(uow: UnitOfWork, secret: str) -> None:
    """End the session of this browser."""
    uow.connection.execute(delete(session_table).where(session_table.c.secret_sha256 == sha256_of(secret)))


def sign_out_everywhere(uow: UnitOfWork, user_id: str) -> None:
    """End every session of a person: after a new password, or when a computer was lost."""
    uow.connection.execute(delete(session_table).where(session_table.c.user_id == user_id))


def who_is(work: Work, secret: str, is_session: bool) -> Principal | None:
    """Whose session `secret` is, or whose token: never the one in place of the other, as a token reaches less.

    None when it is nobody's, or no longer good.
    """
    if len(secret) > 100:
        return None
    kind, key = session_table if is_session else token_table, sha256_of(secret)
    with work.read() as uow:
        now = uow.clock.now()
        question = select(kind.c.user_id).where(kind.c.secret_sha256 == key, kind.c.expires_at > now)
        user_id = uow.connection.execute(question).scalar()
        if user_id is None:
            return None
        user = find_user(uow, user_id)
    return None if user.disabled_at is not None else user.principal


class SignIn(msgspec.Struct, frozen=True):
    """A try to sign in, as it was kept."""

    at: datetime
    how: How
    outcome: str
    address: str
    agent: str


def sign_ins_of(uow: UnitOfWork, user_id: str, limit: int = 20) -> tuple[SignIn, ...]:
    """The latest tries at an account, right and wrong, newest first."""
    rows = uow.connection.execute(
        select(sign_in_table)
        .where(sign_in_table.c.user_id == user_id)
        .order_by(sign_in_table.c.seq.desc())
        .limit(limit)
    )
    return tuple(SignIn(row.at, How(row.how), row.outcome, row.address, row.agent) for row in rows)


def forget_old_sessions(uow: UnitOfWork) -> None:
    """Drop sessions that have run out; for the sweep."""
    uow.connection.execute(delete(session_table).where(session_table.c.expires_at <= uow.clock.now()))


def old_sessions(now: datetime) -> Select[Any]:
    """The sessions that have run out at `now`, as a question."""
    return select(session_table.c.user_id).where(session_table.c.expires_at <= now)


def _account(uow: UnitOfWork, key: str) -> Row[Any] | None:
    return uow.connection.execute(select(user_table).where(user_table.c.email_key == key)).one_or_none()


def _note(uow: UnitOfWork, key: str, user_id: str | None, how: How, outcome: str, place: Place) -> None:
    uow.connection.execute(
        insert(sign_in_table).values(
            email_key=key,
            user_id=user_id,
            how=how,
            outcome=outcome,
            address=place.address[:64],
            agent=place.agent[:300],
            at=uow.clock.now(),
        )
    )
