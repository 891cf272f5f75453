"""The pages' own world: see `tests/app/world.py`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opencall.kernel.clock import SetClock
from opencall.kernel.facts import Fact
from opencall.kernel.object_store import FolderStore
from tests.servers.databases import PostgresDatabase, SqliteFile

if TYPE_CHECKING:
    from tests.app.world import World


@pytest.fixture
def world(
    database: SqliteFile | PostgresDatabase,
    clock: SetClock,
    store: FolderStore,
    recorded: list[Fact],
    tmp_path: Path,
) -> Iterator["World"]:
    """A site in which rooms do not hear each other, so that a song can be in any state."""
    from submissions.uploads import FolderUploads
    from tests.app.world import World  # before the engine is made: it has the tables that are known by then
    from tests.site import open_site
    from tests.submissions.conftest import Programme

    with open_site(database.new(), clock, store, tmp_path / "home", lambda uow, fact: recorded.append(fact)) as site:
        programme = Programme(site.work, FolderUploads(tmp_path / "uploads", store), clock, recorded)
        yield World(site, programme, store)
