"""Masters out of the store and into a folder that people can open."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from opencall.kernel.object_store import ObjectStore
from opencall.kernel.whole_files import link_or_copy
from submissions.publication import slug_of


class Deliverable(Protocol):
    """A file of a song in the store: its file name and the hash of its content."""

    @property
    def name(self) -> str: ...

    @property
    def sha256(self) -> str: ...


def deliver_masters(store: ObjectStore, masters: Iterable[Deliverable], folder: Path, title: str) -> Path:
    """Put `masters` into a folder named after the song below `folder`; returns it. Files that are there stay.

    A file appears under its name whole or not at all.
    """
    target = folder / slug_of(title)
    target.mkdir(parents=True, exist_ok=True)
    for master in masters:
        final = target / master.name
        if final.exists():
            continue
        arriving = target / f".{master.name}.part"
        arriving.unlink(missing_ok=True)
        with store.local(master.sha256) as stored:
            link_or_copy(stored, arriving)
        arriving.replace(final)
    return target
