"""`opencall web`: the pages, on their own."""

from pathlib import Path

import click

from opencall.app.cli.home_option import home_option


@click.command()
@home_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8360, show_default=True, help="The port to listen on.")
@click.option("--fd", type=int, help="Listen on this inherited socket instead.")
def web(home: Path | None, host: str, port: int, fd: int | None) -> None:
    """Serve the pages of an installation; run as many of these as you like behind a proxy."""
    from opencall.app.logs import log_to_stderr
    from opencall.app.web import run_web

    log_to_stderr()
    run_web(home, host, port, fd)
