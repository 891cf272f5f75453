"""One Alembic history for all rooms: bring a database up to date, or say that it is not."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError

from opencall.kernel.errors import Kind, OpencallError

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent


class NotMigrated(OpencallError):
    """The database is missing, or older or newer than this version of the program."""

    def __init__(self, home: Path, found: str | None, wanted: str | None) -> None:
        self.home, self.found, self.wanted = home, found, wanted
        state = "has no tables yet" if found is None else f"is at revision {found}, this version wants {wanted}"
        super().__init__(f"The database of {home} {state}; run: opencall migrate --home {home}")


class NotReachable(OpencallError):
    """The server that the settings name gives no database: it is down, or refuses this user."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, engine: Engine, reason: BaseException | None) -> None:
        self.url = engine.url.render_as_string(hide_password=True)
        said = " ".join(str(reason).split())
        super().__init__(f"The database {self.url} cannot be used: {said}. Start it, or set OPENCALL_DATABASE_URL.")


def head() -> str:
    """The newest revision: files in `versions/` are named by their revision, `0001_what_it_does.py`, in one line."""
    return max(path.name.split("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py"))


def configuration() -> "Config":
    """Alembic's configuration, made in code: there is no ini file to keep in step."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def migrate(engine: Engine) -> None:
    """Bring the database of `engine` to the newest revision, in one transaction. Raises `NotReachable`."""
    from alembic import command

    config = configuration()
    with _connected(engine).execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_current(engine: Engine, home: Path) -> None:
    """Raise `NotMigrated` unless the database is at this version's newest revision, `NotReachable` if none answers.

    Every command asks, so this reads one row and leaves Alembic itself alone: importing it costs half a second.
    """
    wanted = head()
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        raise NotMigrated(home, None, wanted)  # looking would create the file
    found: str | None = None
    with _connected(engine) as connection:
        if inspect(connection).has_table("alembic_version"):
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found != wanted:
        raise NotMigrated(home, found, wanted)


def _connected(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except OperationalError as refused:
        raise NotReachable(engine, refused.orig) from None
