"""What happened in this room, as the other rooms hear of it."""

from datetime import datetime

import msgspec

from opencall.kernel.facts import Fact


class FileRef(msgspec.Struct, frozen=True):
    """A file in the object store. `name` is safe as a file name and unique among the files of its song; `role` is what
    the artist says that a stem is, if they do."""

    name: str
    sha256: str
    bytes: int
    role: str = ""


class Share(msgspec.Struct, frozen=True):
    """Who gets which part of a reward; the basis points of all shares of a song sum to 10,000."""

    contributor_id: str
    payee_id: str
    basis_points: int


class CallOpened(Fact, frozen=True, kw_only=True):
    """Artists may send songs; the call's budget is to be set aside in its fund."""

    call_id: str
    fund_id: str
    budget_minor: int
    currency: str


class ReportRequested(Fact, frozen=True, kw_only=True):
    """An artist wants to know what the machine hears. `files_sha256` names this very set; the report returns it."""

    song_id: str
    call_id: str
    mix: FileRef
    stems: tuple[FileRef, ...]
    files_sha256: str


class SongSubmitted(Fact, frozen=True, kw_only=True):
    """A version of the song was frozen; `content_sha256` is its hash."""

    song_id: str
    call_id: str
    version: int
    content_sha256: str


class SongWithdrawn(Fact, frozen=True, kw_only=True):
    """The artist took the song back."""

    song_id: str
    call_id: str


class CuratorReminded(Fact, frozen=True, kw_only=True):
    """A manager reminds a curator of songs that wait; whoever knows the curator's address sends the letter."""

    call_id: str
    curator_id: str
    subject: str
    text: str


class LotteryDrawn(Fact, frozen=True, kw_only=True):
    """The seed that orders songs of equal score was published."""

    call_id: str
    seed: str


class OutcomesReleased(Fact, frozen=True, kw_only=True):
    """Everybody who submitted was told, at once; the numbers are songs."""

    call_id: str
    offered: int
    waitlisted: int
    declined: int


class OfferMade(Fact, frozen=True, kw_only=True):
    """An artist has an offer to answer before `expires_at`; `moved_up` when it came from the waiting list."""

    song_id: str
    call_id: str
    offer_id: str
    amount_minor: int
    currency: str
    expires_at: datetime
    moved_up: bool


class ShareConfirmed(Fact, frozen=True, kw_only=True):
    """A contributor agreed to their share, to be paid to `payee_id`; `user_id` is who said so."""

    song_id: str
    contributor_id: str
    payee_id: str
    user_id: str


class OfferAccepted(Fact, frozen=True, kw_only=True):
    """The artist said yes under `licence_version`, and every contributor with a share confirmed it."""

    song_id: str
    call_id: str
    offer_id: str
    amount_minor: int
    currency: str
    licence_version: str
    title: str
    artist_name: str
    mix: FileRef
    stems: tuple[FileRef, ...]
    shares: tuple[Share, ...]


class OfferDeclined(Fact, frozen=True, kw_only=True):
    """The artist said no."""

    song_id: str
    call_id: str
    offer_id: str


class OfferExpired(Fact, frozen=True, kw_only=True):
    """Nobody answered in time."""

    song_id: str
    call_id: str
    offer_id: str


class ArtistApproved(Fact, frozen=True, kw_only=True):
    """The artist approved the render that `approval_sha256` names."""

    song_id: str
    approval_sha256: str


class ArtistSentBack(Fact, frozen=True, kw_only=True):
    """The artist wants the render changed."""

    song_id: str
    comment: str


class SongPublished(Fact, frozen=True, kw_only=True):
    """The song and its story are public; its reward is due."""

    song_id: str
    call_id: str


class SongTakenDown(Fact, frozen=True, kw_only=True):
    """The song is public no longer; what is owed for it stays owed."""

    song_id: str
    call_id: str


class SongPaid(Fact, frozen=True, kw_only=True):
    """Everybody with a share of the song was paid."""

    song_id: str
