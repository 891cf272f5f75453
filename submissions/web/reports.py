"""The listening report on a song: what the machine heard, in words that an artist can use."""

from datetime import timedelta
from typing import Any, Final

from litestar import Response
from litestar.params import FromPath

from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import Work
from opencall.kernel.web.forms import Fields, FieldWrong, Form
from opencall.kernel.web.lanes import lanes_of
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, page, shows
from submissions.files import cast_stem
from submissions.material import Part
from submissions.queries import song_page
from submissions.report_reading import read_report
from submissions.reports import request_report
from submissions.states import SONG_TRANSITIONS, SongEvent
from submissions.web.report_pictures import drawing_of
from submissions.web.roles import ROLES

# A report that takes longer was stopped; asking again takes it up.
SLOW: Final = timedelta(minutes=10)


@shows("/submissions/{song_id:str}/report")
def show_report(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """The whole page."""
    return page(request, "submissions/artist/report.html", **_facts(work, member, song_id))


@shows("/submissions/{song_id:str}/report/panel")
def show_report_panel(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """What changes on it while the report is being made."""
    return page(request, "submissions/artist/report-panel.html", **_facts(work, member, song_id))


@acts("/submissions/{song_id:str}/report")
def ask(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """Have the files of the song listened to as they are now."""
    with work.write(member) as uow:
        request_report(uow, member, song_id)
    return go_to(request, f"/submissions/{song_id}/report")


def _facts(work: Work, member: Principal, song_id: str) -> dict[str, Any]:
    with work.read(member) as uow:
        shown, now = song_page(uow, member, song_id), uow.clock.now()
    report = shown.report
    heard = None if report is None or report.findings is None else read_report(report.findings, shown.files, shown.same)
    return {
        "song": shown.song,
        "call": shown.call,
        "files": shown.files,
        "has_mix": any(file.part is Part.MIX for file in shown.files),
        "report": report,
        "heard": heard,
        "left_over": None if heard is None else lanes_of(heard.total.rest),
        "drawing_of": drawing_of,
        "roles": ROLES,
        "is_slow": report is not None and report.verdict is None and now - report.requested_at > SLOW,
        "may_change": (shown.song.state, SongEvent.EDIT) in SONG_TRANSITIONS and now < shown.call.closes_at,
        "may_ask": (shown.song.state, SongEvent.ADD_STEMS) in SONG_TRANSITIONS,
    }


@acts("/submissions/{song_id:str}/report/roles/{file_id:str}")
def say_role(
    request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], file_id: FromPath[str], data: Form
) -> Response[str]:
    """What a stem is, in its artist's words; none leaves it to the guess. The line comes back as it reads now."""
    role = Fields(data).text("role")
    if role and role not in ROLES:
        raise FieldWrong("role", "The role", "choose one of the list")
    with work.write(member) as uow:
        cast_stem(uow, member, song_id, file_id, role)
    if request.headers.get("hx-request") != "true":
        return go_to(request, f"/submissions/{song_id}/report#stem-{file_id}")
    facts = _facts(work, member, song_id)
    stems = () if facts["heard"] is None else facts["heard"].stems
    file = next((one for one in stems if one.file_id == file_id), None)
    return page(request, "submissions/artist/stem-said.html", **facts, file=file)


handlers = [say_role, show_report, show_report_panel, ask]
