"""Databases that are empty again for every test, without being made again: one engine compiles each statement once."""

import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, delete, event, text
from sqlalchemy.engine import make_url

from opencall.kernel.database import make_engine, metadata


class SqliteFile:
    """An engine over a file; an empty one is copied over it for every test."""

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


class PostgresDatabase:
    """An engine over one database of a server; what a test left in it is deleted before the next one.

    Deleting takes a millisecond or two, TRUNCATE thirty, a new database from a template fifty.
    """

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url)
        self._made: tuple[frozenset[str], list[str]] | None = None

    def new(self) -> Engine:
        tables = frozenset(metadata.tables)  # a test may import a room that no test before it did
        with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            if self._made != (tables, _schema(connection)):
                connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
                metadata.create_all(connection)
                self._made = (tables, _schema(connection))
            _empty(connection, tables)
        return self._engine

    def close(self) -> None:
        self._engine.dispose()


def add_postgres_database(url: str) -> str:
    """Another database on the server of `url`, in which there is nothing; returns its URL."""
    name = f"more_{uuid.uuid4().hex[:12]}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _schema(connection: Connection) -> list[str]:
    """What is there: tables, indexes, sequences and triggers by name."""
    return list(
        connection.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                "UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
            )
        )
    )


def _empty(connection: Connection, tables: Iterable[str]) -> None:
    # As a replica, the session fires no trigger: neither of foreign keys, nor those that keep rows for ever.
    statements = ["SET LOCAL session_replication_role = replica", *(str(delete(metadata.tables[t])) for t in tables)]
    numbered = connection.scalars(text("SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"))
    statements += [f"ALTER SEQUENCE {name} RESTART" for name in numbered]
    connection.exec_driver_sql("; ".join(statements))
