"""The way of bytes from a sender into the object store.

A port, and the adapter that a machine with a disk needs. It can be taken up again where it stopped: what a mark in the
file itself says has arrived, and nothing else counts. Two servers that kept the offset elsewhere were killed in the
middle of a piece, and after resuming reported success over 6,000,000 of 4,000,000 bytes.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

import msgspec

from opencall.kernel.object_store import CHUNK_BYTES, ContentMismatch, ObjectStore, StoredObject
from submissions.arriving import ArrivingFile
from submissions.beside import Beside
from submissions.errors import (
    NoSpace,
    OffsetWrong,
    PieceDamaged,
    UploadBusy,
    UploadGone,
    UploadIncomplete,
    UploadTooLong,
)
from submissions.files import Upload

if TYPE_CHECKING:
    from hashlib import _Hash

# A disk that is full to the brim stops the database too.
RESERVE_BYTES = 64 << 20
# Hashes of files under way that are remembered between two pieces; of others the file is read once at its end.
HASHES_KEPT: Final = 1000
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ID = re.compile(r"[0-9a-f]{32}")


class Checksum(msgspec.Struct, frozen=True):
    """What a sender says that a piece hashes to, in hexadecimal digits. It finds damage; it proves nothing."""

    algorithm: Literal["sha1", "sha256"]
    hex: str

    def begun(self) -> "_Hash":
        return hashlib.new(self.algorithm, usedforsecurity=False)


class Uploads(Protocol):
    """The port. It knows an upload's identifier and length; songs and owners are checked before it is asked."""

    def reserve(self, upload: Upload) -> bool:
        """Make room for the whole file; True the first time. Raises `NoSpace`."""
        ...

    def received(self, upload: Upload) -> int:
        """How many bytes have arrived for good: where the next piece begins."""
        ...

    def append(
        self, upload: Upload, offset_bytes: int, chunks: Iterable[bytes], expected: "Checksum | None" = None
    ) -> int:
        """Add a stream that begins at `offset_bytes`; returns what has arrived then.

        Raises `OffsetWrong`, `UploadBusy`, `NoSpace`, `UploadGone` (no room is reserved, or no longer), and, while
        nothing of the stream counts, `UploadTooLong`, and `PieceDamaged` when it hashes to something else than what is
        `expected`. If a stream breaks off, what arrived is kept, unless it was to be compared with a hash.
        """
        ...

    def finish(self, upload: Upload, expected_sha256: str | None = None) -> StoredObject:
        """Put the whole file into the store and return the receipt; may be repeated until `forget`.

        Raises `UploadIncomplete`, `UploadGone`, and `ContentMismatch` (all is forgotten) when the sender's hash is
        another.
        """
        ...

    def forget(self, upload: Upload) -> None:
        """Drop what has arrived; call it once the file is in the song, or is wanted no longer."""
        ...

    def collect(self, wanted: Collection[str], older_than: timedelta) -> int:
        """Drop what belongs to no upload of these identifiers, and nothing was added to for so long; returns how many
        uploads that were."""
        ...


