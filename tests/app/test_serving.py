"""`opencall serve`, as somebody runs it: one address that outlives every process, and nothing left when it ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from opencall.app.house import bring_up_to_date, open_house
from opencall.app.identity.sessions import Place, begin_session
from opencall.app.identity.users import create_user
from opencall.app.listening import LOCALHOST, listen
from opencall.app.settings import settings_of
from opencall.app.supervisor import GRACE_S
from opencall.kernel.web.guards import COOKIE
from tests.app.test_crashes import alive, wait_for
from tests.conftest import PROJECT

CHILDREN = ("Valkey", "web", "worker of short jobs", "worker of long jobs", "sweep")


class Served:
    """A running `opencall serve`; `said` is what it has printed so far."""

    def __init__(self, home: Path, port: int = 0) -> None:
        self.home = home
        self.log = home.parent / f"{home.name}.{time.monotonic_ns()}.log"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENCALL_")}
        with self.log.open("wb") as log:
            self.process = psutil.Popen(
                [sys.executable, "-m", "opencall.app", "serve", "--home", str(home), "--port", str(port)],
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for(lambda: "Opencall is at" in self.said or self.process.poll() is not None)

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def url(self) -> str:
        return re.findall(r"^Opencall is at (\S+)$", self.said, re.MULTILINE)[0]

    def pid_of(self, name: str) -> int:
        """The latest process of that name."""
        return int(re.findall(rf"^{name} is running \(process (\d+)\)$", self.said, re.MULTILINE)[-1])

    def health(self) -> dict[str, Any]:
        """What it says of itself, well or not."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=60) as answer:  # noqa: S310 - our own address
                seen = answer.read()
        except urllib.error.HTTPError as broken:
            with broken:
                seen = broken.read()
        found: dict[str, Any] = json.loads(seen)
        return found

    def everybody(self) -> list[int]:
        return [self.process.pid, *(child.pid for child in self.process.children(recursive=True))]

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(60)


def make_home(folder: Path) -> Path:
    bring_up_to_date(settings_of(folder, {}))
    return folder


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One installation, served for all tests that leave it running."""
    serving = Served(make_home(tmp_path_factory.mktemp("serving") / "home"))
    yield serving
    serving.end()


def test_everything_runs_and_says_so(served: Served) -> None:
    wait_for(lambda: served.health()["ok"])
    seen = served.health()
    assert (seen["database"], seen["broker"], seen["problems"]) == (True, True, [])
    assert [worker["queues"] for worker in seen["workers"]] == [["control", "io"], ["cpu", "render"]]
    assert len(seen["sweeps"]) == 1
    assert [line for line in served.said.splitlines() if "is running" in line or "is at" in line] == [
        *(f"{name} is running (process {served.pid_of(name)})" for name in CHILDREN),
        f"Opencall is at {served.url}",
    ]


@pytest.mark.parametrize("name", CHILDREN)
def test_whoever_is_killed_is_started_again(served: Served, name: str) -> None:
    before = served.pid_of(name)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: served.pid_of(name) != before)
    assert f"{name} was killed by SIGKILL; it starts again in" in served.said
    wait_for(lambda: served.health()["ok"])
    assert not alive(before)
    assert alive(served.pid_of(name))


def test_whoever_comes_while_the_web_is_away_waits_in_line_for_the_next_one(served: Served) -> None:
    before = served.pid_of("web")
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: not alive(before))
    assert served.health()["database"] is True  # asked while nobody was there to answer
    assert served.pid_of("web") != before


def test_a_second_one_is_refused_and_told_where_the_first_one_is(served: Served) -> None:
    second = Served(served.home)
    assert second.process.wait(60) == 1
    assert (
        second.said
        == f"opencall: {served.home} is being served already at {served.url}; use that one, or stop it first.\n"
    )


def test_letters_carry_the_address_that_was_found(served: Served) -> None:
    wait_for(lambda: served.health()["ok"])
    environment = psutil.Process(served.pid_of("sweep")).environ()
    assert environment["OPENCALL_BASE_URL"] == served.url


def test_an_open_stream_of_events_keeps_nobody_from_leaving(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    served = Served(home)
    stream = open_stream(served)
    assert b"event: ready" in stream.recv(4096)
    everybody = served.everybody()
    assert len(everybody) == 1 + len(CHILDREN)

    asked = time.monotonic()
    served.end()
    assert time.monotonic() - asked < GRACE_S + 2

    assert [pid for pid in everybody if alive(pid)] == []
    stream.settimeout(10)
    while stream.recv(4096):
        pass  # it was ended, and not forgotten
    stream.close()
    farewells = [line for line in served.said.splitlines() if line.endswith("has stopped")]
    assert sorted(farewells) == sorted(f"{name} has stopped" for name in CHILDREN)
    assert farewells[-1] == "Valkey has stopped"
    assert "Traceback" not in served.said


def test_one_that_is_killed_leaves_nobody_and_its_port(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    first = Served(home)
    port = urlsplit(first.url).port
    assert port is not None
    everybody = first.everybody()
    first.end(signal.SIGKILL)
    wait_for(lambda: not any(map(alive, everybody)), 10)

    second = Served(home, port)
    assert second.url == first.url
    assert second.health()["database"] is True
    second.end()


def test_a_port_that_is_taken_gives_way_to_the_next(tmp_path: Path) -> None:
    with listen(LOCALHOST, 0) as taken:
        port = taken.getsockname()[1]
        served = Served(make_home(tmp_path / "home"), port)
        served.end()
    found = urlsplit(served.url).port
    assert found is not None
    assert found > port


def open_stream(served: Served) -> socket.socket:
    """The events of somebody who is signed in, with the head of the answer read off."""
    wait_for(lambda: served.health()["ok"])
    house = open_house(served.home)
    with house.work.write() as uow:
        user_id = create_user(uow, "Ada", "ada@example.org", None)
        secret = begin_session(uow, user_id, Place("127.0.0.1", "a test")).secret
    house.close()
    address = urlsplit(served.url)
    stream = socket.create_connection((address.hostname or "", address.port or 0), timeout=60)
    request = f"GET /events HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {COOKIE}={secret}\r\n\r\n"
    stream.sendall(request.encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += stream.recv(1)
    assert head.startswith(b"HTTP/1.1 200")
    return stream
