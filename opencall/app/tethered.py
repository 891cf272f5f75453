"""`python -m opencall.app.tethered PARENT PROGRAM ARGUMENT…`: become a program that dies with its parent.

A killed supervisor cannot clean up. On Linux the kernel does: it kills this process when PARENT (the process that
started it) is gone, and keeps that promise when the process turns into PROGRAM.
"""

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def main() -> None:
    """Tie this process to its parent, then execute the program in its place."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)  # it died before the tie was made
    os.execv(program[0], program)  # noqa: S606 - an argument list of our own, no shell


if __name__ == "__main__":
    main()
