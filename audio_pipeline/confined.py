"""Start a program that reads what strangers sent: little memory, little time, and no byte written to any file.

The limits are set between fork and the program itself, by an interpreter that does nothing else: this very file, run as
a script. It imports no other module of ours, so it costs a few hundredths of a second.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

MEMORY_BYTES: Final = 400 * 1024 * 1024


def start(
    program: Sequence[str | os.PathLike[str]],
    *,
    cpu_s: int,
    memory_bytes: int = MEMORY_BYTES,
    stdin: int = subprocess.DEVNULL,
    stderr: int = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
) -> "subprocess.Popen[bytes]":
    """Start `program` with at most `memory_bytes` of address space and `cpu_s` seconds of processor time.

    It can write to its pipes; files it may make or remove, as we may, but not fill. Its standard output is a pipe; the
    other two streams are nowhere unless told.
    """
    return subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, str(memory_bytes), str(cpu_s), *program],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        pass_fds=pass_fds,
        env={
            **os.environ,
            # A pool of threads reserves memory for each core, and none of them is of use here.
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "1",
            "PYTHONPATH": os.pathsep.join(filter(os.path.isabs, sys.path)),
        },
    )


def limit_cpu(seconds: int) -> None:
    """Give this process `seconds` more of processor time than it has used; then the system ends it."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _confine(memory_bytes: int, cpu_s: int) -> None:
    import contextlib
    import resource

    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        # Some systems know a limit and refuse to set it; the others still hold, and so does the wait of the parent.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    _confine(int(sys.argv[1]), int(sys.argv[2]))
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606 - the very point of this file
