"""The board: songs in order with the line drawn through them, what each is to hear, the lottery, and the release."""

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery

from opencall.kernel.web.forms import Fields, FieldWrong, Form
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, page, shows
from opencall.kernel.web.slices import part_with, slice_of
from submissions.choosing import Selection, selection_of, what_hinders
from submissions.looking import Look, Show, Sort, counts_of, look_at
from submissions.managing import managed_call
from submissions.outcomes import release_outcomes
from submissions.queries import call_overview
from submissions.ranking import Standing
from submissions.rows import find_song
from submissions.selection import (
    Outcome,
    Places,
    decide,
    decide_together,
    draw_lottery,
    fill_decisions,
)
from submissions.states import CallState

SONGS_A_PAGE: Final = 50
# The scale of an interval's picture, in its own units.
_WIDTH = 240


class Interval(msgspec.Struct, frozen=True):
    """Where the parts of an interval's picture lie, and the same in words."""

    x: int
    width: int
    at: int
    raw: int
    words: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the board; `place` counts from 0 over all pages."""

    place: int
    standing: Standing
    interval: Interval | None


class Scale(msgspec.Struct, frozen=True):
    """What the pictures of all intervals share: the scores at their ends, and where the line is."""

    low: float
    high: float
    line: int | None

    def x(self, score: float) -> int:
        return round(_WIDTH * (score - self.low) / (self.high - self.low))


@shows("/manage/{call_id:str}/selection")
def board(
    request: Visit,
    work: WorkHere,
    member: Member,
    call_id: FromPath[str],
    places: FromQuery[int | None] = None,
    show: FromQuery[Show | None] = None,
    sort: FromQuery[Sort] = Sort.RANK,
    find: FromQuery[str] = "",
    part: FromQuery[int | None] = None,
) -> Response[str]:
    """The board, or the part of it that is looked for; `places` asks what if, and changes nothing."""
    look = Look(show, sort, find.strip()[:200])
    with work.read(member) as uow:
        call = managed_call(uow, member, call_id)
        if call.state is not CallState.CLOSED:
            return page(request, "submissions/board-closed.html", call=call)
        selection = selection_of(uow, member, call_id, places)
        seen = call_overview(uow, member, call_id)
    listed = look_at(selection, look)
    line_part = part_with(selection.board.places - 1, SONGS_A_PAGE)
    if part is None:
        part = line_part if look.plain and places is not None else 1
    asked = {"show": look.show, "sort": None if look.sort is Sort.RANK else look.sort, "find": look.find}
    cut = slice_of(len(listed), SONGS_A_PAGE, part, f"/manage/{call_id}/selection", places=places, **asked)
    scale = scale_of(selection)
    rows = [
        Row(place=one.place, standing=one.standing, interval=interval_of(one.standing, scale))
        for one in listed[cut.start : cut.stop]
    ]
    return page(
        request,
        "submissions/board.html",
        one=selection,
        call=call,
        seen=seen,
        rows=rows,
        scale=scale,
        look=look,
        counts=counts_of(selection),
        cut=cut,
        line_part=min(line_part, cut.parts),
        back=urlencode({key: value for key, value in (*asked.items(), ("part", cut.part)) if value}),
        waiting=selection.count(Outcome.WAITLIST),
    )


@acts("/manage/{call_id:str}/selection/mark")
def mark(request: Visit, work: WorkHere, member: Member, call_id: FromPath[str], data: Form) -> Response[str]:
    """One outcome for every song that is marked."""
    fields = Fields(data)
    with work.write(member) as uow:
        decide_together(
            uow, member, call_id, fields.many("song"), _outcome(fields.text("outcome")), fields.text("word")
        )
    # Read and written anew: what comes back leads to this board, whatever it says.
    back = urlencode(parse_qsl(fields.text("back")))
    return go_to(request, f"/manage/{call_id}/selection{'?' if back else ''}{back}")


@acts("/manage/{call_id:str}/selection/fill")
def fill(request: Visit, work: WorkHere, member: Member, call_id: FromPath[str], data: Form) -> Response[str]:
    """Outcomes for all songs by their place on the board; each may be changed afterwards."""
    fields = Fields(data)
    places = Places(fields.whole("offers", "Offers"), fields.whole("waiting", "Places on the waiting list"))
    with work.write(member) as uow:
        order = selection_of(uow, member, call_id, places.offers).board.order
        fill_decisions(uow, member, call_id, [one.song_id for one in order], places)
    return go_to(request, f"/manage/{call_id}/selection")


@acts("/manage/{call_id:str}/selection/lottery")
def lottery(request: Visit, work: WorkHere, member: Member, call_id: FromPath[str], data: Form) -> Response[str]:
    """The seed is published, once."""
    with work.write(member) as uow:
        draw_lottery(uow, member, call_id, Fields(data).text("seed"))
    return go_to(request, f"/manage/{call_id}/selection")


@shows("/manage/{call_id:str}/selection/words")
def next_word(request: Visit, work: WorkHere, member: Member, call_id: FromPath[str]) -> Response[str]:
    """On to the next declined song that has no word for its artist; back to the board when all have one."""
    with work.read(member) as uow:
        wordless = selection_of(uow, member, call_id).wordless
    return go_to(request, f"/manage/songs/{wordless[0]}?then=words" if wordless else f"/manage/{call_id}/selection")


@acts("/manage/songs/{song_id:str}/decide")
def decide_one(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], data: Form) -> Response[str]:
    """What one song is to hear, with its word."""
    fields = Fields(data)
    with work.write(member) as uow:
        decide(uow, member, song_id, _outcome(fields.text("outcome")), fields.text("word"))
        call_id = find_song(uow, song_id).call_id
    if fields.text("then") == "words":
        return go_to(request, f"/manage/{call_id}/selection/words")
    return go_to(request, f"/manage/songs/{song_id}")


@shows("/manage/{call_id:str}/release")
def before_release(request: Visit, work: WorkHere, member: Member, call_id: FromPath[str]) -> Response[str]:
    """What would be mailed, to whom, and what still hinders it."""
    with work.read(member) as uow:
        call = managed_call(uow, member, call_id)
        if call.state is not CallState.CLOSED:
            return page(request, "submissions/board-closed.html", call=call)
        selection = selection_of(uow, member, call_id)
    by_outcome = {
        outcome.value: [
            one.song_id
            for one in selection.board.order
            if one.song_id in selection.decisions and selection.decisions[one.song_id].outcome is outcome
        ]
        for outcome in Outcome
    }
    return page(
        request,
        "submissions/board-release.html",
        call=call,
        one=selection,
        hindrances=[(refusal.code, str(refusal)) for refusal in what_hinders(selection)],
        by_outcome=by_outcome,
        letters=sum(map(len, by_outcome.values())),
        cost_minor=len(by_outcome[Outcome.OFFER]) * call.reward_minor,
    )


@acts("/manage/{call_id:str}/release")
def release(request: Visit, work: WorkHere, member: Member, call_id: FromPath[str], data: Form) -> Response[str]:
    """Everybody is told at once. The number of letters is typed again, so that nobody does it by a slip."""
    typed = Fields(data).needed("typed", "Number of letters")
    with work.write(member) as uow:
        call = managed_call(uow, member, call_id)
        letters = len(selection_of(uow, member, call_id).decisions)
        if typed != str(letters) and typed.casefold() != call.title.strip().casefold():
            raise FieldWrong("typed", "Number of letters", f"{letters} letters would go out, and you typed “{typed}”")
        release_outcomes(uow, member, call_id)
    return go_to(request, f"/manage/{call_id}")


def scale_of(selection: Selection) -> Scale:
    """One scale for all intervals, cut to what is there."""
    estimates = [one.calibrated for one in selection.board.order if one.calibrated is not None]
    means = [one.mean for one in selection.board.order if one.mean is not None]
    if not estimates:
        return Scale(1.0, 5.0, None)
    low = min(*(one.low for one in estimates), *means)
    high = max(*(one.high for one in estimates), *means)
    room = 0.03 * (high - low) or 0.5  # so that nothing is cut off at the edge
    scale = Scale(low - room, high + room, None)
    line = selection.board.line
    return scale if line is None else msgspec.structs.replace(scale, line=scale.x(line))


def interval_of(one: Standing, scale: Scale) -> Interval | None:
    """The picture of a song's interval; None without a score."""
    if one.calibrated is None or one.mean is None:
        return None
    low, high = scale.x(one.calibrated.low), scale.x(one.calibrated.high)
    words = f"{one.calibrated.score:.2f}, between {one.calibrated.low:.2f} and {one.calibrated.high:.2f}"
    return Interval(low, max(2, high - low), scale.x(one.calibrated.score) - 2, scale.x(one.mean), words)


def _outcome(value: str) -> Outcome:
    try:
        return Outcome(value)
    except ValueError:
        raise FieldWrong("outcome", "Outcome", "choose offer, waiting list or decline") from None


handlers: list[Any] = [board, mark, fill, lottery, next_word, decide_one, before_release, release]
