"""The public side: a song with its story at an address of its own, and the way off the page again."""

import re
import unicodedata
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, func, select

from opencall.kernel.principal import Principal, Role, require
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.errors import NotPublic, SlugTaken, SlugWrong, TakeDownUnexplained, WasTakenDown
from submissions.facts import SongPublished, SongTakenDown
from submissions.letters import send_published, send_taken_down
from submissions.material import Content, Image
from submissions.moves import move_song, next_song_state
from submissions.plain_text import refuse_unfit
from submissions.rows import content_of, find_song
from submissions.states import SongEvent, SongState
from submissions.tables import call_table, song_table, version_table

LONGEST_SLUG = 80
PUBLIC = (SongState.PUBLISHED, SongState.PAID)
# Letters that decomposition leaves whole.
_ROMAN = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"})


# Everything that a public page says of a song, in one query however many songs there are.
_PUBLISHED = (
    select(
        song_table.c.id,
        song_table.c.slug,
        song_table.c.published_at,
        song_table.c.is_upmix,
        version_table.c.content,
        call_table.c.title.label("call_title"),
        call_table.c.licence_version,
    )
    .join(
        version_table, (version_table.c.song_id == song_table.c.id) & (version_table.c.version == song_table.c.version)
    )
    .join(call_table, call_table.c.id == song_table.c.call_id)
    .where(song_table.c.state.in_(PUBLIC))
)
_NEWEST_FIRST = (song_table.c.published_at.desc(), song_table.c.slug)


class Credit(msgspec.Struct, frozen=True):
    """A line of the credits."""

    name: str
    part: str


class PublicSong(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody may know of a published song; the story is Markdown that nobody has made safe yet.

    `is_upmix` where the 360 mix was made of the stereo mix alone: whoever hears it may know.
    """

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
    is_upmix: bool
    published_at: datetime


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the gallery; `total` counts the songs of all pages, `genres` are those of every published song."""

    songs: tuple[PublicSong, ...]
    total: int
    page: int
    pages: int
    genres: tuple[str, ...]


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

    Records `SongTakenDown`, writes to the artist. Raises `TakeDownUnexplained`, `SongCannot`.
    """
    song = find_song(uow, song_id)
    if principal.user_id != song.artist_id:
        require(principal, Role.MANAGER, song.call_id)
    next_song_state(song, SongEvent.TAKE_DOWN)
    if not reason.strip():
        raise TakeDownUnexplained
    refuse_unfit("reason", reason)

    move_song(uow, song, SongEvent.TAKE_DOWN, note=reason)
    uow.record(SongTakenDown(song_id=song.id, call_id=song.call_id))
    send_taken_down(uow, song, reason)


def public_song(uow: UnitOfWork, slug: str) -> PublicSong:
    """The song at that address, for everybody. Raises `NotPublic`, and `WasTakenDown` where one was."""
    row = uow.connection.execute(_PUBLISHED.where(song_table.c.slug == slug)).first()
    if row is not None:
        return _public(row)
    taken = select(song_table.c.id).where(song_table.c.slug == slug, song_table.c.state == SongState.TAKEN_DOWN)
    if uow.connection.execute(taken).first() is not None:
        raise WasTakenDown(slug)
    raise NotPublic(slug)


def gallery(uow: UnitOfWork, limit: int = 50) -> tuple[PublicSong, ...]:
    """The published songs, newest first."""
    return tuple(_public(row) for row in uow.connection.execute(_PUBLISHED.order_by(*_NEWEST_FIRST).limit(limit)))


def browse(uow: UnitOfWork, words: str = "", genre: str = "", page: int = 1, page_size: int = 24) -> Shelf:
    """A page of the published songs, newest first, of one genre and with all of `words` in title, names or story."""
    chosen = _PUBLISHED if not genre else _PUBLISHED.where(song_table.c.details["genre"].as_string() == genre)
    wanted = tuple(words.casefold().split())
    ordered = chosen.order_by(*_NEWEST_FIRST)
    if wanted:
        # No database folds the letters of every alphabet alike, so words are compared here.
        found = [song for row in uow.connection.execute(ordered) if _has_words(song := _public(row), wanted)]
        songs, total = found[(page - 1) * page_size : page * page_size], len(found)
    else:
        total = uow.connection.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()
        rows = uow.connection.execute(ordered.limit(page_size).offset((page - 1) * page_size))
        songs = [_public(row) for row in rows]
    genres = uow.connection.execute(
        select(song_table.c.details["genre"].as_string()).where(song_table.c.state.in_(PUBLIC)).distinct()
    ).scalars()
    return Shelf(
        songs=tuple(songs),
        total=total,
        page=page,
        pages=max(1, -(-total // page_size)),
        genres=tuple(sorted((one for one in genres if one), key=str.casefold)),
    )


def slug_of(title: str) -> str:
    """`title` as an address: lower-case ASCII letters and digits joined by hyphens; `song` if nothing is left."""
    plain = unicodedata.normalize("NFKD", title.casefold().translate(_ROMAN)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_SLUG].strip("-") or "song"


def _public(row: "Row[*tuple[Any, ...]]") -> PublicSong:
    content = msgspec.json.decode(row.content, type=Content)
    return PublicSong(
        song_id=row.id,
        slug=row.slug,
        call_title=row.call_title,
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
        licence_version=row.licence_version,
        mix_sha256=content.mix.sha256,
        is_upmix=row.is_upmix,
        published_at=row.published_at,
    )


def _has_words(song: PublicSong, wanted: tuple[str, ...]) -> bool:
    texts = (song.title, song.artist_name, song.genre, song.region, song.story, *song.translations.values())
    names = (one.name for one in song.credits)
    text = "\n".join((*texts, *names)).casefold()
    return all(word in text for word in wanted)


def _free_slug(uow: UnitOfWork, title: str) -> str:
    wanted = slug_of(title)
    slug, number = wanted, 2
    while _is_taken(uow, slug):
        slug, number = f"{wanted}-{number}", number + 1
    return slug


def _is_taken(uow: UnitOfWork, slug: str) -> bool:
    return uow.connection.execute(select(song_table.c.id).where(song_table.c.slug == slug)).first() is not None
