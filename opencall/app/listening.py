"""The address of the pages. The supervisor opens it and keeps it open: it outlives every web process.

Whoever connects while the web is started again waits in line, and the port stays the same.
"""

import errno
import ipaddress
import socket
from typing import Final

from opencall.kernel.errors import OpencallError

LOCALHOST: Final = "127.0.0.1"
FIRST_PORT: Final = 8360
PORTS_TRIED: Final = 20
# How many connections wait in line while nobody takes them.
BACKLOG: Final = 1024


class NoFreePort(OpencallError):
    """Something listens on each port that was tried."""

    def __init__(self, host: str, first: int, last: int) -> None:
        self.host, self.first, self.last = host, first, last
        super().__init__(f"Ports {first} to {last} of {host} are all taken; say another one: --port N")


class AddressRefused(OpencallError):
    """The machine does not let this user listen there."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host, self.port, self.reason = host, port, reason
        super().__init__(
            f"Port {port} of {host} cannot be listened on: {reason}. Take an address of this machine (--host), and a "
            "port above 1023 (--port)."
        )


def listen(host: str, port: int) -> socket.socket:
    """Listen on `port` of `host`, or on the next free one above it; 0 takes any. Raises `NoFreePort`, `AddressRefused`.

    The socket is the caller's to close; a child process that is to answer on it inherits its file.
    """
    last = min(port + PORTS_TRIED - 1, 65535) if port else 0
    for candidate in range(port, last + 1):
        try:
            return _listen(host, candidate)
        except OSError as refused:
            if refused.errno != errno.EADDRINUSE:
                raise AddressRefused(host, candidate, refused.strerror or str(refused)) from None
    raise NoFreePort(host, port, last)


def url_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds what listens there."""
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:  # every address of this machine, of which a browser wants one
        host = "::1" if address.version == 6 else "127.0.0.1"
    return f"http://[{host}]:{port}" if address.version == 6 else f"http://{host}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _name, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        # A port whose last connections are still dying is free; one that somebody listens on is not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener
