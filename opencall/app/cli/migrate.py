"""`opencall migrate`: bring the database up to date."""

from pathlib import Path

import click

from opencall.app.cli.home_option import home_option


@click.command()
@home_option
def migrate(home: Path | None) -> None:
    """Make the installation's folder if it is new, and bring its database to this version."""
    from opencall.app.house import bring_up_to_date
    from opencall.app.settings import settings_of

    settings = settings_of(home)
    bring_up_to_date(settings)
    click.echo(f"{settings.home} is up to date")
