"""What happens, as it happens: one stream of events a browser, of the songs that its person may follow.

Events stand in an append-only table, so a stream that broke off goes on after the last one that arrived
(`Last-Event-ID`), a page says how many seconds `ago` it was made and misses nothing that happened since, and a browser
without streams asks for the same events now and then.
"""

import re
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import anyio
import anyio.to_thread
import msgspec
from litestar import Response, Router, get
from litestar.params import FromQuery
from litestar.response import ServerSentEvent, ServerSentEventMessage

from audio_pipeline.production import ProgressEvent, last_progress, progress_after
from opencall.kernel.principal import Principal, Role
from opencall.kernel.unit_of_work import Work
from opencall.kernel.web.pages import Member, Visit, WorkHere
from opencall.kernel.web.refusals import may_refuse
from submissions.queries import songs_of

LOOK_EVERY_S: Final = 1.0
# A word now and then keeps the connection open through proxies.
QUIET_LIMIT_S: Final = 15.0
# A stream ends by itself; the browser opens the next one and is asked again who it is.
LONGEST_S: Final = 600.0
# A page that is older than this is not told what it missed: nobody's stream is away for so long unnoticed.
OLDEST_S: Final = 3600
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_SEES_EVERYTHING: Final = (Role.ENGINEER, Role.MANAGER)


def events_for(work: Work, who: Principal, after: int) -> tuple[tuple[ProgressEvent, ...], int]:
    """Events later than `after` that `who` may see, and how far the table was read."""
    with work.read(who) as uow:
        events = progress_after(uow, after)
        if not events:
            return (), after
        seen = events[-1].seq
        if not any(who.may(role) for role in _SEES_EVERYTHING):
            theirs = songs_of(uow, who)
            events = tuple(event for event in events if event.song_id in theirs)
    return events, seen


@get("/events", include_in_schema=False)
async def stream(request: Visit, work: WorkHere, member: Member, ago: FromQuery[int] = 0) -> ServerSentEvent:
    """The stream; it begins after `Last-Event-ID`, or with what has happened since `ago` seconds."""
    asked = request.headers.get("last-event-id", "")
    after = int(asked) if _NUMBER.fullmatch(asked) else await anyio.to_thread.run_sync(_seq, work, ago)
    return ServerSentEvent(_messages(request, work, member, after))


@get("/api/events", sync_to_thread=True, tags=["progress"], operation_id="events", responses=may_refuse())
def poll(
    work: WorkHere, member: Member, after: FromQuery[int | None] = None, ago: FromQuery[int] = 0
) -> Response[dict[str, Any]]:
    """Progress of the caller's songs after the event `after`: `{"events": […], "last": n}`.

    Without `after`: what has happened since `ago` seconds, an hour at most. Ask next time after `last`.
    """
    events, seen = events_for(work, member, _seq(work, ago) if after is None else max(0, min(after, 2**62)))
    return Response({"events": msgspec.to_builtins(events), "last": seen})


async def _messages(request: Visit, work: Work, who: Principal, after: int) -> AsyncIterator[ServerSentEventMessage]:
    stopping: anyio.Event = request.app.state.stopping
    ends, spoke = time.monotonic() + LONGEST_S, time.monotonic()
    yield ServerSentEventMessage(data="", id=str(after), event="ready", retry=2000)
    while time.monotonic() < ends and not stopping.is_set():
        events, seen = await anyio.to_thread.run_sync(events_for, work, who, after)
        for event in events:
            yield ServerSentEventMessage(data=msgspec.json.encode(event).decode(), id=str(event.seq), event="progress")
        if events:
            spoke = time.monotonic()
        elif time.monotonic() - spoke > QUIET_LIMIT_S:
            yield ServerSentEventMessage(data="", id=str(seen), event="ready")
            spoke = time.monotonic()
        after = seen
        with anyio.move_on_after(LOOK_EVERY_S):
            await stopping.wait()


def _seq(work: Work, ago_s: int) -> int:
    """The last event that somebody knows whose page was made `ago_s` seconds ago."""
    with work.read() as uow:
        return last_progress(uow, uow.clock.now() - timedelta(seconds=max(0, min(ago_s, OLDEST_S))))


router = Router("/", route_handlers=[stream, poll])
