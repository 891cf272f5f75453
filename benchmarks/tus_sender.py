"""A sender of files by tus, as the drills need one: it knows an address, and nothing can make it give up but a refusal.

After every broken connection it asks where to go on, as a browser does.
"""

import base64
import contextlib
import hashlib
import http.client
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol
from urllib.parse import urlsplit

from opencall.kernel.web.guards import COOKIE

PIECE_TYPE: Final = "application/offset+octet-stream"
BLOCK_BYTES: Final = 1 << 20
SENT_AT_ONCE: Final = 1 << 18
# What passes by itself, or when the offset is asked for anew: too early, in the middle of something else, a full disk.
PASSES: Final = frozenset({408, 409, 423, 429, 460, 500, 502, 503, 507})


class Sendable(Protocol):
    """What can be sent: so many bytes, of which any part can be had, and its hash."""

    @property
    def length(self) -> int: ...

    def pieces(self, start: int, end: int) -> Iterator[bytes]: ...

    def sha256(self, start: int = 0, end: int | None = None) -> "hashlib._Hash": ...


class Content:
    """The bytes of one file, made as they are read: no two blocks are the same, in this file or another."""

    def __init__(self, seed: int, length: int) -> None:
        self.length = length
        self._block = Random(seed).randbytes(BLOCK_BYTES)
        self._tag = seed.to_bytes(8, "big")

    def __getitem__(self, part: slice) -> bytes:
        start, end, _ = part.indices(self.length)
        blocks = range(start // BLOCK_BYTES, -(-end // BLOCK_BYTES))
        whole = b"".join(self._tag + number.to_bytes(8, "big") + self._block[16:] for number in blocks)
        return whole[start - blocks.start * BLOCK_BYTES :][: end - start] if blocks else b""

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` to `end`, so many at a time."""
        for at in range(start, end, SENT_AT_ONCE):
            yield self[at : min(at + SENT_AT_ONCE, end)]

    def sha256(self, start: int = 0, end: int | None = None) -> "hashlib._Hash":
        digest = hashlib.sha256()
        for piece in self.pieces(start, self.length if end is None else end):
            digest.update(piece)
        return digest


@dataclass(frozen=True)
class Answer:
    """What the server said; `status` 0 when nobody answered."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""

    @property
    def offset(self) -> int:
        return int(self.headers["upload-offset"])

    @property
    def is_receipt(self) -> bool:
        return "opencall-sha256" in self.headers


NOBODY: Final = Answer(0)


class Refused(Exception):
    """The server said no, and will say so again."""


class OutOfPatience(Exception):
    """Nothing came of it for so long."""


@dataclass(frozen=True)
class Manner:
    """How a sender sends: pieces of so many bytes (0: all the rest at once), each with its hash or not, with the hash
    of the whole or not."""

    piece_bytes: int = 8 << 20
    checks_pieces: bool = False
    tells_whole: bool = True


class Sender:
    """One browser or script: an address, and a session (`secret`). `broken` counts connections that ended early."""

    def __init__(self, url: str, secret: str, patience_s: float = 60.0, again_s: float = 0.5) -> None:
        self.url, self.broken = url, 0
        self._secret = secret
        self._patience_s, self._again_s = patience_s, again_s

    def announce(self, length: int, words: dict[str, str]) -> str:
        """The path of a new upload. With a `key` among the words, asking again gives the same one."""
        return self.insist("POST", "/api/uploads", {"Upload-Length": str(length), "Upload-Metadata": pairs(words)})[
            "location"
        ]

    def send(
        self,
        path: str,
        content: Sendable,
        manner: Manner = Manner(),
        stop: threading.Event | None = None,
        pause_s: float = 0.0,
    ) -> dict[str, str]:
        """Every piece in turn, from where the server says that it is; returns the headers of the receipt.

        Ends early, with no headers, when `stop` is set. Raises `Refused`, `OutOfPatience`.
        """
        moved_at, latest = time.monotonic(), -1
        while stop is None or not stop.is_set():
            answer = self.ask("HEAD", path)
            if answer.is_receipt:
                return answer.headers
            self._refuse_final(answer, "HEAD", path)
            if answer.status == 200:
                if answer.offset != latest:
                    moved_at, latest = time.monotonic(), answer.offset
                answer = self.send_piece(path, content, answer.offset, manner)
                if answer.is_receipt:
                    return answer.headers
                self._refuse_final(answer, "PATCH", path)
                while answer.status == 204:
                    moved_at = time.monotonic()
                    time.sleep(pause_s)
                    answer = self.send_piece(path, content, answer.offset, manner)
                    if answer.is_receipt:
                        return answer.headers
            if time.monotonic() - moved_at > self._patience_s:
                raise OutOfPatience(f"{path}: nothing moved for {self._patience_s:g} s, last {answer}")
            time.sleep(self._again_s)
        return {}

    def send_piece(self, path: str, content: Sendable, offset: int, manner: Manner) -> Answer:
        """One piece from `offset` on."""
        end = content.length if not manner.piece_bytes else min(offset + manner.piece_bytes, content.length)
        headers = {"Upload-Offset": str(offset), "Content-Type": PIECE_TYPE}
        if manner.checks_pieces:
            headers["Upload-Checksum"] = checksum(content.sha256(offset, end).digest())
        if manner.tells_whole and end == content.length:
            headers["Opencall-Sha256"] = content.sha256().hexdigest()
        return self.ask("PATCH", path, headers, content.pieces(offset, end), end - offset)

    def insist(self, method: str, path: str, headers: dict[str, str]) -> dict[str, str]:
        """The headers of the answer, however often it has to be asked. Raises `Refused`, `OutOfPatience`."""
        give_up = time.monotonic() + self._patience_s
        while True:
            answer = self.ask(method, path, headers)
            if 200 <= answer.status < 300:
                return answer.headers
            self._refuse_final(answer, method, path)
            if time.monotonic() > give_up:
                raise OutOfPatience(f"{method} {path}: {answer}")
            time.sleep(self._again_s)

    def ask(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: Iterable[bytes] = b"",
        length: int = 0,
    ) -> Answer:
        """Ask once; `NOBODY` when the connection broke before there was an answer."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=45)
        always = {
            "Tus-Resumable": "1.0.0",
            "Cookie": f"{COOKIE}={self._secret}",
            "Origin": self.url,
            "Content-Length": str(length),
        }
        try:
            # Refused in the middle of the body, it is told so all the same.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body, always | (headers or {}))
            answer = connection.getresponse()
            told = answer.read().decode(errors="replace")
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, told)
        except (OSError, http.client.HTTPException):
            self.broken += 1
            return NOBODY
        finally:
            connection.close()

    def _refuse_final(self, answer: Answer, method: str, path: str) -> None:
        if answer.status >= 400 and answer.status not in PASSES:
            raise Refused(f"{method} {path}: {answer.status} {answer.text}")


def checksum(digest: bytes) -> str:
    """A digest as `Upload-Checksum` has it."""
    return f"sha256 {base64.b64encode(digest).decode()}"


def pairs(words: dict[str, str]) -> str:
    """Words as `Upload-Metadata` has them."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in words.items())
