"""The artist listens to the 360 mix: approves exactly this one, or sends it back with a comment."""

from litestar import Response
from litestar.params import FromPath

from opencall.kernel.web.forms import Fields, Form
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, page, shows
from submissions.production import artist_approve, artist_send_back
from submissions.queries import song_page
from submissions.states import SongEvent, SongState
from submissions.web.stations import approved


@shows("/submissions/{song_id:str}/render")
def show_render(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """The mix to hear, what a yes binds, and what was said before."""
    with work.read(member) as uow:
        shown = song_page(uow, member, song_id)
    song = shown.song
    return page(
        request,
        "submissions/artist/render.html",
        song=song,
        call=shown.call,
        can_hear=song.state in _HEARD and song.approval_sha256 is not None,
        may_answer=song.state is SongState.RENDERED,
        is_approved=approved(song),
        comments=[one for one in shown.history if one.event is SongEvent.SEND_BACK],
    )


_HEARD = (
    SongState.RENDERED,
    SongState.MASTERED,
    SongState.PUBLISHED,
    SongState.PAID,
)


@acts("/submissions/{song_id:str}/render/approve")
def approve(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], data: Form) -> Response[str]:
    """Yes to the render that was heard; one that came since wants to be heard first."""
    approval_sha256 = Fields(data).needed("approval_sha256", "The mix that you heard")
    with work.write(member) as uow:
        artist_approve(uow, member, song_id, approval_sha256)
    return go_to(request, f"/submissions/{song_id}/render")


@acts("/submissions/{song_id:str}/render/send-back")
def send_back(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], data: Form) -> Response[str]:
    """Not yet, and what should change."""
    with work.write(member) as uow:
        artist_send_back(uow, member, song_id, Fields(data).text("comment"))
    return go_to(request, f"/submissions/{song_id}/render")


handlers = [show_render, approve, send_back]
