"""Several people at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def at_once(acts: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """What each act returned or raised, in order; all of them begin together, each in a thread of its own."""
    start = threading.Barrier(len(acts))

    def begin(act: Callable[[], T]) -> T | Exception:
        start.wait(30)
        try:
            return act()
        except Exception as refusal:  # noqa: BLE001 - what it raised is the answer
            return refusal

    with ThreadPoolExecutor(len(acts)) as people:
        return list(people.map(begin, acts))
