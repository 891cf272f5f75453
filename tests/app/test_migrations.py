"""The Alembic history builds exactly the schema that the code declares."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from opencall.app.migrations import NotMigrated, migrate, require_current
from opencall.app.schema import metadata
from opencall.kernel.database import make_engine


@pytest.fixture
def migrated(tmp_path: Path) -> Engine:
    engine = make_engine(f"sqlite+pysqlite:///{tmp_path / 'migrated.db'}")
    migrate(engine)
    return engine


def triggers(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    return {name: " ".join(sql.split()) for name, sql in rows}


def test_the_history_and_the_declared_tables_are_the_same(migrated: Engine) -> None:
    with migrated.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []
    migrated.dispose()


def test_the_history_and_the_declared_tables_have_the_same_triggers(migrated: Engine, tmp_path: Path) -> None:
    declared = make_engine(f"sqlite+pysqlite:///{tmp_path / 'declared.db'}")
    with declared.connect().execution_options(writes=True) as connection, connection.begin():
        metadata.create_all(connection)
    assert triggers(migrated) == triggers(declared)
    migrated.dispose()
    declared.dispose()


def test_migrating_again_changes_nothing(migrated: Engine, tmp_path: Path) -> None:
    migrate(migrated)
    require_current(migrated, tmp_path)
    migrated.dispose()


def test_a_missing_database_is_refused_with_the_command_to_run_and_is_not_created(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite+pysqlite:///{tmp_path / 'absent.db'}")
    with pytest.raises(NotMigrated, match=f"opencall migrate --home {tmp_path}"):
        require_current(engine, tmp_path)
    assert not (tmp_path / "absent.db").exists()
