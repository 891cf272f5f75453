"""The commands that keep an installation running, as somebody types them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from opencall.app.broker import life_of, make_broker
from opencall.app.cli import main
from opencall.app.settings import settings_of

PROJECT = Path(__file__).parents[2]


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "opencall.app", *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENCALL_")}
    return subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Commands decide where logs go; other tests must not inherit that."""
    yield
    structlog.reset_defaults()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int | str | None, str, str]:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    told = capsys.readouterr()
    return exit_.value.code, told.out, told.err


@pytest.mark.parametrize("command", ["serve", "worker", "sweep"])
def test_an_installation_that_is_not_there_is_refused_in_a_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("dramatiq_queue_prefetch", "dramatiq_restart_delay"):
        monkeypatch.setenv(name, "1")  # a worker sets them for its own process, and this one is ours
    code, out, err = run(capsys, command, "--home", str(tmp_path / "nowhere"))
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "opencall migrate --home" in err
    assert not (tmp_path / "nowhere").exists()


def test_queues_that_nobody_serves_are_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "worker", "--home", str(tmp_path), "--queues", "cpu,gpu")
    assert code == 2
    assert "the queues are control, io, cpu, render" in err


def test_two_commands_make_an_installation_run_and_an_interrupt_ends_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    migrated = start("migrate", "--home", str(home))
    assert migrated.wait(60) == 0, migrated.stderr
    migrated.communicate()
    serving = start("serve", "--home", str(home))
    broker = make_broker(settings_of(home, {}))
    deadline = time.monotonic() + 60
    while life_of(broker) is None:
        assert time.monotonic() < deadline
        assert serving.poll() is None
        time.sleep(0.1)
    broker.client.close()
    serving.send_signal(signal.SIGINT)
    out, _ = serving.communicate(timeout=20)
    assert serving.returncode == 0
    lines = out.splitlines()
    assert any(line.startswith("Opencall is at http://127.0.0.1:") for line in lines), lines
    for program in ("Valkey", "web", "worker of short jobs", "worker of long jobs", "sweep"):
        assert any(line.startswith(f"{program} is running (process ") for line in lines), lines
        assert f"{program} has stopped" in lines
