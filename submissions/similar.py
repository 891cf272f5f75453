"""What a curator is told of a song as music, and which songs on their desk are like it: by invented names only."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from opencall.kernel.unit_of_work import UnitOfWork
from submissions.likeness import Music, distances
from submissions.review import ListeningCopy, QueueEntry
from submissions.states import SongState
from submissions.tables import report_table, song_table, version_table

MOST: Final = 5
# So many of the others at most: in a small call something is always nearest, and says nothing.
_PART: Final = 2


class SimilarSong(msgspec.Struct, frozen=True, kw_only=True):
    """A song of the curator's queue, as they know it; `done` once they judged it or left it to others."""

    song_id: str
    alias: str
    done: bool
    music: Music


class AsMusic(msgspec.Struct, frozen=True, kw_only=True):
    """The song as the machine heard it, None where it heard none; and what is most alike, the nearest first."""

    music: Music | None
    similar: tuple[SimilarSong, ...]


def as_music(uow: UnitOfWork, song: ListeningCopy, queue: Sequence[QueueEntry]) -> AsMusic:
    """What is told of a song to the curator whose `queue` it is in: no song that they may not hear. One query.

    Which songs are alike depends on who asks and on who withdrew since, so it is worked out when it is asked.
    """
    rows = uow.connection.execute(
        select(song_table.c.id, report_table.c.music)
        .join(
            version_table,
            (version_table.c.song_id == song_table.c.id) & (version_table.c.version == song_table.c.version),
        )
        .join(report_table, report_table.c.id == version_table.c.report_id)
        .where(song_table.c.call_id == song.call_id, song_table.c.state == SongState.SUBMITTED)
        .where(report_table.c.music.is_not(None))
    )
    heard = {row.id: msgspec.convert(row.music, Music) for row in rows}
    music = heard.get(song.song_id)
    if music is None:
        return AsMusic(music=None, similar=())
    others = [
        entry
        for entry in queue
        if entry.song_id != song.song_id
        and entry.song_id in heard
        and heard[entry.song_id].likeness.kind == music.likeness.kind
    ]
    far = distances(music.likeness, [heard[entry.song_id].likeness for entry in others])
    nearest = far.argsort(kind="stable")[: min(MOST, len(others) // _PART)]
    return AsMusic(
        music=music,
        similar=tuple(
            SimilarSong(song_id=entry.song_id, alias=entry.alias, done=entry.done, music=heard[entry.song_id])
            for entry in (others[int(at)] for at in nearest)
        ),
    )
