"""Where files live: named by the SHA-256 of their content, created once, never changed.

The same bytes are stored once, whoever sends them; a name that exists is therefore right by definition, and a crash
in the middle of a write leaves nothing under a final name.
"""

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, ClassVar, Final, Protocol, runtime_checkable

import msgspec

from opencall.kernel.errors import Kind, OpencallError

CHUNK_BYTES = 1 << 20
# Another disk, a file system without hard links, or a file that has as many as it can: then bytes are copied.
_NO_SECOND_NAME: Final = (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK)
_SHA256 = re.compile(r"[0-9a-f]{64}")


class StoredObject(msgspec.Struct, frozen=True):
    """What the store knows of a file: `sha256` (hex) is its name, `bytes` its length."""

    sha256: str
    bytes: int


class ObjectNotFound(OpencallError):
    """No object of that name is in the store."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, sha256: str) -> None:
        self.sha256 = sha256
        super().__init__(f"No stored file has the SHA-256 {sha256}; restore it from a backup or upload it again.")


class ContentMismatch(OpencallError):
    """The bytes that arrived are not the bytes that were announced."""

    def __init__(self, expected_sha256: str, actual_sha256: str, actual_bytes: int) -> None:
        self.expected_sha256, self.actual_sha256, self.actual_bytes = expected_sha256, actual_sha256, actual_bytes
        super().__init__(
            f"The {actual_bytes} bytes that arrived have the SHA-256 {actual_sha256}, not {expected_sha256}; "
            "nothing was stored. Send the file again."
        )


@runtime_checkable  # handlers are given one by the framework, which looks at what it gives
class ObjectStore(Protocol):
    """The port: a folder, or an S3 bucket by settings."""

    def put(self, chunks: Iterable[bytes], expected_sha256: str | None = None) -> StoredObject:
        """Store a stream of bytes. Raises `ContentMismatch`, and stores nothing, if its hash is not the expected."""
        ...

    def put_file(self, path: Path) -> StoredObject:
        """Store a copy of a local file."""
        ...

    def adopt(self, path: Path, stored: StoredObject) -> None:
        """Store a local file that is `stored` and will never be written to again, without copying where that can be.

        The file may be unlinked afterwards. Its hash has been counted by whoever hands it over.
        """
        ...

    def exists(self, sha256: str) -> bool: ...

    def size(self, sha256: str) -> int:
        """How many bytes the object has. Raises `ObjectNotFound`."""
        ...

    def read(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to, not including, `end` (else to the last one), in pieces; as a slice would.

        Raises `ObjectNotFound` when the first piece is asked for, so ask for the size before promising anything.
        """
        ...

    def open(self, sha256: str) -> BinaryIO:
        """A readable, seekable binary file, of which no more is fetched than is read. Raises `ObjectNotFound`."""
        ...

    def local(self, sha256: str) -> AbstractContextManager[Path]:
        """A context in which the object can be read as a local file that nobody may write to."""
        ...


def require_sha256(name: str) -> None:
    """Raise `ObjectNotFound` unless `name` is a SHA-256 in hexadecimal digits, as every name in a store is."""
    if not _SHA256.fullmatch(name):
        raise ObjectNotFound(name)


def read_chunks(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of `file` in pieces of 1 MiB."""
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


class FolderStore:
    """Objects as files below a folder: `ab/cd/abcd….`"""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def path_of(self, sha256: str) -> Path:
        """Where the object of that name lies, whether or not it exists."""
        require_sha256(sha256)
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def put(self, chunks: Iterable[bytes], expected_sha256: str | None = None) -> StoredObject:
        digest = hashlib.sha256()
        length = 0
        with tempfile.NamedTemporaryFile(dir=self._incoming, delete=False) as incoming:
            arriving = Path(incoming.name)
            try:
                for chunk in chunks:
                    digest.update(chunk)
                    length += len(chunk)
                    incoming.write(chunk)
                incoming.flush()
                os.fsync(incoming.fileno())
                sha256 = digest.hexdigest()
                if expected_sha256 is not None and sha256 != expected_sha256:
                    raise ContentMismatch(expected_sha256, sha256, length)
                self._settle(arriving, sha256)
            finally:
                arriving.unlink(missing_ok=True)
        return StoredObject(sha256, length)

    def put_file(self, path: Path) -> StoredObject:
        with path.open("rb") as file:
            return self.put(read_chunks(file))

    def adopt(self, path: Path, stored: StoredObject) -> None:
        try:
            self._settle(path, stored.sha256)
        except OSError as refused:
            if refused.errno not in _NO_SECOND_NAME:
                raise
            with path.open("rb") as file:
                self.put(read_chunks(file), stored.sha256)

    def exists(self, sha256: str) -> bool:
        return self.path_of(sha256).is_file()

    def size(self, sha256: str) -> int:
        try:
            return self.path_of(sha256).stat().st_size
        except FileNotFoundError:
            raise ObjectNotFound(sha256) from None

    def read(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        with self.open(sha256) as file:
            left = (file.seek(0, os.SEEK_END) if end is None else end) - start
            file.seek(start)
            while left > 0 and (piece := file.read(min(left, CHUNK_BYTES))):
                left -= len(piece)
                yield piece

    def open(self, sha256: str) -> BinaryIO:
        try:
            return self.path_of(sha256).open("rb")
        except FileNotFoundError:
            raise ObjectNotFound(sha256) from None

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        path = self.path_of(sha256)
        if not path.is_file():
            raise ObjectNotFound(sha256)
        yield path

    def _settle(self, arriving: Path, sha256: str) -> None:
        final = self.path_of(sha256)
        final.parent.mkdir(parents=True, exist_ok=True)
        arriving.chmod(0o444)
        try:
            os.link(arriving, final)
        except FileExistsError:
            return
        folder = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
