"""`opencall demo`: a whole open call in a minute."""

from collections.abc import Callable
from pathlib import Path

import click

from opencall.app.cli.output import emit_json
from opencall.app.logs import log_to_stderr
from opencall.app.settings import DEMO_HOME


@click.command()
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEMO_HOME,
    show_default=True,
    help="Where the demo's installation lives; a second run goes on where the first one stood.",
)
@click.option("--songs", type=click.Path(file_okay=False, path_type=Path), help="Another folder of demo songs.")
@click.option("--no-serve", is_flag=True, help="End after the journey instead of keeping the installation running.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document at the end, and nothing else on stdout.")
def demo(home: Path, songs: Path | None, no_serve: bool, as_json: bool) -> int:
    """Take the songs of fixtures/ through a whole open call: uploads, judging, 360 masters, payment."""
    from opencall.app.demo.play import play
    from opencall.app.demo.songs import demo_songs
    from rewards.money import format_amount

    def say(line: str) -> None:
        click.echo(line, err=as_json)

    log_to_stderr()
    ending = play(home, demo_songs(songs), say)
    if as_json:
        emit_json(ending)
    else:
        for song in ending.songs:
            say(f"{song.state:>12}  {song.title}  ({len(song.masters)} masters)")
        books = ending.ledger
        paid, received = (format_amount(amount, books.currency) for amount in (books.paid, books.received))
        say(
            f"{paid} of {received} {books.currency} paid; "
            f"the books {'balance' if books.balanced else 'do NOT balance'}."
        )
        say(f"Letters, masters and bank files are in {home}.")
    if not ending.is_happy:
        return 1
    if not no_serve:
        _keep_serving(home, say)
    return 0


def _keep_serving(home: Path, say: Callable[[str], None]) -> None:
    from opencall.app.settings import settings_of
    from opencall.app.signals import stop_on_signals
    from opencall.app.supervisor import Supervisor, programs_of

    say("The installation keeps running; Ctrl-C ends it.")
    settings = settings_of(home)
    with stop_on_signals() as stop:
        Supervisor(settings, programs_of(settings), say).run(stop)
