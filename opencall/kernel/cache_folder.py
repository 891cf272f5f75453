"""Copies of stored objects on this machine's own disk, as many as may be there, the least used ones given up first.

Any number of processes share the folder. Who uses a copy holds a lock on it, so that nobody gives it up meanwhile; the
kernel takes the lock back from whoever is killed.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

# A copy that did not become whole within this time is what a killed process left behind.
STALE_AFTER_S: Final = 24 * 3600.0
_ARRIVING: Final = ".arriving-"


class CacheFolder:
    """A folder of files named by the SHA-256 of their content; `limit_bytes` bounds what lies there unused."""

    def __init__(self, root: Path, limit_bytes: int) -> None:
        self.root = root
        self.limit_bytes = limit_bytes
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def arriving(self) -> Iterator[tuple[Path, IO[bytes]]]:
        """A new file to write a copy to, and its path; whatever is not kept by the end of the block is gone."""
        with tempfile.NamedTemporaryFile(dir=self.root, prefix=_ARRIVING, delete=False) as file:
            path = Path(file.name)
            try:
                yield path, file
            finally:
                path.unlink(missing_ok=True)

    def keep(self, arriving: Path, sha256: str) -> None:
        """Give the whole file its name. Another process may have been faster: then its copy stays."""
        arriving.chmod(0o444)
        with suppress(FileExistsError):
            os.link(arriving, self.root / sha256)
        arriving.unlink()
        self._make_room()

    def keep_as_well(self, path: Path, sha256: str) -> None:
        """Give a file that lies elsewhere a second name here, if it can have one; nobody writes to it any more."""
        path.chmod(0o444)
        with suppress(OSError):  # on another disk it cannot, and is fetched when it is wanted
            os.link(path, self.root / sha256)
        self._make_room()

    @contextmanager
    def leased(self, sha256: str) -> Iterator[Path | None]:
        """The copy, which stays where it is while the block runs; None if there is none."""
        path = self.root / sha256
        try:
            file = path.open("rb")
        except FileNotFoundError:
            yield None
            return
        with file:
            fcntl.flock(file, fcntl.LOCK_SH)
            if not _is_still_at(path, file):
                yield None  # given up between the two lines above
                return
            os.utime(path)
            yield path

    def _make_room(self) -> None:
        """Give up copies that nobody uses, the longest unused first, until the rest is within the limit."""
        found: list[tuple[float, int, Path]] = []
        for path in self.root.iterdir():
            with suppress(FileNotFoundError):
                status = path.stat()
                if path.name.startswith(_ARRIVING):
                    if status.st_mtime < time.time() - STALE_AFTER_S:
                        path.unlink()
                    continue
                found.append((status.st_mtime, status.st_size, path))
        total_bytes = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total_bytes <= self.limit_bytes:
                return
            if _give_up(path):
                total_bytes -= size


def _give_up(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still_at(path, file):
                path.unlink()
    except BlockingIOError:
        return False
    except FileNotFoundError:
        pass
    return True


def _is_still_at(path: Path, file: IO[bytes]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
