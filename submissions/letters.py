"""What people read from us. Plain words, one letter a thing, queued with the act that it tells of."""

from opencall.kernel.mail import queue_mail
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.rows import Call, Offer, Song
from submissions.spoken_time import spoken


def send_receipt(uow: UnitOfWork, song: Song, call: Call, version: int, sha256: str) -> None:
    """A version was frozen."""
    _send(
        uow,
        song,
        f"We have “{song.details.title}”, version {version}",
        f"Thank you. “{song.details.title}” is with us for {call.title}, as version {version}.\n\n"
        f"Until {spoken(call.closes_at, call.timezone)} you can change everything and submit again; the last version "
        "counts. You can withdraw it at any time before you have an answer.\n\n"
        "After that, curators hear your song without knowing whose it is. Everybody gets their answer on the same "
        "day.\n\n"
        f"The receipt of this version (SHA-256):\n{sha256}",
    )


def send_withdrawal(uow: UnitOfWork, song: Song, call: Call) -> None:
    """The artist took the song back."""
    _send(
        uow,
        song,
        f"“{song.details.title}” is withdrawn",
        f"You have withdrawn “{song.details.title}” from {call.title}. Nobody will listen to it for this call any "
        "more. While the call is open you are welcome to send another song.",
    )


def send_offer(uow: UnitOfWork, song: Song, call: Call, offer: Offer, moved_up: bool) -> None:
    """The song was chosen, at once or from the waiting list."""
    opening = (
        f"A place has become free in {call.title}, and “{song.details.title}” was next on the list."
        if moved_up
        else f"“{song.details.title}” was chosen for {call.title}. Congratulations."
    )
    _send(
        uow,
        song,
        f"“{song.details.title}” {'has moved up' if moved_up else 'was chosen'}: please answer",
        f"{opening}\n\n"
        f"We offer {money(offer.amount_minor, offer.currency)} and a 360 mix made with you, under licence "
        f"{offer.licence_version}. Nothing is published before you have heard it and said yes.\n\n"
        f"Please answer by {spoken(offer.expires_at, call.timezone)}. After that, the next song on the list gets the "
        "place. Before you can accept, everybody who has a share confirms it.",
    )


def send_waitlisted(uow: UnitOfWork, song: Song, call: Call, position: int) -> None:
    """The song waits for a place."""
    _send(
        uow,
        song,
        f"“{song.details.title}” is on the waiting list",
        f"“{song.details.title}” is number {position} on the waiting list of {call.title}. If an artist before you "
        "gives up a place, it moves up by itself and we write to you at once. There is nothing you have to do; you "
        "can withdraw whenever you like.",
    )


def send_decline(uow: UnitOfWork, song: Song, call: Call, word: str) -> None:
    """The song was not chosen; `word` is what a person wrote about it."""
    _send(
        uow,
        song,
        f"Our answer about “{song.details.title}”",
        f"“{song.details.title}” was not chosen for {call.title} this time. We know that this is not the letter that "
        f"you hoped for, and we thank you for letting us hear it.\n\nFor you, from one of us:\n\n{_quoted(word)}",
    )


def send_offer_accepted(uow: UnitOfWork, song: Song, offer: Offer) -> None:
    """The artist said yes."""
    _send(
        uow,
        song,
        f"You are in: “{song.details.title}”",
        f"You have accepted the offer for “{song.details.title}” under licence {offer.licence_version}. "
        f"{money(offer.amount_minor, offer.currency)} is set aside, shared as everybody has confirmed.\n\n"
        "An engineer begins with the 360 mix. We write to you when there is something to hear.",
    )


def send_offer_declined(uow: UnitOfWork, song: Song, call: Call) -> None:
    """The artist said no."""
    _send(
        uow,
        song,
        f"You have declined the offer for “{song.details.title}”",
        f"You have declined the offer for “{song.details.title}” in {call.title}; all rights in it are yours alone. "
        "Thank you for telling us: the next song on the list gets the place today.",
    )


def send_offer_expired(uow: UnitOfWork, song: Song, call: Call, offer: Offer) -> None:
    """Nobody answered in time."""
    _send(
        uow,
        song,
        f"The offer for “{song.details.title}” has ended",
        f"We had no answer about “{song.details.title}” by {spoken(offer.expires_at, call.timezone)}, so the place in "
        f"{call.title} has gone to the next song on the list. All rights in the song are yours alone. If something "
        "kept you, write to us.",
    )


def send_render_ready(uow: UnitOfWork, song: Song) -> None:
    """There is something to hear and to approve."""
    _send(
        uow,
        song,
        f"Please listen: the 360 mix of “{song.details.title}”",
        f"The 360 mix of “{song.details.title}” is ready for your ears. Headphones are enough.\n\n"
        "Approve it, or send it back and say what should change. Nothing is published without your yes.",
    )


def send_published(uow: UnitOfWork, song: Song, slug: str) -> None:
    """The song is public."""
    _send(
        uow,
        song,
        f"“{song.details.title}” is public",
        f"“{song.details.title}” and its story are published, at songs/{slug}. The reward is due now; everybody with a "
        "share gets a statement when it is paid.",
    )


def send_taken_down(uow: UnitOfWork, song: Song, reason: str) -> None:
    """The song is public no longer."""
    _send(
        uow,
        song,
        f"“{song.details.title}” was taken down",
        f"“{song.details.title}” is no longer public. The reason we noted:\n\n{_quoted(reason)}\n\n"
        "What is owed to you for it stays owed. If this is wrong, write to us.",
    )


def send_paid(uow: UnitOfWork, song: Song) -> None:
    """Everybody with a share was paid."""
    _send(
        uow,
        song,
        f"“{song.details.title}” is paid",
        f"The bank has confirmed it: everybody with a share in “{song.details.title}” has been paid. Thank you for the "
        "song.",
    )


def reminder(call: Call, waiting: int, word: str) -> tuple[str, str]:
    """Subject and text for a curator whose desk has songs left; no title, because songs are heard blind."""
    songs = "1 song waits" if waiting == 1 else f"{waiting} songs wait"
    own = f"\n\nFrom the programme:\n\n{_quoted(word)}" if word.strip() else ""
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


def _send(uow: UnitOfWork, song: Song, subject: str, text: str) -> None:
    # An artist whose account has no address reads the same on their page.
    if song.artist_email:
        queue_mail(uow, song.artist_email, subject[:300], f"{text}\n\nOpencall\n")


def _quoted(word: str) -> str:
    return "\n".join(f"> {line}" for line in word.strip().splitlines())
