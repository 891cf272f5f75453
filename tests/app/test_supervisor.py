"""Children that do not want to live: they are started again, ever more slowly, and the others are none the worse."""

import threading
from pathlib import Path

from opencall.app.settings import settings_of
from opencall.app.signals import Stop
from opencall.app.supervisor import Program, Supervisor
from tests.app.test_crashes import wait_for


def said_of(tmp_path: Path, program: Program, times: int, output: Path | None = None) -> list[str]:
    """What a supervisor says of `program` until it has been started again so often."""
    said: list[str] = []
    settings = settings_of(tmp_path / "home", {})
    supervisor = Supervisor(settings, (program, Program("good child", ("/bin/sleep", "600"))), said.append, output)
    stop = Stop()
    running = threading.Thread(target=supervisor.run, args=(stop,))
    running.start()
    wait_for(lambda: sum("starts again" in line for line in said) >= times)
    stop.set()
    running.join()
    stop.close()
    return [line for line in said if line.startswith(program.name) and "is running" not in line]


def test_a_child_that_keeps_ending_is_started_ever_more_slowly(tmp_path: Path) -> None:
    assert said_of(tmp_path, Program("bad child", ("/bin/false",)), 3)[:3] == [
        "bad child ended with code 1; it starts again in 0.2 s",
        "bad child ended with code 1; it starts again in 0.4 s",
        "bad child ended with code 1; it starts again in 0.8 s",
    ]


def test_a_child_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    nowhere = tmp_path / "missing" / "log.txt"
    assert said_of(tmp_path, Program("bad child", ("/bin/true",)), 2, nowhere)[0] == (
        "bad child could not be started (No such file or directory); it starts again in 0.2 s"
    )


def test_an_address_is_said_once_everybody_was_started(tmp_path: Path) -> None:
    said: list[str] = []
    stop = Stop()
    stop.set()
    child = Program("child", ("/bin/sleep", "600"))
    Supervisor(settings_of(tmp_path, {}), (child,), said.append).run(stop, "http://127.0.0.1:1")
    stop.close()
    assert [line.split(" (")[0] for line in said] == [
        "child is running",
        "Opencall is at http://127.0.0.1:1",
        "child has stopped",
    ]
