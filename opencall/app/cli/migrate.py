"""`opencall migrate`: bring the database up to date."""

from pathlib import Path

import click

from opencall.app.cli.home_option import home_option


@click.command()
@home_option
def migrate(home: Path | None) -> None:
    """Make the installation's folder if it is new, and bring its database to this version."""
    from opencall.app import migrations
    from opencall.app.settings import settings_of
    from opencall.kernel.database import make_engine

    settings = settings_of(home)
    settings.home.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database_url)
    migrations.migrate(engine)
    engine.dispose()
    click.echo(f"{settings.home} is up to date")
