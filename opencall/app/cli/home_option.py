"""The option that every command has which works on an installation."""

from pathlib import Path

import click

home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="The installation's folder; OPENCALL_HOME in the environment if it is not given.",
)
