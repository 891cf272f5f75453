"""What is done beside the writing of a stream, in threads of its own: hashing its bytes, counting those on the disk.

Hashing takes as long as writing does, and a disk that is told to keep what it has takes its time: neither holds the
sender up.
"""

import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from submissions.arriving import ArrivingFile

if TYPE_CHECKING:
    from hashlib import _Hash

# So much, or what came in so long, is at most sent once more when the server dies while it arrives.
COMMIT_BYTES: Final = 32 << 20
COMMIT_S: Final = 5.0
# Pieces that wait to be hashed; whoever writes faster waits, too.
WAITING: Final = 8


class Beside:
    """For one stream into `file` from `offset_bytes` on. Leaving the block waits for all that was begun in it."""

    def __init__(self, file: ArrivingFile, offset_bytes: int, session: bytes, digests: Sequence["_Hash"]) -> None:
        self._file, self._session, self._digests = file, session, digests
        self._hasher, self._counter = ThreadPoolExecutor(1, "hash"), ThreadPoolExecutor(1, "count")
        self._hashing: deque[Future[None]] = deque()
        self._counting: Future[None] | None = None
        self._counted_at, self._counted = time.monotonic(), offset_bytes

    @property
    def has_counted(self) -> bool:
        """Whether a mark was set since the stream began."""
        return self._counting is not None

    def hash(self, chunk: bytes) -> None:
        """Add the next bytes to all digests, soon."""
        if self._digests:
            while len(self._hashing) >= WAITING:
                self._hashing.popleft().result()
            self._hashing.append(self._hasher.submit(self._add, chunk))

    def count(self, arrived_bytes: int) -> None:
        """Set a mark for what has been written, if it is time for one and the last one is set."""
        new_bytes = arrived_bytes - self._counted
        is_due = new_bytes >= COMMIT_BYTES or (new_bytes > 0 and time.monotonic() - self._counted_at >= COMMIT_S)
        if is_due and (self._counting is None or self._counting.done()):
            self._counted, self._counted_at = arrived_bytes, time.monotonic()
            self._counting = self._counter.submit(self._file.count, arrived_bytes, self._session)

    def wait(self) -> None:
        """Until all is hashed and the mark is set. Raises what the disk says."""
        while self._hashing:
            self._hashing.popleft().result()
        if self._counting is not None:
            self._counting.result()

    def _add(self, chunk: bytes) -> None:
        for digest in self._digests:
            digest.update(chunk)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._hasher.shutdown()
        self._counter.shutdown()
