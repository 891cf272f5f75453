"""The database under several writers, and moments that keep their zone."""

import threading
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, select, update

from opencall.kernel.database import Instant
from opencall.kernel.unit_of_work import Work

own_metadata = MetaData()  # not the house's: a table of a test has no place in its schema
counter = Table("counter", own_metadata, Column("n", Integer, nullable=False), Column("at", Instant))


@pytest.fixture(autouse=True)
def counter_table(engine: Engine) -> None:
    with engine.begin() as connection:
        own_metadata.create_all(connection)


def test_many_threads_that_read_and_then_write_lose_nothing(work: Work) -> None:
    with work.write() as uow:
        uow.connection.execute(insert(counter).values(n=0))
    failures: list[BaseException] = []

    def count_up() -> None:
        try:
            for _ in range(25):
                with work.write() as uow:
                    n = uow.connection.scalars(select(counter.c.n)).one()
                    uow.connection.execute(update(counter).values(n=n + 1))
        except BaseException as failure:  # noqa: BLE001 - the test reports it
            failures.append(failure)

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with work.read() as uow:
        assert uow.connection.scalars(select(counter.c.n)).one() == 100


def test_readers_do_not_wait_for_a_writer(work: Work) -> None:
    with work.write() as uow:
        uow.connection.execute(insert(counter).values(n=7))
    with work.write() as writer:
        writer.connection.execute(update(counter).values(n=8))
        with work.read() as reader:
            assert reader.connection.scalars(select(counter.c.n)).one() == 7


def test_moments_come_back_aware_and_in_utc(engine: Engine) -> None:
    lagos = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    with engine.begin() as connection:
        connection.execute(insert(counter).values(n=1, at=lagos))
        stored = connection.scalars(select(counter.c.at)).one()
    assert stored == lagos
    assert stored.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(Exception, match="needs a zone"), engine.begin() as connection:
        connection.execute(insert(counter).values(n=1, at=datetime(2026, 3, 1)))  # noqa: DTZ001 - the point of it
