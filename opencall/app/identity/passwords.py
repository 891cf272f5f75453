"""Passwords: Argon2id with the library's recommended cost, and a check that takes as long for nobody's address."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from opencall.app.identity.errors import PasswordTooWeak, TooBusy

SHORTEST: Final = 10
# A hash takes 64 MiB: four at a time are enough for people, and bound what a flood of sign-ins can take.
AT_A_TIME: Final = 4
# Whoever waits holds one of the forty threads that make the pages; the rest of them stay for everybody else.
INSIDE: Final = 16
_at_a_time = threading.BoundedSemaphore(AT_A_TIME)
_inside = threading.BoundedSemaphore(INSIDE)
_KNOWN: Final = frozenset({"password12", "1234567890", "qwertyuiop", "passwordpassword", "0123456789", "iloveyou123"})


def refuse_weak(password: str, email: str) -> None:
    """Raises `PasswordTooWeak` for what is guessed in no time; costs nothing."""
    plain = password.casefold()
    if len(password) < SHORTEST or plain in _KNOWN or plain == email.casefold() or len(set(plain)) < 4:
        raise PasswordTooWeak(SHORTEST)


def hash_password(password: str, email: str) -> str:
    """The Argon2id hash to keep. Raises `PasswordTooWeak`, `TooBusy`."""
    refuse_weak(password, email)
    with turn():
        hashed: str = _hasher().hash(password)
    return hashed


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one; spends the same time when there is none to compare with. Raises `TooBusy`."""
    from argon2.exceptions import InvalidHashError, VerificationError

    with turn():
        try:
            return _hasher().verify(password_hash or _nobodys_hash(), password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


@contextmanager
def turn() -> Iterator[None]:
    """One of the few that compute a hash at a time; a few more wait, all others are sent away. Raises `TooBusy`."""
    if not _inside.acquire(blocking=False):
        raise TooBusy(5)
    try:
        with _at_a_time:
            yield
    finally:
        _inside.release()


@cache
def _hasher():  # type: ignore[no-untyped-def] # imported late: only who hashes pays for it
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    hashed: str = _hasher().hash("nobody has this password")
    return hashed
