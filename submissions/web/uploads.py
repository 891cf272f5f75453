"""Files come in by tus 1.0 (creation, expiration, checksum, termination): a file may stop anywhere and go on there.

With the last byte the upload becomes a file of its song, and the answer carries the receipt.
"""

from datetime import datetime
from functools import partial
from typing import Any, Final, TypeAlias

import anyio
import msgspec
from anyio.lowlevel import RunVar
from litestar import Request, Response, Router, delete, get, head, patch, post, route
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, SkipValidation

from opencall.kernel.errors import OpencallError
from opencall.kernel.object_store import ContentMismatch
from opencall.kernel.principal import Principal
from opencall.kernel.web.pages import Member, WorkHere
from opencall.kernel.web.refusals import may_refuse, not_served, refused
from submissions.errors import (
    ArtistRoomFull,
    CallRoomFull,
    FileSizeWrong,
    NoSpace,
    PieceDamaged,
    SongTooLarge,
    UploadBusy,
    UploadGone,
    UploadTooLong,
)
from submissions.files import LARGEST_FILE_BYTES, NewFile
from submissions.material import Part
from submissions.receiving import announce, arrival_of, drop_upload, receive_piece
from submissions.uploads import Uploads
from submissions.web.tus import (
    DIGEST_BYTES,
    VERSION,
    HeaderWrong,
    checksum_in,
    handed_on,
    headers_of,
    metadata_of,
    number_in,
    require_body,
    require_tus,
    whole_hash_in,
)

UploadsHere: TypeAlias = NamedDependency[SkipValidation[Uploads]]
Sent: TypeAlias = Request[Principal | None, Any, State]

# Threads that wait for senders are not those that pages need.
SENDERS_AT_ONCE: Final = 200

# What tus calls some of our refusals; all others keep their usual status.
STATUS: Final[dict[type[OpencallError], int]] = {
    FileSizeWrong: 413,
    SongTooLarge: 413,
    ArtistRoomFull: 413,
    CallRoomFull: 413,
    UploadTooLong: 413,
    UploadBusy: 423,
    UploadGone: 410,
    PieceDamaged: 460,
    ContentMismatch: 460,
    NoSpace: 507,
}
_REFUSED: Final = may_refuse(408, 410, 412, 413, 415, 423, 460, 503, 507)
_IN_HEADERS: Final = ResponseSpec(
    None, generate_examples=False, description="Done; what there is to say stands in headers"
)
_threads: RunVar[anyio.CapacityLimiter] = RunVar("upload_threads")


class UploadState(msgspec.Struct, frozen=True, kw_only=True):
    """An upload as JSON; `file_id` and `sha256` are its receipt, once it is finished."""

    id: str
    song_id: str
    name: str
    part: Part
    role: str
    offset: int
    length: int
    finished: bool
    sha256: str | None
    file_id: str | None
    expires_at: datetime


@route(
    "/",
    http_method="OPTIONS",
    sync_to_thread=False,
    status_code=204,
    tags=["uploads"],
    operation_id="upload_abilities",
    responses={204: _IN_HEADERS},
)
def abilities() -> Response[None]:
    """What this server understands of tus, and how large a file may be."""
    return Response(
        None,
        headers={
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,expiration,checksum,termination",
            "Tus-Checksum-Algorithm": ",".join(DIGEST_BYTES),
            "Tus-Max-Size": str(LARGEST_FILE_BYTES),
        },
    )


@post(
    "/",
    sync_to_thread=True,
    status_code=201,
    tags=["uploads"],
    operation_id="begin_upload",
    responses=_REFUSED | {201: _IN_HEADERS},
)
def begin(request: Sent, work: WorkHere, uploads: UploadsHere, member: Member) -> Response[None]:
    """Announce a file: `Upload-Length`, and `Upload-Metadata` with `song`, `filename` and `part` (mix or stem).

    If you like, also `role`, `replaces` (a file's identifier), `sha256` of the whole file, and `key`: a word of your
    own, with which you may announce the same file again when the answer got lost. `Location` says where its bytes go.
    """
    require_tus(request.headers)
    words = metadata_of(request.headers.get("upload-metadata", ""))
    part = words.get("part", "stem")
    if part not in tuple(Part):
        raise HeaderWrong("Upload-Metadata", f"part is mix or stem, not {part[:40]!r}")
    file = NewFile(
        name=words.get("filename", ""),
        bytes=number_in(request.headers, "Upload-Length"),
        part=Part(part),
        role=words.get("role", ""),
        replaces=words.get("replaces") or None,
        sha256=words.get("sha256") or None,
        key=words.get("key") or None,
    )
    arrival = announce(work, uploads, member, words.get("song", ""), file)
    return Response(None, headers=headers_of(arrival) | {"Location": f"/api/uploads/{arrival.upload.id}"})


