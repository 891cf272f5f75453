"""The pages of this room: one file a group of pages, each exporting its `handlers`."""

from litestar import Response, Router
from litestar.params import FromPath

from opencall.kernel.web.pages import Member, Visit, WorkHere, shows
from submissions.web import calls, mine, offers, renders, reports


@shows("/submissions/{song_id:str}")
def show_song(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """A song of mine."""
    return mine.show_status(request, work, member, song_id)


router = Router(
    "/",
    route_handlers=[show_song, *calls.handlers, *mine.handlers, *offers.handlers, *renders.handlers, *reports.handlers],
)
