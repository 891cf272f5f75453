"""Real collaborators for every test: a database, a store and a clock that stands still until it is moved."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from sqlalchemy import Engine, event

from opencall.kernel.clock import SetClock
from opencall.kernel.database import make_engine, metadata
from opencall.kernel.facts import Fact
from opencall.kernel.ids import CountingIds
from opencall.kernel.object_store import FolderStore
from opencall.kernel.unit_of_work import UnitOfWork, Work

if TYPE_CHECKING:
    from tests.site import Site

PROJECT = Path(__file__).resolve().parent.parent
SHARED_DATA = PROJECT.parent / "shared" / "data"

# A machine that many share must not fail a property for being slow.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In continuous integration nothing may be missing: a skipped test is a failed one there."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped under CI, where every part must be present: {report.longrepr}"
    return report


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2026, 5, 4, 9, 30, tzinfo=UTC))


class Databases:
    """One engine for all tests, which compiles each statement once, over a file that every test finds empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "opencall.db"
        self._empty: dict[frozenset[str], Path] = {}
        self._engine = make_engine(f"sqlite+pysqlite:///{self._file}")
        # No test on this engine cuts the power, and waiting for the disk is most of what it would do.
        event.listen(self._engine, "connect", lambda new, _: new.execute("PRAGMA synchronous = OFF").close())

    def new(self) -> Engine:
        self.close()
        for leftover in self._folder.glob(f"{self._file.name}*"):
            leftover.unlink()
        shutil.copyfile(self._empty_file(), self._file)
        return self._engine

    def close(self) -> None:
        self._engine.dispose()

    def _empty_file(self) -> Path:
        tables = frozenset(metadata.tables)  # a test may import a room that no test before it did
        if tables not in self._empty:
            file = self._folder / f"empty-{len(self._empty)}.db"
            maker = make_engine(f"sqlite+pysqlite:///{file}")
            with maker.connect().execution_options(writes=True) as connection, connection.begin():
                metadata.create_all(connection)
            maker.dispose()  # the last connection to close takes the write-ahead log into the file
            self._empty[tables] = file
        return self._empty[tables]


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    databases = Databases(tmp_path_factory.mktemp("databases"))
    yield databases
    databases.close()


@pytest.fixture
def engine(databases: Databases) -> Engine:
    """A new SQLite database with the tables of every room that the test imported."""
    return databases.new()


@pytest.fixture
def recorded() -> list[Fact]:
    """Every fact that `work` has drained, in order."""
    return []


@pytest.fixture
def work(engine: Engine, clock: SetClock, recorded: list[Fact]) -> Work:
    """Units of work of one room alone: facts are noted in `recorded`, and order nothing."""
    note: Callable[[UnitOfWork, Fact], None] = lambda uow, fact: recorded.append(fact)  # noqa: E731
    return Work(engine, clock, CountingIds(), note)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real songs and hostile files; not part of the project."""
    if not SHARED_DATA.is_dir():
        pytest.skip("test data not found at ../shared/data")
    return SHARED_DATA


@pytest.fixture
def site(request: pytest.FixtureRequest, clock: SetClock, store: FolderStore, tmp_path: Path) -> Iterator["Site"]:
    """The whole application over an empty installation."""
    from tests.site import open_site  # before the engine is made: it has the tables that are known by then

    with open_site(request.getfixturevalue("engine"), clock, store, tmp_path / "home") as opened:
        yield opened
