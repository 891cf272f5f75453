"""The Alembic history builds exactly the schema that the code declares, on either database."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from opencall.app.migrations import NotMigrated, NotReachable, configuration, head, migrate, require_current
from opencall.app.schema import metadata
from opencall.kernel.database import make_engine
from tests.servers.databases import add_postgres_database

TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) || pg_get_functiondef(tgfoid) FROM pg_trigger "
    "WHERE NOT tgisinternal",
}


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Makes engines, each over a database of its own in which there is nothing."""
    made: list[Engine] = []

    def make() -> Engine:
        if request.param == "sqlite":
            url = f"sqlite+pysqlite:///{tmp_path / f'{len(made)}.db'}"
        else:
            url = add_postgres_database(request.getfixturevalue("postgres_url"))
        made.append(make_engine(url))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def migrated(fresh: Callable[[], Engine]) -> Engine:
    engine = fresh()
    migrate(engine)
    return engine


def triggers(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.execute(text(TRIGGERS[engine.dialect.name])).all()
    return {name: " ".join(sql.split()) for name, sql in rows}


def test_the_history_and_the_declared_tables_are_the_same(migrated: Engine) -> None:
    with migrated.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_the_history_and_the_declared_tables_have_the_same_triggers(
    migrated: Engine, fresh: Callable[[], Engine]
) -> None:
    declared = fresh()
    with declared.connect().execution_options(writes=True) as connection, connection.begin():
        metadata.create_all(connection)
    assert triggers(migrated) == triggers(declared) != {}


def test_migrating_again_changes_nothing(migrated: Engine, tmp_path: Path) -> None:
    migrate(migrated)
    require_current(migrated, tmp_path)


def test_a_database_with_nothing_in_it_is_refused_with_the_command_to_run(
    fresh: Callable[[], Engine], tmp_path: Path
) -> None:
    with pytest.raises(NotMigrated, match=f"no tables yet; run: opencall migrate --home {tmp_path}"):
        require_current(fresh(), tmp_path)


def test_a_database_of_another_version_is_refused_with_both_versions(migrated: Engine, tmp_path: Path) -> None:
    with migrated.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'elder'"))
    with pytest.raises(NotMigrated, match=f"revision elder, this version wants {head()}"):
        require_current(migrated, tmp_path)


def test_a_missing_database_is_refused_with_the_command_to_run_and_is_not_created(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite+pysqlite:///{tmp_path / 'absent.db'}")
    with pytest.raises(NotMigrated, match=f"opencall migrate --home {tmp_path}"):
        require_current(engine, tmp_path)
    assert not (tmp_path / "absent.db").exists()


@pytest.mark.parametrize("act", [migrate, lambda engine: require_current(engine, Path("home"))])
def test_a_server_that_does_not_answer_is_named_without_its_password(
    act: Callable[[Engine], None], tmp_path: Path
) -> None:
    engine = make_engine(f"postgresql://opencall:secret@/opencall?host={tmp_path}")
    with pytest.raises(NotReachable, match=rf"{tmp_path}.*OPENCALL_DATABASE_URL") as refusal:
        act(engine)
    assert "secret" not in str(refusal.value)


def test_accounts_whose_address_was_never_proven_let_in_nobody_who_had_come_in_before(
    fresh: Callable[[], Engine],
) -> None:
    """A filled database goes on; who had only claimed an address loses password, session and token."""
    engine, moment = fresh(), "2026-05-04 09:30:00.000000"
    to_revision(engine, "0005")
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for name, confirmed in (("ada", moment), ("eve", None)):
            values = {"name": name, "address": f"{name}@a.de", "confirmed": confirmed, "at": moment}
            for row in (
                "id_user VALUES (:name, :name, :address, :address, 'hash', :confirmed, :at, NULL)",
                "id_session VALUES (:name, :name, :at, :at, '')",
                "id_token VALUES (:name, :name, :name, 'script', :at, NULL, NULL)",
                "id_grant VALUES (:name, :name, 'curator', '', 'mara', :at)",
            ):
                connection.execute(text(f"INSERT INTO {row}"), values)
    migrate(engine)
    with engine.connect() as connection:

        def found(question: str) -> list[tuple[object, ...]]:
            return [tuple(row) for row in connection.execute(text(question))]

        assert found("SELECT id, password_hash FROM id_user ORDER BY id") == [("ada", "hash"), ("eve", None)]
        assert found("SELECT user_id FROM id_session") == [("ada",)]
        assert found("SELECT id FROM id_token WHERE expires_at = made_at") == [("ada",)]
        assert found("SELECT user_id FROM id_grant ORDER BY id") == [("ada",), ("eve",)]


def test_versions_that_were_sent_before_know_their_report_and_reports_their_mix(fresh: Callable[[], Engine]) -> None:
    engine, moment = fresh(), "2026-05-04 09:30:00.000000"
    to_revision(engine, "0008")
    content = json.dumps(
        {"report_id": "r1", "files": [{"part": "stem", "sha256": "s"}, {"part": "mix", "sha256": "old"}]}
    )
    call = {
        **dict.fromkeys(("title", "summary", "timezone", "fund_id", "currency", "licence_version", "stems"), ""),
        **dict.fromkeys(("categories", "questions", "consents", "quotas"), "[]"),
        **dict.fromkeys(("reward_minor", "budget_minor", "offer_days", "songs_per_artist", "song_limit_bytes"), 1),
        **dict.fromkeys(("opens_at", "closes_at", "created_at"), moment),
    }
    song = {"artist_id": "ada", "artist_email": "", "details": "{}", "contributors": "[]", "answers": "{}"}
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for table, row in (
            ("sub_call", {"id": "c", "state": "open", **call}),
            ("sub_song", {"id": "s", "call_id": "c", "state": "submitted", "version": 1, "created_at": moment, **song}),
            ("sub_report", {"id": "r1", "song_id": "s", "files_sha256": "1", "requested_at": moment}),
            ("sub_report", {"id": "r2", "song_id": "s", "files_sha256": "2", "requested_at": moment}),
            ("sub_version", {"song_id": "s", "version": 1, "content": content, "sha256": "v", "submitted_at": moment}),
            (
                "sub_file",
                {
                    **{"id": "f", "song_id": "s", "part": "mix", "name": "m", "safe_name": "m", "role": ""},
                    **{"sha256": "new", "bytes": 1, "received_at": moment},
                },
            ),
        ):
            places = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"), row)  # noqa: S608
    migrate(engine)
    with engine.connect() as connection:
        reports = connection.execute(text("SELECT id, mix_sha256 FROM sub_report ORDER BY id")).all()
        versions = connection.execute(text("SELECT song_id, report_id FROM sub_version")).all()
    assert [tuple(row) for row in (*reports, *versions)] == [("r1", "old"), ("r2", "new"), ("s", "r1")]

    back_to_revision(engine, "0008")
    with engine.connect() as connection:
        left = connection.execute(text("SELECT r.id, v.song_id FROM sub_report r, sub_version v ORDER BY r.id")).all()
    assert [tuple(row) for row in left] == [("r1", "s"), ("r2", "s")]
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def to_revision(engine: Engine, revision: str) -> None:
    config = configuration()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def back_to_revision(engine: Engine, revision: str) -> None:
    config = configuration()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
