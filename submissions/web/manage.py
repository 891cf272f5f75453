"""The manager's calls: their terms as a form, what they look like in numbers, and who listens for them."""

from typing import Any
from zoneinfo import available_timezones

from litestar import Response
from litestar.params import FromPath, FromQuery

from opencall.kernel.principal import Role, require
from opencall.kernel.web.forms import Fields, Form
from opencall.kernel.web.labels import LabelsHere
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, page, shows
from submissions.calls import close_call, create_call, edit_call, open_call
from submissions.managing import curators_of, managed_call, managed_calls, remind_curator, songs_in_call
from submissions.moves import next_call_state
from submissions.queries import call_overview
from submissions.review import assign_curator, release_curator
from submissions.states import CallEvent, SongState
from submissions.web.call_form import FormValues, terms_of, values_of

SONGS_A_PAGE = 100


@shows("/manage")
def my_calls(request: Visit, work: WorkHere, member: Member) -> Response[str]:
    """Every call with its numbers."""
    with work.read(member) as uow:
        calls = managed_calls(uow, member)
    return page(request, "submissions/manage.html", calls=calls)


@shows("/manage/new")
def new_call(request: Visit, member: Member) -> Response[str]:
    """The form for a call that is not there yet."""
    require(member, Role.MANAGER)
    return _form(request, None, FormValues())


@acts("/manage/new")
def create(request: Visit, work: WorkHere, member: Member, data: Form) -> Response[str]:
    """Keep it as a draft; nobody sees it yet."""
    require(member, Role.MANAGER)
    with work.write(member) as uow:
        call_id = create_call(uow, member, terms_of(data))
    return go_to(request, f"/manage/{call_id}")


@shows("/manage/{call_id:str}/edit")
def edit(request: Visit, work: WorkHere, member: Member, call_id: FromPath[str]) -> Response[str]:
    """The terms of a draft."""
    with work.read(member) as uow:
        call = managed_call(uow, member, call_id)
    next_call_state(call, CallEvent.EDIT)
    return _form(request, call_id, values_of(call))


@acts("/manage/{call_id:str}/edit")
def save(request: Visit, work: WorkHere, member: Member, call_id: FromPath[str], data: Form) -> Response[str]:
    """New terms in place of the old."""
    with work.write(member) as uow:
        managed_call(uow, member, call_id)
        edit_call(uow, member, call_id, terms_of(data))
    return go_to(request, f"/manage/{call_id}")


@shows("/manage/{call_id:str}/preview")
def preview(request: Visit, work: WorkHere, member: Member, call_id: FromPath[str]) -> Response[str]:
    """What artists will read."""
    with work.read(member) as uow:
        call = managed_call(uow, member, call_id)
    return page(
        request, "submissions/manage-preview.html", call=call, weight=sum(one.weight for one in call.categories)
    )


@shows("/manage/{call_id:str}")
def overview(
    request: Visit,
    work: WorkHere,
    member: Member,
    labels: LabelsHere,
    call_id: FromPath[str],
    reminded: FromQuery[str | None] = None,
) -> Response[str]:
    """One call: where its songs are, who has heard how much, and the next step."""
    with work.read(member) as uow:
        seen = call_overview(uow, member, call_id)
        curators = curators_of(uow, member, call_id)
        names = labels.people(uow, (line.curator_id for line in curators))
        now = uow.clock.now()
    sent = sum(n for state, n in seen.songs.items() if state not in {SongState.DRAFT, SongState.WITHDRAWN})
    return page(
        request,
        "submissions/manage-call.html",
        seen=seen,
        call=seen.call,
        curators=curators,
        names=names,
        now=now,
        reminded=names.get(reminded or ""),
        sent=sent,
        states=[(state, seen.songs[state]) for state in SongState if seen.songs.get(state)],
    )


@shows("/manage/{call_id:str}/songs")
def songs(
    request: Visit,
    work: WorkHere,
    member: Member,
    call_id: FromPath[str],
    only: FromQuery[SongState | None] = None,
    part: FromQuery[int] = 1,
) -> Response[str]:
    """The songs of a call, by state."""
    at = max(1, part)
    with work.read(member) as uow:
        seen = call_overview(uow, member, call_id)
        listed = songs_in_call(uow, member, call_id, SONGS_A_PAGE + 1, (at - 1) * SONGS_A_PAGE, only)
    return page(
        request,
        "submissions/manage-songs.html",
        call=seen.call,
        songs=listed[:SONGS_A_PAGE],
        more=len(listed) > SONGS_A_PAGE,
        at=at,
        only=only,
        states=[(one, seen.songs[one]) for one in SongState if seen.songs.get(one) and one is not SongState.DRAFT],
    )


@acts("/manage/{call_id:str}/open")
def open_it(request: Visit, work: WorkHere, member: Member, call_id: FromPath[str]) -> Response[str]:
    """From now on the terms are a promise; the fund sets the budget aside."""
    with work.write(member) as uow:
        open_call(uow, member, call_id)
    return go_to(request, f"/manage/{call_id}")


@acts("/manage/{call_id:str}/close")
def close_it(request: Visit, work: WorkHere, member: Member, call_id: FromPath[str]) -> Response[str]:
    """The deadline is past: curators may listen."""
    with work.write(member) as uow:
        close_call(uow, member, call_id)
    return go_to(request, f"/manage/{call_id}")


@acts("/manage/{call_id:str}/curators")
def seat(request: Visit, work: WorkHere, member: Member, call_id: FromPath[str], data: Form) -> Response[str]:
    """A curator more."""
    with work.write(member) as uow:
        assign_curator(uow, member, call_id, Fields(data).needed("curator_id", "Curator"))
    return go_to(request, f"/manage/{call_id}")


@acts("/manage/{call_id:str}/curators/{curator_id:str}/release")
def unseat(
    request: Visit, work: WorkHere, member: Member, call_id: FromPath[str], curator_id: FromPath[str]
) -> Response[str]:
    """A curator less; what they sent still counts."""
    with work.write(member) as uow:
        release_curator(uow, member, call_id, curator_id)
    return go_to(request, f"/manage/{call_id}")


@acts("/manage/{call_id:str}/curators/{curator_id:str}/remind")
def remind(
    request: Visit, work: WorkHere, member: Member, call_id: FromPath[str], curator_id: FromPath[str], data: Form
) -> Response[str]:
    """A letter to a curator whose desk has songs left."""
    with work.write(member) as uow:
        remind_curator(uow, member, call_id, curator_id, Fields(data).text("word"))
    return go_to(request, f"/manage/{call_id}?reminded={curator_id}")


def _form(request: Visit, call_id: str | None, values: FormValues) -> Response[str]:
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/")))
    return page(request, "submissions/manage-form.html", call_id=call_id, values=values, zones=zones)


handlers: list[Any] = [
    my_calls,
    new_call,
    create,
    edit,
    save,
    preview,
    overview,
    songs,
    open_it,
    close_it,
    seat,
    unseat,
    remind,
]
