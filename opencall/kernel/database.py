"""One metadata for the whole house, and an engine that behaves under many writers.

Tables are prefixed by the room that owns them: `ker_` kernel, `id_` identity, `sub_` submissions, `aud_` audio
pipeline, `rew_` rewards. No foreign key crosses a prefix: rooms refer to one another by identifier only.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, Connection, DateTime, Dialect, Engine, MetaData, TypeDecorator, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from opencall.kernel.errors import OpencallError

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# How long a writer waits for another one before it gives up; long enough for any of our short transactions.
BUSY_TIMEOUT_MS = 30_000

# Names the lock of PostgreSQL that writers take in turn. It is the database's own, and means nothing to others.
WRITERS_LOCK = int.from_bytes(b"opencall")

# A writer that falls silent would hold up all others: the server ends its transaction as late as they give up.
TAKE_TURN = (
    "SELECT set_config('lock_timeout', %(ms)s, true), "
    "set_config('idle_in_transaction_session_timeout', %(ms)s, true), pg_advisory_xact_lock(%(lock)s)"
)

# What PostgreSQL calls too long, too large, no character of its own, and no character of JSON.
_UNSTORABLE_STATES = frozenset({"22001", "22003", "22021", "22P05"})


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python, stored without a zone, to the microsecond."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a zone, got {value!r}; take it from the clock")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Unstorable(OpencallError):
    """Something came in that no row can hold: a NUL, half a character, a number without end, far too many letters."""

    def __init__(self) -> None:
        super().__init__(
            "Something in this request holds a character, a number or a length that cannot be stored; type it again, "
            "and shorter."
        )


class UnknownDatabase(OpencallError):
    """The URL names a database that Opencall does not run on."""

    def __init__(self, backend: str) -> None:
        self.backend = backend
        super().__init__(
            f"Opencall runs on SQLite and PostgreSQL, not on {backend}. Leave OPENCALL_DATABASE_URL out, or write "
            "postgresql://user:password@host/database."
        )


class DriverMissing(OpencallError):
    """PostgreSQL is set, but what speaks to it is an extra that was not installed."""

    def __init__(self) -> None:
        super().__init__('PostgreSQL needs one more library: pip install "opencall[postgres]".')


def make_engine(url: str) -> Engine:
    """An engine for `url`: SQLite (WAL, full sync, foreign keys on) or PostgreSQL.

    On both, a transaction that is opened with the execution option `writes` has the database to itself among all
    that do, and any other one reads one unchanging state of it. What fails says its question without the values: they
    end in logs, and may be somebody's. Raises `UnknownDatabase`, `DriverMissing`.
    """
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            engine = _sqlite(parsed)
        case "postgresql" | "postgres":
            engine = _postgresql(parsed.set(drivername="postgresql+psycopg"))
        case other:
            raise UnknownDatabase(other)
    event.listen(engine, "handle_error", _refuse_unstorable)
    return engine


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: Any, _record: ConnectionPoolEntry) -> None:
        # The driver's own transaction control begins too late and without IMMEDIATE; `begin` below takes its place.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that reads and then writes fails at once when another writer came between; whoever
        # means to write takes the lock first. Readers must not, or two of them would lock each other out.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    try:
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError as missing:
        if missing.name != "psycopg":
            raise
        raise DriverMissing from None
    from psycopg import IsolationLevel

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # What a writer reads has to be what the writer before it left: it takes the lock first, and sees at each
        # statement what is committed by then. A reader sees one state throughout, and waits for nobody.
        writes = _writes(connection)
        session = connection.connection.dbapi_connection
        assert session is not None  # noqa: S101 - it has just begun a transaction
        session.isolation_level = IsolationLevel.READ_COMMITTED if writes else IsolationLevel.REPEATABLE_READ
        if writes:
            connection.exec_driver_sql(TAKE_TURN, {"ms": str(BUSY_TIMEOUT_MS), "lock": WRITERS_LOCK})

    return engine


def _refuse_unstorable(failure: ExceptionContext) -> None:
    """Raise `Unstorable` for what a database says of values that came from outside; all else stays a defect of ours.

    An address or a form may hold anything, and every room asks the database about it: it is the one place that knows.
    """
    original = failure.original_exception
    # SQLAlchemy wraps neither of the two: the drivers raise them before anything is sent.
    if isinstance(original, UnicodeEncodeError | OverflowError):
        raise Unstorable from original
    if type(original).__module__.partition(".")[0] != "psycopg":
        return
    # Its own refusal of a NUL has no code of the server's, because that was never asked.
    is_nul = getattr(original, "sqlstate", None) is None and "NUL" in str(original)
    if is_nul or getattr(original, "sqlstate", None) in _UNSTORABLE_STATES:
        raise Unstorable from original


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("writes", False))
