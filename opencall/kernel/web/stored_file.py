"""A stored file as a response: streamed from the object store, whole or in part."""

from collections.abc import Iterator
from typing import Any, Final

from litestar import Request
from litestar.response import Stream

from opencall.kernel.object_store import ObjectNotFound, ObjectStore, StoredObject
from opencall.kernel.web.ranges import Answer, Caching, answer, content_disposition

# Small enough that a slow reader holds little memory, large enough that a thread is not asked too often.
CHUNK_BYTES: Final = 1 << 18


class StoredFile(Stream):
    """The answer to a GET or HEAD for `stored`, by the request's `Range`, `If-Range` and `If-None-Match`.

    `save_as` makes it a download of that name. Nothing is opened before the first byte is sent, in a thread, so a
    handler may make one on the event loop only if asking whether a file exists is quick: S3 wants a thread. Raises
    `ObjectNotFound`.
    """

    def __init__(
        self,
        request: Request[Any, Any, Any],
        store: ObjectStore,
        stored: StoredObject,
        *,
        media_type: str,
        caching: Caching = Caching.PRIVATE,
        save_as: str | None = None,
    ) -> None:
        if not store.exists(stored.sha256):
            raise ObjectNotFound(stored.sha256)

        how = answer(
            request.headers,
            method=request.method,
            sha256=stored.sha256,
            length=stored.bytes,
            media_type=media_type,
            caching=caching,
        )
        headers = dict(how.headers)
        if save_as is not None:
            headers["Content-Disposition"] = content_disposition(save_as)
        super().__init__(
            _chunks(store, stored.sha256, how), headers=headers, media_type=media_type, status_code=how.status
        )


def _chunks(store: ObjectStore, sha256: str, how: Answer) -> Iterator[bytes]:
    left = how.stop - how.start
    if not left:
        return
    with store.open(sha256) as file:
        file.seek(how.start)
        while left and (chunk := file.read(min(left, CHUNK_BYTES))):
            left -= len(chunk)
            yield chunk
