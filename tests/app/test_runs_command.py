"""A run that failed is found from the command line, and queued again from there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from audio_pipeline import orders, production, runs
from audio_pipeline.runs import RunState
from audio_pipeline.stages import PIPELINE
from opencall.app.cli import main
from opencall.app.house import House, open_house
from opencall.app.settings import settings_of


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int | str | None, str]:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    return exit_.value.code, capsys.readouterr().out


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.delenv("OPENCALL_BROKER_URL", raising=False)
    assert run(capsys, "migrate", "--home", str(tmp_path))[0] == 0
    house = open_house(settings=settings_of(tmp_path, {}))
    yield house
    house.close()


def test_a_failed_run_is_listed_with_its_reason_until_it_is_queued_again(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ("--home", str(tmp_path))
    with house.work.write() as uow:
        production.begin_inspection(uow, "s", production.Upload("mix.wav", "a" * 64, 1), ())
        row = orders.current_run(uow, "s", "inspect")
        assert row is not None
        claim = runs.claim(uow, PIPELINE, row.id, "w")
        assert claim is not None
        runs.fail(uow, claim, "The disk is full; make room, then queue it again.")

    code, told = run(capsys, "runs", *home, "--json")
    (stuck,) = json.loads(told)["stuck"]
    assert code == 0
    assert (stuck["run_id"], stuck["song_id"], stuck["stage"], stuck["state"]) == (row.id, "s", "inspect", "failed")
    assert "The disk is full" in run(capsys, "runs", *home)[1]

    assert run(capsys, "runs", *home, "--again", row.id, "--json") == (0, '{\n "stuck": []\n}\n')
    with house.work.read() as uow:
        again = orders.current_run(uow, "s", "inspect")
    assert again is not None
    assert again.state == RunState.QUEUED
    code, told = run(capsys, "runs", *home, "--again", row.id, "--json")
    assert (code, json.loads(told)["error"]["code"]) == (1, "MoveRefused")
