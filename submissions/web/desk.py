"""The listening desk: a curator's calls, their songs one after the other, and nothing that says whose a song is."""

import re
from enum import StrEnum
from typing import Any, Final

import msgspec
from litestar import Response, put
from litestar.params import FromPath, FromQuery, JSONBody

from opencall.kernel.web.forms import Fields, Form
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, page, shows
from opencall.kernel.web.refusals import may_refuse
from opencall.kernel.web.slices import part_with, slice_of
from submissions.desks import Desk, desks, next_song
from submissions.errors import AlreadyReviewed, NotAssigned
from submissions.heard import ENOUGH, Draft, Heard, heard_by, note_heard, refuse_unheard
from submissions.review import Review, abstain, listening_copy, own_review, send_review
from submissions.similar import as_music

SONGS_A_PAGE: Final = 100


class Stand(StrEnum):
    """Which songs of a queue are shown."""

    WAITING = "waiting"
    JUDGED = "judged"


class NoteHeard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pairs of seconds that were played since the last note, the song's length, and the draft as it stands."""

    ranges: list[tuple[float, float]]
    length_s: float
    scores: dict[str, int | None] = {}
    comment: str = ""


class NotedHeard(msgspec.Struct, frozen=True):
    """What is known now: everything that was heard, as pairs of seconds; whether a score counts; when it was kept."""

    ranges: list[tuple[float, float]]
    heard_s: float
    part: float
    enough: bool
    noted_at: str


@shows("/desk")
def my_desks(request: Visit, work: WorkHere, member: Member) -> Response[str]:
    """The calls that this person hears."""
    with work.read(member) as uow:
        mine = desks(uow, member)
    waiting = [desk for desk in mine if desk.open and desk.done < len(desk.queue)]
    return page(request, "submissions/desk.html", desks=mine, first=waiting[0] if waiting else None)


@shows("/desk/{call_id:str}")
def call_desk(
    request: Visit,
    work: WorkHere,
    member: Member,
    call_id: FromPath[str],
    only: FromQuery[Stand | None] = None,
    part: FromQuery[int | None] = None,
) -> Response[str]:
    """The queue of one call where the next song stands in it, and the way to that song."""
    with work.read(member) as uow:
        desk = _desk_of(desks(uow, member), call_id)
    next_id = next_song(desk.queue)
    listed = [
        (place, entry)
        for place, entry in enumerate(desk.queue, start=1)
        if only is None or entry.done == (only is Stand.JUDGED)
    ]
    if part is None:
        at = next((at for at, (_, entry) in enumerate(listed) if entry.song_id == next_id), 0)
        part = part_with(at, SONGS_A_PAGE)
    cut = slice_of(len(listed), SONGS_A_PAGE, part, f"/desk/{call_id}", only=only)
    return page(
        request,
        "submissions/desk-call.html",
        desk=desk,
        next_id=next_id,
        entries=listed[cut.start : cut.stop],
        cut=cut,
        only=only,
    )


@shows("/desk/{call_id:str}/next")
def next_on_desk(
    request: Visit, work: WorkHere, member: Member, call_id: FromPath[str], after: FromQuery[str | None] = None
) -> Response[str]:
    """On to the next song that is not done; to the queue when all are."""
    with work.read(member) as uow:
        song_id = next_song(_desk_of(desks(uow, member), call_id).queue, after)
    return go_to(request, f"/desk/songs/{song_id}" if song_id else f"/desk/{call_id}")


@shows("/desk/songs/{song_id:str}")
def song_on_desk(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """Nothing but this song."""
    with work.read(member) as uow:
        song = listening_copy(uow, member, song_id)
        desk = _desk_of(desks(uow, member), song.call_id)
        heard = heard_by(uow, member.user_id, song_id)
        sent = own_review(uow, member, song_id)
        heard_as = as_music(uow, song, desk.queue)
    places = [entry.song_id for entry in desk.queue]
    at = places.index(song_id)
    return page(
        request,
        "submissions/desk-song.html",
        song=song,
        call=desk.call,
        at=at,
        total=len(places),
        before=places[at - 1] if at else None,
        after=places[at + 1] if at + 1 < len(places) else None,
        heard=heard,
        enough=ENOUGH,
        sent=sent,
        music=heard_as.music,
        similar=heard_as.similar,
        timezone=desk.call.timezone,
    )


@acts("/desk/songs/{song_id:str}/review")
def send_score(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], data: Form) -> Response[str]:
    """The score is sent and stands; on to the next song."""
    fields = Fields(data)
    scores = {
        key.removeprefix("score-"): _score(fields.text(key)) for key in data if key.startswith("score-") and data[key]
    }
    with work.write(member) as uow:
        song = listening_copy(uow, member, song_id)
        if own_review(uow, member, song_id) is not None:
            raise AlreadyReviewed(song_id)
        refuse_unheard(uow, member, song_id)
        send_review(uow, member, song_id, Review(scores=scores, comment=fields.text("comment")))
    return go_to(request, f"/desk/{song.call_id}/next?after={song_id}")


@acts("/desk/songs/{song_id:str}/abstain")
def leave_to_others(
    request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], data: Form
) -> Response[str]:
    """Not this song, not by this curator."""
    fields = Fields(data)
    with work.write(member) as uow:
        song = listening_copy(uow, member, song_id)
        abstain(uow, member, song_id, fields.text("reason"), conflict=fields.flag("conflict"))
    return go_to(request, f"/desk/{song.call_id}/next?after={song_id}")


@put(
    "/api/desk/songs/{song_id:str}/heard",
    sync_to_thread=True,
    tags=["desk"],
    operation_id="noteHeard",
    responses=may_refuse(),
)
def note(work: WorkHere, member: Member, song_id: FromPath[str], data: JSONBody[NoteHeard]) -> NotedHeard:
    """Keep what a curator has heard of a song, and the draft of their score. Seconds are added to those known."""
    with work.write(member) as uow:
        heard = note_heard(uow, member, song_id, data.ranges, data.length_s, Draft(data.scores, data.comment))
    return _noted(heard)


def _desk_of(mine: tuple[Desk, ...], call_id: str) -> Desk:
    for desk in mine:
        if desk.call.id == call_id:
            return desk
    raise NotAssigned(call_id)


def _score(value: str) -> int | None:
    # A superscript is a digit to Python, and no number; no rubric goes as far as five digits.
    return int(value) if re.fullmatch("[0-9]{1,4}", value) else None


def _noted(heard: Heard) -> NotedHeard:
    return NotedHeard(
        ranges=list(heard.ranges),
        heard_s=heard.heard_s,
        part=heard.part,
        enough=heard.part >= ENOUGH,
        noted_at=heard.noted_at.isoformat() if heard.noted_at else "",
    )


handlers: list[Any] = [
    my_desks,
    call_desk,
    next_on_desk,
    song_on_desk,
    send_score,
    leave_to_others,
    note,
]
