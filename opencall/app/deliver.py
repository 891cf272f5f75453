"""Masters out of the store and into a folder that people can open."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from opencall.kernel.object_store import ObjectStore
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
            _same_bytes(stored, arriving)
        arriving.replace(final)
    return target


def _same_bytes(stored: Path, arriving: Path) -> None:
    """A second name for the same bytes where the file system allows it, else a copy."""
    try:
        os.link(stored, arriving)
    except OSError:
        shutil.copyfile(stored, arriving)
