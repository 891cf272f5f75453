"""What counts of a file on its way, whoever dies when; for a store in a folder and one in a bucket."""

import errno
import hashlib
import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path

import pytest

from opencall.kernel.object_store import ContentMismatch, FolderStore, ObjectStore, StoredObject
from opencall.kernel.stores import store_of
from submissions import beside
from submissions import uploads as uploads_module
from submissions.arriving import ArrivingFile
from submissions.errors import (
    NoSpace,
    OffsetWrong,
    PieceDamaged,
    UploadBusy,
    UploadGone,
    UploadIncomplete,
    UploadTooLong,
)
from submissions.files import Upload
from submissions.material import Part
from submissions.uploads import Checksum, FolderUploads
from tests.servers.s3 import BUCKET

SOUND = bytes(range(256)) * 4
LENGTH = len(SOUND)


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def checksum_of(content: bytes) -> Checksum:
    return Checksum("sha256", sha256_of(content))


def upload_of(length: int = LENGTH, upload_id: str = "a" * 32) -> Upload:
    return Upload(
        id=upload_id, song_id="s", part=Part.STEM, name="voice.wav", role="", bytes=length, replaces=None, sha256=None,
        key=None, begun_at=datetime(2026, 5, 4, tzinfo=UTC), file_id=None,
    )  # fmt: skip


