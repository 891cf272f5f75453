"""How a long-running command ends: in good order, when it is asked to."""

import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


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
