"""What only PostgreSQL has: writers that wait for their turn, and a server that may be restarted."""

import time

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import DBAPIError, OperationalError

from opencall.kernel import database
from opencall.kernel.clock import SetClock
from opencall.kernel.database import make_engine
from opencall.kernel.ids import CountingIds
from opencall.kernel.unit_of_work import Work
from tests.servers.databases import PostgresDatabase

turns_metadata = MetaData()  # not the house's: a table of a test has no place in its schema
turn = Table("turn", turns_metadata, Column("n", Integer, nullable=False))


@pytest.fixture
def hasty(postgres: PostgresDatabase, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Work on PostgreSQL, where a writer waits 0.2 s for its turn, and may be silent for as long."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 200)
    engine = postgres.new()
    with engine.begin() as connection:
        turns_metadata.create_all(connection)
    return Work(engine, clock, CountingIds(), lambda uow, fact: None)


def test_a_writer_that_waits_too_long_for_its_turn_is_refused_and_the_other_is_not_disturbed(hasty: Work) -> None:
    with hasty.write() as first:
        first.connection.execute(insert(turn).values(n=1))
        first.connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        with pytest.raises(OperationalError, match="lock timeout"), hasty.write():
            pytest.fail("two writers at once")
        first.connection.execute(insert(turn).values(n=2))
    with hasty.read() as uow:
        assert sorted(uow.connection.scalars(select(turn.c.n))) == [1, 2]


def test_a_writer_that_falls_silent_loses_its_turn_and_leaves_no_trace(hasty: Work) -> None:
    with pytest.raises(DBAPIError, match="idle-in-transaction"), hasty.write() as first:
        first.connection.execute(insert(turn).values(n=1))
        time.sleep(1)
        first.connection.execute(insert(turn).values(n=2))
    with hasty.write() as second:
        assert second.connection.scalars(select(turn.c.n)).all() == []


def test_connections_that_the_server_has_closed_are_made_again(hasty: Work, postgres_url: str) -> None:
    with hasty.write() as uow:
        uow.connection.execute(insert(turn).values(n=1))
    admin = make_engine(postgres_url)
    with admin.connect() as connection:
        ours = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        assert connection.exec_driver_sql(f"SELECT count(pg_terminate_backend(pid)) {ours}").scalar()
    admin.dispose()
    with hasty.write() as uow:
        uow.connection.execute(insert(turn).values(n=2))
    with hasty.read() as uow:
        assert sorted(uow.connection.scalars(select(turn.c.n))) == [1, 2]
