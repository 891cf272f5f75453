"""A heavy stage in a process of its own: it can be killed, and its death kills nobody.

The child is the leader of a new process group, so that what it starts (a decoder) dies with it. It lives on a leash:
when the parent's end of its standard input closes, for whatever reason, the child kills its whole group; on Linux the
kernel tells it of the parent's death as well. Messages from the child are lines of JSON on a pipe of their own, so that
a stage may print what it likes.
"""

import contextlib
import ctypes
import importlib
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from audio_pipeline.pipeline import Artifact, Inputs, StageFunction, StageTask
from opencall.kernel.errors import OpencallError
from opencall.kernel.stores import store_of

# One run, one core: songs run side by side, and a library that takes every core for itself slows all of them.
ONE_THREAD: Final = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)

_PR_SET_PDEATHSIG: Final = 1
_REPORT_EVERY_S: Final = 0.2


class ChildSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a child is told: the function's path, what it works on, and where; `store` is the URL of the store."""

    function: str
    inputs: Inputs
    missing: tuple[str, ...]
    store: str
    scratch: str


class Finished(msgspec.Struct, frozen=True, tag=True):
    """The stage returned."""

    artifacts: tuple[Artifact, ...]


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The stage raised: `error` is the sentence for people."""

    error: str


class Reached(msgspec.Struct, frozen=True, tag=True):
    """The stage has got so far, 0 to 1."""

    progress: float


class Died(msgspec.Struct, frozen=True):
    """The process ended without a word: killed, out of memory, crashed."""

    reason: str


Outcome = Finished | Refused | Died


def run_function(spec: ChildSpec, progress: Any) -> Finished | Refused:
    """Call the stage's function in this process, in a scratch folder that is empty before and gone after."""
    scratch = Path(spec.scratch)
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        task = StageTask(spec.inputs, spec.missing, store_of(spec.store), scratch)
        return Finished(load(spec.function)(task, progress))
    except OpencallError as refusal:
        return Refused(str(refusal))
    except Exception as defect:  # noqa: BLE001 - whatever a stage dies of is kept with its run, for a person to read
        import traceback

        traceback.print_exc()
        return Refused(f"{type(defect).__name__}: {defect}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def load(function: str) -> StageFunction:
    """The stage function at `module:name`."""
    module, _, name = function.partition(":")
    found: StageFunction = getattr(importlib.import_module(module), name)
    return found


class Child:
    """A running stage, seen from its parent. Always `close` it: nothing of it is left then."""

    def __init__(self, spec: ChildSpec) -> None:
        self.progress = 0.0
        self._scratch = Path(spec.scratch)
        self._pending = b""
        self._outcome: Outcome | None = None
        self._results, results_end = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "audio_pipeline.children", str(results_end), str(os.getpid())],
                stdin=subprocess.PIPE,
                pass_fds=(results_end,),
                start_new_session=True,
                env={**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except BaseException:
            os.close(self._results)
            raise
        finally:
            os.close(results_end)
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        self._leash = self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._leash.write(msgspec.json.encode(spec) + b"\n")
            self._leash.flush()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, timeout_s: float) -> Outcome | None:
        """How it ended, or None if it is still at work after `timeout_s` seconds."""
        deadline = time.monotonic() + timeout_s
        while self._outcome is None:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._results], [], [], left)[0]:
                return None
            data = os.read(self._results, 1 << 16)
            if data:
                self._take(data)
            else:
                self._outcome = Died(_ending(self._process.wait()))
        return self._outcome

    def close(self) -> None:
        """Kill whatever is left of the process group, and clean up behind it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(BrokenPipeError):
            self._leash.close()
        self._process.wait()
        os.close(self._results)
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _take(self, data: bytes) -> None:
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            message = msgspec.json.decode(line, type=Finished | Refused | Reached)
            if isinstance(message, Reached):
                self.progress = message.progress
            else:
                self._outcome = message


def _ending(code: int) -> str:
    if code < 0:
        return f"it was killed by {signal.Signals(-code).name}"
    return f"it exited with code {code}"


def main() -> None:
    """The child's side: read the specification, do the work, tell the outcome."""
    results, parent = int(sys.argv[1]), int(sys.argv[2])
    os.set_inheritable(results, False)
    signal.signal(signal.SIGTERM, lambda _number, _frame: _end_group())
    _notice_death_of(parent)
    # From here on the standard input carries nothing but the parent's presence.
    spec = msgspec.json.decode(_read_line(0), type=ChildSpec)
    threading.Thread(target=_hold_the_leash, daemon=True).start()

    lock = threading.Lock()
    told = [0.0]

    def tell(message: Finished | Refused | Reached) -> None:
        data = msgspec.json.encode(message) + b"\n"
        with lock:
            while data:
                data = data[os.write(results, data) :]

    def progress(fraction: float) -> None:
        now = time.monotonic()
        if now - told[0] >= _REPORT_EVERY_S:
            told[0] = now
            tell(Reached(float(fraction)))

    tell(run_function(spec, progress))


def _read_line(descriptor: int) -> bytes:
    # Unbuffered, so that nothing is taken from the pipe that the leash has to see.
    read = bytearray()
    while not read.endswith(b"\n"):
        data = os.read(descriptor, 1 << 16)
        if not data:
            _end_group()
        read += data
    return bytes(read)


def _hold_the_leash() -> None:
    while os.read(0, 1 << 10):
        pass
    _end_group()


def _end_group() -> None:
    os.killpg(0, signal.SIGKILL)


def _notice_death_of(parent: int) -> None:
    """Be sent SIGTERM when the parent dies: it ends a stage that hardly ever lets other threads run, too."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        _end_group()


if __name__ == "__main__":
    main()
