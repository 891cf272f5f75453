"""The first manager is made at the machine, signs in by the printed link, and lets everybody else in."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from opencall.app.asgi import create_app
from opencall.app.cli import main
from opencall.app.house import House, open_house
from opencall.app.identity.doors import sign_up
from opencall.app.identity.sessions import Place
from opencall.app.identity.users import disable_user, find_by_email
from opencall.app.settings import settings_of
from opencall.kernel.mail import FolderSink, send_due_mail
from opencall.kernel.principal import Grant, Principal, Role

MANAGER = Principal("m", "M", grants=frozenset({Grant(Role.MANAGER)}))
EMAIL = "mara@example.org"


class Shell:
    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.capsys = home, capsys

    def run(self, *arguments: str) -> tuple[int | str | None, str, str]:
        with pytest.raises(SystemExit) as exit_:
            main([*arguments, "--home", str(self.home)])
        told = self.capsys.readouterr()
        return exit_.value.code, told.out, told.err


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("OPENCALL_BASE_URL", "http://testserver.local")
    shell = Shell(tmp_path, capsys)
    assert shell.run("migrate")[0] == 0
    return shell


@pytest.fixture
def house(shell: Shell) -> Iterator[House]:
    house = open_house(settings=settings_of(shell.home, {"OPENCALL_BASE_URL": "http://testserver.local"}))
    yield house
    house.close()


def test_the_printed_link_sets_a_password_and_brings_the_first_manager_to_everybodys_accounts(
    shell: Shell, house: House
) -> None:
    code, told, _ = shell.run("people", "add", EMAIL, "--name", "Mara Venn", "--role", "manager")
    assert (code, told.splitlines()[0]) == (0, f"Mara Venn <{EMAIL}> is manager of every call.")
    (link,) = re.findall(r"http://testserver\.local(/reset/\S+)", told)

    with TestClient(create_app(house)) as browser:
        browser.headers["Origin"] = "http://testserver.local"
        assert browser.get("/people").url.path == "/sign-in"
        browser.post(link, data={"password": "one long and quiet evening"})
        people = browser.get("/people")
    assert people.url.path == "/people"
    assert "Mara Venn" in people.text

    again = shell.run("people", "add", EMAIL, "--role", "manager")
    assert again[:2] == (0, f"Mara Venn <{EMAIL}> is manager of every call.\n"), "who has a password needs no link"


def test_an_account_that_is_there_keeps_its_name_and_gets_the_role_beside_the_others(
    shell: Shell, house: House
) -> None:
    shell.run("people", "add", EMAIL, "--name", "Mara Venn", "--role", "manager")
    code, told, _ = shell.run("people", "add", EMAIL.upper(), "--name", "Other", "--role", "finance", "--json")
    answer = json.loads(told)
    assert (code, answer["new"], answer["role"], answer["call"]) == (0, False, "finance", None)
    with house.work.read() as uow:
        user = find_by_email(uow, EMAIL)
    assert user is not None
    assert (user.name, set(user.grants)) == ("Mara Venn", {Grant(Role.MANAGER), Grant(Role.FINANCE)})


def test_who_signed_up_with_the_address_before_or_later_chooses_no_password_of_it(shell: Shell, house: House) -> None:
    stranger = Place("192.0.2.7", "")
    for _ in range(2):
        with house.work.write() as uow:
            sign_up(uow, EMAIL, stranger, lambda path: path)
        shell.run("people", "add", EMAIL, "--name", "Mara Venn", "--role", "manager")
    with house.work.read() as uow:
        user = find_by_email(uow, EMAIL)
    assert user is not None
    assert (user.name, user.has_password) == ("Mara Venn", False)


def test_a_link_by_mail_is_in_the_letter_and_nowhere_else(shell: Shell, house: House) -> None:
    code, told, _ = shell.run("people", "add", EMAIL, "--name", "Mara Venn", "--role", "curator", "--mail")
    assert code == 0
    assert "/reset/" not in told
    send_due_mail(house.work, FolderSink(house.settings.outbox), house.settings.mail_sender)
    (letter,) = house.settings.outbox.iterdir()
    assert "/reset/" in letter.read_text()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "nobody", "--name", "N", "--role", "manager"), "AddressWrong"),
        (("add", EMAIL, "--role", "manager"), "NameMissing"),
        (("add", EMAIL, "--name", "N", "--role", "curator", "--call", "none"), "NoSuchCall"),
        (("link", EMAIL), "NoAccount"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name_and_leaves_nobody(
    shell: Shell, house: House, arguments: tuple[str, ...], code: str
) -> None:
    status, told, _ = shell.run("people", *arguments, "--json")
    assert (status, json.loads(told)["error"]["code"]) == (1, code)
    with house.work.read() as uow:
        assert find_by_email(uow, EMAIL) is None


def test_a_closed_account_gets_no_role_and_no_link(shell: Shell, house: House) -> None:
    _, told, _ = shell.run("people", "add", EMAIL, "--name", "Mara Venn", "--role", "curator", "--json")
    with house.work.write(MANAGER) as uow:
        disable_user(uow, MANAGER, json.loads(told)["user"])
    for arguments in (("add", EMAIL, "--role", "finance"), ("link", EMAIL)):
        status, told, _ = shell.run("people", *arguments, "--json")
        assert (status, json.loads(told)["error"]["code"]) == (1, "Closed")


def test_a_lost_password_is_set_anew_by_a_link_from_the_machine(shell: Shell) -> None:
    shell.run("people", "add", EMAIL, "--name", "Mara Venn", "--role", "manager")
    code, told, _ = shell.run("people", "link", EMAIL, "--json")
    assert code == 0
    assert re.fullmatch(r"http://testserver\.local/reset/\S{40,}", json.loads(told)["link"])
