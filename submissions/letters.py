"""What people read from us. Plain words, one letter a thing, queued with the act that it tells of."""

import msgspec

from opencall.kernel.letter import Action, Letter
from opencall.kernel.mail import queue_letter
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.material import Contributor
from submissions.rows import Call, Offer, Song
from submissions.spoken_time import spoken

_SENT_US = "You get this letter because you sent us a song."


def send_receipt(uow: UnitOfWork, song: Song, call: Call, version: int, sha256: str) -> None:
    """A version was frozen."""
    letter = Letter(
        subject=f"We have “{song.details.title}”, version {version}",
        news=f"“{song.details.title}” is with us, as version {version}.",
        paragraphs=(
            f"Until {spoken(call.closes_at, call.timezone)} you can change everything and submit again; the last "
            "version counts. You can withdraw it at any time before you have an answer.",
            "After that, curators hear your song without knowing whose it is. Everybody gets their answer on the same "
            "day.",
        ),
        facts=(("Receipt of this version (SHA-256)", sha256),),
        action=Action("See your song", _page(uow, song)),
        about=call.title,
    )
    _send(uow, song, letter)


def send_withdrawal(uow: UnitOfWork, song: Song, call: Call) -> None:
    """The artist took the song back."""
    letter = Letter(
        subject=f"“{song.details.title}” is withdrawn",
        news=f"You have withdrawn “{song.details.title}” from {call.title}.",
        paragraphs=(
            "Nobody will listen to it for this call any more. While the call is open you are welcome to send another "
            "song.",
        ),
        action=Action("See the call", uow.address(f"/calls/{call.id}")),
        about=call.title,
    )
    _send(uow, song, letter)


def send_offer(uow: UnitOfWork, song: Song, call: Call, offer: Offer, moved_up: bool) -> None:
    """The song was chosen, at once or from the waiting list."""
    title = song.details.title
    letter = Letter(
        subject=f"“{title}” {'has moved up' if moved_up else 'was chosen'}",
        news=(
            f"A place has become free in {call.title}, and “{title}” was next on the list."
            if moved_up
            else f"“{title}” was chosen for {call.title}."
        ),
        paragraphs=("Here is what we offer. Nothing is published before you have heard it and said yes.",),
        facts=(
            ("Reward", f"{money(offer.amount_minor, offer.currency)}, shared as you told us"),
            ("360 mix", "made with you"),
            ("Licence", offer.licence_version),
            ("Answer by", spoken(offer.expires_at, call.timezone)),
        ),
        action=Action("See the offer and answer", _page(uow, song, "/offer")),
        more=(
            "Before you can accept, everybody who has a share confirms it. We have written to each of them.",
            "If you do not answer by then, the next song on the list gets the place. You can also decline; no reason "
            "needed.",
        ),
        about=call.title,
    )
    _send(uow, song, letter)


def send_share_asked(uow: UnitOfWork, song: Song, call: Call, offer: Offer, contributor: Contributor) -> None:
    """Somebody with a share of an offered song is to confirm it; they may never have heard of us."""
    letter = Letter(
        subject=share_subject(song),
        news=f"“{song.details.title}” was chosen for {call.title}, and a share of its reward is yours.",
        paragraphs=(
            f"{song.details.artist_name} named you as one of the people who made it. Confirm your share and say where "
            "it is to be paid; before everybody has, the offer cannot be accepted.",
        ),
        facts=(
            ("Your part", contributor.part or "not said"),
            ("Your share", f"{contributor.basis_points / 100:.2f} % of {money(offer.amount_minor, offer.currency)}"),
            ("Confirm by", spoken(offer.expires_at, call.timezone)),
        ),
        action=Action("Confirm your share", uow.address("/shares")),
        more=(
            f"Sign in with this very address, {contributor.email}; if you have no account, make one with it. If the "
            f"share is not what you agreed, talk to {song.details.artist_name} before you confirm.",
        ),
        about=call.title,
        why=f"You get this letter because {song.details.artist_name} named you. If you do not know what this is "
        "about, do nothing: nothing is confirmed without you.",
    )
    queue_letter(uow, contributor.email, letter)


def share_subject(song: Song) -> str:
    """The subject of the letter about a share."""
    return f"Confirm your share of “{song.details.title}”"


def send_waitlisted(uow: UnitOfWork, song: Song, call: Call, position: int) -> None:
    """The song waits for a place."""
    letter = Letter(
        subject=f"“{song.details.title}” is on the waiting list",
        news=f"“{song.details.title}” is number {position} on the waiting list of {call.title}.",
        paragraphs=(
            "If an artist before you gives up a place, it moves up by itself and we write to you at once. There is "
            "nothing you have to do; you can withdraw whenever you like.",
        ),
        action=Action("See your song", _page(uow, song)),
        about=call.title,
    )
    _send(uow, song, letter)


def send_decline(uow: UnitOfWork, song: Song, call: Call, word: str) -> None:
    """The song was not chosen; `word` is what a person wrote about it."""
    letter = Letter(
        subject=f"Our answer about “{song.details.title}”",
        news=f"“{song.details.title}” was not chosen for {call.title} this time.",
        paragraphs=(
            "We know that this is not the letter that you hoped for, and we thank you for letting us hear it.",
        ),
        quoting="For you, from one of us:",
        quote=word,
        action=Action("See your song and its listening report", _page(uow, song)),
        about=call.title,
    )
    _send(uow, song, letter)