@pytest.fixture(params=["folder", "bucket"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "objects")
    endpoint = request.getfixturevalue("s3_endpoint")
    url = f"s3://{BUCKET}/{tmp_path.name}?cache={tmp_path / 'cache'}"
    return store_of(url, {"OPENCALL_S3_ENDPOINT": endpoint})


@pytest.fixture
def uploads(store: FolderStore, tmp_path: Path) -> FolderUploads:
    return FolderUploads(tmp_path / "uploads", store)


@pytest.fixture
def upload(uploads: FolderUploads) -> Upload:
    upload = upload_of()
    uploads.reserve(upload)
    return upload


def names(uploads: FolderUploads) -> list[str]:
    return [path.name for path in uploads.folder.iterdir()]


@contextmanager
def opened(uploads: FolderUploads, upload: Upload) -> Iterator[ArrivingFile]:
    """The file as a process has it that will be killed."""
    descriptor = os.open(uploads.folder / upload.id, os.O_RDWR)
    try:
        yield ArrivingFile(descriptor, upload.bytes)
    finally:
        os.close(descriptor)


def then(*steps: bytes | Callable[[], object]) -> Iterator[bytes]:
    """A stream; what stands between its pieces is done in between."""
    for step in steps:
        if isinstance(step, bytes):
            yield step
        else:
            step()


def breaks_off() -> None:
    raise ConnectionError


# What counts


def test_a_file_that_arrived_in_pieces_is_put_into_the_store_and_can_be_forgotten(
    any_store: ObjectStore, tmp_path: Path
) -> None:
    uploads, upload = FolderUploads(tmp_path / "uploads", any_store), upload_of()
    uploads.reserve(upload)
    assert uploads.append(upload, 0, [SOUND[:100], SOUND[100:300]]) == 300
    assert uploads.append(upload, 300, [SOUND[300:]]) == LENGTH
    receipt = uploads.finish(upload, sha256_of(SOUND))
    assert receipt == uploads.finish(upload) == StoredObject(sha256_of(SOUND), LENGTH)
    uploads.forget(upload)
    assert names(uploads) == []
    assert b"".join(any_store.read(receipt.sha256)) == SOUND


def test_bytes_that_a_killed_server_wrote_without_counting_them_are_written_over(
    uploads: FolderUploads, upload: Upload
) -> None:
    uploads.append(upload, 0, [SOUND[:100]])
    with opened(uploads, upload) as file:
        file.write(100, b"x" * 500)
    assert uploads.received(upload) == 100
    uploads.append(upload, 100, [SOUND[100:]])
    assert uploads.finish(upload).sha256 == sha256_of(SOUND)


def test_bytes_in_a_file_that_no_mark_counts_are_no_file(uploads: FolderUploads, upload: Upload) -> None:
    with opened(uploads, upload) as file:
        file.write(0, SOUND)
    with pytest.raises(UploadIncomplete):
        uploads.finish(upload)


def test_a_mark_that_was_torn_leaves_the_one_before_it(uploads: FolderUploads, upload: Upload) -> None:
    uploads.append(upload, 0, [SOUND[:100]])
    uploads.append(upload, 100, [SOUND[100:300]])
    with opened(uploads, upload) as file:
        latest = file.mark()
        place = LENGTH + latest.turn % 2 * 64
        os.pwrite(file.descriptor, b"\xff" * 9, place + 20)
    assert uploads.received(upload) == 100
    uploads.append(upload, 100, [SOUND[100:]])
    assert uploads.finish(upload).sha256 == sha256_of(SOUND)


def test_a_long_stream_is_counted_while_it_arrives(
    uploads: FolderUploads, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "COMMIT_BYTES", 100)

    def counts(wanted: int) -> None:
        give_up = time.monotonic() + 60
        while uploads.received(upload) != wanted and time.monotonic() < give_up:
            time.sleep(0.01)
        assert uploads.received(upload) == wanted

    stream = then(SOUND[:100], partial(counts, 100), SOUND[100:150], partial(counts, 100), SOUND[150:200])
    uploads.append(upload, 0, chain(stream, then(partial(counts, 200), SOUND[200:210])))
    counts(210)


def test_a_stream_that_breaks_off_keeps_what_arrived(uploads: FolderUploads, upload: Upload) -> None:
    with pytest.raises(ConnectionError):
        uploads.append(upload, 0, then(SOUND[:100], breaks_off))
    assert uploads.received(upload) == 100


def test_a_piece_that_has_a_hash_counts_whole_or_not_at_all(
    uploads: FolderUploads, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "COMMIT_BYTES", 1)
    seen: list[int] = []
    with pytest.raises(ConnectionError):
        uploads.append(
            upload,
            0,
            then(SOUND[:100], lambda: seen.append(uploads.received(upload)), breaks_off),
            checksum_of(SOUND[:200]),
        )
    assert (seen, uploads.received(upload)) == ([0], 0)
    with pytest.raises(PieceDamaged):
        uploads.append(upload, 0, [b"x" * 200], checksum_of(SOUND[:200]))
    assert uploads.received(upload) == 0
    assert uploads.append(upload, 0, [SOUND[:200]], checksum_of(SOUND[:200])) == 200


def test_a_piece_beyond_the_end_does_not_count_and_costs_nothing_that_did(
    uploads: FolderUploads, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "COMMIT_BYTES", 1)
    uploads.append(upload, 0, [SOUND[:100]])
    with pytest.raises(UploadTooLong):
        uploads.append(upload, 100, [SOUND[100:], b"x"])
    assert uploads.received(upload) == 100
    uploads.append(upload, 100, [SOUND[100:]])
    assert uploads.finish(upload).sha256 == sha256_of(SOUND)


# Two at once


def test_hashes_that_one_process_remembers_are_not_believed_after_another_process_wrote(
    uploads: FolderUploads, upload: Upload, store: FolderStore
) -> None:
    other = FolderUploads(uploads.folder, store)
    uploads.append(upload, 0, [b"x" * 300])
    other.forget(upload)
    other.reserve(upload)
    other.append(upload, 0, [SOUND[:300]])
    uploads.append(upload, 300, [SOUND[300:]])
    assert uploads.finish(upload).sha256 == sha256_of(SOUND)


def test_pieces_of_one_upload_may_come_to_different_processes(
    uploads: FolderUploads, upload: Upload, store: FolderStore
) -> None:
    other = FolderUploads(uploads.folder, store)
    for process, start, end in ((uploads, 0, 300), (other, 300, 600), (uploads, 600, LENGTH)):
        process.append(upload, start, [SOUND[start:end]])
    assert other.finish(upload).sha256 == sha256_of(SOUND)


def test_an_upload_that_was_dropped_while_it_was_sent_has_ended_and_leaves_nothing(
    uploads: FolderUploads, upload: Upload
) -> None:
    with pytest.raises(UploadGone):
        uploads.append(upload, 0, then(SOUND[:100], lambda: uploads.forget(upload), SOUND[100:]))
    for act in (lambda: uploads.append(upload, 0, [SOUND]), lambda: uploads.finish(upload)):
        with pytest.raises(UploadGone):
            act()
    assert names(uploads) == []


def test_an_upload_that_was_dropped_and_begun_again_has_none_of_the_old_bytes(
    uploads: FolderUploads, upload: Upload
) -> None:
    def begin_again() -> None:
        uploads.forget(upload)
        uploads.reserve(upload)
        uploads.append(upload, 0, [SOUND])

    with pytest.raises(UploadGone):
        uploads.append(upload, 0, then(b"x" * 100, begin_again, b"x" * 100))
    assert uploads.finish(upload).sha256 == sha256_of(SOUND)


def test_a_whole_file_is_never_written_to_again(uploads: FolderUploads, upload: Upload, store: FolderStore) -> None:
    uploads.append(upload, 0, [SOUND])
    receipt = uploads.finish(upload)
    with pytest.raises(OffsetWrong):
        uploads.append(upload, 0, [b"x" * LENGTH])
    with pytest.raises(UploadTooLong):
        uploads.append(upload, LENGTH, [b"x"])
    with pytest.raises(ContentMismatch):
        uploads.finish(upload, sha256_of(b"another"))
    assert b"".join(store.read(receipt.sha256)) == SOUND
    assert uploads.received(upload) == 0


def test_a_file_is_finished_again_after_a_crash_by_somebody_who_may_not_write_to_it(
    uploads: FolderUploads, upload: Upload
) -> None:
    uploads.append(upload, 0, [SOUND])
    receipt = uploads.finish(upload)
    # What the store made of it is for reading only, which stops everybody but the superuser.
    assert (uploads.folder / upload.id).stat().st_mode & 0o222 == 0
    assert uploads.received(upload) == uploads.append(upload, LENGTH, []) == LENGTH
    assert FolderUploads(uploads.folder, FolderStore(uploads.folder.parent / "objects")).finish(upload) == receipt


def test_only_one_connection_may_write_or_finish(uploads: FolderUploads, upload: Upload) -> None:
    def meanwhile() -> None:
        for act in (lambda: uploads.append(upload, 0, [b"x"]), lambda: uploads.finish(upload)):
            with pytest.raises(UploadBusy):
                act()

    uploads.append(upload, 0, then(SOUND[:10], meanwhile))


# Room


def test_room_for_the_whole_file_is_taken_when_it_is_announced_and_given_back(
    uploads: FolderUploads, upload: Upload
) -> None:
    large = upload_of(5_000_000, "b" * 32)
    assert uploads.reserve(large)
    assert not uploads.reserve(large)
    assert 512 * (uploads.folder / large.id).stat().st_blocks >= 5_000_000
    uploads.forget(large)
    assert names(uploads) == [upload.id]


@contextmanager
def largest_file(limit_bytes: int) -> Iterator[None]:
    """The system refuses larger files, in the middle of a write too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_for_which_there_is_no_room_is_refused_before_a_byte_is_sent(uploads: FolderUploads) -> None:
    with largest_file(64 << 20), pytest.raises(NoSpace):
        uploads.reserve(upload_of(100 << 20))
    assert names(uploads) == []


def test_a_disk_is_never_filled_to_the_brim(uploads: FolderUploads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads_module, "RESERVE_BYTES", 1 << 60)
    with pytest.raises(NoSpace):
        uploads.reserve(upload_of())
    assert names(uploads) == []


def test_a_disk_that_is_full_in_the_middle_of_a_piece_keeps_what_arrived_before(
    uploads: FolderUploads, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite

    def on_a_full_disk(descriptor: int, content: bytes, offset: int) -> int:
        if 300 <= offset < LENGTH:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, content[:200], offset)  # a disk may take a part of it

    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", on_a_full_disk)
        with pytest.raises(NoSpace):
            uploads.append(upload, 0, [SOUND[:300], SOUND[300:]])
    assert uploads.received(upload) == 300
    uploads.append(upload, 300, [SOUND[300:]])
    assert uploads.finish(upload).sha256 == sha256_of(SOUND)
