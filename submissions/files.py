"""The files of a song: announced, received, replaced, removed. Their bytes travel through `uploads`."""

import re
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Select, case, delete, func, insert, select, update

from opencall.kernel.object_store import StoredObject
from opencall.kernel.principal import NotYours, Principal
from opencall.kernel.unit_of_work import UnitOfWork
from submissions.calls import collecting_call
from submissions.errors import (
    ArtistRoomFull,
    CallRoomFull,
    FileNameTaken,
    FileNameWrong,
    FileSizeWrong,
    HashWrong,
    KeyTaken,
    KeyWrong,
    MixTaken,
    NoSuchFile,
    SongCannot,
    SongTooLarge,
    TooManyFiles,
    UploadGone,
    UploadIncomplete,
    UploadUsed,
)
from submissions.file_names import LONGEST_NAME, display_name, name_key, safe_name
from submissions.material import Part
from submissions.moves import next_song_state
from submissions.rows import Call, Song, SongFile, as_struct, files_of, find_call, own_song
from submissions.states import SongEvent, SongState
from submissions.tables import file_table, song_table, upload_table
from submissions.terms import GIB, StemsDue

LARGEST_FILE_BYTES = 4 * GIB
MOST_FILES = 129  # A mix and the 128 stems that an object-based master can hold.
# How long an upload may take; what is not whole by then is collected.
UPLOADS_KEPT: Final = timedelta(days=7)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9A-Za-z-]{1,64}")


class NewFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as its sender announces it. `role` is a hint such as `bass`; `replaces` names a file that it follows;
    `sha256` is what the whole file hashes to, where the sender knows it before sending; `key` is the sender's own word
    for the announcement, which makes a second one with the same word the same upload."""

    name: str
    bytes: int
    part: Part
    role: str = ""
    replaces: str | None = None
    sha256: str | None = None
    key: str | None = None


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file on its way; `file_id` is set once it has arrived."""

    id: str
    song_id: str
    part: Part
    name: str
    role: str
    bytes: int
    replaces: str | None
    sha256: str | None
    key: str | None
    begun_at: datetime
    file_id: str | None

    @property
    def expires_at(self) -> datetime:
        return self.begun_at + UPLOADS_KEPT


def begin_upload(uow: UnitOfWork, principal: Principal, song_id: str, file: NewFile) -> Upload:
    """Announce a file. Refuses what could never become a file of the song, before a byte is sent.

    Raises `FileNameWrong`, `FileSizeWrong`, `HashWrong`, `KeyWrong`, `KeyTaken`, `TooManyFiles`, `SongTooLarge`,
    `ArtistRoomFull`, `CallRoomFull`, `MixTaken`, `FileNameTaken`, `NoSuchFile`.
    """
    if file.key is not None and (known := _announced(uow, principal, song_id, file)):
        return known
    song, call = _song_taking(uow, principal, song_id, file.part)
    if not 1 <= len(file.name) <= LONGEST_NAME:
        raise FileNameWrong(len(file.name), LONGEST_NAME)
    if not 1 <= file.bytes <= LARGEST_FILE_BYTES:
        raise FileSizeWrong(file.bytes, LARGEST_FILE_BYTES)
    if file.sha256 is not None and not _SHA256.fullmatch(file.sha256):
        raise HashWrong(file.sha256)
    files, coming = files_of(uow, song_id), uploads_under_way(uow, song_id)
    replaced = _replaced(files, file.replaces, file.part)
    staying = [kept for kept in files if kept.id != file.replaces]
    if len(staying) + len(coming) >= MOST_FILES:
        raise TooManyFiles(MOST_FILES)
    total_bytes = sum(kept.bytes for kept in staying) + sum(upload.bytes for upload in coming) + file.bytes
    if total_bytes > call.song_limit_bytes:
        raise SongTooLarge(total_bytes, call.song_limit_bytes)
    _refuse_full_room(uow, song, call, file.bytes, replaced.bytes if replaced else 0)
    _refuse_second(file.part, display_name(file.name), [(kept.part, kept.name) for kept in staying])

    upload = Upload(
        id=uow.ids.new(),
        song_id=song.id,
        part=file.part,
        name=display_name(file.name),
        role=display_name(file.role)[:40],
        bytes=file.bytes,
        replaces=file.replaces,
        sha256=file.sha256,
        key=file.key,
        begun_at=uow.clock.now(),
        file_id=None,
    )
    uow.connection.execute(insert(upload_table).values(**msgspec.structs.asdict(upload)))
    return upload


