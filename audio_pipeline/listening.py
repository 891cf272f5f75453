"""What pages read of the sound of songs: copies to play, waveforms to draw, covers to show.

Every function asks the database once, for however many songs; nothing here opens a file. Copies, waveforms and covers
are there some seconds after the report, or the render, was ordered: until then there is none.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Row, and_, select

from audio_pipeline.hearing.copy_writing import MEDIA_TYPE
from audio_pipeline.hearing.peaks import SongPeaks
from audio_pipeline.intake.music.describing import Music
from audio_pipeline.tables import artifact_table, stage_run_table
from opencall.kernel.unit_of_work import UnitOfWork

MIX: Final = "mix"
"""The `layout` of a copy that is of the artist's own mix."""

artifact = artifact_table.c
run = stage_run_table.c


class ListeningCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A file that browsers play, in the store under `sha256`; loudness is None for silence."""

    layout: str
    sha256: str
    bytes: int
    sample_rate_hz: int
    frames: int
    integrated_lufs: float | None
    true_peak_dbtp: float | None
    media_type: str = MEDIA_TYPE

    @property
    def duration_s(self) -> float:
        """How long it plays."""
        return self.frames / self.sample_rate_hz


class CoverFile(msgspec.Struct, frozen=True, kw_only=True):
    """A cover in the store; `says` is for who does not see it, and belongs into `alt` where the cover stands alone."""

    sha256: str
    bytes: int
    says: str
    media_type: str = "image/svg+xml"


def listening_copy(uow: UnitOfWork, song_id: str, mix_sha256: str | None = None) -> ListeningCopy | None:
    """The copy of the artist's mix: the one that counts now, or of that very mix (a version's, say)."""
    return listening_copies(uow, [song_id], _only(song_id, mix_sha256)).get(song_id)


def listening_copies(
    uow: UnitOfWork, song_ids: Iterable[str], mixes: Mapping[str, str] | None = None
) -> dict[str, ListeningCopy]:
    """`listening_copy` of many songs, by song; `mixes` names the mix where it shall not be the current one."""
    return {song_id: _copy_of(row, MIX) for song_id, row in _listened(uow, "preview", song_ids, mixes).items()}


def peaks_of(uow: UnitOfWork, song_id: str, mix_sha256: str | None = None) -> SongPeaks | None:
    """The waveforms of the song and its stems: those that count now, or of that very mix."""
    row = _listened(uow, "peaks", [song_id], _only(song_id, mix_sha256)).get(song_id)
    return None if row is None else msgspec.convert(row.details["document"], SongPeaks)


def music_of(uow: UnitOfWork, song_id: str, mix_sha256: str | None = None) -> Music | None:
    """What the song is as music: as it counts now, or as of that very mix."""
    row = _heard(uow, "inspect", "music", [song_id], _only(song_id, mix_sha256)).get(song_id)
    return None if row is None else msgspec.convert(row.details["document"], Music)


def cover_of(uow: UnitOfWork, song_id: str, mix_sha256: str | None = None) -> CoverFile | None:
    """The song's cover: the one that counts now, or of that very mix."""
    return covers_of(uow, [song_id], _only(song_id, mix_sha256)).get(song_id)


def covers_of(uow: UnitOfWork, song_ids: Iterable[str], mixes: Mapping[str, str] | None = None) -> dict[str, CoverFile]:
    """`cover_of` many songs, by song; a song that has none yet is left out."""
    return {
        song_id: CoverFile(sha256=row.sha256, bytes=row.bytes, says=row.details["says"])
        for song_id, row in _listened(uow, "cover", song_ids, mixes).items()
    }


def audition_of(uow: UnitOfWork, song_id: str) -> tuple[ListeningCopy, ...]:
    """The copies of the current render, binaural first; none while they are being made."""
    return auditions_of(uow, [song_id]).get(song_id, ())


def auditions_of(uow: UnitOfWork, song_ids: Iterable[str]) -> dict[str, tuple[ListeningCopy, ...]]:
    """`audition_of` many songs, by song."""
    found: dict[str, tuple[ListeningCopy, ...]] = {}
    for row in _auditioned(uow, "preview", song_ids):
        found[row.song_id] = (*found.get(row.song_id, ()), _copy_of(row, row.details["layout"]))
    return found


def audition_peaks_of(uow: UnitOfWork, song_id: str) -> dict[str, SongPeaks]:
    """The waveforms of the current render, by layout."""
    rows = _auditioned(uow, "peaks", [song_id])
    return {row.details["layout"]: msgspec.convert(row.details["document"], SongPeaks) for row in rows}


def equal_loudness_gains_db(copies: Sequence[ListeningCopy]) -> tuple[float, ...]:
    """How far a player turns each copy down, 0 or negative, so that all are as loud as the softest.

    Nothing is ever turned up, which could clip; a silent copy is left alone and does not count.
    """
    softest = min((copy.integrated_lufs for copy in copies if copy.integrated_lufs is not None), default=0.0)
    return tuple(0.0 if copy.integrated_lufs is None else softest - copy.integrated_lufs for copy in copies)


def _only(song_id: str, mix_sha256: str | None) -> dict[str, str]:
    return {} if mix_sha256 is None else {song_id: mix_sha256}


def _copy_of(row: Row[Any], layout: str) -> ListeningCopy:
    measured = ("sample_rate_hz", "frames", "integrated_lufs", "true_peak_dbtp")
    told = {name: row.details[name] for name in measured}
    return ListeningCopy(layout=layout, sha256=row.sha256, bytes=row.bytes, **told)


def _listened(
    uow: UnitOfWork, kind: str, song_ids: Iterable[str], mixes: Mapping[str, str] | None
) -> dict[str, Row[Any]]:
    return _heard(uow, "listen", kind, song_ids, mixes)


def _heard(
    uow: UnitOfWork, stage: str, kind: str, song_ids: Iterable[str], mixes: Mapping[str, str] | None
) -> dict[str, Row[Any]]:
    """By song, what the stage made of the mix that is asked for, of the current one where none is."""
    mixes = mixes or {}
    found = {}
    for row in _made(uow, stage, kind, song_ids):
        asked = mixes.get(row.song_id)
        if row.current if asked is None else row.details["mix_sha256"] == asked:
            found[row.song_id] = row
    return found


def _auditioned(uow: UnitOfWork, kind: str, song_ids: Iterable[str]) -> list[Row[Any]]:
    rows = [row for row in _made(uow, "audition", kind, song_ids) if row.current]
    return sorted(rows, key=lambda row: (row.song_id, row.details["layout"] != "binaural", row.name))


def _made(uow: UnitOfWork, stage: str, kind: str, song_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """All that runs of the stage made, and whether the run stands for the song as it is now."""
    # These stages have one part, so an artifact has the input hash of its run.
    same_run = and_(run.song_id == artifact.song_id, run.stage == artifact.stage, run.input_hash == artifact.input_hash)
    return uow.connection.execute(
        select(artifact_table, run.current)
        .join(stage_run_table, same_run)
        .where(artifact.song_id.in_(list(song_ids)), artifact.stage == stage, artifact.kind == kind)
        .order_by(artifact.created_at, artifact.id)
    ).all()
