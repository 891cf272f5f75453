"""What tus says in headers, read and written, and the bytes that it sends, piece by piece.

The body of a request is handed from the event loop to a thread that writes, in pieces of about 2 MiB, a few of them
ahead: what a slow disk has not taken yet stays with the sender.
"""

import asyncio
import base64
import re
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from email.utils import format_datetime
from typing import Final, TypeAlias, TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
from litestar.exceptions import InternalServerException

from opencall.kernel.errors import Kind, OpencallError
from submissions.receiving import Arrival
from submissions.uploads import Checksum

VERSION: Final = "1.0.0"
BODY_TYPE: Final = "application/offset+octet-stream"
DIGEST_BYTES: Final[Mapping[str, int]] = {"sha1": 20, "sha256": 32}
# Handing a piece over costs the same whatever it holds; a slow sender does not wait until it is full.
PIECE_BYTES: Final = 2 << 20
PIECE_S: Final = 1.0
PIECES_AHEAD: Final = 2
# A sender who is silent for so long has gone: another connection may take the file up.
SILENCE_S: Final = 30.0
T = TypeVar("T")
Ahead: TypeAlias = "asyncio.Queue[bytes | Exception | None]"
_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class HeaderWrong(OpencallError):
    """A header that tus needs is missing, or says what it may not say."""

    def __init__(self, header: str, wanted: str, status: int = 400) -> None:
        self.header, self.status = header, status
        super().__init__(f"{header}: {wanted}.")


class SenderGone(OpencallError):
    """Nothing came for a while, or the sender hung up; what had arrived is kept."""

    kind = Kind.CONFLICT
    status = 408

    def __init__(self) -> None:
        super().__init__(f"Nothing arrived for {SILENCE_S:.0f} seconds; ask for the offset (HEAD) and go on there.")


class ServerStopping(OpencallError):
    """We are asked to end in the middle of a piece; what had arrived was kept."""

    status = 503

    def __init__(self) -> None:
        super().__init__("The server is being started anew; ask for the offset (HEAD) in a moment and go on there.")


def require_tus(headers: Mapping[str, str]) -> None:
    """Raise `HeaderWrong` unless the request is one of tus, in the version that is spoken here."""
    if headers.get("tus-resumable") != VERSION:
        raise HeaderWrong("Tus-Resumable", f"this server speaks {VERSION}; say so in every request", 412)


def require_body(headers: Mapping[str, str]) -> None:
    """Raise `HeaderWrong` unless the body is a piece of a file."""
    if headers.get("content-type", "").partition(";")[0].strip().casefold() != BODY_TYPE:
        raise HeaderWrong("Content-Type", f"a piece is sent as {BODY_TYPE}", 415)


