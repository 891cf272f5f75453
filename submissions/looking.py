"""Ways to look at a board of many songs: only some of them, by a word, in another order. Nothing here decides. Pure."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from submissions.choosing import Selection
from submissions.material import SongDetails
from submissions.ranking import Standing
from submissions.selection import Outcome


class Show(StrEnum):
    """Which songs."""

    UNDECIDED = "undecided"
    OFFER = "offer"
    WAITLIST = "waitlist"
    DECLINE = "decline"
    WORDLESS = "wordless"
    CLOSE = "close"


class Sort(StrEnum):
    """In which order; every one of them keeps the ranking among equals."""

    RANK = "rank"
    RAW = "raw"
    UNSURE = "unsure"
    UNHEARD = "unheard"
    TITLE = "title"


class Look(msgspec.Struct, frozen=True):
    """What somebody wants to see of a board; without anything said, all of it as it is ranked."""

    show: Show | None = None
    sort: Sort = Sort.RANK
    find: str = ""

    @property
    def plain(self) -> bool:
        """Whether this is the ranking itself, in which a line has a place."""
        return self.show is None and self.sort is Sort.RANK and not self.find


class Placed(msgspec.Struct, frozen=True):
    """A song with its place on the whole board, counting from 0."""

    place: int
    standing: Standing


def look_at(selection: Selection, look: Look) -> tuple[Placed, ...]:
    """The songs of a board that `look` asks for, in its order."""
    is_shown = _shown(selection, look.show)
    word = look.find.casefold()
    listed = [
        Placed(place, one)
        for place, one in enumerate(selection.board.order)
        if is_shown(place, one.song_id) and word in _words(selection.details[one.song_id])
    ]
    if look.sort is Sort.TITLE:
        listed.sort(key=lambda one: selection.details[one.standing.song_id].title.casefold())
    elif look.sort is not Sort.RANK:
        listed.sort(key=lambda one: _BY[look.sort](one.standing))
    return tuple(listed)


def counts_of(selection: Selection) -> dict[Show, int]:
    """How many songs each way of looking shows."""
    songs = [(place, one.song_id) for place, one in enumerate(selection.board.order)]
    ways = {show: _shown(selection, show) for show in Show}
    return {show: sum(is_shown(*song) for song in songs) for show, is_shown in ways.items()}


def _shown(selection: Selection, show: Show | None) -> Callable[[int, str], bool]:
    """Whether the song of a place and an identifier is among those."""
    if show is None:
        return lambda _place, _song_id: True
    if show is Show.CLOSE:
        return lambda place, _song_id: place in selection.board.zone
    if show is Show.UNDECIDED:
        return lambda _place, song_id: song_id not in selection.decisions
    if show is Show.WORDLESS:
        wordless = frozenset(selection.wordless)
        return lambda _place, song_id: song_id in wordless
    outcome = Outcome(show)
    return lambda _place, song_id: song_id in selection.decisions and selection.decisions[song_id].outcome is outcome


def _words(details: SongDetails) -> str:
    return f"{details.title}\n{details.artist_name}\n{details.genre}\n{details.region}\n{details.language}".casefold()


# Songs without a score stand last by mean, and first where it is asked what is known least.
_BY: Final[dict[Sort, Callable[[Standing], float]]] = {
    Sort.RAW: lambda one: -(one.mean or 0.0),
    Sort.UNSURE: lambda one: -one.calibrated.deviation if one.calibrated else float("-inf"),
    Sort.UNHEARD: lambda one: one.reviews,
}
