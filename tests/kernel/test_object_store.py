"""Files named by their content, stored once, whole or not at all: in a folder and in a bucket alike."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import obstore
import pytest

from opencall.kernel import bucket_store
from opencall.kernel.bucket_store import PART_BYTES, BucketStore, ObjectDamaged, StoreUnusable
from opencall.kernel.cache_folder import CacheFolder
from opencall.kernel.object_store import ContentMismatch, FolderStore, ObjectNotFound, ObjectStore, StoredObject
from opencall.kernel.stores import UnknownStore, store_of, with_cache
from tests.at_once import at_once
from tests.servers.s3 import BUCKET
from tests.servers.smtp import free_port

NAMES = ["0" * 64, "../../etc/passwd", "", "A" * 64]
BIG = bytes(range(256)) * ((PART_BYTES * 2 + (1 << 20)) // 256)


@pytest.fixture
def bucket(s3_endpoint: str, tmp_path: Path) -> BucketStore:
    """A bucket as one machine sees it; every test has a prefix of its own."""
    url = f"s3://{BUCKET}/{tmp_path.name}/some prefix?cache={tmp_path / 'cache'}"
    found = store_of(url, {"OPENCALL_S3_ENDPOINT": s3_endpoint})
    assert isinstance(found, BucketStore)
    return found


@pytest.fixture
def elsewhere(s3_endpoint: str, bucket: BucketStore, tmp_path: Path) -> BucketStore:
    """The same bucket as another machine sees it."""
    return BucketStore(BUCKET, f"{tmp_path.name}/some prefix/", CacheFolder(tmp_path / "other", 10**9), s3_endpoint)


@pytest.fixture(params=["folder", "bucket"])
def any_store(request: pytest.FixtureRequest) -> ObjectStore:
    store: ObjectStore = request.getfixturevalue("store" if request.param == "folder" else "bucket")
    return store


def names_in(store: ObjectStore) -> list[str]:
    if isinstance(store, FolderStore):
        return [path.name for path in store.root.rglob("*") if path.is_file()]
    assert isinstance(store, BucketStore)
    assert not list(store.cache.root.glob(".*")), "nothing half-done lies in the cache"
    return [item["path"].split("/")[-1] for page in obstore.list(store._bucket) for item in page]


def test_an_object_is_named_by_its_content_and_stored_once(any_store: ObjectStore) -> None:
    first = any_store.put([b"kyrie ", b"eleison"])
    again = any_store.put([b"kyrie eleison"], expected_sha256=first.sha256)
    assert first == again
    assert first.sha256 == hashlib.sha256(b"kyrie eleison").hexdigest()
    assert first.bytes == 13
    assert names_in(any_store) == [first.sha256]
    assert any_store.exists(first.sha256)
    with any_store.open(first.sha256) as file:
        assert file.read() == b"kyrie eleison"


def test_an_empty_object_is_an_object(any_store: ObjectStore) -> None:
    stored = any_store.put([])
    assert stored.bytes == any_store.size(stored.sha256) == 0
    assert list(any_store.read(stored.sha256)) == []
    with any_store.open(stored.sha256) as file:
        assert file.read() == b""
    with any_store.local(stored.sha256) as path:
        assert path.read_bytes() == b""


def test_of_many_who_put_the_same_at_once_nobody_fails(any_store: ObjectStore) -> None:
    for content in (b"small", BIG):
        stored = at_once([partial(any_store.put, [content]) for _ in range(4)])
        assert {repr(each) for each in stored} == {repr(any_store.put([content]))}
    assert len(names_in(any_store)) == 2


def test_a_large_object_comes_back_as_it_went(any_store: ObjectStore, tmp_path: Path) -> None:
    source = tmp_path / "song.wav"
    source.write_bytes(BIG)
    stored = any_store.put_file(source)
    assert stored.bytes == any_store.size(stored.sha256) == len(BIG)
    assert b"".join(any_store.read(stored.sha256)) == BIG
    with any_store.local(stored.sha256) as path:
        assert path.read_bytes() == BIG


@pytest.mark.parametrize("content", [b"small", BIG], ids=["small", "large"])
def test_a_file_that_is_adopted_is_an_object_and_may_go_from_where_it_was(
    any_store: ObjectStore, tmp_path: Path, content: bytes
) -> None:
    arrived = tmp_path / "arrived"
    arrived.write_bytes(content)
    stored = StoredObject(hashlib.sha256(content).hexdigest(), len(content))
    any_store.adopt(arrived, stored)
    any_store.adopt(arrived, stored)  # as after a crash between this and the next line
    arrived.unlink()
    assert names_in(any_store) == [stored.sha256]
    assert b"".join(any_store.read(stored.sha256)) == content
    with any_store.local(stored.sha256) as path:
        assert path.read_bytes() == content
        assert path.stat().st_mode & 0o222 == 0


def test_a_file_is_adopted_without_copying_it(any_store: ObjectStore, tmp_path: Path) -> None:
    arrived = tmp_path / "arrived"
    arrived.write_bytes(b"kyrie")
    any_store.adopt(arrived, StoredObject(hashlib.sha256(b"kyrie").hexdigest(), 5))
    with any_store.local(hashlib.sha256(b"kyrie").hexdigest()) as path:
        assert path.samefile(arrived)


def test_a_file_of_another_disk_is_copied(any_store: ObjectStore, tmp_path: Path, monkeypatch: Any) -> None:
    def on_another_disk(*_paths: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    arrived = tmp_path / "arrived"
    arrived.write_bytes(BIG)
    stored = StoredObject(hashlib.sha256(BIG).hexdigest(), len(BIG))
    with monkeypatch.context() as elsewhere:
        real = os.link
        elsewhere.setattr(os, "link", lambda *paths: (on_another_disk if arrived in paths else real)(*paths))
        any_store.adopt(arrived, stored)
    arrived.unlink()
    assert names_in(any_store) == [stored.sha256]
    with any_store.local(stored.sha256) as path:
        assert path.read_bytes() == BIG


@pytest.mark.parametrize(
    ("start", "end"), [(0, None), (0, 5), (3, 7), (3, None), (9, 10), (10, None), (10, 20), (4, 99), (5, 5), (50, None)]
)
def test_a_range_is_read_as_a_slice_would_be(any_store: ObjectStore, start: int, end: int | None) -> None:
    stored = any_store.put([b"0123456789"])
    assert b"".join(any_store.read(stored.sha256, start, end)) == b"0123456789"[start:end]


def test_a_range_over_many_pieces_is_read_whole(any_store: ObjectStore) -> None:
    stored = any_store.put([BIG])
    pieces = list(any_store.read(stored.sha256, 1000, len(BIG) - 1000))
    assert len(pieces) > 10
    assert b"".join(pieces) == BIG[1000:-1000]


def test_an_open_object_can_be_read_anywhere(any_store: ObjectStore) -> None:
    stored = any_store.put([BIG])
    with any_store.open(stored.sha256) as file:
        assert file.seek(-7, os.SEEK_END) == len(BIG) - 7
        assert file.read() == BIG[-7:]
        assert file.read() == b""
        file.seek(PART_BYTES - 3)
        assert file.read(6) == BIG[PART_BYTES - 3 : PART_BYTES + 3]
        file.seek(4, os.SEEK_CUR)
        assert (file.tell(), file.read(1)) == (PART_BYTES + 7, BIG[PART_BYTES + 7 : PART_BYTES + 8])
        with pytest.raises((ValueError, OSError)):
            file.seek(-1)


def test_bytes_other_than_the_announced_ones_leave_nothing_behind(any_store: ObjectStore) -> None:
    with pytest.raises(ContentMismatch):
        any_store.put([b"gloria"], expected_sha256="0" * 64)
    assert names_in(any_store) == []


def test_a_stream_that_breaks_leaves_nothing_behind(any_store: ObjectStore) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"glo"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        any_store.put(breaking())
    assert names_in(any_store) == []


def look(store: ObjectStore, name: str) -> None:
    with store.local(name):
        pass


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "ask",
    [
        lambda store, name: store.open(name),
        lambda store, name: store.size(name),
        lambda store, name: list(store.read(name)),
        look,
    ],
    ids=["open", "size", "read", "local"],
)
def test_an_unknown_or_hostile_name_is_not_found(
    any_store: ObjectStore, ask: Callable[[ObjectStore, str], object], name: str
) -> None:
    with pytest.raises(ObjectNotFound):
        ask(any_store, name)


def test_stored_objects_cannot_be_written_to_by_accident(any_store: ObjectStore) -> None:
    stored = any_store.put([b"RIFF"])
    with any_store.local(stored.sha256) as path:
        assert path.stat().st_mode & 0o222 == 0


def test_a_store_is_the_same_by_its_url(store: FolderStore, bucket: BucketStore, s3_endpoint: str) -> None:
    stored = store.put([b"kyrie"])
    assert store_of(store.root.as_uri()).exists(stored.sha256)
    assert not bucket.exists(stored.sha256)


def test_what_one_machine_puts_another_reads(bucket: BucketStore, elsewhere: BucketStore) -> None:
    stored = bucket.put([BIG])
    with elsewhere.local(stored.sha256) as path:
        assert path.read_bytes() == BIG
        assert path.parent == elsewhere.cache.root


def test_an_object_is_fetched_once(bucket: BucketStore, elsewhere: BucketStore) -> None:
    stored = bucket.put([b"kyrie"])
    look(elsewhere, stored.sha256)
    obstore.delete(bucket._bucket, [item["path"] for page in obstore.list(bucket._bucket) for item in page])
    look(elsewhere, stored.sha256)
    with pytest.raises(ObjectNotFound):
        elsewhere.size(stored.sha256)


def test_many_who_want_the_same_object_at_once_get_it(bucket: BucketStore, elsewhere: BucketStore) -> None:
    stored = bucket.put([BIG])
    assert at_once([partial(look, elsewhere, stored.sha256) for _ in range(4)]) == [None] * 4
    assert [path.name for path in elsewhere.cache.root.iterdir()] == [stored.sha256]


def test_a_damaged_object_is_not_handed_out(bucket: BucketStore, elsewhere: BucketStore) -> None:
    stored = bucket.put([b"kyrie"])
    obstore.put(bucket._bucket, bucket_store._key(stored.sha256), b"gloria")
    with pytest.raises(ObjectDamaged, match=stored.sha256):
        look(elsewhere, stored.sha256)
    assert list(elsewhere.cache.root.iterdir()) == []


def test_a_bucket_that_is_not_there_and_a_server_that_is_away_are_named(s3_endpoint: str, tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path / "cache", 10**9)
    with pytest.raises(StoreUnusable, match=r"s3://nobodys/.*NoSuchBucket"):
        BucketStore("nobodys", "", cache, s3_endpoint).put([b"kyrie"])
    away = BucketStore(BUCKET, "", cache, f"http://127.0.0.1:{free_port()}", patience_s=0.3)
    with pytest.raises(StoreUnusable, match="OPENCALL_S3_ENDPOINT"):
        away.put([b"kyrie"])
    with pytest.raises(StoreUnusable, match="error sending request"):
        away.size("0" * 64)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("/srv/files", "only file and s3 are known"),
        ("gs://bucket/prefix", "only file and s3 are known"),
        ("file://srv/files", "a folder begins with a slash"),
        ("s3:///prefix?cache=/c", "it names no bucket"),
        ("s3://bucket", "does not say where copies go"),
        ("s3://bucket?cache=/c&cachegb=5", "nothing is known of cachegb"),
        ("s3://bucket?cache=/c&cache_gb=many", "no number of gigabytes"),
        ("s3://bucket?cache", "bad query field"),
    ],
)
def test_a_url_of_no_store_is_refused_with_what_to_write(url: str, why: str) -> None:
    with pytest.raises(UnknownStore, match=why):
        store_of(url)


def test_a_bucket_gets_a_folder_for_its_copies_unless_it_names_one() -> None:
    here = Path("/srv/open call/cache")
    assert with_cache("file:///srv/files", here) == "file:///srv/files"
    assert with_cache("s3://b/p", here) == "s3://b/p?cache=/srv/open%20call/cache"
    assert with_cache("s3://b/p?cache_gb=5", here) == "s3://b/p?cache_gb=5&cache=/srv/open%20call/cache"
    assert with_cache("s3://b/p?cache=/c", here) == "s3://b/p?cache=/c"
