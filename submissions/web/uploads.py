"""Files come in by tus 1.0 (creation, expiration, checksum, termination): a file may stop anywhere and go on there.

The body of a PATCH is handed from the event loop to a thread that writes, one piece of at most 1 MiB at a time: what
a slow disk has not taken yet stays with the sender. With the last byte the upload becomes a file of its song, and the
answer carries the receipt.
"""

import base64
import binascii
import re
from collections.abc import AsyncGenerator, Iterator
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from typing import Any, Final, TypeAlias

import anyio
import anyio.from_thread
import anyio.to_thread
import msgspec
from anyio.lowlevel import RunVar
from litestar import Request, Response, Router, delete, get, head, patch, post, route
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException, InternalServerException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, SkipValidation

from opencall.kernel.errors import Kind, OpencallError
from opencall.kernel.object_store import ContentMismatch
from opencall.kernel.principal import Principal
from opencall.kernel.web.pages import Member, WorkHere
from opencall.kernel.web.refusals import may_refuse, not_served, refused
from submissions.errors import (
    FileSizeWrong,
    NoSpace,
    PieceDamaged,
    SongTooLarge,
    UploadBusy,
    UploadGone,
    UploadTooLong,
)
from submissions.files import LARGEST_FILE_BYTES, NewFile, begin_upload
from submissions.material import Part
from submissions.receiving import Arrival, arrival_of, drop_upload, receive_piece
from submissions.uploads import Uploads

UploadsHere: TypeAlias = NamedDependency[SkipValidation[Uploads]]
Sent: TypeAlias = Request[Principal | None, Any, State]

VERSION: Final = "1.0.0"
PIECE_BYTES: Final = 1 << 20
# A sender who is silent for so long has gone: another connection may take the file up.
SILENCE_S: Final = 30.0
# Threads that wait for senders are not those that pages need.
SENDERS_AT_ONCE: Final = 200
BODY_TYPE: Final = "application/offset+octet-stream"

# What tus calls some of our refusals; all others keep their usual status.
STATUS: Final[dict[type[OpencallError], int]] = {
    FileSizeWrong: 413,
    SongTooLarge: 413,
    UploadTooLong: 413,
    UploadBusy: 423,
    UploadGone: 410,
    PieceDamaged: 460,
    ContentMismatch: 460,
    NoSpace: 507,
}
_REFUSED: Final = may_refuse(408, 410, 412, 413, 415, 423, 460, 507)
_IN_HEADERS: Final = ResponseSpec(
    None, generate_examples=False, description="Done; what there is to say stands in headers"
)
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_threads: RunVar[anyio.CapacityLimiter] = RunVar("upload_threads")


class HeaderWrong(OpencallError):
    """A header that tus needs is missing, or says what it may not say."""

    def __init__(self, header: str, wanted: str, status: int = 400) -> None:
        self.header, self.status = header, status
        super().__init__(f"{header}: {wanted}.")


