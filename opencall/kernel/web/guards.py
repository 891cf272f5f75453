"""What stands before every handler: who is there, whether a write comes from our own pages, and headers on all answers.

A write that carries a session has to come from this very origin. Every browser says where a write comes from (Origin,
or Sec-Fetch-Site); one that carries a token of the API was not made by a browser on somebody's behalf.
"""

from collections.abc import Callable
from typing import ClassVar, Final
from urllib.parse import urlsplit

import anyio.to_thread
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from opencall.kernel.errors import Kind, OpencallError
from opencall.kernel.principal import Principal

COOKIE: Final = "opencall_session"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NOBODY_NEEDED: Final = ("/static/", "/health")

WhoIs = Callable[[str], Principal | None]
"""`who_is(secret)`: whose session or token that is, if it is good."""

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; media-src 'self' blob:; worker-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class NotSignedIn(OpencallError):
    """The page or act is for people with an account."""

    kind: ClassVar[Kind] = Kind.NOT_ALLOWED

    def __init__(self) -> None:
        super().__init__("Sign in first; you come back here afterwards.")


class ForeignWrite(OpencallError):
    """A write with a session that did not come from a page of ours."""

    kind: ClassVar[Kind] = Kind.NOT_ALLOWED

    def __init__(self) -> None:
        super().__init__(
            "This request did not come from a page of this site, so nothing was done. Open the page and send it there."
        )


def comes_from_here(headers: Headers, host: str) -> bool:
    """Whether a browser says that the request was made by a page of `host` itself."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == host


def secret_of(headers: Headers) -> tuple[str | None, bool]:
    """The session or token that a request carries, and whether it is a session (a cookie)."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.casefold() == "bearer" and token:
        return token.strip(), False
    for cookie in headers.get("cookie", "").split(";"):
        name, _, value = cookie.strip().partition("=")
        if name == COOKIE and value:
            return value, True
    return None, False


def known_people(who_is: WhoIs) -> Callable[[ASGIApp], ASGIApp]:
    """Middleware that sets `scope["user"]`, and refuses a foreign write. Raises `ForeignWrite`."""

    def around(app: ASGIApp) -> ASGIApp:
        async def guard(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP:
                await app(scope, receive, send)
                return
            headers = Headers.from_scope(scope)
            scope["user"] = None
            scope["auth"] = None
            if not scope["path"].startswith(_NOBODY_NEEDED):
                secret, is_session = secret_of(headers)
                by_token = secret is not None and not is_session
                # A form without a session counts too: signing somebody in to another's account is an attack as well.
                if scope["method"] not in _SAFE and not by_token:
                    is_api = scope["path"].startswith("/api/") and secret is None
                    if not is_api and not comes_from_here(headers, headers.get("host", "")):
                        raise ForeignWrite
                if secret is not None:
                    scope["user"] = await anyio.to_thread.run_sync(who_is, secret)
            await app(scope, receive, send)

        return guard

    return around


async def dress(message: Message, _scope: Scope) -> None:
    """Say on every answer, whoever gives it, what a browser may do with it."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)


def member_of(user: Principal | None) -> Principal:
    """Whoever is signed in. Raises `NotSignedIn`."""
    if user is None:
        raise NotSignedIn
    return user
