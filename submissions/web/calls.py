"""The calls, for everybody: what is asked, what is paid, how songs are chosen; and the way in for a song."""

from datetime import datetime

from litestar import Response
from litestar.params import FromPath

from opencall.kernel.web.forms import Fields, Form
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, page, shows
from submissions.artist_queries import call_to_read, mine_in_call, public_calls, songs_sent
from submissions.material import SongDetails
from submissions.rows import Call
from submissions.songs import start_song
from submissions.spoken_time import spoken
from submissions.states import CallState
from submissions.web.languages import LANGUAGES
from submissions.web.stations import left_until


@shows("/calls")
def list_calls(request: Visit, work: WorkHere) -> Response[str]:
    """Open calls first, then those that come, then those that are over."""
    with work.read() as uow:
        calls, now = public_calls(uow), uow.clock.now()
        sent = songs_sent(uow, tuple(call.id for call in calls))
    opened = sorted((call for call in calls if is_open(call, now)), key=lambda call: call.closes_at)
    coming = sorted((call for call in calls if is_coming(call, now)), key=lambda call: call.opens_at)
    return page(
        request,
        "submissions/artist/calls.html",
        opened=opened,
        coming=coming,
        over=[call for call in calls if call not in opened and call not in coming],
        sent=sent,
        left={call.id: left_until(call.closes_at, now) for call in opened},
        spoken=spoken,
    )


@shows("/calls/{call_id:str}")
def show_call(request: Visit, work: WorkHere, call_id: FromPath[str]) -> Response[str]:
    """All that an artist has to know, the reward before the rules."""
    with work.read() as uow:
        call, now = call_to_read(uow, request.user, call_id), uow.clock.now()
        mine, sent = mine_in_call(uow, request.user, call_id), songs_sent(uow, (call_id,))[call_id]
    total = sum(line.weight for line in call.categories)
    return page(
        request,
        "submissions/artist/call.html",
        call=call,
        mine=mine,
        sent=sent,
        phase=phase_of(call, now),
        left=left_until(call.opens_at if is_coming(call, now) else call.closes_at, now),
        rubric=[(line, line.weight / total) for line in call.categories],
        places=call.budget_minor // call.reward_minor,
        may_send=len(mine) < call.songs_per_artist,
        languages=LANGUAGES,
        spoken=spoken,
    )


@acts("/calls/{call_id:str}/start")
def start(request: Visit, work: WorkHere, member: Member, call_id: FromPath[str], data: Form) -> Response[str]:
    """A draft with its first words, and on to it."""
    fields = Fields(data)
    details = SongDetails(
        title=fields.needed("title", "Title"),
        artist_name=fields.needed("artist_name", "Artist"),
        language=fields.needed("language", "Language"),
        genre=fields.needed("genre", "Genre"),
        region=fields.text("region"),
    )
    with work.write(member) as uow:
        call_to_read(uow, member, call_id)
        song_id = start_song(uow, member, call_id, details)
    return go_to(request, f"/submissions/{song_id}")


def is_open(call: Call, now: datetime) -> bool:
    """Whether the call takes songs at this moment."""
    return call.state is CallState.OPEN and call.opens_at <= now < call.closes_at


def is_coming(call: Call, now: datetime) -> bool:
    """Whether the call is announced and takes no songs yet."""
    return call.state is CallState.OPEN and now < call.opens_at


def phase_of(call: Call, now: datetime) -> str:
    """Where the call is: `draft coming open listening answered`."""
    if call.state is CallState.DRAFT:
        return "draft"
    if call.state is CallState.RELEASED:
        return "answered"
    return "coming" if is_coming(call, now) else "open" if is_open(call, now) else "listening"


handlers = [list_calls, show_call, start]
