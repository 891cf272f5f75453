"""A song that cannot be written in any more: how it stands."""

from litestar import Response

from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import Work
from opencall.kernel.web.pages import Visit, page
from submissions.queries import song_page
from submissions.states import CallState, SongState


def show_status(request: Visit, work: Work, member: Principal, song_id: str) -> Response[str]:
    """How the song stands."""
    with work.read(member) as uow:
        found = song_page(uow, member, song_id)
    may_edit = found.song.state is SongState.SUBMITTED and found.call.state is CallState.OPEN
    return page(request, "submissions/status.html", song=found.song, call=found.call, may_edit=may_edit)
