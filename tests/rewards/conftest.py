"""The office of finance as a fixture; importing it makes the room's tables known before the engine makes them."""

import pytest

from opencall.kernel.clock import SetClock
from opencall.kernel.object_store import FolderStore
from opencall.kernel.unit_of_work import Work
from tests.rewards.office import Office


@pytest.fixture
def office(work: Work, store: FolderStore, clock: SetClock) -> Office:
    return Office(work, store, clock)
