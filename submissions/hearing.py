"""Who may hear and see what of a song: the one decision behind every sound, picture and download of it."""

from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import select

from opencall.kernel.errors import OpencallError
from opencall.kernel.principal import Principal, Role
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.publication import PUBLIC
from submissions.review import listening_copy
from submissions.rows import Song, as_struct, content_of
from submissions.states import SongState
from submissions.tables import song_table


class Sound(StrEnum):
    """What of a song can be heard or seen."""

    MIX = "mix"  # as the artist sent it, as a copy that browsers play
    RENDER = "render"  # as the studio made it, for headphones or two loudspeakers
    COVER = "cover"
    PLACES = "places"  # where everything is
    STEMS = "stems"
    FILES = "files"  # what the artist sent, and renders for every layout, as they are
    MASTERS = "masters"


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may have of a song, and what it is called to them; `artist_name` is empty for who judges blind.

    `mix_sha256` names the mix that they hear, as it was submitted; None for the artist, who hears the newest.
    """

    song_id: str
    sounds: frozenset[Sound]
    title: str
    artist_name: str
    mix_sha256: str | None
    is_public: bool


_NOTHING: Final[frozenset[Sound]] = frozenset()
_BEFORE_SELECTION: Final = (SongState.SUBMITTED, SongState.OFFERED, SongState.WAITLISTED, SongState.DECLINED)
_IN_PRODUCTION: Final = (SongState.ACCEPTED, SongState.RENDERED, SongState.MASTERED, *PUBLIC)
_FOR_EVERYBODY: Final = frozenset({Sound.MIX, Sound.RENDER, Sound.COVER, Sound.PLACES})
# A judge hears the song and nothing else: a cover or a file name may tell whose it is.
_FOR_JUDGES: Final = frozenset({Sound.MIX})
_FOR_SELECTION: Final = frozenset({Sound.MIX, Sound.COVER})
_EVERYTHING: Final = frozenset(Sound)


def may_hear(uow: UnitOfWork, who: Principal | None, song_id: str) -> Hearing | None:
    """What `who` (None: somebody who has not signed in) may have of the song; None when they may not know of it.

    A song's artist has everything of it, at any time. Everybody hears a published song and its render, until it is
    taken down. Engineers, and the managers of its call, have everything of a song in production; the managers hear
    what is sent to their call before. An assigned curator hears a song under review, and learns no name.
    """
    row = uow.connection.execute(select(song_table).where(song_table.c.id == song_id)).first()
    if row is None:
        return None
    song = as_struct(row, Song)
    sounds = _sounds(who, song)
    if not sounds and who is not None:
        return _as_judge(uow, who, song_id)
    if not sounds:
        return None
    is_own = who is not None and who.user_id == song.artist_id
    return Hearing(
        song_id=song_id,
        sounds=sounds,
        title=song.details.title,
        artist_name=song.details.artist_name,
        mix_sha256=None if is_own else content_of(uow, song).mix.sha256,
        is_public=song.state in PUBLIC,
    )


def _sounds(who: Principal | None, song: Song) -> frozenset[Sound]:
    if who is not None and who.user_id == song.artist_id:
        return _EVERYTHING
    works_on_it = who is not None and (who.may(Role.ENGINEER) or who.may(Role.MANAGER, song.call_id))
    if song.state in _IN_PRODUCTION and works_on_it:
        return _EVERYTHING
    if song.state in PUBLIC:
        return _FOR_EVERYBODY
    if song.state in _BEFORE_SELECTION and who is not None and who.may(Role.MANAGER, song.call_id):
        return _FOR_SELECTION
    return _NOTHING


def _as_judge(uow: UnitOfWork, who: Principal, song_id: str) -> Hearing | None:
    try:
        copy = listening_copy(uow, who, song_id)
    except OpencallError:  # not theirs, not yet, not any more: the desk says which
        return None
    return Hearing(
        song_id=song_id,
        sounds=_FOR_JUDGES,
        title=copy.alias,
        artist_name="",
        mix_sha256=copy.mix_sha256,
        is_public=False,
    )
