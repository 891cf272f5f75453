"""`opencall worker`: work on some queues until asked to stop."""

from pathlib import Path

import click

from audio_pipeline.pipeline import Queue
from opencall.app.cli.home_option import home_option
from opencall.app.logs import log_to_stderr
from opencall.app.signals import stop_on_signals
from opencall.app.worker import run_worker


def _queues(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[Queue, ...]:
    try:
        return tuple(Queue(name.strip()) for name in value.split(","))
    except ValueError as unknown:
        raise click.BadParameter(f"{unknown}; the queues are {', '.join(Queue)}") from None


@click.command()
@home_option
@click.option("--queues", default=",".join(Queue), show_default=True, callback=_queues, help="What to work on.")
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True, help="How many runs at a time.")
def worker(home: Path | None, queues: tuple[Queue, ...], threads: int) -> None:
    """Do the pipeline's work on one machine; run as many of these as you like, on as many machines."""
    log_to_stderr()
    with stop_on_signals() as stop:
        run_worker(home, queues, threads, stop)
