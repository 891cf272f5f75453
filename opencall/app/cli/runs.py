"""`opencall runs`: what no worker will touch until a person has looked."""

from pathlib import Path

import click

from opencall.app.cli.home_option import home_option
from opencall.app.cli.output import emit_json
from opencall.app.logs import log_to_stderr
from opencall.kernel.principal import Grant, Principal, Role

# Whoever reaches the installation's files stands at the machine, and may say that it should try again.
AT_THE_MACHINE = Principal(user_id="command-line", name="Command line", grants=frozenset({Grant(Role.ENGINEER)}))


@click.command()
@click.option("--again", "run_id", metavar="RUN", help="Queue this run again before listing what is left.")
@home_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def runs(run_id: str | None, home: Path | None, as_json: bool) -> None:
    """List runs that failed or are in quarantine, the oldest first, and why."""
    from audio_pipeline import production
    from opencall.app.broker import bell_of, make_broker
    from opencall.app.house import open_house
    from opencall.app.settings import settings_of

    log_to_stderr()
    house = open_house(home, bell=bell_of(make_broker(settings_of(home))))
    try:
        if run_id is not None:
            with house.work.write(AT_THE_MACHINE) as uow:
                production.run_again(uow, AT_THE_MACHINE, run_id)
        with house.work.read() as uow:
            stuck = production.stuck_runs(uow)
    finally:
        house.close()
    if as_json:
        emit_json({"stuck": stuck})
        return
    for each in stuck:
        click.echo(f"{each.run_id}  {each.since:%Y-%m-%d %H:%M}  song {each.song_id}  {each.stage} {each.state}")
        click.echo(f"  {each.error}")
