"""Masters out of the store and into a folder that people can open."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from opencall.kernel.object_store import ObjectStore
from opencall.kernel.whole_files import link_or_copy


class Deliverable(Protocol):
    """A file of a song in the store: its file name and the hash of its content."""

    @property
    def name(self) -> str: ...

    @property
    def sha256(self) -> str: ...


def deliver_masters(store: ObjectStore, masters: Iterable[Deliverable], folder: Path) -> None:
    """Put `masters` into `folder`, each whole or not at all; what is there under their names gives way."""
    folder.mkdir(parents=True, exist_ok=True)
    for master in masters:
        arriving = folder / f".{master.name}.part"
        arriving.unlink(missing_ok=True)
        with store.local(master.sha256) as stored:
            link_or_copy(stored, arriving)
        arriving.replace(folder / master.name)
        arriving.unlink(missing_ok=True)  # where both names were the same file already, replacing leaves both
