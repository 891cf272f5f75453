"""`opencall serve`: everything an installation needs, in one command."""

from pathlib import Path

import click

from opencall.app.cli.home_option import home_option
from opencall.app.signals import stop_on_signals


@click.command()
@home_option
def serve(home: Path | None) -> None:
    """Run the installation on this machine: broker, workers and sweep, each started again when it dies."""
    from opencall.app.house import open_house
    from opencall.app.supervisor import Supervisor, programs_of

    house = open_house(home)  # refuses what its children would have to refuse one by one
    house.close()
    supervisor = Supervisor(house.settings, programs_of(house.settings), click.echo)
    with stop_on_signals() as stop:
        supervisor.run(stop)
