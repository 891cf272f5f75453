"""The database under several writers, and moments that keep their zone."""

import threading
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, literal, select, text, update
from sqlalchemy.exc import DBAPIError

from opencall.kernel.database import Instant, UnknownDatabase, Unstorable, make_engine
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


def test_a_reader_sees_one_state_however_often_it_looks(work: Work) -> None:
    with work.write() as uow:
        uow.connection.execute(insert(counter).values(n=7))
    with work.read() as reader:
        assert reader.connection.scalars(select(counter.c.n)).all() == [7]
        with work.write() as writer:
            writer.connection.execute(update(counter).values(n=8))
        assert reader.connection.scalars(select(counter.c.n)).all() == [7]


def test_a_writer_sees_what_the_writer_before_it_left_though_it_had_been_reading(work: Work) -> None:
    """One connection of the pool: what the reader was promised must not hold for the writer."""
    with work.write() as uow:
        uow.connection.execute(insert(counter).values(n=7))
    for n in (7, 8, 9):
        with work.read() as reader:
            assert reader.connection.scalars(select(counter.c.n)).one() == n
        with work.write() as writer:
            assert writer.connection.scalars(select(counter.c.n)).one() == n
            writer.connection.execute(update(counter).values(n=n + 1))


@pytest.mark.parametrize(
    ("url", "refusal"),
    [("mysql://x@y/z", "SQLite and PostgreSQL, not on mysql"), ("oracle://x@y/z", "OPENCALL_DATABASE_URL")],
)
def test_another_database_is_refused_with_what_to_write_instead(url: str, refusal: str) -> None:
    with pytest.raises(UnknownDatabase, match=refusal):
        make_engine(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgresql_url_may_be_written_as_its_servers_hand_it_out(postgres_url: str, scheme: str) -> None:
    engine = make_engine(postgres_url.replace("postgresql+psycopg", scheme))
    with engine.connect() as connection:
        assert connection.scalar(select(literal(1))) == 1
    engine.dispose()


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


@pytest.mark.parametrize("value", ["half a \ud800", 10**30])
def test_what_no_row_can_hold_is_refused_in_words(work: Work, value: object) -> None:
    with pytest.raises(Unstorable), work.read() as uow:
        uow.connection.execute(select(literal(value)))


def test_a_statement_that_is_wrong_stays_a_defect(work: Work) -> None:
    with pytest.raises(DBAPIError), work.read() as uow:
        uow.connection.execute(text("SELECT nothing FROM nowhere"))
