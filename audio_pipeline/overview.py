"""What the studio's pages read: songs in production, and one of them with everything in it.

Nothing here writes, and no list costs a query a line.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import Row, Select, select

from audio_pipeline import orders, runs
from audio_pipeline.approvals import Party, approval_sha256
from audio_pipeline.pipeline import Artifact, Inputs, Pipeline, Stage
from audio_pipeline.production import require_studio
from audio_pipeline.queue import SHOWN
from audio_pipeline.runs import RunState
from audio_pipeline.stages import PIPELINE
from audio_pipeline.stems.manifest import FitRecord
from audio_pipeline.tables import approval_table, song_table, stage_run_table
from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork

run = stage_run_table.c
_LATEST_DONE: Final = 30
# What was normalised by an earlier version says less of it, and is shown without.
_FIT_FIELDS: Final = frozenset(FitRecord.__struct_fields__)


class Waits(StrEnum):
    """Whom a song in production waits for."""

    ENGINEER = "engineer"
    ARTIST = "artist"
    MACHINE = "machine"
    NOBODY = "nobody"


class StageLine(msgspec.Struct, frozen=True, kw_only=True):
    """A stage of a song as it is now; `state` is `waiting` while nothing was ordered."""

    stage: str
    state: str
    run_id: str | None = None
    progress: float = 0.0
    attempt: int = 0
    error: str | None = None
    queued_at: datetime | None = None
    finished_at: datetime | None = None


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a party said, and whether it was said of the render as it is now."""

    party: Party
    approved: bool
    by: str
    comment: str
    at: datetime
    approval_sha256: str
    counts: bool


