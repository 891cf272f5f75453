"""Curators hear songs without knowing whose they are, until the outcome is out: nothing that they are sent says it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from opencall.kernel.clock import SetClock
from opencall.kernel.object_store import FolderStore
from submissions.uploads import FolderUploads
from tests.app.access import Everything, build
from tests.app.test_access import LINES, QUERIES
from tests.app.test_hostile_words import Hostile
from tests.app.world import World
from tests.servers.databases import SqliteFile
from tests.site import open_site

# The artist's name, the people with a share and the names of files: all begin with this word.
MAKER = "Wintergatan-of-Nowhere"


@pytest.fixture
def signed(sqlite: SqliteFile, store: FolderStore, tmp_path: Path) -> Iterator[Everything]:
    """One of everything, signed by its artist in every field."""
    clock, recorded = SetClock(datetime(2026, 5, 4, 9, 30, tzinfo=UTC)), list[Any]()
    with open_site(sqlite.new(), clock, store, tmp_path / "home", lambda uow, fact: recorded.append(fact)) as site:
        programme = Hostile(site.work, FolderUploads(tmp_path / "uploads", store), clock, recorded)
        programme.site, programme.words, programme.by = site, "of the sea", MAKER
        every = build(World(site, programme, store))
        programme.sends(programme.artist, "/account/name", {"name": MAKER})
        yield every
        every.close()


def test_what_a_curator_is_sent_does_not_say_who_made_the_song(signed: Everything) -> None:
    programme = signed.world.programme
    names = (MAKER, programme.artist.name, programme.artist.email, programme.artist.user_id, programme.player.email)
    pages, told = 0, []
    for line in LINES:
        if line.method != "GET" or not line.let_in & {"curator", "unseated"} or "nobody" in line.let_in:
            continue
        path = line.route.format(**{place: signed.things.get(thing, thing) for place, thing in line.things})
        for who in sorted(line.let_in & {"curator", "unseated"}):
            for accept in ("text/html", "application/json"):
                answer = signed.ask(who, "GET", path, params=QUERIES.get(line.route), headers={"Accept": accept})
                pages += answer.status == 200
                sent = answer.text + "\n" + "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
                told += [
                    f"{line} for {who}: {name}" for name in names if re.search(rf"\b{re.escape(name)}\b", sent, re.I)
                ]
    assert pages > 20
    assert told == []
