"""`opencall sweep`: do what is due, every second, until asked to stop."""

from pathlib import Path

import click

from opencall.app.cli.home_option import home_option
from opencall.app.logs import log_to_stderr
from opencall.app.signals import stop_on_signals


@click.command()
@home_option
def sweep(home: Path | None) -> None:
    """Ring for work that waits, send mail that is due, expire what has run out."""
    from opencall.app.broker import bell_of, make_broker
    from opencall.app.house import open_house
    from opencall.app.settings import settings_of
    from opencall.app.sweep import run_sweep

    log_to_stderr()
    house = open_house(home, bell=bell_of(make_broker(settings_of(home))))
    with stop_on_signals() as stop:
        run_sweep(house, stop)
    house.close()