def finish_upload(uow: UnitOfWork, principal: Principal, upload_id: str, receipt: StoredObject) -> SongFile:
    """Make the received bytes a file of the song, in place of the one it replaces. Finishing twice is finishing once.

    An upload that was begun in time may finish after the deadline. Raises `NotYours`, `UploadIncomplete`, `UploadUsed`.
    """
    upload = own_upload(uow, principal, upload_id)
    files = files_of(uow, upload.song_id)
    if upload.file_id is not None:
        for file in files:
            if file.id == upload.file_id and file.sha256 == receipt.sha256:
                return file
        raise UploadUsed(upload_id)
    song = own_song(uow, principal, upload.song_id)
    next_song_state(song, SongEvent.ADD_STEMS if upload.part is Part.STEM else SongEvent.EDIT)
    if receipt.bytes != upload.bytes:
        raise UploadIncomplete(receipt.bytes, upload.bytes)
    staying = [file for file in files if file.id != upload.replaces]
    _refuse_second(upload.part, upload.name, [(file.part, file.name) for file in staying])

    if upload.replaces is not None:
        uow.connection.execute(delete(file_table).where(file_table.c.id == upload.replaces))
    file = SongFile(
        id=uow.ids.new(),
        song_id=upload.song_id,
        part=upload.part,
        name=upload.name,
        safe_name=safe_name(upload.name, [file.safe_name for file in staying]),
        role=upload.role,
        sha256=receipt.sha256,
        bytes=receipt.bytes,
        received_at=uow.clock.now(),
    )
    uow.connection.execute(insert(file_table).values(**msgspec.structs.asdict(file)))
    uow.connection.execute(update(upload_table).where(upload_table.c.id == upload.id).values(file_id=file.id))
    return file


def cancel_upload(uow: UnitOfWork, principal: Principal, upload_id: str) -> Upload:
    """Forget an upload that is under way, and return it; what became a file is removed with `remove_file`."""
    upload = own_upload(uow, principal, upload_id)
    if upload.file_id is not None:
        raise UploadUsed(upload_id)

    uow.connection.execute(delete(upload_table).where(upload_table.c.id == upload_id))
    return upload


def remove_file(uow: UnitOfWork, principal: Principal, song_id: str, file_id: str) -> None:
    """Take a file out of the song. Versions that were submitted with it keep it. Raises `NoSuchFile`."""
    own_song(uow, principal, song_id)
    file = next((file for file in files_of(uow, song_id) if file.id == file_id), None)
    if file is None:
        raise NoSuchFile(file_id)
    _song_taking(uow, principal, song_id, file.part)

    uow.connection.execute(delete(file_table).where(file_table.c.id == file_id))


def recast_file(uow: UnitOfWork, principal: Principal, song_id: str, file_id: str, part: Part, role: str) -> None:
    """Say what a received file is: the mix, or a stem with a role. Raises `NoSuchFile`, `MixTaken`, `FileNameTaken`."""
    own_song(uow, principal, song_id)
    files = files_of(uow, song_id)
    file = next((file for file in files if file.id == file_id), None)
    if file is None:
        raise NoSuchFile(file_id)
    for touched in (file.part, part):
        _song_taking(uow, principal, song_id, touched)
    _refuse_second(part, file.name, [(other.part, other.name) for other in files if other.id != file_id])

    uow.connection.execute(
        update(file_table).where(file_table.c.id == file_id).values(part=part, role=display_name(role)[:40])
    )


def cast_stem(uow: UnitOfWork, principal: Principal, song_id: str, file_id: str, role: str) -> None:
    """Say what a stem is; the mix stays the mix. Raises `NoSuchFile`."""
    own_song(uow, principal, song_id)
    if all(file.id != file_id or file.part is not Part.STEM for file in files_of(uow, song_id)):
        raise NoSuchFile(file_id)
    recast_file(uow, principal, song_id, file_id, Part.STEM, role)


def uploads_under_way(uow: UnitOfWork, song_id: str) -> tuple[Upload, ...]:
    """What has been announced for a song and is not whole yet, in the order of announcement."""
    rows = uow.connection.execute(
        select(upload_table)
        .where(
            upload_table.c.song_id == song_id,
            upload_table.c.file_id.is_(None),
            upload_table.c.begun_at > uow.clock.now() - UPLOADS_KEPT,
        )
        .order_by(upload_table.c.begun_at, upload_table.c.id)
    )
    return tuple(as_struct(row, Upload) for row in rows)


def old_uploads(now: datetime) -> Select[Any]:
    """The uploads that have had their time at `now`, whole or not, as a question."""
    return select(upload_table).where(upload_table.c.begun_at <= now - UPLOADS_KEPT)


def drop_old_uploads(uow: UnitOfWork) -> tuple[Upload, ...]:
    """Forget them; for the sweep, which drops what arrived of each. Files that they became stay, of course."""
    dropped = tuple(as_struct(row, Upload) for row in uow.connection.execute(old_uploads(uow.clock.now())))
    if dropped:
        uow.connection.execute(delete(upload_table).where(upload_table.c.id.in_([upload.id for upload in dropped])))
    return dropped