@head(
    "/{upload_id:str}",
    sync_to_thread=True,
    tags=["uploads"],
    operation_id="upload_offset",
    responses=_REFUSED | {200: _IN_HEADERS},
)
def offset(
    request: Sent, work: WorkHere, uploads: UploadsHere, member: Member, upload_id: FromPath[str]
) -> Response[None]:
    """Where the next piece of an upload begins."""
    require_tus(request.headers)
    return Response(
        None, headers=headers_of(arrival_of(work, uploads, member, upload_id)) | {"Cache-Control": "no-store"}
    )


@get("/{upload_id:str}", sync_to_thread=True, tags=["uploads"], operation_id="upload_state", responses=_REFUSED)
def state(work: WorkHere, uploads: UploadsHere, member: Member, upload_id: FromPath[str]) -> Response[UploadState]:
    """The same as JSON."""
    arrival = arrival_of(work, uploads, member, upload_id)
    upload, file = arrival.upload, arrival.file
    return Response(
        UploadState(
            id=upload.id,
            song_id=upload.song_id,
            name=upload.name,
            part=upload.part,
            role=upload.role,
            offset=arrival.offset_bytes,
            length=upload.bytes,
            finished=file is not None,
            sha256=file.sha256 if file is not None else None,
            file_id=file.id if file is not None else None,
            expires_at=upload.expires_at,
        ),
        headers={"Cache-Control": "no-store"},
    )


@patch(
    "/{upload_id:str}",
    status_code=204,
    request_max_body_size=None,
    tags=["uploads"],
    operation_id="send_piece",
    responses=_REFUSED | {204: _IN_HEADERS},
)
async def send(
    request: Sent, work: WorkHere, uploads: UploadsHere, member: Member, upload_id: FromPath[str]
) -> Response[None]:
    """Bytes from `Upload-Offset` on, as `application/offset+octet-stream`, as many as you like.

    `Upload-Checksum: sha256 <base64>` (or `sha1`) guards this piece, `Opencall-Sha256: <hex>` the whole file: with
    another hash nothing counts (460). The answer to the last piece has the receipt in `Opencall-Sha256` and
    `Opencall-File`.
    """
    require_tus(request.headers)
    require_body(request.headers)
    receive = partial(
        receive_piece,
        work,
        uploads,
        member,
        upload_id,
        number_in(request.headers, "Upload-Offset"),
        piece=checksum_in(request.headers),
        whole_sha256=whole_hash_in(request.headers),
    )
    arrival = await handed_on(request.stream(), receive, _senders(), request.app.state.stopping)
    return Response(None, headers=headers_of(arrival))


@delete(
    "/{upload_id:str}",
    sync_to_thread=True,
    tags=["uploads"],
    operation_id="drop_upload",
    responses=_REFUSED | {204: _IN_HEADERS},
)
def drop(
    request: Sent, work: WorkHere, uploads: UploadsHere, member: Member, upload_id: FromPath[str]
) -> Response[None]:
    """End an upload that is under way; what has arrived of it is dropped."""
    require_tus(request.headers)
    drop_upload(work, uploads, member, upload_id)
    return Response(None, status_code=204, headers={"Tus-Resumable": VERSION})


def _senders() -> anyio.CapacityLimiter:
    try:
        return _threads.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(SENDERS_AT_ONCE)
        _threads.set(limiter)
        return limiter


def tus_refused(request: Sent, refusal: OpencallError) -> Response[Any]:
    """A refusal with the status that tus has for it."""
    answer = refused(request, refusal)
    answer.status_code = STATUS.get(type(refusal), answer.status_code)
    answer.headers["Tus-Resumable"] = VERSION
    if answer.status_code == 412:
        answer.headers["Tus-Version"] = VERSION
    return answer


def tus_not_served(request: Sent, refusal: HTTPException) -> Response[Any]:
    """What the framework refuses, and senders who broke off, whom nobody hears any more."""
    answer = not_served(request, refusal)
    answer.headers["Tus-Resumable"] = VERSION
    return answer


router = Router(
    "/api/uploads",
    route_handlers=[abilities, begin, offset, state, send, drop],
    exception_handlers={OpencallError: tus_refused, HTTPException: tus_not_served},
)
