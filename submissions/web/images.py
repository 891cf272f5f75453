"""Which kind of picture some bytes are, by their first ones. Pure: no name and no claim of a browser is believed."""

from typing import Final

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
