"""What the audio room reports about a song, and what the artist says to it."""

from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.errors import ApprovalDiffers, CommentMissing
from submissions.facts import ArtistApproved, ArtistSentBack, SongPaid
from submissions.letters import send_paid, send_render_ready
from submissions.moves import move_song, next_song_state
from submissions.plain_text import refuse_unfit
from submissions.rows import find_song, own_song
from submissions.states import SongEvent, SongState


def mark_rendered(uow: UnitOfWork, song_id: str, approval_sha256: str, *, is_upmix: bool = False) -> None:
    """A render is there to be heard; `approval_sha256` names what it was made of, `is_upmix` says that this was the
    stereo mix alone. An approval of an earlier one is void. Writes to the artist, once for each render."""
    song = find_song(uow, song_id)
    next_song_state(song, SongEvent.RENDER)
    if song.state is SongState.RENDERED and song.approval_sha256 == approval_sha256:
        return

    move_song(
        uow,
        song,
        SongEvent.RENDER,
        approval_sha256=approval_sha256,
        artist_approved_sha256=None,
        is_upmix=is_upmix,
    )
    send_render_ready(uow, song, is_upmix=is_upmix)


def artist_approve(uow: UnitOfWork, principal: Principal, song_id: str, approval_sha256: str) -> None:
    """Approve the render that was heard. Records `ArtistApproved`. Raises `ApprovalDiffers` if there is a newer one."""
    song = own_song(uow, principal, song_id)
    next_song_state(song, SongEvent.APPROVE)
    if song.approval_sha256 != approval_sha256:
        raise ApprovalDiffers(approval_sha256, song.approval_sha256)
    if song.artist_approved_sha256 == approval_sha256:
        return

    move_song(uow, song, SongEvent.APPROVE, artist_approved_sha256=approval_sha256)
    uow.record(ArtistApproved(song_id=song.id, approval_sha256=approval_sha256))


def artist_send_back(uow: UnitOfWork, principal: Principal, song_id: str, comment: str) -> None:
    """Ask the engineer for a change, an approval given before included. Records `ArtistSentBack`."""
    song = own_song(uow, principal, song_id)
    next_song_state(song, SongEvent.SEND_BACK)
    if not comment.strip():
        raise CommentMissing
    refuse_unfit("comment", comment)

    move_song(uow, song, SongEvent.SEND_BACK, note=comment, approval_sha256=None, artist_approved_sha256=None)
    uow.record(ArtistSentBack(song_id=song.id, comment=comment))


def mark_mastered(uow: UnitOfWork, song_id: str) -> None:
    """The masters are made. Raises `ApprovalDiffers` unless the artist approved the render as it is."""
    song = find_song(uow, song_id)
    next_song_state(song, SongEvent.MASTER)
    if song.approval_sha256 is None or song.artist_approved_sha256 != song.approval_sha256:
        raise ApprovalDiffers(song.artist_approved_sha256, song.approval_sha256)

    move_song(uow, song, SongEvent.MASTER)


def mark_paid(uow: UnitOfWork, song_id: str) -> None:
    """Everybody with a share has been paid. Records `SongPaid`, writes to the artist; twice is once."""
    song = find_song(uow, song_id)
    if song.paid_at is not None:
        return
    next_song_state(song, SongEvent.PAY)

    move_song(uow, song, SongEvent.PAY, paid_at=uow.clock.now())
    uow.record(SongPaid(song_id=song.id))
    send_paid(uow, song)
