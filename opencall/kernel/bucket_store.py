"""Objects in an S3 bucket, each under its SHA-256; what is read as a file is read from a copy on this machine.

Created once, as in a folder: a small object is put on the condition that its name is free; a large one travels in parts
and appears when the last one has arrived. Two senders of the same name send the same bytes, so it does not matter
which of them ends last.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Final

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotSupportedError
from obstore.store import S3Store

from opencall.kernel.cache_folder import CacheFolder
from opencall.kernel.errors import Kind, OpencallError
from opencall.kernel.object_store import (
    CHUNK_BYTES,
    ContentMismatch,
    ObjectNotFound,
    StoredObject,
    read_chunks,
    require_sha256,
)

if TYPE_CHECKING:
    from obstore.store import BackoffConfig, ClientConfig, S3Config

# What is no larger is sent in one request; S3 allows 10,000 parts, so that the largest object has 156 GiB.
PART_BYTES: Final = 16 << 20
PARTS_AT_ONCE: Final = 4

_CLIENT: "Final[ClientConfig]" = {"connect_timeout": "5s", "read_timeout": "30s", "timeout": "1h"}
# Less than a writer may be silent, because a bank file is put into the store in the transaction that releases it.
PATIENCE_S: Final = 20.0
_BACKOFF: "Final[BackoffConfig]" = {
    "init_backoff": timedelta(milliseconds=100),
    "max_backoff": timedelta(seconds=2),
    "base": 2,
}


class StoreUnusable(OpencallError):
    """The bucket does not answer, does not exist, or refuses these credentials."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(
            f"The store {url} cannot be used: {reason}. Check OPENCALL_STORE_URL, OPENCALL_S3_ENDPOINT and the AWS "
            "credentials, then try again."
        )


class ObjectDamaged(OpencallError):
    """What is stored under a name is not what the name says."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, sha256: str, actual_sha256: str) -> None:
        self.sha256, self.actual_sha256 = sha256, actual_sha256
        super().__init__(
            f"The stored file {sha256} is damaged: its content has the SHA-256 {actual_sha256}. Restore it from a "
            "backup, or remove it from the store and upload it again."
        )


class BucketStore:
    """Objects as `<prefix>ab/cd/abcd…` in a bucket. Credentials and region come from the environment (`AWS_…`)."""

    def __init__(
        self, bucket: str, prefix: str, cache: CacheFolder, endpoint: str | None = None, patience_s: float = PATIENCE_S
    ) -> None:
        """A server that does not answer is asked again for `patience_s` seconds. Without `endpoint`, it is Amazon's."""
        self.url = f"s3://{bucket}/{prefix}"
        self.cache = cache
        config: S3Config = {} if endpoint is None else {"endpoint": endpoint}
        client: ClientConfig = {**_CLIENT, "allow_http": endpoint is not None and endpoint.startswith("http://")}
        self._bucket = S3Store(
            bucket,
            prefix=prefix or None,
            config=config,
            client_options=client,
            retry_config={"max_retries": 100, "retry_timeout": timedelta(seconds=patience_s), "backoff": _BACKOFF},
        )

    def put(self, chunks: Iterable[bytes], expected_sha256: str | None = None) -> StoredObject:
        # The name is known when the last byte is; whoever works on the file next probably does so on this machine.
        digest = hashlib.sha256()
        length = 0
        with self.cache.arriving() as (path, file):
            for chunk in chunks:
                digest.update(chunk)
                length += len(chunk)
                file.write(chunk)
            file.flush()
            sha256 = digest.hexdigest()
            if expected_sha256 is not None and sha256 != expected_sha256:
                raise ContentMismatch(expected_sha256, sha256, length)
            self._send(path, sha256, length)
            self.cache.keep(path, sha256)
        return StoredObject(sha256, length)

    def put_file(self, path: Path) -> StoredObject:
        with path.open("rb") as file:
            return self.put(read_chunks(file))

    def adopt(self, path: Path, stored: StoredObject) -> None:
        self._send(path, stored.sha256, stored.bytes)
        self.cache.keep_as_well(path, stored.sha256)

    def exists(self, sha256: str) -> bool:
        try:
            self.size(sha256)
        except ObjectNotFound:
            return False
        return True

    def size(self, sha256: str) -> int:
        with self._asked_for(sha256):
            return int(obstore.head(self._bucket, _key(sha256))["size"])

    def read(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        size = self.size(sha256)
        end = size if end is None else min(end, size)
        if start >= end:
            return
        with self._asked_for(sha256):
            found = obstore.get(self._bucket, _key(sha256), options={"range": (start, end)})
            for piece in found.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(piece)

    def open(self, sha256: str) -> BinaryIO:
        return io.BufferedReader(_Remote(self, sha256, self.size(sha256)), CHUNK_BYTES)

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        require_sha256(sha256)
        while True:
            with self.cache.leased(sha256) as path:
                if path is not None:
                    yield path
                    return
            self._fetch(sha256)

    def _send(self, path: Path, sha256: str, length: int) -> None:
        try:
            if length > PART_BYTES:
                if not self.exists(sha256):
                    obstore.put(self._bucket, _key(sha256), path, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
                return
            content = path.read_bytes()
            try:
                obstore.put(self._bucket, _key(sha256), content, mode="create")
            except AlreadyExistsError:
                return
            except NotSupportedError:  # a server without conditions: the same bytes again do no harm
                obstore.put(self._bucket, _key(sha256), content, use_multipart=False)
        except (BaseError, FileNotFoundError) as refused:  # not found is the bucket, as nothing else was looked for
            raise StoreUnusable(self.url, _words(refused)) from refused

    def _fetch(self, sha256: str) -> None:
        digest = hashlib.sha256()
        with self.cache.arriving() as (path, file):
            for piece in self.read(sha256):
                digest.update(piece)
                file.write(piece)
            file.flush()
            if digest.hexdigest() != sha256:
                raise ObjectDamaged(sha256, digest.hexdigest())
            self.cache.keep(path, sha256)

    @contextmanager
    def _asked_for(self, sha256: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:  # what the library makes of an object that is not there
            raise ObjectNotFound(sha256) from None
        except BaseError as refused:
            raise StoreUnusable(self.url, _words(refused)) from refused


class _Remote(io.RawIOBase):
    """An object as a file, of which no more is fetched than is read."""

    def __init__(self, store: BucketStore, sha256: str, size: int) -> None:
        self._store, self._sha256, self._size = store, sha256, size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"there is nothing before the first byte, at {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        wanted = memoryview(buffer).cast("B")
        read = b"".join(self._store.read(self._sha256, self._position, self._position + len(wanted)))
        wanted[: len(read)] = read
        self._position += len(read)
        return len(read)


def _key(sha256: str) -> str:
    require_sha256(sha256)
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _words(refused: Exception) -> str:
    """What the library says, without its picture of where in its code it was."""
    return " ".join(str(refused).split("Debug source:")[0].split())
