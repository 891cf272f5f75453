"""Each contributor confirms the share that they get, and says which account it goes to.

An account itself never enters this room: it lives with the rewards, here it is an identifier.
"""

from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, select

from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.errors import NoSuchContributor, PayeeMissing, ShareDiffers, SongCannot
from submissions.facts import Share, ShareConfirmed
from submissions.material import Contributor
from submissions.rows import Song, as_struct, content_of, find_song
from submissions.states import SongEvent, SongState
from submissions.tables import confirmation_table

TIME_TO_CONFIRM = frozenset({SongState.DRAFT, SongState.SUBMITTED, SongState.WAITLISTED, SongState.OFFERED})


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """That a person agreed to `basis_points`, to be paid to `payee_id`."""

    song_id: str
    contributor_id: str
    basis_points: int
    payee_id: str
    confirmed_by: str
    confirmed_at: datetime


class StandingShare(msgspec.Struct, frozen=True):
    """A person with a share; `confirmation` is None until they agree to it as it is now."""

    contributor: Contributor
    confirmation: Confirmation | None


def confirm_split(
    uow: UnitOfWork, principal: Principal, song_id: str, contributor_id: str, basis_points: int, payee_id: str
) -> None:
    """Agree to one's own share of a song, before the offer is accepted; a later confirmation replaces an earlier.

    Only the person whose mail address the artist named may do it. Records `ShareConfirmed`, so that the room that
    knows the account sees whether it is theirs. Raises `NoSuchContributor`, `ShareDiffers`, `PayeeMissing`,
    `SongCannot`.
    """
    song = find_song(uow, song_id)
    contributor = next((one for one in people_of(uow, song) if one.id == contributor_id), None)
    if contributor is None or not principal.email or contributor.email.casefold() != principal.email.casefold():
        raise NoSuchContributor(contributor_id)
    if song.state not in TIME_TO_CONFIRM:
        raise SongCannot(song.id, song.state, SongEvent.ACCEPT_OFFER)
    if contributor.basis_points != basis_points:
        raise ShareDiffers(basis_points, contributor.basis_points)
    if not payee_id.strip():
        raise PayeeMissing

    key = (confirmation_table.c.song_id == song_id) & (confirmation_table.c.contributor_id == contributor_id)
    uow.connection.execute(delete(confirmation_table).where(key))
    confirmation = Confirmation(
        song_id=song_id,
        contributor_id=contributor_id,
        basis_points=basis_points,
        payee_id=payee_id,
        confirmed_by=principal.user_id,
        confirmed_at=uow.clock.now(),
    )
    uow.connection.execute(insert(confirmation_table).values(**msgspec.structs.asdict(confirmation)))
    uow.record(
        ShareConfirmed(song_id=song_id, contributor_id=contributor_id, payee_id=payee_id, user_id=principal.user_id)
    )


def shares_of(uow: UnitOfWork, song: Song) -> tuple[tuple[Share, ...], tuple[str, ...]]:
    """The confirmed shares of the submitted version, and the names of those whose confirmation is missing."""
    standing = standing_shares(uow, song)
    shares = tuple(
        Share(one.contributor.id, one.confirmation.payee_id, one.contributor.basis_points)
        for one in standing
        if one.confirmation is not None
    )
    return shares, tuple(one.contributor.name for one in standing if one.confirmation is None)


def standing_shares(uow: UnitOfWork, song: Song) -> tuple[StandingShare, ...]:
    """Everybody with a share of the submitted version, and what each has said to it.

    People without a share of the money are credited, and have nothing to confirm.
    """
    confirmed = {
        (row.contributor_id, row.basis_points): as_struct(row, Confirmation)
        for row in uow.connection.execute(select(confirmation_table).where(confirmation_table.c.song_id == song.id))
    }
    return tuple(
        StandingShare(one, confirmed.get((one.id, one.basis_points)))
        for one in people_of(uow, song)
        if one.basis_points
    )


def people_of(uow: UnitOfWork, song: Song) -> tuple[Contributor, ...]:
    """Who made the song: as it was submitted, or, before that, as the artist is writing it."""
    return content_of(uow, song).contributors if song.version else song.contributors
