"""One Alembic history for all rooms: bring a database up to date, or say that it is not."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from opencall.kernel.errors import OpencallError

FOLDER = Path(__file__).parent


class NotMigrated(OpencallError):
    """The database is missing, or older or newer than this version of the program."""

    def __init__(self, home: Path, found: str | None, wanted: str | None) -> None:
        self.home, self.found, self.wanted = home, found, wanted
        state = "has no tables yet" if found is None else f"is at revision {found}, this version wants {wanted}"
        super().__init__(f"The database of {home} {state}; run: opencall migrate --home {home}")


def configuration() -> Config:
    """Alembic's configuration, made in code: there is no ini file to keep in step."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def migrate(engine: Engine) -> None:
    """Bring the database of `engine` to the newest revision, in one transaction."""
    config = configuration()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_current(engine: Engine, home: Path) -> None:
    """Raise `NotMigrated` unless the database is at this version's newest revision."""
    wanted = ScriptDirectory.from_config(configuration()).get_current_head()
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        raise NotMigrated(home, None, wanted)  # looking would create the file
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != wanted:
        raise NotMigrated(home, found, wanted)
