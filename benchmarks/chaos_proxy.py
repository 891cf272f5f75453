"""A line as bad as lines get: between a sender and a server, it cuts, delays, repeats and reorders requests.

Each connection carries one request. What happens to it is drawn from a seed; `done` counts it.
"""

import contextlib
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Final

READ_BYTES: Final = 1 << 16
WAITS_S: Final = 60.0
# One that is repeated later is kept so long; a longer one is repeated while it passes.
KEPT_BYTES: Final = 9 << 20
HELD_S: Final = 2.0
FATES: Final = (
    ("passed", 50),
    ("delayed", 12),
    ("cut in the middle", 12),
    ("answer lost", 8),
    ("sent twice at once", 8),
    ("sent again later", 6),
    ("overtaken", 10),
)


class ChaosProxy:
    """Listens at `url` while the block runs, and hands requests on to `port` on this machine."""

    def __init__(self, port: int, seed: int) -> None:
        self.done: Counter[str] = Counter()
        self._port = port
        self._chance = Random(seed)
        self._lock = threading.Lock()
        self._passed = threading.Condition()
        self._passes = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @contextlib.contextmanager
    def running(self) -> Iterator["ChaosProxy"]:
        thread = threading.Thread(target=self._accept, name="proxy", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                sender, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sender,), daemon=True).start()

    def _serve(self, sender: socket.socket) -> None:
        with sender, contextlib.suppress(OSError):
            sender.settimeout(WAITS_S)
            head, body = _head_of(sender)
            length = _length_of(head) - len(body)
            with self._lock:
                fate = self._chance.choices([name for name, _ in FATES], [weight for _, weight in FATES])[0]
                share, pause_s = self._chance.random(), self._chance.uniform(0.1, HELD_S)
                self.done[fate] += 1
            self._meet(fate, sender, head, body, length, share, pause_s)
            with self._passed:
                self._passes += 1
                self._passed.notify_all()

    def _meet(
        self, fate: str, sender: socket.socket, head: bytes, body: bytes, length: int, share: float, pause_s: float
    ) -> None:
        """Let one request meet its fate; `length` bytes of its body are still to be read."""
        if fate == "overtaken":
            with self._passed:
                seen = self._passes
                self._passed.wait_for(lambda: self._passes > seen, HELD_S)
        if fate == "delayed":
            time.sleep(pause_s)
        servers = [self._to_server()]
        if fate == "sent twice at once":
            servers.append(self._to_server())
        kept = bytearray(head + body) if fate == "sent again later" and length < KEPT_BYTES else None
        stop_at = int(share * length) if fate == "cut in the middle" else -1
        with contextlib.ExitStack() as open_ones:
            for server in servers:
                open_ones.enter_context(server)
            _tell(servers, head + body)
            read = 0
            while read < length:
                if fate == "delayed" and read <= share * length < read + READ_BYTES:
                    time.sleep(pause_s)
                piece = sender.recv(min(READ_BYTES, length - read))
                if not piece:
                    return
                read += len(piece)
                if kept is not None:
                    kept += piece
                _tell(servers, piece)
                if read >= stop_at >= 0:
                    break
            if stop_at >= 0:
                _cut(sender)
                for server in servers:
                    _cut(server)
                return
            for second in servers[1:]:
                threading.Thread(target=_drain, args=(second.dup(),), daemon=True).start()
            if fate == "answer lost":
                _drain(servers[0])
                _cut(sender)
                return
            while piece := servers[0].recv(READ_BYTES):
                sender.sendall(piece)
        if kept is not None:
            sender.close()
            time.sleep(pause_s)
            with self._to_server() as again:
                again.sendall(kept)
                _drain(again)

    def _to_server(self) -> socket.socket:
        server = socket.create_connection(("127.0.0.1", self._port), timeout=WAITS_S)
        server.settimeout(WAITS_S)
        return server


def _head_of(sender: socket.socket) -> tuple[bytes, bytes]:
    """The head of a request, which asks for the connection to be closed after it, and what came of its body."""
    read = b""
    while b"\r\n\r\n" not in read:
        piece = sender.recv(READ_BYTES)
        if not piece:
            raise ConnectionError
        read += piece
    head, _, body = read.partition(b"\r\n\r\n")
    return head + b"\r\nConnection: close\r\n\r\n", body


def _length_of(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def _tell(servers: list[socket.socket], piece: bytes) -> None:
    """Tell all of them. One who hangs up may have answered already, so that is heard later."""
    for server in servers:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            server.sendall(piece)


def _drain(server: socket.socket) -> None:
    with server, contextlib.suppress(OSError):
        while server.recv(READ_BYTES):
            pass


def _cut(connection: socket.socket) -> None:
    """Break off at once, as a line does, and not as somebody who is done."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
