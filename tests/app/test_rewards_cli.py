"""The commands of `opencall rewards` over a real installation."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opencall.app.cli import main
from opencall.app.house import House, open_house
from opencall.app.journey import JOURNEY
from opencall.kernel.principal import Grant, Principal, Role
from rewards import batches, funds, payees
from rewards.facts import RewardSettled
from rewards.obligations import Share, encumber, make_due
from rewards.rails.order import Party
from rewards.simulated_bank import SimulatedBank

DEBTOR_IBAN, ARTIST_IBAN = "DE89370400440532013000", "NL91ABNA0417164300"


class Shell:
    """Runs commands against one home; `run` returns exit code and the JSON that was printed."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.capsys = home, capsys

    def text(self, *arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--home", str(self.home)])
        return int(ended.value.code or 0), self.capsys.readouterr().out

    def run(self, *arguments: str) -> tuple[int, Any]:
        code, printed = self.text("rewards", *arguments, "--json")
        return code, json.loads(printed)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    # The reward of these tests is for a song that nobody submitted, so nobody must be told that it is paid.
    monkeypatch.delitem(JOURNEY, RewardSettled)
    shell = Shell(tmp_path / "home", capsys)
    assert shell.text("migrate")[0] == 0
    return shell


@pytest.fixture
def house(shell: Shell) -> Iterator[House]:
    house = open_house(shell.home)
    yield house
    house.close()


def finance(user_id: str) -> Principal:
    return Principal(user_id=user_id, name=user_id, grants=frozenset({Grant(Role.FINANCE)}))


def open_fund(shell: Shell) -> str:
    code, opened = shell.run(
        "fund", "City", "--currency", "EUR", "--account", DEBTOR_IBAN, "--holder", "Opencall", "--town", "Berlin",
        "--country", "DE",
    )  # fmt: skip
    assert code == 0
    return str(opened["funds"][0]["id"])


def approve_a_batch(house: House, fund_id: str) -> str:
    with house.work.write() as uow:
        artist = Principal(user_id="artist", name="Artist")
        details = Party(name="Artist", account=ARTIST_IBAN, town="Amsterdam", country="NL")
        payee_id = payees.add_payee(uow, artist, house.vault, details)
        funds.allocate(uow, fund_id, "call", 100_00)
        encumber(uow, "call", "song", 80_00, "EUR", [Share("c", payee_id, 10_000)])
        make_due(uow, "song")
        batch = batches.draft_batch(uow, finance("maker"), fund_id)
        for approver in ("first", "second"):
            batches.approve(uow, finance(approver), batch.id, batch.content_sha256)
    return payee_id


def test_from_the_donation_to_the_books(shell: Shell, house: House, tmp_path: Path) -> None:
    fund_id = open_fund(shell)
    assert shell.run("donate", fund_id, "125.50", "--reference", "gift")[1]["amount_minor"] == 125_50
    assert shell.run("donate", fund_id, "125.50", "--reference", "gift")[0] == 0
    payee_id = approve_a_batch(house, fund_id)

    out = tmp_path / "out"
    code, released = shell.run("batch", "-o", str(out))
    assert (code, released["refused"], len(released["written"])) == (0, [], 1)
    written = Path(released["written"][0]["path"])
    assert [each.name for each in out.iterdir()] == [written.name]
    assert shell.run("batch", "-o", str(tmp_path / "empty"))[1] == {"written": [], "refused": []}
    again = tmp_path / "again"
    shell.run("batch", "-o", str(again), "--again", released["written"][0]["batch"])
    assert (again / written.name).read_bytes() == written.read_bytes()

    bank = SimulatedBank()
    bank.submit(written.read_bytes())
    statement = tmp_path / "statement.xml"
    statement.write_bytes(bank.statement(DEBTOR_IBAN, house.work.clock.now()))
    for settled, known in ((["OC-1-1"], 0), ([], 1)):
        code, imported = shell.run("import", str(statement))
        result = imported["statements"][0]["result"]
        assert (code, result["settled"], result["already_known"]) == (0, settled, known)

    assert shell.run("statement", payee_id)[1]["totals"] == [
        {"currency": "EUR", "promised_minor": 0, "owed_minor": 0, "paid_minor": 80_00}
    ]
    assert shell.run("fund")[1]["funds"][0]["totals"] == {
        "currency": "EUR", "exponent": 2, "received": 125_50, "allocated": 100_00, "paid": 80_00, "balanced": True,
    }  # fmt: skip
    code, report = shell.run("audit")
    assert (code, report["ok"], report["received_minor"]) == (0, True, {"EUR": 125_50})
    code, printed = shell.text("rewards", "export", "--as", "beancount")
    assert code == 0
    assert '  end-to-end-id: "OC-1-1"' in printed.splitlines()
    assert report["head_sha256"] in printed


def test_an_approved_batch_with_a_defect_is_reported_and_not_written(
    shell: Shell, house: House, tmp_path: Path
) -> None:
    fund_id = open_fund(shell)
    shell.run("donate", fund_id, "125.50", "--reference", "gift")
    approve_a_batch(house, fund_id)
    shell.run("fund", "--id", fund_id, "--account", ARTIST_IBAN, "--holder", "O", "--town", "B", "--country", "DE")
    code, released = shell.run("batch", "-o", str(tmp_path / "out"))
    assert (code, released["written"], released["refused"][0]["code"]) == (1, [], "AccountChanged")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "exit_code", "error"),
    [
        (["donate", "none", "1.00", "--reference", "r"], 1, "FundNotFound"),
        (["fund", "Gold", "--currency", "XAU"], 1, "CurrencyWithoutMinorUnit"),
        (["fund", "Without currency"], 2, "UsageError"),
        (["statement", "nobody"], 1, "PayeeNotFound"),
        (["import", "missing.xml"], 1, "FileError"),
        (["batch", "-o", "."], 2, "UsageError"),
        (["batch", "-o", "new", "--again", "none"], 1, None),
    ],
)
def test_refusals_are_json_and_have_their_exit_code(
    shell: Shell, arguments: list[str], exit_code: int, error: str | None
) -> None:
    code, printed = shell.run(*arguments)
    assert code == exit_code
    if error:
        assert printed["error"]["code"] == error
    else:
        assert printed["refused"][0]["code"] == "BatchNotFound"


def test_an_audit_that_finds_something_exits_with_one(shell: Shell, house: House) -> None:
    open_fund(shell)
    with house.work.write() as uow:
        uow.connection.exec_driver_sql("UPDATE rew_account SET balance_minor = 1 WHERE name LIKE '%/available'")
    code, report = shell.run("audit")
    assert (code, [finding["code"] for finding in report["findings"]]) == (1, ["BALANCE_DIFFERS"])
