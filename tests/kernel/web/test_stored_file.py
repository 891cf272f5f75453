"""A stored file over HTTP: whole, in parts, by condition, and never a byte of another."""

from collections.abc import Iterator

import pytest
from litestar import HttpMethod, Request, route
from litestar.testing import TestClient, create_test_client

from opencall.kernel.object_store import FolderStore, ObjectNotFound, StoredObject
from opencall.kernel.web.ranges import Caching
from opencall.kernel.web.stored_file import CHUNK_BYTES, StoredFile

CONTENT = bytes(range(251)) * (3 * CHUNK_BYTES // 251)


@pytest.fixture
def stored(store: FolderStore) -> StoredObject:
    return store.put([CONTENT])


@pytest.fixture
def client(store: FolderStore, stored: StoredObject) -> Iterator[TestClient]:
    @route("/song.m4a", http_method=[HttpMethod.GET, HttpMethod.HEAD], sync_to_thread=True)
    def serve(request: Request) -> StoredFile:
        return StoredFile(request, store, stored, media_type="audio/mp4", save_as="Ülo.m4a", caching=Caching.IMMUTABLE)

    with create_test_client([serve]) as client:
        yield client


def test_the_whole_file_comes_with_its_hash_as_its_tag(client: TestClient, stored: StoredObject) -> None:
    told = client.get("/song.m4a")
    assert told.status_code == 200
    assert told.content == CONTENT
    assert dict(told.headers) == {
        "etag": f'"{stored.sha256}"',
        "cache-control": "public, max-age=31536000, immutable",
        "accept-ranges": "bytes",
        "x-content-type-options": "nosniff",
        "content-type": "audio/mp4",
        "content-length": str(len(CONTENT)),
        "content-disposition": "attachment; filename=\"Ulo.m4a\"; filename*=UTF-8''%C3%9Clo.m4a",
    }


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=7-1000", 7, 1001),
        (f"bytes={CHUNK_BYTES - 1}-{2 * CHUNK_BYTES}", CHUNK_BYTES - 1, 2 * CHUNK_BYTES + 1),
        ("bytes=-5", len(CONTENT) - 5, len(CONTENT)),
        ("bytes=500000-", 500000, len(CONTENT)),
    ],
)
def test_a_part_is_exactly_that_part(client: TestClient, header: str, start: int, stop: int) -> None:
    told = client.get("/song.m4a", headers={"Range": header})
    assert told.status_code == 206
    assert told.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(CONTENT)}"
    assert told.headers["content-length"] == str(stop - start)
    assert told.content == CONTENT[start:stop]


def test_a_part_behind_the_end_is_refused_with_the_length(client: TestClient) -> None:
    told = client.get("/song.m4a", headers={"Range": f"bytes={len(CONTENT)}-"})
    assert (told.status_code, told.content) == (416, b"")
    assert told.headers["content-range"] == f"bytes */{len(CONTENT)}"


def test_who_has_the_file_is_sent_no_bytes(client: TestClient, stored: StoredObject) -> None:
    told = client.get("/song.m4a", headers={"If-None-Match": f'"{stored.sha256}"'})
    assert (told.status_code, told.content) == (304, b"")
    assert told.headers["etag"] == f'"{stored.sha256}"'


def test_head_says_the_length_and_sends_nothing(client: TestClient) -> None:
    told = client.head("/song.m4a", headers={"Range": "bytes=0-9"})
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["content-length"] == str(len(CONTENT))
    assert told.headers["accept-ranges"] == "bytes"


def test_a_file_that_is_not_there_is_refused_before_anything_is_sent(store: FolderStore) -> None:
    request = Request({"type": "http", "method": "GET", "headers": []})  # type: ignore[typeddict-item] # as little as a request can be
    with pytest.raises(ObjectNotFound):
        StoredFile(request, store, StoredObject("0" * 64, 5), media_type="audio/mp4")