class FolderUploads:
    """Collects each upload in a file of `folder`, named by the upload's identifier and never by its sender."""

    def __init__(self, folder: Path, store: ObjectStore) -> None:
        self.folder = folder
        self._store = store
        self._hashes = _Hashes()
        folder.mkdir(parents=True, exist_ok=True)

    def reserve(self, upload: Upload) -> bool:
        path = self._path(upload)
        with suppress(FileNotFoundError):
            if path.stat().st_size:
                return False
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with self._leased(upload) as file:
            if not file.is_new:
                return False
            try:
                self._refuse_full_disk(upload.bytes)
                with _no_space_said(upload.bytes, self.folder):
                    file.reserve()
                self._refuse_full_disk(0)  # others may have reserved at the same moment
            except BaseException:
                path.unlink()
                raise
        return True

    def received(self, upload: Upload) -> int:
        try:
            descriptor = os.open(self._path(upload), os.O_RDONLY)
        except FileNotFoundError:
            return 0
        try:
            file = ArrivingFile(descriptor, upload.bytes)
            return upload.bytes if file.is_sealed else file.mark().offset_bytes
        finally:
            os.close(descriptor)

    def append(
        self, upload: Upload, offset_bytes: int, chunks: Iterable[bytes], expected: "Checksum | None" = None
    ) -> int:
        with self._leased(upload) as file, _no_space_said(upload.bytes - offset_bytes, self.folder):
            mark = file.mark()
            arrived = upload.bytes if file.is_sealed else mark.offset_bytes
            if offset_bytes != arrived:
                raise OffsetWrong(offset_bytes, arrived)
            session = os.urandom(16)
            whole = self._hashes.taken(upload.id, mark.session, arrived)
            piece = None if expected is None else expected.begun()
            with Beside(
                file, offset_bytes, session, [digest for digest in (whole, piece) if digest is not None]
            ) as beside:
                try:
                    for chunk in chunks:
                        if arrived + len(chunk) > upload.bytes:
                            raise UploadTooLong(upload.bytes)
                        # Its room is free only when the last one who has it open lets go.
                        if file.is_dropped:
                            raise UploadGone(upload.id)
                        file.write(arrived, chunk)
                        arrived += len(chunk)
                        beside.hash(chunk)
                        if piece is None:
                            beside.count(arrived)
                    beside.wait()
                    if expected is not None and piece is not None and piece.hexdigest() != expected.hex:
                        raise PieceDamaged(offset_bytes, expected.algorithm, expected.hex, piece.hexdigest())
                except BaseException as broken:
                    if piece is not None or isinstance(broken, UploadTooLong):
                        arrived = offset_bytes
                    raise
                finally:
                    beside.wait()
                    if arrived > offset_bytes or beside.has_counted:
                        file.commit(arrived, session)
                    if arrived > offset_bytes and whole is not None:
                        self._hashes.keep(upload.id, session, arrived, whole)
            if not self._is_still_there(upload, file):
                raise UploadGone(upload.id)
        return arrived

    def finish(self, upload: Upload, expected_sha256: str | None = None) -> StoredObject:
        with self._leased(upload) as file:
            mark = file.mark()
            if not file.is_sealed and mark.offset_bytes != upload.bytes:
                raise UploadIncomplete(mark.offset_bytes, upload.bytes)
            digest = self._hashes.taken(upload.id, mark.session, upload.bytes)
            sha256 = (digest or _hash_of(file)).hexdigest()
            if expected_sha256 is not None and sha256 != expected_sha256:
                # Whoever holds the file by another name keeps it: it is given up, not emptied.
                self._path(upload).unlink()
                raise ContentMismatch(expected_sha256, sha256, upload.bytes)
            if not file.is_sealed:
                file.seal()
            receipt = StoredObject(sha256, upload.bytes)
            with _no_space_said(upload.bytes, self.folder):
                self._store.adopt(self._path(upload), receipt)
            return receipt

    def forget(self, upload: Upload) -> None:
        self._path(upload).unlink(missing_ok=True)

    def collect(self, wanted: Collection[str], older_than: timedelta) -> int:
        latest = time.time() - older_than.total_seconds()  # the disk's own clock wrote the times that this compares
        dropped = 0
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):
                if path.name not in wanted and path.stat().st_mtime <= latest:
                    path.unlink()
                    dropped += 1
        return dropped

    @contextmanager
    def _leased(self, upload: Upload) -> Iterator[ArrivingFile]:
        """The file, for this one connection; the lease ends with the process that holds it."""
        while True:
            try:
                descriptor = os.open(self._path(upload), os.O_RDWR)
            except FileNotFoundError:
                raise UploadGone(upload.id) from None
            except PermissionError:
                # It is whole, and has been in the store already: nobody writes to it, so nobody has to be kept away.
                descriptor = os.open(self._path(upload), os.O_RDONLY)
            try:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise UploadBusy(upload.id) from None
                try:
                    file = ArrivingFile(descriptor, upload.bytes)
                    if self._is_still_there(upload, file):
                        yield file
                        return
                finally:
                    # A process that is being started holds a copy of the file, and with it the lease, a moment longer.
                    fcntl.flock(descriptor, fcntl.LOCK_UN)
            finally:
                os.close(descriptor)

    def _is_still_there(self, upload: Upload, file: ArrivingFile) -> bool:
        """Whether the open file is the one of that name: it may have been dropped, and another one begun."""
        try:
            return os.path.samestat(self._path(upload).stat(), os.fstat(file.descriptor))
        except FileNotFoundError:
            return False

    def _path(self, upload: Upload) -> Path:
        if not _ID.fullmatch(upload.id):
            raise ValueError(f"an upload is named by 32 hexadecimal digits, not {upload.id!r}")
        return self.folder / upload.id

    def _refuse_full_disk(self, needed_bytes: int) -> None:
        free_bytes = shutil.disk_usage(self.folder).free
        if needed_bytes + RESERVE_BYTES > free_bytes:
            raise NoSpace(needed_bytes, free_bytes)


class _Hashes:
    """SHA-256 of files under way, as far as they have arrived, so that no file is read again at its end.

    Each is good for the mark that was set with it only: bytes that another process added are not in it.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[bytes, int, _Hash]] = OrderedDict()
        self._lock = threading.Lock()

    def taken(self, upload_id: str, session: bytes, offset_bytes: int) -> "_Hash | None":
        """A copy to go on with; None where nobody here counted from the first byte to this mark."""
        if offset_bytes == 0:
            return hashlib.sha256()
        with self._lock:
            known_session, known_offset, digest = self._known.get(upload_id, (b"", 0, None))
        if digest is None or (known_session, known_offset) != (session, offset_bytes):
            return None
        return digest.copy()

    def keep(self, upload_id: str, session: bytes, offset_bytes: int, digest: "_Hash") -> None:
        with self._lock:
            self._known[upload_id] = (session, offset_bytes, digest)
            self._known.move_to_end(upload_id)
            if len(self._known) > HASHES_KEPT:
                self._known.popitem(last=False)


def _hash_of(file: ArrivingFile) -> "_Hash":
    digest = hashlib.sha256()
    for start in range(0, file.length, CHUNK_BYTES):
        digest.update(os.pread(file.descriptor, min(CHUNK_BYTES, file.length - start), start))
    return digest


@contextmanager
def _no_space_said(needed_bytes: int, folder: Path) -> Iterator[None]:
    """What the disk says when it is full, as the refusal that it is."""
    try:
        yield
    except OSError as refused:
        if refused.errno not in _FULL:
            raise
        raise NoSpace(needed_bytes, shutil.disk_usage(folder).free) from refused
