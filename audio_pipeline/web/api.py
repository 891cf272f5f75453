"""The same for scripts: what the studio knows of a song, and the queue, as JSON."""

from typing import Any, Final, Literal

import msgspec
from litestar import get
from litestar.params import FromPath

from audio_pipeline.overview import StageLine, production_of
from audio_pipeline.pipeline import Artifact
from audio_pipeline.queue import Runs, runs_now
from opencall.kernel.web.pages import Member, WorkHere
from opencall.kernel.web.refusals import may_refuse


class ArtifactOut(msgspec.Struct, frozen=True, kw_only=True):
    """A stored file; `url` gives its bytes, with ranges. `details` is what was measured on it."""

    stage: str
    kind: str
    name: str
    sha256: str
    bytes: int
    url: str
    details: dict[str, Any]


class ApprovalOut(msgspec.Struct, frozen=True, kw_only=True):
    """`sha256` names scene, stems, renderer and head shape; null while there is no render to approve."""

    sha256: str | None
    engineer: bool
    artist: bool


class SongRenders(msgspec.Struct, frozen=True, kw_only=True):
    """A song in production. Where `source` is `upmix`, artifacts of the kind `stem` are parts of the stereo mix."""

    song_id: str
    title: str
    artist_name: str
    source: Literal["stems", "upmix"]
    waits_for: str
    stages: tuple[StageLine, ...]
    artifacts: tuple[ArtifactOut, ...]
    approval: ApprovalOut


@get(
    "/api/renders/{song_id:str}", sync_to_thread=True, tags=["renders"], operation_id="renders", responses=may_refuse()
)
def renders(work: WorkHere, member: Member, song_id: FromPath[str]) -> SongRenders:
    """Stages, artifacts and approvals of a song in production. For engineers and managers."""
    with work.read(member) as uow:
        song = production_of(uow, member, song_id)
    scene = [] if song.scene is None else [_out("compose", song.scene, f"/studio/{song_id}/scene.json")]
    made = (
        ("stems", "normalise", song.stems),
        ("renders", "render", song.renders),
        ("masters", "master", song.masters),
    )
    return SongRenders(
        song_id=song.song_id,
        title=song.title,
        artist_name=song.artist_name,
        source="upmix" if song.is_upmix else "stems",
        waits_for=song.waits,
        stages=song.stages,
        artifacts=(
            *scene,
            *(
                _out(stage, one, f"/sound/{song_id}/{folder}/{one.name}")
                for folder, stage, artifacts in made
                for one in artifacts
            ),
        ),
        approval=ApprovalOut(
            sha256=song.approval_sha256,
            engineer=song.engineer is not None and song.engineer.approved and song.engineer.counts,
            artist=song.artist is not None and song.artist.approved and song.artist.counts,
        ),
    )


@get("/api/runs", sync_to_thread=True, tags=["renders"], operation_id="runs", responses=may_refuse())
def runs(work: WorkHere, member: Member) -> Runs:
    """What runs, what waits, what stands still, and what ended lately. For engineers and managers."""
    with work.read(member) as uow:
        return runs_now(uow, member)


def _out(stage: str, one: Artifact, url: str) -> ArtifactOut:
    return ArtifactOut(
        stage=stage, kind=one.kind, name=one.name, sha256=one.sha256, bytes=one.bytes, url=url, details=one.details
    )


handlers: Final = (renders, runs)
