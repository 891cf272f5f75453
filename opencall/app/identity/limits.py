"""How often anybody may ask for what costs us something: a try at a password, a letter, a new password.

One mechanism for all of it: an ask is kept before it is answered, counted by the address that it is about and by the
place that it comes from, in the database, so that it holds across processes and for those who ask at the same time.
What it is about need not exist: whoever is told to wait learns nothing about accounts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

import msgspec
from sqlalchemy import Select, delete, func, insert, select

from opencall.app.identity.errors import TooBusy, TooManyLetters, TooManyTries
from opencall.app.identity.tables import asked_table
from opencall.kernel.unit_of_work import UnitOfWork, Work


class Ask(StrEnum):
    SIGN_IN = "sign_in"
    LETTER = "letter"
    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105 - a word, not a secret


class Limit(msgspec.Struct, frozen=True):
    """So many for one address, so many from one place, `within` a time; more are refused by `refusal`."""

    an_address: int
    a_place: int
    within: timedelta
    refusal: type[TooManyTries | TooManyLetters]


# Whoever is kept from the password by somebody else's tries comes in by a letter; and as no letter's link is good for
# less time than its limit counts, whoever is refused a letter has one whose link is good (or has just used it).
LIMITS: Final = {
    Ask.SIGN_IN: Limit(5, 50, timedelta(minutes=15), TooManyTries),
    Ask.LETTER: Limit(5, 50, timedelta(minutes=30), TooManyLetters),
    # Whole juries are invited from one place, by people whom we know.
    Ask.INVITATION: Limit(5, 200, timedelta(minutes=30), TooManyLetters),
    Ask.PASSWORD: Limit(10, 50, timedelta(minutes=15), TooManyTries),
}
LONGEST: Final = max(limit.within for limit in LIMITS.values())


class Spent(msgspec.Struct, frozen=True):
    """An ask that was let through; `left` more would be, for this address."""

    seq: int
    left: int


def spend(uow: UnitOfWork, ask: Ask, key: str, address: str) -> Spent:
    """Keep that `ask` was made about the address `key`, from the network address `address`; needs a writing unit.

    Raises `TooManyTries`, `TooManyLetters`.
    """
    limit, now, place = LIMITS[ask], uow.clock.now(), network_of(address)
    asked = 0
    for column, value, most in (
        (asked_table.c.place, place, limit.a_place),
        (asked_table.c.email_key, key, limit.an_address),
    ):
        asked, first = uow.connection.execute(
            select(func.count(), func.min(asked_table.c.at)).where(
                asked_table.c.ask == ask, column == value, asked_table.c.at > now - limit.within
            )
        ).one()
        if asked >= most:
            raise limit.refusal(max(1, int((first + limit.within - now).total_seconds())))
    seq = uow.connection.execute(
        insert(asked_table).values(ask=ask, email_key=key, place=place, at=now).returning(asked_table.c.seq)
    ).scalar_one()
    return Spent(seq, limit.an_address - asked - 1)


def give_back(uow: UnitOfWork, spent: Spent) -> None:
    """An ask that does not count after all: the password was right."""
    uow.connection.execute(delete(asked_table).where(asked_table.c.seq == spent.seq))


@contextmanager
def unless_busy(work: Work, spent: Spent) -> Iterator[None]:
    """Give an ask back that nobody had time for: who is told to ask again has not used it up. Passes `TooBusy` on."""
    try:
        yield
    except TooBusy:
        with work.write() as uow:
            give_back(uow, spent)
        raise


def network_of(address: str) -> str:
    """What counts as one place: an address of IPv4, or a network of IPv6 as one household or one server is given."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(found)


def forget_old_asks(uow: UnitOfWork) -> None:
    """Drop what no limit counts any more; for the sweep."""
    uow.connection.execute(delete(asked_table).where(asked_table.c.at <= uow.clock.now() - LONGEST))


def old_asks(now: datetime) -> Select[Any]:
    """The asks that no limit counts at `now`, as a question."""
    return select(asked_table.c.seq).where(asked_table.c.at <= now - LONGEST)
