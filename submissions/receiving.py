"""Edges by which bytes come in: a whole file at once, for commands and the demo, or piece by piece, for browsers.

Each commits several times, because no transaction may stay open while bytes travel.
"""

from collections.abc import Iterable

import msgspec

from opencall.kernel.errors import OpencallError
from opencall.kernel.principal import Principal
from opencall.kernel.unit_of_work import Work
from submissions.errors import NoSpace, OffsetWrong
from submissions.files import NewFile, Upload, begin_upload, cancel_upload, finish_upload, upload_of
from submissions.rows import SongFile
from submissions.uploads import Checksum, Uploads


def receive_file(
    work: Work,
    uploads: Uploads,
    principal: Principal,
    song_id: str,
    file: NewFile,
    chunks: Iterable[bytes],
    expected_sha256: str | None = None,
) -> SongFile:
    """Take in a whole file as one stream; its `sha256` is the receipt. A stream that fails leaves nothing behind."""
    with work.write(principal) as uow:
        upload = begin_upload(uow, principal, song_id, file)
    try:
        uploads.reserve(upload)
        uploads.append(upload, 0, chunks)
        receipt = uploads.finish(upload, expected_sha256)
        with work.write(principal) as uow:
            received = finish_upload(uow, principal, upload.id, receipt)
    except BaseException:
        with work.write(principal) as uow:
            cancel_upload(uow, principal, upload.id)
        raise
    finally:
        uploads.forget(upload)
    return received


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an upload is here; `file` is what it became, once it is whole."""

    upload: Upload
    offset_bytes: int
    file: SongFile | None


def announce(work: Work, uploads: Uploads, principal: Principal, song_id: str, file: NewFile) -> Arrival:
    """Begin an upload, and make room for all of it. Raises what `begin_upload` raises, and `NoSpace`."""
    with work.write(principal) as uow:
        upload = begin_upload(uow, principal, song_id, file)
    try:
        uploads.reserve(upload)
    except NoSpace:  # the same announcement again may find room
        with work.write(principal) as uow:
            cancel_upload(uow, principal, upload.id)
        raise
    return arrival_of(work, uploads, principal, upload.id)


def arrival_of(work: Work, uploads: Uploads, principal: Principal, upload_id: str) -> Arrival:
    """How far an upload is. Raises `NotYours`, `UploadGone`."""
    with work.read(principal) as uow:
        upload, file = upload_of(uow, principal, upload_id)
    received = upload.bytes if file is not None else uploads.received(upload)
    return Arrival(upload=upload, offset_bytes=received, file=file)


def receive_piece(
    work: Work,
    uploads: Uploads,
    principal: Principal,
    upload_id: str,
    offset_bytes: int,
    chunks: Iterable[bytes],
    *,
    piece: Checksum | None = None,
    whole_sha256: str | None = None,
) -> Arrival:
    """Take in a stream that begins at `offset_bytes`; with the last byte the upload becomes a file of the song.

    A stream without bytes at the end of the file finishes what was left unfinished: a machine may die between the last
    byte and the receipt. Raises what `Uploads.append`, `Uploads.finish` and `finish_upload` raise.
    """
    now = arrival_of(work, uploads, principal, upload_id)
    if now.file is not None:
        if offset_bytes != now.offset_bytes:
            raise OffsetWrong(offset_bytes, now.offset_bytes)
        return now
    upload = now.upload
    if uploads.reserve(upload):
        _refuse_dropped(work, uploads, principal, upload)
    received = uploads.append(upload, offset_bytes, chunks, piece)
    if received < upload.bytes:
        return Arrival(upload=upload, offset_bytes=received, file=None)
    receipt = uploads.finish(upload, whole_sha256 or upload.sha256)
    with work.write(principal) as uow:
        file = finish_upload(uow, principal, upload_id, receipt)
    uploads.forget(upload)
    return Arrival(upload=upload, offset_bytes=received, file=file)


def drop_upload(work: Work, uploads: Uploads, principal: Principal, upload_id: str) -> None:
    """End an upload that is under way, and drop what has arrived of it. Raises `NotYours`, `UploadUsed`."""
    with work.write(principal) as uow:
        upload = cancel_upload(uow, principal, upload_id)
    uploads.forget(upload)


def _refuse_dropped(work: Work, uploads: Uploads, principal: Principal, upload: Upload) -> None:
    """Whoever ends an upload drops its room after its row; who made room in between gives it back."""
    try:
        arrival_of(work, uploads, principal, upload.id)
    except OpencallError:
        uploads.forget(upload)
        raise