def send_offer_accepted(uow: UnitOfWork, song: Song, offer: Offer) -> None:
    """The artist said yes."""
    letter = Letter(
        subject=f"You are in: “{song.details.title}”",
        news=f"You have accepted the offer for “{song.details.title}” under licence {offer.licence_version}.",
        paragraphs=(
            f"{money(offer.amount_minor, offer.currency)} is set aside, shared as everybody has confirmed.",
            "An engineer begins with the 360 mix. We write to you when there is something to hear.",
        ),
        action=Action("See your song", _page(uow, song)),
    )
    _send(uow, song, letter)


def send_offer_declined(uow: UnitOfWork, song: Song, call: Call) -> None:
    """The artist said no."""
    letter = Letter(
        subject=f"You have declined the offer for “{song.details.title}”",
        news=f"You have declined the offer for “{song.details.title}” in {call.title}.",
        paragraphs=(
            "All rights in it are yours alone. Thank you for telling us: the next song on the list gets the place "
            "today.",
        ),
        about=call.title,
    )
    _send(uow, song, letter)


def send_offer_expired(uow: UnitOfWork, song: Song, call: Call, offer: Offer) -> None:
    """Nobody answered in time."""
    letter = Letter(
        subject=f"The offer for “{song.details.title}” has ended",
        news=f"We had no answer about “{song.details.title}” by {spoken(offer.expires_at, call.timezone)}.",
        paragraphs=(
            f"So the place in {call.title} has gone to the next song on the list. All rights in the song are yours "
            "alone. If something kept you, write to us.",
        ),
        about=call.title,
    )
    _send(uow, song, letter)


def send_render_ready(uow: UnitOfWork, song: Song, *, is_upmix: bool) -> None:
    """There is something to hear and to approve; of what it was made, where that was the stereo mix alone."""
    made_of = ("It is an upmix from your stereo mix, because there were no stems; everybody who hears it is told.",)
    letter = Letter(
        subject=f"Listen to the 360 mix of “{song.details.title}”",
        news=f"The 360 mix of “{song.details.title}” is ready for your ears.",
        paragraphs=(
            "Headphones are enough. Approve it, or send it back and say what should change. Nothing is published "
            "without your yes.",
            *(made_of if is_upmix else ()),
        ),
        action=Action("Listen and answer", _page(uow, song, "/render")),
    )
    _send(uow, song, letter)


def send_published(uow: UnitOfWork, song: Song, slug: str) -> None:
    """The song is public."""
    letter = Letter(
        subject=f"“{song.details.title}” is public",
        news=f"“{song.details.title}” and its story are published.",
        paragraphs=("The reward is due now; everybody with a share gets a statement when it is paid.",),
        action=Action("See it as everybody does", uow.address(f"/songs/{slug}")),
    )
    _send(uow, song, letter)


def send_taken_down(uow: UnitOfWork, song: Song, reason: str) -> None:
    """The song is public no longer."""
    letter = Letter(
        subject=f"“{song.details.title}” was taken down",
        news=f"“{song.details.title}” is no longer public.",
        quoting="The reason we noted:",
        quote=reason,
        action=Action("See your song", _page(uow, song)),
        more=("What is owed to you for it stays owed. If this is wrong, write to us.",),
    )
    _send(uow, song, letter)


def send_paid(uow: UnitOfWork, song: Song) -> None:
    """Everybody with a share was paid."""
    letter = Letter(
        subject=f"“{song.details.title}” is paid",
        news=f"The bank has confirmed it: everybody with a share in “{song.details.title}” has been paid.",
        paragraphs=("Thank you for the song.",),
        action=Action("See your payments", uow.address("/payments")),
    )
    _send(uow, song, letter)


def reminder(call: Call, waiting: int, word: str) -> tuple[str, str]:
    """Subject and text for a curator whose desk has songs left; no title, because songs are heard blind."""
    songs = "1 song waits" if waiting == 1 else f"{waiting} songs wait"
    quoted = "\n".join(f"> {line}" for line in word.strip().splitlines())
    own = f"\n\nFrom the programme:\n\n{quoted}" if quoted else ""
    return (
        f"{songs} for you: {call.title}",
        f"{songs} on your listening desk for {call.title}. What you have heard and scored so far is kept; you go on "
        f"where you stopped, under Listening desk.{own}\n\n"
        "If you have no time left for it, write to us, and we ask somebody else.\n\nOpencall\n",
    )


def money(amount_minor: int, currency: str) -> str:
    """An amount for reading, as in `EUR 1,500.00`; in letters no sign of a currency stands for two of them."""
    from iso4217 import Currency  # reads the whole list of currencies when imported

    digits = Currency(currency).exponent or 0
    whole, part = divmod(amount_minor, 10**digits)
    return f"{currency} {whole:,}" + (f".{part:0{digits}d}" if digits else "")


def _page(uow: UnitOfWork, song: Song, below: str = "") -> str:
    return uow.address(f"/submissions/{song.id}{below}")


def _send(uow: UnitOfWork, song: Song, letter: Letter) -> None:
    # An artist whose account has no address reads the same on their page.
    if song.artist_email:
        queue_letter(uow, song.artist_email, msgspec.structs.replace(letter, why=_SENT_US))
