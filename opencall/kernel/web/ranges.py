"""Which bytes of a file a request is answered with, and under which headers (RFC 9110, sections 13 to 15).

A file's content never changes under its SHA-256, so that is its entity tag, and a strong one. One range a request is
served; several are answered with the whole file, as the standard allows.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import msgspec

# A real range has two numbers. What is longer is not parsed at all: no number grows without bound here.
_MOST_HEADER: Final = 80
_BYTES_RANGE: Final = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.ASCII | re.IGNORECASE)
_ENTITY_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')
_SAFE_IN_NAME: Final = "!#$&+-.^_`|~"  # what RFC 8187 lets stand beside letters and digits


class Caching(StrEnum):
    """Who may keep a copy: only the reader, who asks each time whether it still holds; or everybody, for good.

    What is kept for good needs an address that names its content, or at least changes with it.
    """

    PRIVATE = "private, no-cache"
    IMMUTABLE = "public, max-age=31536000, immutable"


class Unsatisfiable(msgspec.Struct, frozen=True):
    """The range begins behind the end of the file."""


class ByteRange(msgspec.Struct, frozen=True):
    """Bytes from `start` up to, not including, `stop`: never empty."""

    start: int
    stop: int


class Answer(msgspec.Struct, frozen=True):
    """The status, the headers, and which bytes follow them: `start` up to, not including, `stop`."""

    status: HTTPStatus
    headers: dict[str, str]
    start: int
    stop: int


def parse_range(header: str | None, length: int) -> ByteRange | Unsatisfiable | None:
    """The one range that `header` asks for in a file of `length` bytes; None where it asks for none that we serve.

    Another unit, several ranges and a malformed header are to be ignored, and an end behind the file's is its end.
    """
    found = _BYTES_RANGE.fullmatch(header) if header is not None and len(header) <= _MOST_HEADER else None
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        start, stop = max(0, length - int(found[2])), length
    else:
        start = int(found[1])
        if found[2] and int(found[2]) < start:
            return None
        stop = min(int(found[2]) + 1, length) if found[2] else length
    return ByteRange(start, stop) if start < stop else Unsatisfiable()


def answer(
    request_headers: Mapping[str, str], *, method: str, sha256: str, length: int, media_type: str, caching: Caching
) -> Answer:
    """How to answer a GET or HEAD for the stored file `sha256` of `length` bytes.

    `request_headers` finds names in lower case. A range counts for GET alone, and only while `If-Range` names this
    very file; who already has it (`If-None-Match`) is sent nothing.
    """
    tag = f'"{sha256}"'
    headers = {"ETag": tag, "Cache-Control": str(caching), "Accept-Ranges": "bytes"}
    if _has_it(request_headers.get("if-none-match"), tag):
        return Answer(HTTPStatus.NOT_MODIFIED, headers, 0, 0)

    headers["X-Content-Type-Options"] = "nosniff"
    asked = None
    # A date never matches: bytes that are named by their hash were not "last modified" at any time.
    if method == "GET" and request_headers.get("if-range", tag).strip() == tag:
        asked = parse_range(request_headers.get("range"), length)
    match asked:
        case None:
            headers |= {"Content-Type": media_type, "Content-Length": str(length)}
            return Answer(HTTPStatus.OK, headers, 0, length)
        case Unsatisfiable():
            headers |= {"Content-Range": f"bytes */{length}", "Content-Length": "0"}
            return Answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers, 0, 0)
        case ByteRange(start, stop):
            headers |= {"Content-Type": media_type, "Content-Length": str(stop - start)}
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{length}"
            return Answer(HTTPStatus.PARTIAL_CONTENT, headers, start, stop)


def content_disposition(name: str, *, inline: bool = False) -> str:
    """The header that has a browser save the file as `name` (RFC 6266), or only call it so where it is shown inline.

    A name that is not plain ASCII is given twice: spelt for old programs, and as it is (RFC 8187).
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    # Besides what would end the quotes: `%`, which some programs decode, and the separators of folders.
    plain = re.sub(r'[^ -~]|["\\/%]', "_", plain).strip() or "file"
    kind = "inline" if inline else "attachment"
    if plain == name:
        return f'{kind}; filename="{plain}"'
    coded = quote(name, safe=_SAFE_IN_NAME, errors="replace")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{coded}"


def _has_it(if_none_match: str | None, tag: str) -> bool:
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in _ENTITY_TAG.findall(if_none_match)
