"""Tables that only grow: the database itself refuses to change or delete their rows.

The triggers come with `metadata.create_all`, in each dialect's own words; a migration runs the same statements.
"""

from sqlalchemy import DDL, Table, event

DIALECTS = ("sqlite", "postgresql")


def only_grows(table: Table) -> None:
    """Let every database that creates `table` refuse to change or delete its rows."""
    for dialect in DIALECTS:
        for statement in statements_for(table.name, dialect):
            ddl = DDL(statement)  # type: ignore[no-untyped-call] # SQLAlchemy leaves this one constructor untyped
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def statements_for(name: str, dialect: str) -> tuple[str, ...]:
    """The statements that make the table `name` append-only on `dialect`, "sqlite" or "postgresql".

    PostgreSQL also refuses TRUNCATE; SQLite has none. Both break an integrity constraint, as far as callers can see.
    """
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        )
    return (
        f"CREATE OR REPLACE FUNCTION {name}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{name} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE ON {name} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}_refuse()",
        f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name} EXECUTE FUNCTION {name}_refuse()",
    )
