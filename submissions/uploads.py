"""The way of bytes from a sender into the object store.

A port, and the adapter that a machine with a disk needs. It can be taken up again where it stopped: the length of the
file on disk is what has arrived, nothing else counts. Two servers that kept the offset elsewhere were killed in the
middle of a piece, and after resuming reported success over 6,000,000 of 4,000,000 bytes.
"""

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from opencall.kernel.object_store import ContentMismatch, ObjectStore, StoredObject
from submissions.errors import NoSpace, OffsetWrong, PieceDamaged, UploadBusy, UploadIncomplete, UploadTooLong
from submissions.files import Upload

# A disk that is full to the brim stops the database too.
RESERVE_BYTES = 64 << 20
_ID = re.compile(r"[0-9a-f]{32}")


class Uploads(Protocol):
    """The port. It knows an upload's identifier and length; songs and owners are checked before it is asked."""

    def received(self, upload: Upload) -> int:
        """How many bytes have arrived: where the next piece begins."""
        ...

    def append(
        self, upload: Upload, offset_bytes: int, chunks: Iterable[bytes], expected_sha256: str | None = None
    ) -> int:
        """Add a stream that begins at `offset_bytes`; returns what has arrived then.

        Raises `OffsetWrong`, `UploadTooLong` (all is forgotten), `UploadBusy`, `NoSpace`, and `PieceDamaged` (the
        stream does not count) when it hashes to something else than `expected_sha256`. If the stream breaks off, what
        arrived before is kept.
        """
        ...

    def finish(self, upload: Upload, expected_sha256: str | None = None) -> StoredObject:
        """Put the whole file into the store and return the receipt; may be repeated until `forget`.

        Raises `UploadIncomplete`, and `ContentMismatch` (all is forgotten) when the sender's hash is another.
        """
        ...

    def forget(self, upload: Upload) -> None:
        """Drop what has arrived; call it once the file is in the song, or is wanted no longer."""
        ...

    def collect(self, older_than: timedelta) -> int:
        """Drop whatever nothing was added to for so long; returns how many uploads that were."""
        ...


class FolderUploads:
    """Collects each upload in a file of `folder`, named by the upload's identifier and never by its sender."""

    def __init__(self, folder: Path, store: ObjectStore) -> None:
        self.folder = folder
        self._store = store
        folder.mkdir(parents=True, exist_ok=True)

    def received(self, upload: Upload) -> int:
        path = self._path(upload)
        return path.stat().st_size if path.exists() else 0

    def append(
        self, upload: Upload, offset_bytes: int, chunks: Iterable[bytes], expected_sha256: str | None = None
    ) -> int:
        with self._leased(upload) as file:
            length = file.seek(0, os.SEEK_END)
            if offset_bytes != length:
                raise OffsetWrong(offset_bytes, length)
            self._refuse_full_disk(upload.bytes - length)
            digest = None if expected_sha256 is None else hashlib.sha256()

            for chunk in chunks:
                length += len(chunk)
                if length > upload.bytes:
                    file.truncate(0)
                    raise UploadTooLong(upload.bytes)
                file.write(chunk)
                if digest is not None:
                    digest.update(chunk)
            if digest is not None and digest.hexdigest() != expected_sha256:
                file.truncate(offset_bytes)
                raise PieceDamaged(offset_bytes, str(expected_sha256), digest.hexdigest())
            file.flush()
            os.fsync(file.fileno())
        return length

    def finish(self, upload: Upload, expected_sha256: str | None = None) -> StoredObject:
        with self._leased(upload) as file:
            length = file.seek(0, os.SEEK_END)
            if length != upload.bytes:
                raise UploadIncomplete(length, upload.bytes)
            file.seek(0)
            try:
                return self._store.put(iter(lambda: file.read(1 << 20), b""), expected_sha256)
            except ContentMismatch:
                file.truncate(0)
                raise

    def forget(self, upload: Upload) -> None:
        self._path(upload).unlink(missing_ok=True)

    def collect(self, older_than: timedelta) -> int:
        latest = time.time() - older_than.total_seconds()  # the disk's own clock wrote the times that this compares
        old = [path for path in self.folder.iterdir() if path.stat().st_mtime <= latest]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    @contextmanager
    def _leased(self, upload: Upload) -> Iterator[BinaryIO]:
        """The file, for this one connection; the lease ends with the process that holds it."""
        path = self._path(upload)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UploadBusy(upload.id) from None
            try:
                yield file
            finally:
                # A process that is being started holds a copy of the file, and with it the lease, for a moment longer.
                file.flush()
                fcntl.flock(file, fcntl.LOCK_UN)

    def _path(self, upload: Upload) -> Path:
        if not _ID.fullmatch(upload.id):
            raise ValueError(f"an upload is named by 32 hexadecimal digits, not {upload.id!r}")
        return self.folder / upload.id

    def _refuse_full_disk(self, needed_bytes: int) -> None:
        free_bytes = shutil.disk_usage(self.folder).free
        if needed_bytes + RESERVE_BYTES > free_bytes:
            raise NoSpace(needed_bytes, free_bytes)
