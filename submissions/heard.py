"""How much of a song a curator has heard, and what they have scored so far: kept while they listen, theirs alone.

A score counts once four fifths of the song were heard. The page says what was played, so this keeps nobody honest who
does not want to be; it shows a curator what is left, and a manager whose score rests on a whole song.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import delete, insert, select

from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.errors import NotHeardEnough, RangesWrong, UnknownCategory
from submissions.plain_text import refuse_unfit
from submissions.review import judged_song
from submissions.rows import as_struct, find_call
from submissions.tables import heard_table

ENOUGH: Final = 0.8
MOST_RANGES: Final = 500
LONGEST_S: Final = 24 * 3600.0
# A player reports a few times a second; smaller gaps are its rhythm, not silence.
_SEAM_S: Final = 0.5

Ranges = tuple[tuple[float, float], ...]


class Draft(msgspec.Struct, frozen=True):
    """Scores and words that were not sent yet: a score of None abstains, a category that is absent is undecided."""

    scores: dict[str, int | None] = {}
    comment: str = ""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What a curator has heard of a song: pairs of seconds, in order and apart."""

    ranges: Ranges = ()
    length_s: float = 0.0
    heard_s: float = 0.0
    draft: Draft = Draft()
    noted_at: datetime | None = None

    @property
    def part(self) -> float:
        """The part of the song that was heard, from 0 to 1."""
        return min(1.0, self.heard_s / self.length_s) if self.length_s > 0 else 0.0


def merged(ranges: Sequence[tuple[float, float]], length_s: float) -> Ranges:
    """The union of `ranges`, in order, cut to the song. Raises `RangesWrong`."""
    if any(not (math.isfinite(a) and math.isfinite(b) and 0 <= a <= b) for a, b in ranges):
        raise RangesWrong
    union: list[tuple[float, float]] = []
    for start, end in sorted((a, min(b, length_s)) for a, b in ranges if a < length_s):
        if union and start <= union[-1][1] + _SEAM_S:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((start, end))
    return tuple(union)


def note_heard(
    uow: UnitOfWork,
    principal: Principal,
    song_id: str,
    ranges: Sequence[tuple[float, float]],
    length_s: float,
    draft: Draft,
) -> Heard:
    """Add what was heard to what is known, and keep the draft in place of the last one.

    Raises what `listening_copy` raises, and `RangesWrong`, `TextTooLong`, `UnknownCategory`.
    """
    song = judged_song(uow, principal, song_id)
    if not (math.isfinite(length_s) and 0 < length_s <= LONGEST_S) or len(ranges) > MOST_RANGES:
        raise RangesWrong
    refuse_unfit("comment", draft.comment)
    rubric = {category.key for category in find_call(uow, song.call_id).categories}
    for key in draft.scores:
        if key not in rubric:
            raise UnknownCategory(key)
    known = heard_by(uow, principal.user_id, song_id)
    union = merged((*known.ranges, *ranges), length_s)
    if len(union) > MOST_RANGES:
        raise RangesWrong

    now = uow.clock.now()
    heard_s = sum(end - start for start, end in union)
    _forget(uow, principal.user_id, song_id)
    uow.connection.execute(
        insert(heard_table).values(
            song_id=song_id,
            curator_id=principal.user_id,
            call_id=song.call_id,
            ranges=[list(one) for one in union],
            length_s=length_s,
            heard_s=heard_s,
            draft=msgspec.to_builtins(draft),
            noted_at=now,
        )
    )
    return Heard(ranges=union, length_s=length_s, heard_s=heard_s, draft=draft, noted_at=now)


def heard_by(uow: UnitOfWork, curator_id: str, song_id: str) -> Heard:
    """What is known of a curator and a song; nothing heard where nothing is."""
    row = uow.connection.execute(
        select(
            heard_table.c.ranges,
            heard_table.c.length_s,
            heard_table.c.heard_s,
            heard_table.c.draft,
            heard_table.c.noted_at,
        ).where(heard_table.c.song_id == song_id, heard_table.c.curator_id == curator_id)
    ).first()
    return Heard() if row is None else as_struct(row, Heard)


def refuse_unheard(uow: UnitOfWork, principal: Principal, song_id: str) -> None:
    """Raises `NotHeardEnough` unless the curator has heard enough of the song for a score."""
    part = heard_by(uow, principal.user_id, song_id).part
    # Seconds are told in tenths, so the last of them may be missing by a rounding.
    if part < ENOUGH - 1e-3:
        raise NotHeardEnough(part, ENOUGH)


def _forget(uow: UnitOfWork, curator_id: str, song_id: str) -> None:
    uow.connection.execute(
        delete(heard_table).where(heard_table.c.song_id == song_id, heard_table.c.curator_id == curator_id)
    )
