"""`opencall demo`: a whole open call in a minute."""

import socket
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from opencall.app.cli.output import emit_json
from opencall.app.listening import FIRST_PORT, LOCALHOST, listen, url_of
from opencall.app.logs import log_to_stderr
from opencall.app.settings import DEMO_HOME

if TYPE_CHECKING:
    from opencall.app.demo.play import Ending


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

    def say(line: str) -> None:
        click.echo(line, err=as_json)

    log_to_stderr()
    ending = play(home, demo_songs(songs), say)
    serves = ending.is_happy and not no_serve
    with listen(LOCALHOST, FIRST_PORT) if serves else nullcontext() as listener:
        if listener is not None:
            ending = msgspec.structs.replace(ending, url=url_of(listener))
        if as_json:
            emit_json(ending)
        else:
            _tell(ending, home, say)
        if listener is not None:
            _keep_serving(home, listener, say)
    return 0 if ending.is_happy else 1


def _tell(ending: "Ending", home: Path, say: Callable[[str], None]) -> None:
    from opencall.app.demo.accounts import who_is_who
    from rewards.money import format_amount

    for song in ending.songs:
        say(f"{song.state:>12}  {song.title}  ({len(song.masters)} masters)")
    books = ending.ledger
    paid, received = (format_amount(amount, books.currency) for amount in (books.paid, books.received))
    say(f"{paid} of {received} {books.currency} paid; the books {'balance' if books.balanced else 'do NOT balance'}.")
    say(f"Letters, masters and bank files are in {home}.")
    say("Sign in as one of these; artists sign in as well, and everybody's password is the same:")
    for line in who_is_who():
        say(f"  {line}")


def _keep_serving(home: Path, listener: socket.socket, say: Callable[[str], None]) -> None:
    from opencall.app import supervisor
    from opencall.app.settings import settings_of
    from opencall.app.signals import stop_on_signals

    say("The installation keeps running; Ctrl-C ends it.")
    with stop_on_signals() as stop:
        supervisor.serve(settings_of(home), listener, say, stop)