class SongInProduction(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the studio's list: `why` says in words what it waits for, since `since`."""

    song_id: str
    title: str
    artist_name: str
    waits: Waits
    why: str
    stages: tuple[StageLine, ...]
    since: datetime


class Production(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the studio knows of a song. `approval_sha256` names the render to approve, if there is one.

    `fit` is how the stems stand to the mix, as the manifest of the stems says it; None until they are normalised, and
    where it `is_upmix`: then its `stems` are parts of the stereo mix.
    """

    song_id: str
    title: str
    artist_name: str
    layouts: tuple[str, ...]
    waits: Waits
    why: str
    stages: tuple[StageLine, ...]
    approval_sha256: str | None
    engineer: Word | None
    artist: Word | None
    words: tuple[Word, ...]
    scene: Artifact | None
    scene_is_edited: bool
    stems: tuple[Artifact, ...]
    fit: dict[str, Any] | None
    null_db: float | None
    is_upmix: bool
    renders: tuple[Artifact, ...]
    masters: tuple[Artifact, ...]

    @property
    def is_mastered(self) -> bool:
        return bool(self.masters)


def songs_in_production(
    uow: UnitOfWork, principal: Principal, pipeline: Pipeline = PIPELINE
) -> tuple[SongInProduction, ...]:
    """Every song that is being produced, what waits for an engineer first, and the last ones whose masters are made.

    Four queries, however many songs, and none reads what is not shown. Raises `NotAllowed`.
    """
    require_studio(principal)
    mastered = select(run.song_id).where(run.stage == "master", run.current, run.state == RunState.DONE)
    begun = select(run.song_id).where(run.stage == "normalise", run.current, run.song_id.not_in(mastered))
    lately = mastered.order_by(run.finished_at.desc(), run.song_id).limit(_LATEST_DONE)

    by_song: dict[str, dict[str, Row[Any]]] = {}
    shown: Select[Any] = select(*SHOWN).where(run.current, run.song_id.in_(begun) | run.song_id.in_(lately))
    for row in uow.connection.execute(shown):
        by_song.setdefault(row.song_id, {})[row.stage] = row
    rendered = uow.connection.execute(
        select(run.song_id, run.inputs, run.version).where(
            run.stage == "render", run.current, run.state == RunState.DONE, run.song_id.in_(begun)
        )
    )
    approvals = {row.song_id: _approval(row) for row in rendered}
    said = select(approval_table).where(approval_table.c.song_id.in_(begun)).order_by(approval_table.c.seq)
    words = _last_words(uow.connection.execute(said).all())
    found = []
    for song in uow.connection.execute(
        select(song_table.c.id, song_table.c.settings).where(song_table.c.id.in_(list(by_song)))
    ):
        current_runs = by_song[song.id]
        waits, why = _waits(current_runs, approvals.get(song.id), words.get(song.id, {}))
        found.append(
            SongInProduction(
                song_id=song.id,
                title=song.settings.get("title", ""),
                artist_name=song.settings.get("artist_name", ""),
                waits=waits,
                why=why,
                stages=_stage_lines(pipeline, current_runs),
                since=max(row.finished_at or row.queued_at for row in current_runs.values()),
            )
        )
    order = list(Waits)
    return tuple(sorted(found, key=lambda song: (order.index(song.waits), -song.since.timestamp(), song.song_id)))


def production_of(uow: UnitOfWork, principal: Principal, song_id: str, pipeline: Pipeline = PIPELINE) -> Production:
    """A song in production with all that belongs to it. Raises `NotAllowed`, `NoSuchSong`."""
    require_studio(principal)
    song = orders.find_song(uow, song_id)
    current_runs = _current_runs(uow, song_id)
    render = current_runs.get("render")
    approval = None if render is None or render.state != RunState.DONE else _approval(render)
    rows = uow.connection.execute(
        select(approval_table).where(approval_table.c.song_id == song_id).order_by(approval_table.c.seq)
    ).all()
    last = _last_words(rows).get(song_id, {})
    waits, why = _waits(current_runs, approval, last)
    composed = _artifacts(uow, pipeline, current_runs, "compose")
    normalised = _artifacts(uow, pipeline, current_runs, "normalise")
    manifests = [one for one in normalised if one.kind == "stems_manifest"]
    return Production(
        song_id=song_id,
        title=song.settings.get("title", ""),
        artist_name=song.settings.get("artist_name", ""),
        layouts=tuple(song.settings.get("layouts", ())),
        waits=waits,
        why=why,
        stages=_stage_lines(pipeline, current_runs),
        approval_sha256=approval,
        engineer=_word(last.get(Party.ENGINEER), approval),
        artist=_word(last.get(Party.ARTIST), approval),
        words=tuple(word for row in reversed(rows) if (word := _word(row, approval)) is not None),
        scene=next((one for one in composed if one.kind == "scene"), None),
        scene_is_edited="edited_scene" in song.settings,
        stems=tuple(one for one in normalised if one.kind == "stem"),
        fit=next((one.details for one in manifests if one.details.keys() >= _FIT_FIELDS), None),
        null_db=manifests[0].details.get("null_db") if manifests else None,
        is_upmix=any(one.details.get("source") == "upmix" for one in manifests),
        renders=tuple(one for one in _artifacts(uow, pipeline, current_runs, "render") if one.kind == "render"),
        masters=_artifacts(uow, pipeline, current_runs, "master"),
    )


def stages_of(uow: UnitOfWork, song_id: str, pipeline: Pipeline = PIPELINE) -> tuple[StageLine, ...]:
    """The stages of a song that is in production, or on its way there. Whoever shows them decides to whom."""
    return _stage_lines(pipeline, _current_runs(uow, song_id))


def _current_runs(uow: UnitOfWork, song_id: str) -> dict[str, Row[Any]]:
    rows = uow.connection.execute(select(stage_run_table).where(run.song_id == song_id, run.current))
    return {row.stage: row for row in rows}


def _artifacts(
    uow: UnitOfWork, pipeline: Pipeline, current_runs: Mapping[str, Row[Any]], stage: str
) -> tuple[Artifact, ...]:
    row = current_runs.get(stage)
    if row is None or row.state != RunState.DONE:
        return ()
    return runs.artifacts_of_run(uow, pipeline[stage], row)


def _stage_lines(pipeline: Pipeline, current_runs: Mapping[str, Row[Any]]) -> tuple[StageLine, ...]:
    return tuple(_stage_line(stage, current_runs.get(stage.name)) for stage in pipeline)


def _stage_line(stage: Stage, row: Row[Any] | None) -> StageLine:
    if row is None:
        return StageLine(stage=stage.name, state="waiting")
    return StageLine(
        stage=stage.name,
        state=row.state,
        run_id=row.id,
        progress=row.progress,
        attempt=row.attempt,
        error=row.error,
        queued_at=row.queued_at,
        finished_at=row.finished_at,
    )


def _approval(render: "Row[*tuple[Any, ...]]") -> str:
    return approval_sha256(msgspec.convert(render.inputs, Inputs), render.version)


def _last_words(rows: Sequence[Row[Any]]) -> dict[str, dict[Party, Row[Any]]]:
    """The last word of each party on each song; `rows` in the order in which they were said."""
    last: dict[str, dict[Party, Row[Any]]] = {}
    for row in rows:
        last.setdefault(row.song_id, {})[Party(row.party)] = row
    return last


def _word(row: Row[Any] | None, approval: str | None) -> Word | None:
    if row is None:
        return None
    return Word(
        party=Party(row.party),
        approved=row.approved,
        by=row.by,
        comment=row.comment,
        at=row.at,
        approval_sha256=row.approval_sha256,
        counts=row.approval_sha256 == approval,
    )


def _waits(
    current_runs: Mapping[str, Row[Any]], approval: str | None, last: Mapping[Party, Row[Any]]
) -> tuple[Waits, str]:
    """Whom a song waits for, and for what. What stands still is said before what could be done next."""
    states = {name: RunState(row.state) for name, row in current_runs.items()}
    if RunState.FAILED in states.values() or RunState.QUARANTINED in states.values():
        return Waits.ENGINEER, "A stage stands still"
    if states.get("master") is RunState.DONE:
        return Waits.NOBODY, "Masters are made"
    if states.get("master") in (RunState.QUEUED, RunState.RUNNING):
        return Waits.MACHINE, "Masters are being made"
    artist, engineer = (_word(last.get(party), approval) for party in (Party.ARTIST, Party.ENGINEER))
    if artist is not None and not artist.approved and (approval is None or artist.counts):
        return Waits.ENGINEER, "The artist sent it back"
    if approval is None:
        if RunState.CANCELLED in states.values():
            return Waits.NOBODY, "Stopped"
        return Waits.MACHINE, "The render is being made"
    if engineer is None or not engineer.approved or not engineer.counts:
        return Waits.ENGINEER, "A render waits for your ears"
    return Waits.ARTIST, "The artist has not answered yet"