def metadata_of(header: str) -> dict[str, str]:
    """`Upload-Metadata` as words: pairs apart by commas, each a key and base64 of UTF-8. Raises `HeaderWrong`."""
    words: dict[str, str] = {}
    for pair in filter(None, (pair.strip() for pair in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            words[key] = base64.b64decode(value, validate=True).decode()
        except ValueError:  # of base64, of UTF-8, or of a letter that is not ASCII
            raise HeaderWrong("Upload-Metadata", f"the value of {key[:40]!r} has to be base64 of UTF-8") from None
    return words


def number_in(headers: Mapping[str, str], header: str) -> int:
    """A number of bytes. Raises `HeaderWrong`."""
    value = headers.get(header, "")
    if not _NUMBER.fullmatch(value):
        raise HeaderWrong(header, f"a number of bytes is wanted, not {value[:40]!r}")
    return int(value)


def checksum_in(headers: Mapping[str, str]) -> Checksum | None:
    """`Upload-Checksum`. Raises `HeaderWrong`."""
    header = headers.get("upload-checksum")
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except ValueError:
        digest = b""
    match algorithm:
        case "sha1" | "sha256" if len(digest) == DIGEST_BYTES[algorithm]:
            return Checksum(algorithm, digest.hex())
    wanted = " or ".join(f"{name} and {length} bytes in base64" for name, length in DIGEST_BYTES.items())
    raise HeaderWrong("Upload-Checksum", f"{wanted} are wanted")


def whole_hash_in(headers: Mapping[str, str]) -> str | None:
    """`Opencall-Sha256`, the hash of the whole file. Raises `HeaderWrong`."""
    header = headers.get("opencall-sha256")
    if header is not None and not re.fullmatch(r"[0-9a-f]{64}", header):
        raise HeaderWrong("Opencall-Sha256", "64 hexadecimal digits are wanted")
    return header


def headers_of(arrival: Arrival) -> dict[str, str]:
    """How far an upload is, and what was said of it; its receipt, once it is a file."""
    upload = arrival.upload
    told = {"song": upload.song_id, "filename": upload.name, "part": upload.part, "role": upload.role}
    said = (f"{key} {base64.b64encode(word.encode()).decode()}" for key, word in told.items() if word)
    headers = {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(arrival.offset_bytes),
        "Upload-Length": str(upload.bytes),
        "Upload-Metadata": ",".join(said),
    }
    if arrival.file is not None:
        return headers | {"Opencall-Sha256": arrival.file.sha256, "Opencall-File": arrival.file.id}
    return headers | {"Upload-Expires": format_datetime(upload.expires_at, usegmt=True)}


async def handed_on(
    stream: AsyncGenerator[bytes, None],
    write: Callable[[Iterator[bytes]], T],
    writers: anyio.CapacityLimiter,
    stopping: anyio.Event,
) -> T:
    """What `write` makes of the stream, in a thread of `writers`; the next pieces are gathered while it writes one.

    When `stopping` is set the stream breaks off with `ServerStopping`, so that what arrived counts before we end.
    """
    ahead: Ahead = asyncio.Queue(PIECES_AHEAD)
    gathering = asyncio.create_task(_gather(stream, ahead))
    breaking_off = asyncio.create_task(_break_off(stopping, gathering, ahead))
    try:
        return await anyio.to_thread.run_sync(write, _pieces_of(ahead), limiter=writers)
    finally:
        gathering.cancel()
        breaking_off.cancel()


def _pieces_of(ahead: Ahead) -> Iterator[bytes]:
    while (piece := anyio.from_thread.run(ahead.get)) is not None:
        if isinstance(piece, Exception):
            raise piece
        yield piece


async def _gather(stream: AsyncGenerator[bytes, None], ahead: Ahead) -> None:
    """Put the stream into `ahead` in pieces of `PIECE_BYTES` or of `PIECE_S`; then None, or why there is no more."""
    chunks: list[bytes] = []
    gathered = 0
    end: SenderGone | None = None
    now = asyncio.get_running_loop().time
    began = now()
    try:
        # One clock for all chunks, since one for each would cost as much as reading it.
        async with asyncio.timeout(SILENCE_S) as silence:
            async for chunk in stream:
                chunks.append(chunk)
                gathered += len(chunk)
                if gathered >= PIECE_BYTES or now() - began >= PIECE_S:
                    silence.reschedule(None)
                    await ahead.put(b"".join(chunks))
                    chunks, gathered, began = [], 0, now()
                silence.reschedule(now() + SILENCE_S)
    except (TimeoutError, InternalServerException):  # the latter is how the framework says that a sender hung up
        end = SenderGone()
    except Exception as failure:
        await ahead.put(failure)  # whoever writes waits for it
        raise
    if chunks:
        await ahead.put(b"".join(chunks))
    await ahead.put(end)


async def _break_off(stopping: anyio.Event, gathering: "asyncio.Task[None]", ahead: Ahead) -> None:
    await stopping.wait()
    if gathering.cancel():
        await ahead.put(ServerStopping())
