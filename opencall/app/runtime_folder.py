"""Where sockets, locks and scratch files of a running installation live: short enough a path, and nobody else's."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from opencall.kernel.errors import OpencallError

# The kernel's own limit for the path of a socket is 108 bytes with its final zero; some systems have 104.
MAX_SOCKET_PATH: Final = 100


class NotOurFolder(OpencallError):
    """Somebody else made the folder for sockets and scratch files, or may write into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"{folder} is not this user's alone, so whatever listens there may be anybody's. Remove it, or set "
            "XDG_RUNTIME_DIR to a folder of your own."
        )


def runtime_folder(home: Path) -> Path:
    """Where sockets and locks of `home` live: inside it, or in a short folder of this user's when its path is long."""
    folder = home / "run"
    if len(os.fsencode(folder / "valkey.sock")) <= MAX_SOCKET_PATH:
        return folder
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    return base / f"opencall-{os.getuid()}-{name}"


def made_runtime_folder(home: Path) -> Path:
    """The runtime folder, made if it is new. Raises `NotOurFolder`: its short form stands where anybody may write."""
    folder = runtime_folder(home)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise NotOurFolder(folder)
    return folder


def socket_path(home: Path) -> Path:
    """The socket of the Valkey that the supervisor of `home` runs."""
    return runtime_folder(home) / "valkey.sock"
