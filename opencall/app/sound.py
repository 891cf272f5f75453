"""The sound of songs, and files of it: submissions decides who may have it, the audio room knows where its bytes are.

What somebody may not know of is not there: 404, whether it is missing, hidden or withdrawn.
"""

from typing import Any, ClassVar, Final

from litestar import Response, Router, route
from litestar.enums import HttpMethod
from litestar.params import FromPath

from audio_pipeline import listening, production
from opencall.kernel.errors import Kind, OpencallError
from opencall.kernel.object_store import StoredObject
from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import UnitOfWork
from opencall.kernel.web.pages import Handler, StoreHere, Visit, WorkHere
from opencall.kernel.web.ranges import Caching
from opencall.kernel.web.stored_file import StoredFile
from submissions.hearing import Hearing, Sound, may_hear

_TYPES: Final = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".mp4": "audio/mp4",
    ".m4a": "audio/mp4",
    ".json": "application/json",
}
# What a page shows of a song whose cover is not drawn yet: quiet, and the same for all.
_NO_COVER: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400">'
    '<rect width="400" height="400" fill="#3a3c44"/><circle cx="200" cy="200" r="96" fill="none" stroke="#8d909b" '
    'stroke-width="10"/><circle cx="200" cy="200" r="26" fill="#8d909b"/></svg>'
)


class NotHeard(OpencallError):
    """There is no such sound, or none for this person. Says no more than that."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self) -> None:
        super().__init__("There is no sound for you at this address; check it, or sign in as who may hear it.")


class NotMadeYet(OpencallError):
    """The song is there, and this of it is not, or not yet."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"There is no {what} of this song, or not yet; what is being made is here in a moment.")


def heard(uow: UnitOfWork, who: Principal | None, song_id: str, sound: Sound) -> Hearing:
    """What `who` may have of the song, `sound` among it. Raises `NotHeard`."""
    hearing = may_hear(uow, who, song_id)
    if hearing is None or sound not in hearing.sounds:
        raise NotHeard
    return hearing


def _gives(path: str) -> Handler:
    """A handler that gives bytes: to look at them (GET), or only to know of them (HEAD)."""
    return route(
        path,
        http_method=[HttpMethod.GET, HttpMethod.HEAD],
        sync_to_thread=True,
        include_in_schema=False,
        status_code=200,
    )


@_gives("/sound/{song_id:str}/original")
def original(request: Visit, work: WorkHere, store: StoreHere, song_id: FromPath[str]) -> StoredFile:
    """The artist's mix as browsers play it. It has no name, because those who judge it listen to it as well."""
    with work.read() as uow:
        hearing = heard(uow, request.user, song_id, Sound.MIX)
        copy = listening.listening_copy(uow, song_id, hearing.mix_sha256)
    if copy is None:
        raise NotMadeYet("listening copy")
    return StoredFile(request, store, StoredObject(copy.sha256, copy.bytes), media_type=copy.media_type)


@_gives("/sound/{song_id:str}/render")
def render(request: Visit, work: WorkHere, store: StoreHere, song_id: FromPath[str]) -> StoredFile:
    """The render as browsers play it: for headphones if there is one, else for two loudspeakers."""
    with work.read() as uow:
        heard(uow, request.user, song_id, Sound.RENDER)
        copies = listening.audition_of(uow, song_id)
    if not copies:
        raise NotMadeYet("render")
    return StoredFile(request, store, StoredObject(copies[0].sha256, copies[0].bytes), media_type=copies[0].media_type)


@_gives("/sound/{song_id:str}/cover.svg")
def cover(request: Visit, work: WorkHere, store: StoreHere, song_id: FromPath[str]) -> Response[Any]:
    """The picture of the song, drawn from its sound."""
    with work.read() as uow:
        hearing = heard(uow, request.user, song_id, Sound.COVER)
        drawn = listening.cover_of(uow, song_id, hearing.mix_sha256)
    if drawn is None:
        return Response(_NO_COVER, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})
    return StoredFile(request, store, StoredObject(drawn.sha256, drawn.bytes), media_type=drawn.media_type)


@_gives("/sound/{song_id:str}/uploads/{name:str}")
def upload(request: Visit, work: WorkHere, store: StoreHere, song_id: FromPath[str], name: FromPath[str]) -> StoredFile:
    """A file as the artist sent it, mix or stem."""
    with work.read() as uow:
        heard(uow, request.user, song_id, Sound.FILES)
        found = {one.name: StoredObject(one.sha256, one.bytes) for one in production.uploads_of(uow, song_id)}
    return _download(request, store, found, name, "file of that name")


@_gives("/sound/{song_id:str}/stems/{name:str}")
def stem(request: Visit, work: WorkHere, store: StoreHere, song_id: FromPath[str], name: FromPath[str]) -> StoredFile:
    """A stem as the renderer reads it."""
    with work.read() as uow:
        heard(uow, request.user, song_id, Sound.STEMS)
        found = _artifacts(uow, song_id, "normalise")
    return _download(request, store, found, name, "stem of that name")


@_gives("/sound/{song_id:str}/renders/{name:str}")
def rendered(
    request: Visit, work: WorkHere, store: StoreHere, song_id: FromPath[str], name: FromPath[str]
) -> StoredFile:
    """A render for one layout, whole."""
    with work.read() as uow:
        heard(uow, request.user, song_id, Sound.FILES)
        found = _artifacts(uow, song_id, "render")
    return _download(request, store, found, name, "render of that name")


@_gives("/sound/{song_id:str}/masters/{name:str}")
def master(request: Visit, work: WorkHere, store: StoreHere, song_id: FromPath[str], name: FromPath[str]) -> StoredFile:
    """A master, or the manifest of them all."""
    with work.read() as uow:
        heard(uow, request.user, song_id, Sound.MASTERS)
        found = _artifacts(uow, song_id, "master")
    return _download(request, store, found, name, "master of that name")


def _artifacts(uow: UnitOfWork, song_id: str, stage: str) -> dict[str, StoredObject]:
    return {one.name: StoredObject(one.sha256, one.bytes) for one in production.song_artifacts(uow, song_id, stage)}


def _download(request: Visit, store: StoreHere, found: dict[str, StoredObject], name: str, what: str) -> StoredFile:
    stored = found.get(name)
    if stored is None:
        raise NotMadeYet(what)
    suffix = f".{name.rsplit('.', 1)[-1].casefold()}" if "." in name else ""
    # Somebody's file is handed over to be saved, never shown: whatever it holds, no browser runs it here.
    return StoredFile(
        request,
        store,
        stored,
        media_type=_TYPES.get(suffix, "application/octet-stream"),
        caching=Caching.PRIVATE,
        save_as=name,
    )


router = Router("/", route_handlers=[original, render, cover, upload, stem, rendered, master])
