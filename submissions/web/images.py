"""Pictures: which kind some bytes are, by their first ones, and a stored one as an answer.

No name and no claim of a browser is believed.
"""

import os
from typing import Final

from opencall.kernel.object_store import ObjectNotFound, ObjectStore, StoredObject
from opencall.kernel.web.pages import Visit
from opencall.kernel.web.stored_file import StoredFile

HEAD_BYTES: Final = 16


def image_type(head: bytes) -> str | None:
    """The media type of a PNG, JPEG, GIF or WebP that begins with `head`; None for everything else, SVG included.

    An SVG may run scripts when it is opened alone, so nobody's is served as one.
    """
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def stored_picture(request: Visit, store: ObjectStore, sha256: str) -> StoredFile:
    """The picture as an answer, sent in pieces. Raises `ObjectNotFound`, for what is no picture too."""
    with store.open(sha256) as file:
        kind, length = image_type(file.read(HEAD_BYTES)), file.seek(0, os.SEEK_END)
    if kind is None:
        raise ObjectNotFound(sha256)
    return StoredFile(request, store, StoredObject(sha256, length), media_type=kind)