class SenderGone(OpencallError):
    """Nothing came for a while, or the sender hung up; what had arrived is kept."""

    kind = Kind.CONFLICT
    status = 408

    def __init__(self) -> None:
        super().__init__(f"Nothing arrived for {SILENCE_S:.0f} seconds; ask for the offset (HEAD) and go on there.")


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
            "Tus-Checksum-Algorithm": "sha256",
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
def begin(request: Sent, work: WorkHere, member: Member) -> Response[None]:
    """Announce a file: `Upload-Length`, and `Upload-Metadata` with `song`, `filename` and `part` (mix or stem).

    If you like, also `role`, `replaces` (a file's identifier) and `sha256` of the whole file. `Location` says where its
    bytes go.
    """
    _require_tus(request)
    words = metadata_of(request.headers.get("upload-metadata", ""))
    part = words.get("part", "stem")
    if part not in tuple(Part):
        raise HeaderWrong("Upload-Metadata", f"part is mix or stem, not {part[:40]!r}")
    file = NewFile(
        name=words.get("filename", ""),
        bytes=_number(request, "Upload-Length"),
        part=Part(part),
        role=words.get("role", ""),
        replaces=words.get("replaces") or None,
        sha256=words.get("sha256") or None,
    )
    with work.write(member) as uow:
        upload = begin_upload(uow, member, words.get("song", ""), file)
    arrival = Arrival(upload=upload, offset_bytes=0, file=None)
    return Response(None, headers=_headers(arrival) | {"Location": f"/api/uploads/{upload.id}"})


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
    _require_tus(request)
    return Response(
        None, headers=_headers(arrival_of(work, uploads, member, upload_id)) | {"Cache-Control": "no-store"}
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

    `Upload-Checksum: sha256 <base64>` guards this piece, `Opencall-Sha256: <hex>` the whole file: with another hash
    nothing counts (460). The answer to the last piece has the receipt in `Opencall-Sha256` and `Opencall-File`.
    """
    _require_tus(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().casefold() != BODY_TYPE:
        raise HeaderWrong("Content-Type", f"a piece is sent as {BODY_TYPE}", 415)
    receive = partial(
        receive_piece,
        work,
        uploads,
        member,
        upload_id,
        _number(request, "Upload-Offset"),
        pieces_of(request.stream()),
        piece_sha256=_checksum(request.headers.get("upload-checksum")),
        whole_sha256=_hash(request.headers.get("opencall-sha256")),
    )
    return Response(None, headers=_headers(await anyio.to_thread.run_sync(receive, limiter=_senders())))


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
    _require_tus(request)
    drop_upload(work, uploads, member, upload_id)
    return Response(None, status_code=204, headers={"Tus-Resumable": VERSION})


def metadata_of(header: str) -> dict[str, str]:
    """`Upload-Metadata` as words: pairs apart by commas, each a key and base64 of UTF-8. Raises `HeaderWrong`."""
    words: dict[str, str] = {}
    for pair in filter(None, (pair.strip() for pair in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            words[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise HeaderWrong("Upload-Metadata", f"the value of {key[:40]!r} has to be base64 of UTF-8") from None
    return words


def pieces_of(stream: AsyncGenerator[bytes, None]) -> Iterator[bytes]:
    """The stream, for a thread that writes; each piece is asked for when the one before is written."""
    while piece := anyio.from_thread.run(_gather, stream):
        yield piece


async def _gather(stream: AsyncGenerator[bytes, None]) -> bytes:
    """The next bytes, `PIECE_BYTES` or a little more; none at the end. Raises `SenderGone`.

    What had arrived when a sender went is a piece like any other; the stream ends after it.
    """
    piece = bytearray()
    try:
        while len(piece) < PIECE_BYTES:
            with anyio.fail_after(SILENCE_S):
                chunk = await anext(stream, None)
            if chunk is None:
                break
            piece += chunk
    except (TimeoutError, InternalServerException):  # the latter is how the framework says that a sender hung up
        if not piece:
            raise SenderGone from None
    return bytes(piece)


def _senders() -> anyio.CapacityLimiter:
    try:
        return _threads.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(SENDERS_AT_ONCE)
        _threads.set(limiter)
        return limiter


def _headers(arrival: Arrival) -> dict[str, str]:
    headers = {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(arrival.offset_bytes),
        "Upload-Length": str(arrival.upload.bytes),
    }
    if arrival.file is not None:
        return headers | {"Opencall-Sha256": arrival.file.sha256, "Opencall-File": arrival.file.id}
    return headers | {"Upload-Expires": format_datetime(arrival.upload.expires_at, usegmt=True)}


def _require_tus(request: Sent) -> None:
    if request.headers.get("tus-resumable") != VERSION:
        raise HeaderWrong("Tus-Resumable", f"this server speaks {VERSION}; say so in every request", 412)


def _number(request: Sent, header: str) -> int:
    value = request.headers.get(header, "")
    if not _NUMBER.fullmatch(value):
        raise HeaderWrong(header, f"a number of bytes is wanted, not {value[:40]!r}")
    return int(value)


def _checksum(header: str | None) -> str | None:
    """`Upload-Checksum` as hexadecimal digits."""
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except binascii.Error:
        digest = b""
    if algorithm != "sha256" or len(digest) != 32:
        raise HeaderWrong("Upload-Checksum", "sha256 and 32 bytes in base64 are wanted")
    return digest.hex()


def _hash(header: str | None) -> str | None:
    if header is not None and not re.fullmatch(r"[0-9a-f]{64}", header):
        raise HeaderWrong("Opencall-Sha256", "64 hexadecimal digits are wanted")
    return header


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
