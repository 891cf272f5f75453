"""My songs: what waits for an answer first, and the page of each song that is no draft any more."""

from datetime import UTC, datetime

from litestar import Response
from litestar.params import FromPath

from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import Work
from opencall.kernel.web.forms import Fields, Form
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, page, shows
from submissions.artist_queries import MySong, my_songs, receipts_of, shares_for
from submissions.publication import take_down
from submissions.queries import song_page
from submissions.states import SONG_TRANSITIONS, CallState, OfferState, SongEvent, SongState
from submissions.versions import withdraw_song
from submissions.web import stations


@shows("/submissions")
def list_mine(request: Visit, work: WorkHere, member: Member) -> Response[str]:
    """Every song of mine; those that wait for my answer first and largest."""
    with work.read(member) as uow:
        mine, now = sorted(my_songs(uow, member), key=_soonest_first), uow.clock.now()
        shares = sum(share.confirmation is None and share.offer is not None for share in shares_for(uow, member))
    lines = [
        {
            "song": one.song,
            "call": one.call,
            "offer": one.offer,
            "word": one.word,
            "standing": stations.standing_of(one.song, one.call, one.offer, now),
            "way": stations.path_of(one.song, one.call),
            "left": stations.left_until(one.call.closes_at, now),
        }
        for one in mine
    ]
    return page(
        request,
        "submissions/artist/mine.html",
        shares=shares,
        waiting=[line for line, one in zip(lines, mine, strict=True) if stations.waits_for_artist(one.song)],
        others=[line for line, one in zip(lines, mine, strict=True) if not stations.waits_for_artist(one.song)],
    )


def show_status(request: Visit, work: Work, member: Principal, song_id: str) -> Response[str]:
    """The page of a song of mine that is no draft any more. Raises `NotYours`."""
    with work.read(member) as uow:
        shown, receipts, now = song_page(uow, member, song_id), receipts_of(uow, song_id), uow.clock.now()
    song, call = shown.song, shown.call
    return page(
        request,
        "submissions/artist/status.html",
        song=song,
        call=call,
        offer=shown.offer,
        has_report=shown.report is not None,
        receipts=receipts,
        standing=stations.standing_of(song, call, shown.offer, now),
        way=stations.path_of(song, call),
        trail=stations.trail_of(song, call, shown.history),
        word=next((one.note for one in reversed(shown.history) if one.note and one.event in _SAID), ""),
        is_approved=stations.approved(song),
        is_collecting=call.state is CallState.OPEN and now < call.closes_at,
        left=stations.left_until(call.closes_at, now),
        may_withdraw=(song.state, SongEvent.WITHDRAW) in SONG_TRANSITIONS,
        may_take_down=song.state in (SongState.PUBLISHED, SongState.PAID),
    )


def _soonest_first(one: MySong) -> tuple[bool, datetime]:
    """Offers by their last moment; what has none follows, and keeps the order of the list."""
    is_open = one.offer is not None and one.offer.state is OfferState.OPEN
    return not is_open, one.offer.expires_at if one.offer and is_open else _NO_HURRY


_NO_HURRY = datetime.max.replace(tzinfo=UTC)
_SAID = (SongEvent.DECLINE, SongEvent.TAKE_DOWN, SongEvent.SEND_BACK)


@acts("/submissions/{song_id:str}/withdraw")
def withdraw(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """Take the song back."""
    with work.write(member) as uow:
        withdraw_song(uow, member, song_id)
    return go_to(request, f"/submissions/{song_id}")


@acts("/submissions/{song_id:str}/take-down")
def take_song_down(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], data: Form) -> Response[str]:
    """Take a published song off the public page, for good."""
    with work.write(member) as uow:
        take_down(uow, member, song_id, Fields(data).text("reason"))
    return go_to(request, f"/submissions/{song_id}")


handlers = [list_mine, withdraw, take_song_down]
