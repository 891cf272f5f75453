"""What everybody sees: the songs, one song with its story, and the feed."""

import re
from datetime import UTC, datetime
from typing import Final

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from opencall.kernel.web.pages import StoreHere, Visit, WorkHere, page, shows
from opencall.kernel.web.stored_file import StoredFile
from opencall.kernel.web.words import excerpt
from submissions.errors import NotPublic, WasTakenDown
from submissions.publication import Credit, PublicSong, browse, gallery, public_song
from submissions.queries import open_calls
from submissions.web.endonyms import language_name
from submissions.web.images import stored_picture

PAGE_SIZE: Final = 24
FEED_LENGTH: Final = 30
NEIGHBOURS: Final = 4
# What XML 1.0 cannot hold, however it is written.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@shows("/")
def gallery_page(
    request: Visit,
    work: WorkHere,
    q: FromQuery[str] = "",
    genre: FromQuery[str] = "",
    number: FromQuery[int] = 1,
) -> Response[str]:
    """The published songs, the newest one large, and the calls that are open."""
    words, number = q.strip()[:200], max(1, min(number, 10_000))
    with work.read() as uow:
        shelf = browse(uow, words, genre, number, PAGE_SIZE)
        calls = open_calls(uow)
    is_front = number == 1 and not words and not genre
    lead = shelf.songs[0] if is_front and shelf.songs else None
    return page(
        request,
        "submissions/gallery.html",
        shelf=shelf,
        lead=lead,
        songs=shelf.songs[1:] if lead else shelf.songs,
        calls=calls,
        q=words,
        genre=genre,
        description="Songs and the stories behind them, to be heard all around you.",
        url=request.app.state.address("/"),
    )


@shows("/songs/{slug:str}")
def song_page(request: Visit, work: WorkHere, slug: FromPath[str], lang: FromQuery[str | None] = None) -> Response[str]:
    """A published song: its sound, its story in every language that there is, and who made it."""
    try:
        with work.read() as uow:
            song = public_song(uow, slug)
            others = [one for one in gallery(uow, NEIGHBOURS + 1) if one.song_id != song.song_id][:NEIGHBOURS]
    except WasTakenDown as gone:
        return page(request, "submissions/gone.html", status=410, sentence=str(gone))
    languages = {song.story_language: song.story} | song.translations
    shown = lang if lang in languages else song.story_language
    return page(
        request,
        "submissions/song.html",
        song=song,
        others=others,
        credits=_by_part(song.credits),
        story=languages[shown],
        shown=shown,
        languages=[(tag, language_name(tag)) for tag in languages],
        sung_in=language_name(song.language),
        url=request.app.state.address(f"/songs/{song.slug}"),
        sound=request.app.state.address(f"/sound/{song.song_id}/original"),
        cover=request.app.state.address(f"/sound/{song.song_id}/cover.svg"),
        description=excerpt(languages[shown], 200),
    )


@shows("/songs/{slug:str}/image")
def song_image(request: Visit, work: WorkHere, store: StoreHere, slug: FromPath[str]) -> StoredFile:
    """The picture of the song's story. Raises `NotPublic`, for a story without one too."""
    with work.read() as uow:
        song = public_song(uow, slug)
    if song.image is None:
        raise NotPublic(f"{slug}/image")
    return stored_picture(request, store, song.image.sha256)


@get("/feed.xml", sync_to_thread=True, include_in_schema=False)
def feed(request: Visit, work: WorkHere) -> Response[str]:
    """The newest songs as an Atom feed, with their stories."""
    with work.read() as uow:
        songs = gallery(uow, FEED_LENGTH)
    text = request.app.state.templates.get_template("submissions/feed.xml").render(
        songs=songs,
        address=request.app.state.address,
        # An empty feed has to have a date as well, and the same one at every look.
        updated=_newest(songs).isoformat(),
    )
    return Response(
        _NOT_XML.sub("\ufffd", text),
        media_type="application/atom+xml; charset=utf-8",
        headers={"Cache-Control": "public, max-age=300"},
    )


def _by_part(named: tuple[Credit, ...]) -> dict[str, list[str]]:
    """Who did the same stands in one line, in the order in which the artist named them."""
    lines: dict[str, list[str]] = {}
    for credit in named:
        part = credit.part.strip()
        lines.setdefault(part[:1].upper() + part[1:] or "With", []).append(credit.name)
    return lines


def _newest(songs: tuple[PublicSong, ...]) -> datetime:
    return max((song.published_at for song in songs), default=datetime(2026, 1, 1, tzinfo=UTC))


handlers: Final = (gallery_page, song_page, song_image, feed)
