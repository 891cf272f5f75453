"""Loops in C: each `.c` file of this package becomes a library beside it, which `ctypes` loads.

Compiled when the package is installed (`hatch_build.py`), never while it runs. The name of a library holds a digest of
its source, of the headers and of how it is compiled: one that was built from another source is never believed. This
module needs the standard library alone: the build hook loads it before anything is installed.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parent

# Results must be the same to the bit on every machine of one kind: no flag lets sums be reordered or products fused.
# What is given up does not show in results: errno and floating-point traps, which nobody reads.
FLAGS: Final = (
    *("-std=c11", "-O3", "-fPIC", "-shared", "-fvisibility=hidden"),
    *("-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
)


class CompiledPartMissing(ImportError):
    """A library was not built, or its source has changed since."""

    def __init__(self, source: Path) -> None:
        self.source = source
        super().__init__(
            f"The compiled part of Opencall that belongs to {os.fspath(source)!r} is not built, or its source has"
            f" changed since. Build it with {sys.executable} -m audio_pipeline.compiled, or install Opencall again."
        )


class CompilerFailed(Exception):
    """The C compiler is missing, or refuses a source of ours."""


def load(source: Path) -> ctypes.CDLL:
    """The library made from the C file `source`; its functions let other threads run. Raises `CompiledPartMissing`."""
    library = library_path(source)
    if not library.exists():
        raise CompiledPartMissing(source)
    return ctypes.CDLL(os.fspath(library))


def library_path(source: Path) -> Path:
    """Where the library of `source` belongs: beside it, as are headers of its own; others are at the package's top."""
    headers = b"".join(path.read_bytes() for path in sorted({*PACKAGE.glob("*.h"), *source.parent.glob("*.h")}))
    digest = hashlib.sha256(" ".join(FLAGS).encode() + headers + source.read_bytes()).hexdigest()
    return source.with_name(f"{source.stem}.{digest[:16]}.so")


def sources(package: Path = PACKAGE) -> list[Path]:
    """Every C file of the package."""
    return sorted(package.rglob("*.c"))


def build(source: Path, library: Path, *more_flags: str) -> None:
    """Compile `source` to `library`, which appears whole or not at all. Raises `CompilerFailed`."""
    compiler = os.environ.get("CC") or "gcc"
    if shutil.which(compiler) is None:
        raise CompilerFailed(f"{compiler} is missing; it compiles the loops. On Debian: apt-get install gcc libc6-dev")
    with tempfile.TemporaryDirectory(dir=library.parent, prefix=".building-") as folder:
        made = Path(folder) / library.name
        command = [compiler, *FLAGS, f"-I{PACKAGE}", *more_flags, "-o", os.fspath(made), os.fspath(source), "-lm"]
        outcome = subprocess.run(command, capture_output=True, text=True, check=False)
        if outcome.returncode:
            raise CompilerFailed(f"{compiler} does not compile {source}:\n{outcome.stderr}")
        made.replace(library)


def build_in_place(package: Path = PACKAGE) -> None:
    """Bring the libraries beside their sources up to date, and remove those of sources as they were."""
    for source in sources(package):
        library = library_path(source)
        if not library.exists():
            build(source, library)
        for old in source.parent.glob(f"{source.stem}.*.so"):
            if old != library:
                old.unlink()


if __name__ == "__main__":
    build_in_place()
