"""What stands before every handler: who is there, whether a write comes from our own pages, and headers on all answers.

A write that carries a session has to come from this very origin. Every browser says where a write comes from (Origin,
or Sec-Fetch-Site); one that carries a token of the API was not made by a browser on somebody's behalf. A token reaches
the API and the sound of songs: no page, and so neither accounts nor roles nor other tokens.
"""

from collections.abc import Awaitable, Callable
from typing import ClassVar, Final

import anyio.to_thread
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from opencall.kernel.errors import Kind, OpencallError
from opencall.kernel.principal import Principal

COOKIE: Final = "opencall_session"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NOBODY_NEEDED: Final = ("/static/", "/health")
_FOR_TOKENS: Final = ("/api/", "/sound/")

WhoIs = Callable[[str, bool], Principal | None]
"""`who_is(secret, is_session)`: whose session, or whose token, that is, if it is good."""

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; media-src 'self' blob:; worker-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": then browsers call the origin of our own forms "null". No page loads anything from elsewhere.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    # What says nothing else may be somebody's own: nobody keeps it for others.
    "Cache-Control": "private, no-cache",
}
_HTTPS_ONLY: Final = {"Strict-Transport-Security": "max-age=31536000"}


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


def comes_from_here(headers: Headers, is_https: bool) -> bool:
    """Whether a browser says that the request was made by a page of the very host that it is sent to.

    On a site with TLS that page came over TLS too: whoever sits between could have made the other one up.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin, host = headers.get("origin"), headers.get("host")
    return bool(host) and (origin == f"https://{host}" or (origin == f"http://{host}" and not is_https))


def cookie_name(is_https: bool) -> str:
    """What the cookie of a session is called. With TLS no neighbour of ours below the same domain can set it."""
    return f"__Host-{COOKIE}" if is_https else COOKIE


def secret_of(headers: Headers, is_https: bool) -> tuple[str | None, bool]:
    """The session or token that a request carries, and whether it is a session (a cookie)."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.casefold() == "bearer" and token:
        return token.strip(), False
    wanted = cookie_name(is_https)
    for cookie in headers.get("cookie", "").split(";"):
        name, _, value = cookie.strip().partition("=")
        if name == wanted and value:
            return value, True
    return None, False


def known_people(who_is: WhoIs, is_https: bool) -> Callable[[ASGIApp], ASGIApp]:
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
                secret, is_session = secret_of(headers, is_https)
                by_token = secret is not None and not is_session
                if by_token and not scope["path"].startswith(_FOR_TOKENS):
                    secret, by_token = None, False
                # A form without a session counts too: signing somebody in to another's account is an attack as well.
                if scope["method"] not in _SAFE and not by_token:
                    is_api = scope["path"].startswith("/api/") and secret is None
                    if not is_api and not comes_from_here(headers, is_https):
                        raise ForeignWrite
                if secret is not None:
                    scope["user"] = await anyio.to_thread.run_sync(who_is, secret, is_session)
            await app(scope, receive, send)

        return guard

    return around


def dressed(is_https: bool) -> Callable[[Message, Scope], Awaitable[None]]:
    """Says on every answer, whoever gives it, what a browser may do with it."""
    wanted = _HEADERS | (_HTTPS_ONLY if is_https else {})

    async def dress(message: Message, _scope: Scope) -> None:
        if message["type"] == "http.response.start":
            headers = MutableScopeHeaders.from_message(message)
            for name, value in wanted.items():
                headers.setdefault(name, value)

    return dress


def member_of(user: Principal | None) -> Principal:
    """Whoever is signed in. Raises `NotSignedIn`."""
    if user is None:
        raise NotSignedIn
    return user
