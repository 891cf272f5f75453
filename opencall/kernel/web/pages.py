"""What a handler returns: a page, a fragment, or the way to another page.

A handler is a plain function that runs in a thread: it opens a unit of work, calls the room, and returns one of these.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit

import jinja2
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.params import SkipValidation

from opencall.kernel.object_store import ObjectStore
from opencall.kernel.principal import Principal, Role
from opencall.kernel.unit_of_work import Work
from opencall.kernel.web import words
from opencall.kernel.web.assets import Assets

# All that has a meaning in an address, and what is spelt out already; a line break would begin another header.
_SAFE_IN_URL = "/:?#[]@!$&'()*+,;=%~"

Visit: TypeAlias = Request[Principal | None, Any, State]
"""A request; `request.user` is who is signed in, or None."""
WorkHere: TypeAlias = NamedDependency[Work]
StoreHere: TypeAlias = NamedDependency[SkipValidation[ObjectStore]]
Member: TypeAlias = NamedDependency[Principal]
"""Whoever is signed in, as the parameter `member`; nobody else gets as far as the handler."""


@dataclass(frozen=True)
class NavLink:
    """A line of the bar on top; shown to those with one of `roles`, in any call, or to everybody."""

    label: str
    href: str
    roles: frozenset[Role] = frozenset()
    signed_in: bool = False

    def is_for(self, who: Principal | None) -> bool:
        if who is None:
            return not self.roles and not self.signed_in
        return not self.roles or any(grant.role in self.roles for grant in who.grants)


def make_environment(folders: Sequence[tuple[str, str]], assets: Assets, **extras: object) -> jinja2.Environment:
    """Templates of the whole house: `(prefix, folder)` each; a page is named `prefix/page.html`.

    Escapes everything, and refuses a name that a page did not get.
    """
    loaders: Mapping[str, jinja2.BaseLoader] = {prefix: jinja2.FileSystemLoader(folder) for prefix, folder in folders}
    environment = jinja2.Environment(
        loader=jinja2.PrefixLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        money=words.money,
        number=words.number,
        clock_time=words.clock_time,
        size=words.size,
        percent=words.percent,
        moment=words.moment,
        markdown=words.markdown,
        excerpt=words.excerpt,
        count_of=words.count_of,
    )
    environment.globals.update(static=assets.url, **extras)
    return environment


def page(request: Visit, template: str, *, status: int = 200, kept: bool = True, **facts: object) -> Response[str]:
    """The page `template` with `facts`; a template also knows `who`, `path` and `links` of the bar.

    Not `kept`: no browser writes it down, because a secret stands in it.
    """
    state = request.app.state
    environment: jinja2.Environment = state.templates
    # Outside the middleware (an error on the way in) nobody is known.
    who: Principal | None = request.scope.get("user")
    text = environment.get_template(template).render(
        who=who,
        path=request.url.path,
        links=[link for link in state.navigation if link.is_for(who)],
        may=lambda role, call_id=None: who is not None and who.may(Role(role), call_id),
        **facts,
    )
    headers = {} if kept else {"Cache-Control": "no-store"}
    return Response(text, media_type=MediaType.HTML, status_code=status, headers=headers)


def go_to(request: Visit, url: str) -> Response[str]:
    """An act is done: on to `url`, for a browser with scripts and for one without."""
    url = quote(url, safe=_SAFE_IN_URL)
    if request.headers.get("hx-request") == "true":
        return Response("", status_code=200, headers={"HX-Redirect": url}, media_type=MediaType.HTML)
    return Response("", status_code=303, headers={"Location": url}, media_type=MediaType.HTML)


def local_path(url: str | None, default: str) -> str:
    """`url` if it leads to a page of ours, else `default`: nobody is sent elsewhere by a link that we carried."""
    # What cannot be printed browsers leave out: with a tab between them, two slashes begin an address elsewhere.
    if not url or not url.startswith("/") or url.startswith("//") or "\\" in url or not url.isprintable():
        return default
    parts = urlsplit(url)
    return url if not parts.scheme and not parts.netloc else default


Handler = Callable[[Callable[..., Any]], HTTPRouteHandler]


def shows(path: str, **options: Any) -> Handler:
    """A handler that shows a page at `path`; it runs in a thread, and stands in no API description.

    One path: with several, Litestar 2.25 wraps the function once for each, and awaits it once only.
    """
    return get(path, sync_to_thread=True, include_in_schema=False, **options)


def acts(path: str, **options: Any) -> Handler:
    """A handler that does what a form at `path` asks for; it ends with `go_to`, or raises a refusal."""
    return post(path, sync_to_thread=True, include_in_schema=False, status_code=200, **options)
