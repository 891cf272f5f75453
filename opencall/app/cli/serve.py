"""`opencall serve`: everything an installation needs, in one command."""

from pathlib import Path

import click

from opencall.app.cli.home_option import home_option
from opencall.app.listening import FIRST_PORT, LOCALHOST, listen
from opencall.app.signals import stop_on_signals


@click.command()
@home_option
@click.option("--host", default=LOCALHOST, show_default=True, help="The address to listen on; 0.0.0.0 is all.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=FIRST_PORT,
    show_default=True,
    help="Taken: the next free one. 0: any.",
)
def serve(home: Path | None, host: str, port: int) -> None:
    """Run the installation on this machine: broker, web, workers and sweep, each started again when it dies."""
    from opencall.app import supervisor
    from opencall.app.house import open_house

    house = open_house(home)  # refuses what its children would have to refuse one by one
    house.close()
    with listen(host, port) as listener, stop_on_signals() as stop:
        supervisor.serve(house.settings, listener, click.echo, stop)
