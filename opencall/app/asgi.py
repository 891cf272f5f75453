"""The web of an installation: every room's pages, in one shell.

Adding a page is a handler in a room's `web`; adding a room's pages to the bar is one line of `NAVIGATION`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

import anyio
from litestar import Litestar, Router, get
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException, NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import FromPath

import audio_pipeline.web
import opencall.kernel.web
import rewards.web
import submissions.web
from opencall.app import health_pages, live, player, sound
from opencall.app.broker import make_broker
from opencall.app.health import look
from opencall.app.house import House
from opencall.app.identity import web as identity
from opencall.app.identity.sessions import who_is
from opencall.app.identity.users import names_of
from opencall.kernel.errors import OpencallError
from opencall.kernel.principal import Principal, Role
from opencall.kernel.web.assets import Assets, static_file
from opencall.kernel.web.guards import dress, known_people, member_of
from opencall.kernel.web.labels import Labels
from opencall.kernel.web.pages import NavLink, Visit, make_environment
from opencall.kernel.web.refusals import broken, not_served, refused
from submissions.queries import call_titles_of, titles_of

ROUTERS: Final[tuple[Router, ...]] = (
    identity.router,
    submissions.web.router,
    audio_pipeline.web.router,
    rewards.web.router,
    sound.router,
    player.router,
    live.router,
    health_pages.router,
)

# One line a room: what its templates are called, and where they lie.
TEMPLATES: Final = (
    ("kernel", Path(opencall.kernel.web.__file__).parents[1] / "templates"),
    ("submissions", Path(submissions.web.__file__).parents[1] / "templates"),
    ("app", Path(__file__).parent / "templates"),
    ("rewards", Path(rewards.web.__file__).parents[1] / "templates"),
    ("identity", Path(identity.__file__).parent / "templates"),
    ("audio", Path(audio_pipeline.web.__file__).parents[1] / "templates"),
)

# The bar, from left to right.
NAVIGATION: Final = (
    NavLink("Songs", "/"),
    NavLink("Open calls", "/calls"),
    NavLink("The fund", "/fund"),
    NavLink("My songs", "/submissions", signed_in=True),
    NavLink("Listening desk", "/desk", frozenset({Role.CURATOR})),
    NavLink("Calls", "/manage", frozenset({Role.MANAGER})),
    NavLink("Studio", "/studio", frozenset({Role.ENGINEER})),
    NavLink("Money", "/money", frozenset({Role.FINANCE})),
    NavLink("People", "/people", frozenset({Role.MANAGER})),
    NavLink("Runs", "/runs", frozenset({Role.ENGINEER, Role.MANAGER})),
)


@get("/{anything:path}", include_in_schema=False, sync_to_thread=False)
def nowhere(anything: FromPath[Path]) -> None:
    """Every other address: a page that says so, to whoever is signed in too."""
    raise NotFoundException


# How a room names what another room knows.
LABELS: Final = Labels(people=names_of, songs=titles_of, calls=call_titles_of)


def create_app(house: House) -> Litestar:
    """The application over an opened installation; whoever runs it closes the house afterwards."""
    assets = Assets()
    base_url = house.settings.base_url
    broker = make_broker(house.settings)

    async def who(request: Visit) -> Principal:
        return member_of(request.user)

    @asynccontextmanager
    async def stopping(app: Litestar) -> AsyncIterator[None]:
        app.state.stopping = anyio.Event()  # set by whoever runs the application, when it is to end
        yield
        broker.client.close()

    return Litestar(
        route_handlers=[static_file, *ROUTERS, nowhere],
        dependencies={
            "work": Provide(lambda: house.work, sync_to_thread=False),
            "store": Provide(lambda: house.store, sync_to_thread=False),
            "uploads": Provide(lambda: house.uploads, sync_to_thread=False),
            "house": Provide(lambda: house, sync_to_thread=False),
            "vault": Provide(lambda: house.vault, sync_to_thread=False),
            "labels": Provide(lambda: LABELS, sync_to_thread=False),
            "member": Provide(who),
        },
        middleware=[known_people(partial(who_is, house.work))],
        exception_handlers={OpencallError: refused, HTTPException: not_served, Exception: broken},
        compression_config=CompressionConfig(
            backend="gzip",
            gzip_compress_level=5,
            minimum_size=1000,
            exclude=["^/static/", "^/events$", "^/sound/", "^/api/uploads"],
        ),
        openapi_config=OpenAPIConfig(
            title="Opencall", version="1", path="/api", render_plugins=[JsonRenderPlugin(path="/openapi.json")]
        ),
        state=State(
            {
                "assets": assets,
                "templates": make_environment([(name, str(folder)) for name, folder in TEMPLATES], assets),
                "navigation": NAVIGATION,
                "address": lambda path: base_url + path,
                "is_https": base_url.startswith("https:"),
                "look": partial(look, house, broker, house.work.clock.now()),
                "outbox": house.settings.outbox_shown,
            }
        ),
        before_send=[dress],
        lifespan=[stopping],
        request_max_body_size=1 << 20,
        debug=False,
    )
