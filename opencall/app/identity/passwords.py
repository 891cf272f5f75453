"""Passwords: Argon2id with the library's recommended cost, and a check that takes as long for nobody's address."""

import threading
from functools import cache
from typing import Final

from opencall.app.identity.errors import PasswordTooWeak

SHORTEST: Final = 10
# A hash takes 64 MiB: four at a time are enough for people, and bound what a flood of sign-ins can take.
_AT_A_TIME = threading.BoundedSemaphore(4)
_KNOWN: Final = frozenset({"password12", "1234567890", "qwertyuiop", "passwordpassword", "0123456789", "iloveyou123"})


def hash_password(password: str, email: str) -> str:
    """The Argon2id hash to keep. Raises `PasswordTooWeak`."""
    plain = password.casefold()
    if len(password) < SHORTEST or plain in _KNOWN or plain == email.casefold() or len(set(plain)) < 4:
        raise PasswordTooWeak(SHORTEST)
    with _AT_A_TIME:
        hashed: str = _hasher().hash(password)
    return hashed


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one; spends the same time when there is none to compare with."""
    from argon2.exceptions import InvalidHashError, VerificationError

    with _AT_A_TIME:
        try:
            return _hasher().verify(password_hash or _nobodys_hash(), password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _hasher():  # type: ignore[no-untyped-def] # imported late: only who hashes pays for it
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    hashed: str = _hasher().hash("nobody has this password")
    return hashed
