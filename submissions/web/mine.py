"""A song that cannot be written in any more: how it stands."""

from litestar import Response

from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import Work
from opencall.kernel.web.pages import Visit, page
from submissions.queries import song_page


def show_status(request: Visit, work: Work, member: Principal, song_id: str) -> Response[str]:
    """How the song stands."""
    with work.read(member) as uow:
        found = song_page(uow, member, song_id)
    return page(request, "submissions/status.html", song=found.song, call=found.call)
