"""One song as its manager sees it: where it is, what was said of it, and the way to the public page and off it."""

from typing import Any

from litestar import Response
from litestar.params import FromPath, FromQuery

from opencall.kernel.web.forms import Fields, Form
from opencall.kernel.web.labels import LabelsHere
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, page, shows
from submissions.blind import alias_of
from submissions.managing import managed_song
from submissions.publication import publish_song, slug_of, take_down
from submissions.states import SONG_TRANSITIONS, CallState, SongEvent, SongState

# From here on a song is in production, and the audio room has something to show of it.
_PRODUCED = frozenset({SongState.ACCEPTED, SongState.RENDERED, SongState.MASTERED, SongState.PUBLISHED, SongState.PAID})


@shows("/manage/songs/{song_id:str}")
def song(
    request: Visit,
    work: WorkHere,
    member: Member,
    labels: LabelsHere,
    song_id: FromPath[str],
    then: FromQuery[str] = "",
) -> Response[str]:
    """All that a manager may see of a song."""
    with work.read(member) as uow:
        one = managed_song(uow, member, song_id)
        names = labels.people(uow, (review.curator_id for review in one.reviews))
    state = one.song.state
    return page(
        request,
        "submissions/manage-song.html",
        one=one,
        song=one.song,
        call=one.call,
        names=names,
        alias=alias_of(song_id),
        then=then if then == "words" else "",
        decides=state is SongState.SUBMITTED and one.call.state is CallState.CLOSED,
        publishes=(state, SongEvent.PUBLISH) in SONG_TRANSITIONS,
        takes_down=(state, SongEvent.TAKE_DOWN) in SONG_TRANSITIONS,
        produced=state in _PRODUCED,
        slug=slug_of(one.details.title),
    )


@acts("/manage/songs/{song_id:str}/publish")
def publish(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], data: Form) -> Response[str]:
    """Public from now on, and its reward due."""
    wanted = Fields(data).text("slug")
    with work.write(member) as uow:
        title = managed_song(uow, member, song_id).details.title
        # An address that was proposed may have been taken meanwhile; one that was typed is meant.
        publish_song(uow, member, song_id, wanted if wanted and wanted != slug_of(title) else None)
    return go_to(request, f"/manage/songs/{song_id}")


@acts("/manage/songs/{song_id:str}/take-down")
def off_the_page(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], data: Form) -> Response[str]:
    """Off the public page, for good; what is owed stays owed."""
    with work.write(member) as uow:
        managed_song(uow, member, song_id)
        take_down(uow, member, song_id, Fields(data).text("reason"))
    return go_to(request, f"/manage/songs/{song_id}")


handlers: list[Any] = [song, publish, off_the_page]