def under_way_anywhere(uow: UnitOfWork) -> frozenset[str]:
    """The identifiers of all uploads that are not whole yet, for the sweep: bytes of any other are nobody's."""
    return frozenset(uow.connection.scalars(select(upload_table.c.id).where(upload_table.c.file_id.is_(None))))


def upload_of(uow: UnitOfWork, principal: Principal, upload_id: str) -> tuple[Upload, SongFile | None]:
    """An upload, and the file that it became. Raises `NotYours`, and `UploadGone` when it has ended without one."""
    upload = own_upload(uow, principal, upload_id)
    if upload.file_id is None:
        if uow.clock.now() >= upload.expires_at:
            raise UploadGone(upload_id)
        return upload, None
    file = next((file for file in files_of(uow, upload.song_id) if file.id == upload.file_id), None)
    if file is None:
        raise UploadGone(upload_id)
    return upload, file


def own_upload(uow: UnitOfWork, principal: Principal, upload_id: str) -> Upload:
    """The upload, if it is of a song of `principal`. Raises `NotYours`."""
    row = uow.connection.execute(select(upload_table).where(upload_table.c.id == upload_id)).first()
    if row is None:
        raise NotYours("upload", upload_id)
    upload = as_struct(row, Upload)
    try:
        own_song(uow, principal, upload.song_id)
    except NotYours:
        raise NotYours("upload", upload_id) from None
    return upload


def _song_taking(uow: UnitOfWork, principal: Principal, song_id: str, part: Part) -> tuple[Song, Call]:
    """The song and its call, if a file of this part may come or go now.

    Stems that are due after selection may come as long as the offer is open; everything else until the deadline.
    """
    song = own_song(uow, principal, song_id)
    next_song_state(song, SongEvent.ADD_STEMS if part is Part.STEM else SongEvent.EDIT)
    if song.state is not SongState.OFFERED:
        return song, collecting_call(uow, song.call_id)
    call = find_call(uow, song.call_id)
    if call.stems is not StemsDue.AFTER_SELECTION:
        raise SongCannot(song.id, song.state, SongEvent.ADD_STEMS)
    return song, call


def _announced(uow: UnitOfWork, principal: Principal, song_id: str, file: NewFile) -> Upload | None:
    """The upload that was announced with this key already: its answer did not arrive. Raises `KeyWrong`, `KeyTaken`."""
    if not _KEY.fullmatch(str(file.key)):
        raise KeyWrong(str(file.key))
    own_song(uow, principal, song_id)
    row = uow.connection.execute(
        select(upload_table).where(upload_table.c.song_id == song_id, upload_table.c.key == file.key)
    ).first()
    if row is None:
        return None
    known = as_struct(row, Upload)
    if (known.name, known.bytes, known.part) != (display_name(file.name), file.bytes, file.part):
        raise KeyTaken(str(file.key))
    return known


def _refuse_full_room(uow: UnitOfWork, song: Song, call: Call, coming_bytes: int, leaving_bytes: int) -> None:
    """Raise `ArtistRoomFull` or `CallRoomFull` where files and uploads under way leave no room for so much more."""
    under_way = (upload_table.c.file_id.is_(None), upload_table.c.begun_at > uow.clock.now() - UPLOADS_KEPT)
    artist_bytes = call_bytes = coming_bytes - leaving_bytes
    for table, *conditions in ((file_table,), (upload_table, *under_way)):
        is_own = case((song_table.c.artist_id == song.artist_id, table.c.bytes), else_=0)
        own, everybodys = uow.connection.execute(
            select(func.coalesce(func.sum(is_own), 0), func.coalesce(func.sum(table.c.bytes), 0))
            .join(song_table, song_table.c.id == table.c.song_id)
            .where(song_table.c.call_id == call.id, *conditions)
        ).one()
        artist_bytes += int(own)
        call_bytes += int(everybodys)
    if artist_bytes > call.artist_limit_bytes:
        raise ArtistRoomFull(artist_bytes, call.artist_limit_bytes)
    if call_bytes > call.call_limit_bytes:
        raise CallRoomFull(coming_bytes, call.call_limit_bytes)


def _replaced(files: tuple[SongFile, ...], file_id: str | None, part: Part) -> SongFile | None:
    """The file of that identifier and part, if one is named. Raises `NoSuchFile`."""
    if file_id is None:
        return None
    for file in files:
        if file.id == file_id and file.part is part:
            return file
    raise NoSuchFile(file_id)


def _refuse_second(part: Part, name: str, others: list[tuple[Part, str]]) -> None:
    """A song has one mix, and no two stems that people would call the same."""
    for other_part, other_name in others:
        if part is Part.MIX and other_part is Part.MIX:
            raise MixTaken(other_name)
        if part is Part.STEM and other_part is Part.STEM and name_key(name) == name_key(other_name):
            raise FileNameTaken(other_name)
