"""An installation that is served as `opencall serve` does, and started again whenever its supervisor was killed."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from opencall.app.settings import Settings


class Serving:
    """`opencall serve` in `home`; `seen` is every process that there ever was."""

    def __init__(self, home: Path) -> None:
        self.seen: set[psutil.Process] = set()
        self._log = home / "serve.log"
        self._supervisor: psutil.Popen | None = None
        self._port = 0
        self._answers, self._ended = threading.Event(), threading.Event()

    @contextmanager
    def running(self, settings: Settings) -> Iterator[str]:
        """The installation runs while the block does; its address."""
        self._ended.clear()
        self._answers.clear()
        keeper = threading.Thread(target=self._keep, args=(settings,), name="keeper")
        keeper.start()
        try:
            self._answers.wait()
            yield f"http://127.0.0.1:{self._port}"
        finally:
            self._ended.set()
            keeper.join()

    def family(self) -> list[psutil.Process]:
        """The supervisor first, then everything below it; nothing while it is not there."""
        supervisor = self._supervisor
        try:
            found = [supervisor, *supervisor.children(recursive=True)] if supervisor else []
        except psutil.NoSuchProcess:
            return []
        self.seen.update(found)
        return found

    def left_over(self) -> int:
        """How many of all processes that there ever were are there still."""
        return sum(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in self.seen)

    def _keep(self, settings: Settings) -> None:
        """All in one thread: the kernel ties what it starts to it."""
        while not self._ended.wait(0.1):
            if self._supervisor is None or self._supervisor.poll() is not None:
                self._start(settings)
        if self._supervisor is not None:
            self._supervisor.terminate()
            self._supervisor.wait()
            self._supervisor = None

    def _start(self, settings: Settings) -> None:
        tied = (sys.executable, "-m", "opencall.app.tethered", str(os.getpid()))  # a drill that is killed leaves nobody
        serve = (sys.executable, "-m", "opencall.app", "serve", "--home", str(settings.home), "--port", str(self._port))
        before = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._supervisor = psutil.Popen(
                (*tied, *serve),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **settings.for_children},
                start_new_session=True,
            )
        while not (found := re.search(rb"127\.0\.0\.1:(\d+)\n", self._log.read_bytes()[before:])):
            if self._supervisor.poll() is not None:
                return  # killed before it could say anything; it is started again
            time.sleep(0.05)
        self._port = int(found[1])
        self._answers.set()


def words(process: psutil.Process) -> list[str]:
    """The command line, empty when the process is gone."""
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []
