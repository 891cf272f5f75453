"""The public side: a song with its story at an address of its own, and the way off the page again."""

import re
import unicodedata
from datetime import datetime

import msgspec
from sqlalchemy import select

from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.errors import NotPublic, ReasonMissing, SlugTaken, SlugWrong
from submissions.facts import SongPublished, SongTakenDown
from submissions.letters import send_published, send_taken_down
from submissions.material import Image
from submissions.moves import move_song, next_song_state
from submissions.plain_text import refuse_unreadable
from submissions.rows import Song, as_struct, content_of, find_call, find_song
from submissions.states import SongEvent, SongState
from submissions.tables import song_table

LONGEST_SLUG = 80
PUBLIC = (SongState.PUBLISHED, SongState.PAID)
# Letters that decomposition leaves whole.
_ROMAN = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"})


class Credit(msgspec.Struct, frozen=True):
    """A line of the credits."""

    name: str
    part: str


class PublicSong(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody may know of a published song; the story is Markdown that nobody has made safe yet."""

    song_id: str
    slug: str
    call_title: str
    title: str
    artist_name: str
    language: str
    genre: str
    region: str
    story: str
    story_language: str
    translations: dict[str, str]
    image: Image | None
    credits: tuple[Credit, ...]
    ai_used: bool
    ai_description: str
    licence_version: str
    mix_sha256: str
    published_at: datetime


def publish_song(uow: UnitOfWork, principal: Principal, song_id: str, slug: str | None = None) -> str:
    """Put the song and its story on the public page, at `slug` or at one made of the title; returns the slug.

    Needs the call's manager. Records `SongPublished`, which makes the reward due; writes to the artist. Raises
    `SlugWrong` and `SlugTaken` for a slug that was asked for, `SongCannot`.
    """
    song = find_song(uow, song_id)
    require(principal, Role.MANAGER, song.call_id)
    next_song_state(song, SongEvent.PUBLISH)
    if slug is None:
        slug = _free_slug(uow, content_of(uow, song).details.title)
    elif slug_of(slug) != slug:
        raise SlugWrong(slug)
    elif _is_taken(uow, slug):
        raise SlugTaken(slug)

    move_song(uow, song, SongEvent.PUBLISH, slug=slug, published_at=uow.clock.now())
    uow.record(SongPublished(song_id=song.id, call_id=song.call_id))
    send_published(uow, song, slug)
    return slug


def take_down(uow: UnitOfWork, principal: Principal, song_id: str, reason: str) -> None:
    """Take the song off the public page, for good; its artist may do it, and the call's manager.

    Records `SongTakenDown`, writes to the artist. Raises `ReasonMissing`, `SongCannot`.
    """
    song = find_song(uow, song_id)
    if principal.user_id != song.artist_id:
        require(principal, Role.MANAGER, song.call_id)
    next_song_state(song, SongEvent.TAKE_DOWN)
    if not reason.strip():
        raise ReasonMissing
    refuse_unreadable("reason", reason)

    move_song(uow, song, SongEvent.TAKE_DOWN, note=reason)
    uow.record(SongTakenDown(song_id=song.id, call_id=song.call_id))
    send_taken_down(uow, song, reason)


def public_song(uow: UnitOfWork, slug: str) -> PublicSong:
    """The song at that address, for everybody. Raises `NotPublic`, for one that was taken down too."""
    row = uow.connection.execute(
        select(song_table).where(song_table.c.slug == slug, song_table.c.state.in_(PUBLIC))
    ).first()
    if row is None:
        raise NotPublic(slug)
    return _public(uow, as_struct(row, Song))


def gallery(uow: UnitOfWork, limit: int = 50) -> tuple[PublicSong, ...]:
    """The published songs, newest first."""
    rows = uow.connection.execute(
        select(song_table)
        .where(song_table.c.state.in_(PUBLIC))
        .order_by(song_table.c.published_at.desc(), song_table.c.slug)
        .limit(limit)
    ).all()
    return tuple(_public(uow, as_struct(row, Song)) for row in rows)


def slug_of(title: str) -> str:
    """`title` as an address: lower-case ASCII letters and digits joined by hyphens; `song` if nothing is left."""
    plain = unicodedata.normalize("NFKD", title.casefold().translate(_ROMAN)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_SLUG].strip("-") or "song"


def _public(uow: UnitOfWork, song: Song) -> PublicSong:
    if song.slug is None or song.published_at is None:
        raise AssertionError("a published song has an address and a day")
    content, call = content_of(uow, song), find_call(uow, song.call_id)
    return PublicSong(
        song_id=song.id,
        slug=song.slug,
        call_title=call.title,
        title=content.details.title,
        artist_name=content.details.artist_name,
        language=content.details.language,
        genre=content.details.genre,
        region=content.details.region,
        story=content.story.text,
        story_language=content.story.language,
        translations=content.story.translations,
        image=content.story.image,
        credits=tuple(Credit(one.name, one.part) for one in content.contributors),
        ai_used=content.ai.used,
        ai_description=content.ai.description,
        licence_version=call.licence_version,
        mix_sha256=content.mix.sha256,
        published_at=song.published_at,
    )


def _free_slug(uow: UnitOfWork, title: str) -> str:
    wanted = slug_of(title)
    slug, number = wanted, 2
    while _is_taken(uow, slug):
        slug, number = f"{wanted}-{number}", number + 1
    return slug


def _is_taken(uow: UnitOfWork, slug: str) -> bool:
    return uow.connection.execute(select(song_table.c.id).where(song_table.c.slug == slug)).first() is not None
