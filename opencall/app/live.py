"""What happens, as it happens: one stream of events a browser, of the songs that its person may follow.

Events stand in an append-only table, so a stream that broke off goes on after the last one that arrived
(`Last-Event-ID`), a page says how many seconds `ago` it was made and misses nothing that happened since, and a browser
without streams asks for the same events now and then.
"""

import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar, Final

import anyio
import anyio.to_thread
import msgspec
from litestar import Response, Router, get
from litestar.params import FromQuery
from litestar.response import ServerSentEvent, ServerSentEventMessage

from audio_pipeline.production import ProgressEvent, last_progress, progress_after
from opencall.app.identity.sessions import who_is
from opencall.kernel.errors import Kind, OpencallError
from opencall.kernel.principal import Principal, Role
from opencall.kernel.unit_of_work import Work
from opencall.kernel.web.guards import secret_of
from opencall.kernel.web.pages import Member, Visit, WorkHere
from opencall.kernel.web.refusals import may_refuse
from submissions.queries import songs_of

LOOK_EVERY_S: Final = 1.0
# A word now and then keeps the connection open through proxies.
QUIET_LIMIT_S: Final = 15.0
# A stream ends by itself, so that none that nobody reads any more is kept for ever.
LONGEST_S: Final = 600.0
# Each stream looks once a second. A browser has one, so this is a person with as many browsers.
MOST_A_PERSON: Final = 8
# How many of them look at one time: the threads that make pages stay free of them, however many listen.
LOOK_AT_A_TIME: Final = 4
# A page that is older than this is not told what it missed: nobody's stream is away for so long unnoticed.
OLDEST_S: Final = 3600
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_SEES_EVERYTHING: Final = (Role.ENGINEER, Role.MANAGER)


class TooManyStreams(OpencallError):
    """A person listens in more browsers than anybody has."""

    kind: ClassVar[Kind] = Kind.NOT_ALLOWED
    status: ClassVar[int] = 429

    def __init__(self) -> None:
        self.headers = {"Retry-After": str(int(LONGEST_S))}
        super().__init__("You listen in many browsers at once. Close some of them, or ask /api/events now and then.")


class Listening:
    """Who listens to this process; each application has one, under `state.listening`."""

    def __init__(self) -> None:
        self._streams: Counter[str] = Counter()
        self.looking = anyio.CapacityLimiter(LOOK_AT_A_TIME)

    def may_begin(self, user_id: str) -> bool:
        """Whether one more stream of this person is one that a person may have."""
        return self._streams[user_id] < MOST_A_PERSON

    def begin(self, user_id: str) -> None:
        self._streams[user_id] += 1

    def end(self, user_id: str) -> None:
        self._streams[user_id] -= 1
        if not self._streams[user_id]:
            del self._streams[user_id]


Asked = Callable[[], Principal | None]
"""Who it is that listens, asked anew: None once that session has ended."""


def events_for(work: Work, asked: Asked, after: int) -> tuple[tuple[ProgressEvent, ...], int] | None:
    """Events later than `after` that whoever listens may see, and how far the table was read; None for nobody."""
    with work.read() as uow:
        events = progress_after(uow, after)
    if not events:
        return (), after
    who = asked()
    if who is None:
        return None
    seen = events[-1].seq
    if not any(who.may(role) for role in _SEES_EVERYTHING):
        with work.read(who) as uow:
            theirs = songs_of(uow, who)
        events = tuple(event for event in events if event.song_id in theirs)
    return events, seen


@get("/events", include_in_schema=False)
async def stream(request: Visit, work: WorkHere, member: Member, ago: FromQuery[int] = 0) -> ServerSentEvent:
    """The stream; it begins after `Last-Event-ID`, or with what has happened since `ago` seconds.

    Raises `TooManyStreams`.
    """
    if not request.app.state.listening.may_begin(member.user_id):
        raise TooManyStreams
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
    after = _seq(work, ago) if after is None else max(0, min(after, 2**62))
    events, seen = events_for(work, lambda: member, after) or ((), after)
    return Response({"events": msgspec.to_builtins(events), "last": seen})


async def _messages(request: Visit, work: Work, member: Principal, after: int) -> AsyncIterator[ServerSentEventMessage]:
    stopping: anyio.Event = request.app.state.stopping
    listening: Listening = request.app.state.listening
    secret, is_session = secret_of(request.headers, request.app.state.is_https)
    asked = partial(who_is, work, secret or "", is_session)
    if not listening.may_begin(member.user_id):  # many came in one breath
        return
    listening.begin(member.user_id)
    try:
        ends, spoke = time.monotonic() + LONGEST_S, time.monotonic()
        yield ServerSentEventMessage(data="", id=str(after), event="ready", retry=2000)
        while time.monotonic() < ends and not stopping.is_set():
            found = await anyio.to_thread.run_sync(events_for, work, asked, after, limiter=listening.looking)
            if found is None:
                yield ServerSentEventMessage(data="", event="over")
                return
            events, seen = found
            for event in events:
                told = msgspec.json.encode(event).decode()
                yield ServerSentEventMessage(data=told, id=str(event.seq), event="progress")
            if events:
                spoke = time.monotonic()
            elif time.monotonic() - spoke > QUIET_LIMIT_S:
                yield ServerSentEventMessage(data="", id=str(seen), event="ready")
                spoke = time.monotonic()
            after = seen
            with anyio.move_on_after(LOOK_EVERY_S):
                await stopping.wait()
    finally:
        listening.end(member.user_id)


def _seq(work: Work, ago_s: int) -> int:
    """The last event that somebody knows whose page was made `ago_s` seconds ago."""
    with work.read() as uow:
        return last_progress(uow, uow.clock.now() - timedelta(seconds=max(0, min(ago_s, OLDEST_S))))


router = Router("/", route_handlers=[stream, poll])
