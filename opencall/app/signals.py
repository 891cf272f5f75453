"""How a command ends when it is asked to: in good order."""

import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop(threading.Event):
    """An event for signal handlers, and for whoever waits for files as well: `fileno()` can be read once it is set.

    Python's own event takes a lock to be set; a handler that runs while its thread holds that lock would wait for ever.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told, self._tell = os.pipe()
        os.set_blocking(self._tell, False)

    def fileno(self) -> int:
        return self._told

    def is_set(self) -> bool:
        return self.wait(0)

    def set(self) -> None:
        os.write(self._tell, b"!")

    def wait(self, timeout: float | None = None) -> bool:
        return bool(select.select([self._told], [], [], timeout)[0])

    def close(self) -> None:
        """Give its files back; nobody may wait for it any more."""
        os.close(self._told)
        os.close(self._tell)


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """An event that SIGTERM and SIGINT set while the block runs. For the main thread."""
    stop = Stop()
    before = {
        number: signal.signal(number, lambda _number, _frame: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop.close()


@contextmanager
def exit_on_sigterm() -> Iterator[None]:
    """Let SIGTERM end the block as an error would, so that whatever it has begun is cleared away. For the main thread.

    Asked again meanwhile, it goes on clearing. A shell reads the code as the signal's.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
