"""The studio: songs in production by what they wait for, and one of them with all that was made of it."""

from typing import Annotated, Any, Final, TypeAlias

import msgspec
from litestar import Response
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import BodyKwarg, FromPath

from audio_pipeline import production
from audio_pipeline.editing import LARGEST_UPLOAD_BYTES, read_scene, take_scene
from audio_pipeline.overview import Production, Waits, production_of, songs_in_production
from audio_pipeline.pipeline import Artifact
from audio_pipeline.run_errors import NotReadyFor
from audio_pipeline.scene.model import Scene
from audio_pipeline.scene.picture import picture_of
from audio_pipeline.scene.roles import ROLES
from opencall.kernel.object_store import StoredObject
from opencall.kernel.principal import Role
from opencall.kernel.web.forms import Fields, FieldWrong, Form
from opencall.kernel.web.labels import LabelsHere
from opencall.kernel.web.lanes import lanes_of
from opencall.kernel.web.pages import Member, StoreHere, Visit, WorkHere, acts, go_to, page, shows
from opencall.kernel.web.stored_file import StoredFile

FileForm: TypeAlias = Annotated[dict[str, Any], BodyKwarg(media_type=RequestEncodingType.MULTI_PART)]

KINDS: Final = {
    "adm-360": ("360 Reality Audio compatible master", "ADM BW64, objects"),
    "adm-emission": ("Emission profile", "ADM BW64, BS.2076-3"),
    "loudspeakers": ("Loudspeakers", "WAV"),
    "binaural": ("Headphones", "FLAC"),
    "iamf": ("IAMF", "MP4"),
    "qc": ("Quality sheet", "HTML"),
    "manifest": ("Manifest", "every hash, gain and measurement"),
}
LAYOUTS: Final = {
    "0+2+0": "Stereo",
    "0+5+0": "5.1",
    "0+7+0": "7.1",
    "4+5+0": "5.1.4",
    "4+7+0": "7.1.4",
    "9+10+3": "22.2",
    "5+5+3": "5+5+3",
    "binaural": "Headphones",
}


MOST_SHOWN: Final = 60
"""Lines of each group of the studio's list; the rest is counted."""


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """A file to take away, as the table shows it. `findings` are what its judges had to say."""

    title: str
    about: str
    name: str
    sha256: str
    bytes: int
    integrated_lufs: float | None = None
    true_peak_dbtp: float | None = None
    overs: int = 0
    checked: bool = False
    ok: bool = True
    findings: tuple[dict[str, Any], ...] = ()


@shows("/studio")
def studio_page(request: Visit, work: WorkHere, member: Member) -> Response[str]:
    """Every song in production."""
    with work.read(member) as uow:
        songs = songs_in_production(uow, member)
    groups = [(waits, [song for song in songs if song.waits is waits]) for waits in Waits]
    return page(request, "audio/studio.html", groups=groups, songs=songs, most=MOST_SHOWN)


@shows("/studio/{song_id:str}")
def production_page(
    request: Visit, work: WorkHere, store: StoreHere, labels: LabelsHere, member: Member, song_id: FromPath[str]
) -> Response[str]:
    """One song: stages, approvals, files, scene."""
    with work.read(member) as uow:
        song = production_of(uow, member, song_id)
        names = labels.people(uow, {word.by for word in song.words})
    scene = None if song.scene is None else read_scene(store, song.scene)
    return page(request, "audio/production.html", **_facts(song), **_scene_facts(scene), names=names)


@shows("/studio/{song_id:str}/now")
def now_fragment(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str]) -> Response[str]:
    """What the song waits for and how far its stages are."""
    with work.read(member) as uow:
        song = production_of(uow, member, song_id)
    return page(request, "audio/production-now.html", **_facts(song))


@shows("/studio/{song_id:str}/files")
def files_fragment(
    request: Visit, work: WorkHere, labels: LabelsHere, member: Member, song_id: FromPath[str]
) -> Response[str]:
    """Approvals, renders and masters."""
    with work.read(member) as uow:
        song = production_of(uow, member, song_id)
        names = labels.people(uow, {word.by for word in song.words})
    return page(request, "audio/production-files.html", **_facts(song), names=names)


@acts("/studio/{song_id:str}/approve")
def approve_form(request: Visit, work: WorkHere, member: Member, song_id: FromPath[str], data: Form) -> Response[str]:
    """The engineer's yes to exactly the render that the page showed."""
    approval = Fields(data).needed("approval_sha256", "The render")
    with work.write(member) as uow:
        production.approve(uow, member, song_id, approval)
    return go_to(request, f"/studio/{song_id}")


@shows("/studio/{song_id:str}/scene.json")
def scene_download(
    request: Visit, work: WorkHere, store: StoreHere, member: Member, song_id: FromPath[str]
) -> StoredFile:
    """The scene as it is now, to be edited elsewhere."""
    with work.read(member) as uow:
        song = production_of(uow, member, song_id)
    if song.scene is None:
        raise NotReadyFor(song_id, "a download of its scene", "compose")
    stored = StoredObject(song.scene.sha256, song.scene.bytes)
    return StoredFile(request, store, stored, media_type="application/json", save_as="scene.json")


@acts("/studio/{song_id:str}/scene", request_max_body_size=LARGEST_UPLOAD_BYTES)
def scene_form(
    request: Visit, work: WorkHere, store: StoreHere, member: Member, song_id: FromPath[str], data: FileForm
) -> Response[str]:
    """The scene comes back, edited; renders follow."""
    file = data.get("scene")
    if not isinstance(file, UploadFile):
        raise FieldWrong("scene", "The edited scene", "choose a scene.json")
    document = file.file.read()
    take_scene(work, member, store, song_id, document, file.filename or "scene.json")
    return go_to(request, f"/studio/{song_id}")


def _facts(song: Production) -> dict[str, Any]:
    loudness = {one.sha256: one.details for one in song.renders}
    # The master for headphones is the render for them, packed: another file of the same sound.
    loudness |= {one.sha256: _of_headphones(song) for one in song.masters if one.kind == "binaural"}
    return {
        "song": song,
        "engineer_role": Role.ENGINEER,
        "left_over": None if song.fit is None else lanes_of(song.fit.get("rest")),
        "renders": [_file_line(one, one.details) for one in song.renders],
        "masters": [_file_line(one, loudness.get(one.sha256, {})) for one in song.masters],
    }


def _of_headphones(song: Production) -> dict[str, Any]:
    return next((one.details for one in song.renders if one.details.get("layout") == "binaural"), {})


def _scene_facts(scene: Scene | None) -> dict[str, Any]:
    if scene is None:
        return {"scene": None, "picture": None, "roles": ROLES}
    return {"scene": scene, "picture": picture_of(scene), "roles": ROLES}


def _file_line(artifact: Artifact, measured: dict[str, Any]) -> FileLine:
    layout = measured.get("layout")
    title, about = KINDS.get(artifact.kind, (artifact.kind, ""))
    if layout is not None:
        title = LAYOUTS.get(layout, layout)
        about = f"{layout}, {measured['channels']} channels, {measured['sample_rate_hz'] / 1000:g} kHz"
    checks = artifact.details.get("checks", [])
    return FileLine(
        title=title,
        about=about,
        name=artifact.name,
        sha256=artifact.sha256,
        bytes=artifact.bytes,
        integrated_lufs=measured.get("integrated_lufs"),
        true_peak_dbtp=measured.get("true_peak_dbtp"),
        overs=measured.get("overs", 0),
        checked=bool(checks),
        ok=all(check["ok"] for check in checks),
        findings=tuple(finding for check in checks for finding in check["findings"]),
    )


handlers: Final = (
    studio_page,
    production_page,
    now_fragment,
    files_fragment,
    approve_form,
    scene_download,
    scene_form,
)
