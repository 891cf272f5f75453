"""The offer for a song, and the shares of everybody who made it."""

from litestar import Response
from litestar.params import FromPath

from opencall.kernel.principal import NotYours
from opencall.kernel.web.forms import Fields, Form
from opencall.kernel.web.pages import Member, Visit, WorkHere, acts, go_to, page, shows
from submissions.artist_queries import shares_for
from submissions.offers import accept_offer, decline_offer, offer_of, remind
from submissions.queries import song_page
from submissions.rows import Offer
from submissions.splits import confirm_split, standing_shares
from submissions.spoken_time import spoken
from submissions.states import OfferState
from submissions.terms import StemsDue
from submissions.web.stations import within


@shows("/submissions/{song_id:str}/offer")
def show_offer(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """Amount, licence, last moment; who has confirmed a share, and who has not."""
    with work.read(member) as uow:
        shown, now = song_page(uow, member, song_id), uow.clock.now()
        offer = shown.offer
        if offer is None:
            raise NotYours("offer", song_id)
        shares = standing_shares(uow, shown.song)
    is_open = offer.state is OfferState.OPEN and now < offer.expires_at
    return page(
        request,
        "submissions/artist/offer.html",
        song=shown.song,
        call=shown.call,
        offer=offer,
        is_open=is_open,
        within=within(offer.expires_at, now),
        shares=[
            {
                "person": one.contributor,
                "confirmed_at": one.confirmation.confirmed_at if one.confirmation else None,
                "is_me": one.contributor.email.casefold() == member.email.casefold() != "",
                "amount_minor": offer.amount_minor * one.contributor.basis_points // 10_000,
            }
            for one in shares
        ],
        missing=[one.contributor.name for one in shares if one.confirmation is None],
        stems_welcome=is_open and shown.call.stems is StemsDue.AFTER_SELECTION,
        spoken=spoken,
    )


@acts("/submissions/{song_id:str}/offer/accept")
def accept(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], data: Form) -> Response[str]:
    """Yes, under the licence that was ticked."""
    licence_version = Fields(data).needed("licence_version", "The licence")
    with work.write(member) as uow:
        accept_offer(uow, member, _offer(offer_of(uow, member, song_id), song_id).id, licence_version)
    return go_to(request, f"/submissions/{song_id}")


@acts("/submissions/{song_id:str}/offer/decline")
def decline(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], data: Form) -> Response[str]:
    """No, with a word if there is one."""
    with work.write(member) as uow:
        offer = _offer(offer_of(uow, member, song_id), song_id)
        decline_offer(uow, member, offer.id, Fields(data).text("word"))
    return go_to(request, f"/submissions/{song_id}")


@acts("/submissions/{song_id:str}/offer/remind/{contributor_id:str}")
def remind_somebody(
    request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], contributor_id: FromPath[str]
) -> Response[str]:
    """Write once more to somebody who has not confirmed."""
    with work.write(member) as uow:
        remind(uow, member, song_id, contributor_id)
    return go_to(request, f"/submissions/{song_id}/offer")


@shows("/shares")
def list_shares(request: Visit, work: WorkHere, member: Member) -> Response[str]:
    """What has my address and waits for my word; and what I have confirmed."""
    with work.read(member) as uow:
        shares, now = shares_for(uow, member), uow.clock.now()
    return page(
        request,
        "submissions/artist/shares.html",
        waiting=[share for share in shares if share.confirmation is None],
        confirmed=[share for share in shares if share.confirmation is not None],
        within={share.offer.id: within(share.offer.expires_at, now) for share in shares if share.offer},
    )


@acts("/shares/{song_id:str}/{contributor_id:str}")
def confirm_share(
    request: Visit,
    work: WorkHere,
    member: Member,
    song_id: FromPath[str],
    contributor_id: FromPath[str],
    data: Form,
) -> Response[str]:
    """Agree to a share, to be paid to an account of one's own."""
    fields = Fields(data)
    # Several shares stand on one page, so each one's choice has a name of its own.
    payee_id = fields.text(f"payee-{contributor_id}")
    basis_points = fields.whole("basis_points", "Your share")
    with work.write(member) as uow:
        confirm_split(uow, member, song_id, contributor_id, basis_points, payee_id)
    return go_to(request, "/shares")


def _offer(offer: Offer | None, song_id: str) -> Offer:
    if offer is None:
        raise NotYours("offer", song_id)
    return offer


handlers = [show_offer, accept, decline, remind_somebody, list_shares, confirm_share]
