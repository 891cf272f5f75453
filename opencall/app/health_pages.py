"""How the installation is, for whoever asks: a script, a monitor, a person. Nobody has to be signed in."""

from collections.abc import Callable
from typing import Final, TypeAlias

from litestar import Response, Router, get
from litestar.enums import MediaType

from opencall.app.health import Health
from opencall.kernel.web.pages import Visit, page, shows

Look: TypeAlias = Callable[[], Health]
"""Sees how the installation is; the application keeps one under `state.look`."""

_FRESH: Final = {"Cache-Control": "no-store"}


@get("/health", sync_to_thread=True, include_in_schema=False)
def as_json(request: Visit) -> Response[Health]:
    """Everything that was seen; the status is 503 when something is broken."""
    seen = _seen(request)
    return Response(seen, status_code=_status(seen), media_type=MediaType.JSON, headers=_FRESH)


@shows("/health/page")
def as_page(request: Visit) -> Response[str]:
    """The same for people."""
    return page(request, "app/health.html", seen=_seen(request))


@get("/health/metrics", sync_to_thread=True, include_in_schema=False)
def as_metrics(request: Visit) -> Response[str]:
    """The same as gauges, in the text format that monitors collect."""
    text = "".join(f"opencall_{name} {value}\n" for name, value in gauges(_seen(request)))
    return Response(text, media_type="text/plain; version=0.0.4", headers=_FRESH)


def gauges(seen: Health) -> list[tuple[str, float]]:
    """Name with labels, and value, of everything that can be counted. What could not be asked is left out."""
    found: list[tuple[str, float]] = [
        ("ok", int(seen.ok)),
        ("database_up", int(seen.database)),
        ("broker_up", int(seen.broker)),
        ("workers", len(seen.workers)),
        ("sweeps", len(seen.sweeps)),
        ("disk_free_bytes", seen.disk_free_bytes),
        ("uptime_seconds", seen.uptime_s),
    ]
    for depth in seen.queues or ():
        found += [
            (f'runs{{queue="{depth.queue}",state="{state}"}}', getattr(depth, state))
            for state in ("waiting", "running", "abandoned", "stuck")
        ]
    if seen.mail is not None:
        found += [("mail_waiting", seen.mail.waiting), ("mail_given_up", seen.mail.given_up)]
    return found


def _seen(request: Visit) -> Health:
    look: Look = request.app.state.look
    return look()


def _status(seen: Health) -> int:
    return 200 if seen.ok else 503


router = Router("/", route_handlers=[as_json, as_page, as_metrics])
