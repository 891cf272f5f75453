"""`opencall people …`: accounts and roles from the machine itself, above all the first manager's.

Whoever reaches the installation's files may say who manages it; everybody after that is invited on `/people`.
"""

from pathlib import Path

import click

from opencall.app.cli.home_option import home_option
from opencall.app.cli.output import emit_json
from opencall.app.logs import log_to_stderr
from opencall.kernel.principal import Grant, Principal, Role

AT_THE_MACHINE = Principal(user_id="command-line", name="Command line", grants=frozenset({Grant(Role.MANAGER)}))
# Everybody with an account may send songs: the role of an artist is not given.
ROLES = tuple(role.value for role in Role if role is not Role.ARTIST)

mail_option = click.option("--mail", is_flag=True, help="Send the link by mail instead of printing it.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def people() -> None:
    """Accounts: add somebody with a role, or let somebody in who lost the password."""


@people.command()
@click.argument("email")
@click.option("--name", default="", help="How to address a new person.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What the person does.")
@click.option("--call", "call_id", metavar="CALL", help="In this call only; in every call if it is not given.")
@mail_option
@home_option
@json_option
def add(email: str, name: str, role: str, call_id: str | None, mail: bool, home: Path | None, as_json: bool) -> None:
    """Give EMAIL a role, with a new account where it has none, and a link that sets the password of a new one."""
    from opencall.app.house import open_house
    from opencall.app.identity.doors import enrol, way_in
    from submissions.rows import find_call

    log_to_stderr()
    house = open_house(home)
    try:
        with house.work.write(AT_THE_MACHINE) as uow:
            if call_id is not None:
                find_call(uow, call_id)
            user, is_new = enrol(uow, AT_THE_MACHINE, name, email, Role(role), call_id)
            link = None
            needs_link = not user.has_password
            if needs_link:
                link = way_in(uow, user.email, lambda path: house.settings.base_url + path, by_mail=mail)
    finally:
        house.close()
    if as_json:
        emit_json({"user": user.id, "email": user.email, "role": role, "call": call_id, "new": is_new, "link": link})
        return
    click.echo(f"{user.name} <{user.email}> is {role} of {'every call' if call_id is None else f'call {call_id}'}.")
    _tell_link(link, mailed=mail and needs_link)


@people.command()
@click.argument("email")
@mail_option
@home_option
@json_option
def link(email: str, mail: bool, home: Path | None, as_json: bool) -> None:
    """Make a link that sets a new password for EMAIL, once, within two hours."""
    from opencall.app.house import open_house
    from opencall.app.identity.doors import way_in

    log_to_stderr()
    house = open_house(home)
    try:
        with house.work.write(AT_THE_MACHINE) as uow:
            made = way_in(uow, email, lambda path: house.settings.base_url + path, by_mail=mail)
    finally:
        house.close()
    if as_json:
        emit_json({"email": email, "link": made})
        return
    _tell_link(made, mailed=mail)


def _tell_link(link: str | None, *, mailed: bool) -> None:
    if mailed:
        click.echo("A letter with a link that sets the password is on its way.")
    elif link is not None:
        click.echo("This link sets the password, once, within two hours:")
        click.echo(f"  {link}")
