"""Real collaborators for every test: a database, a store and a clock that stands still until it is moved."""

import os
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from opencall.kernel.clock import SetClock
from opencall.kernel.facts import Fact
from opencall.kernel.ids import CountingIds
from opencall.kernel.object_store import FolderStore
from opencall.kernel.unit_of_work import UnitOfWork, Work
from tests.servers.databases import PostgresDatabase, SqliteFile
from tests.servers.postgres import postgres_server
from tests.servers.s3 import CREDENTIALS, s3_server

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


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteFile]:
    database = SqliteFile(tmp_path_factory.mktemp("databases"))
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of this process of tests alone; the URL of a database nobody has used."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[PostgresDatabase]:
    database = PostgresDatabase(postgres_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def s3_server_url() -> Iterator[str]:
    """The endpoint of an S3 of this process of tests alone, with the bucket `tests.servers.s3.BUCKET` in it."""
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def s3_endpoint(s3_server_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, with credentials for it in the environment."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return s3_server_url


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> SqliteFile | PostgresDatabase:
    """Every test that opens a database runs on both kinds."""
    chosen: SqliteFile | PostgresDatabase = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def engine(database: SqliteFile | PostgresDatabase) -> Engine:
    """A database with the tables of every room that the test imported, and nothing in them."""
    return database.new()


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
def site(
    database: SqliteFile | PostgresDatabase, clock: SetClock, store: FolderStore, tmp_path: Path
) -> Iterator["Site"]:
    """The whole application over an empty installation."""
    from tests.site import open_site  # before the engine is made: it has the tables that are known by then

    with open_site(database.new(), clock, store, tmp_path / "home") as opened:
        yield opened
