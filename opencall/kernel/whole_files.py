"""Files that appear under their names whole or not at all, whoever is killed in between."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write `content` to `path` by renaming, in place of what was there; on a failure that stays as it was."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:64]}.", suffix=".part", dir=path.parent)
    arriving = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        arriving.chmod(mode)
        arriving.replace(path)
    except BaseException:
        arriving.unlink(missing_ok=True)
        raise


@contextmanager
def folder_for(out: Path) -> Iterator[None]:
    """Make `out` before the work, so that a place that cannot be written is refused at once; a failure leaves none."""
    is_new = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if is_new and not any(out.iterdir()):
            out.rmdir()
        raise


def link_or_copy(source: Path, target: Path) -> None:
    """The bytes of `source` under a second name: a hard link where the file system allows it, else a copy.

    Raises `FileExistsError` if `target` is there: it may be a link itself, and writing into it would change the bytes
    of whatever else has that name.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        with source.open("rb") as read, target.open("xb") as written:
            shutil.copyfileobj(read, written)
