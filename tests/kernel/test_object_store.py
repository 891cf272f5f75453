"""Files named by their content: stored once, whole or not at all."""

import hashlib
from pathlib import Path

import pytest

from opencall.kernel.object_store import ContentMismatch, FolderStore, ObjectNotFound


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_object_is_named_by_its_content_and_stored_once(store: FolderStore) -> None:
    first = store.put([b"kyrie ", b"eleison"])
    again = store.put([b"kyrie eleison"])
    assert first == again
    assert first.sha256 == hashlib.sha256(b"kyrie eleison").hexdigest()
    assert first.bytes == 13
    assert len(files_below(store.root)) == 1
    with store.open(first.sha256) as file:
        assert file.read() == b"kyrie eleison"


def test_bytes_other_than_the_announced_ones_leave_nothing_behind(store: FolderStore) -> None:
    with pytest.raises(ContentMismatch):
        store.put([b"gloria"], expected_sha256="0" * 64)
    assert files_below(store.root) == []


def test_a_stream_that_breaks_leaves_nothing_behind(store: FolderStore) -> None:
    def breaking() -> object:
        yield b"glo"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put(breaking())  # type: ignore[arg-type]
    assert files_below(store.root) == []


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", "A" * 64])
def test_an_unknown_or_hostile_name_is_not_found(store: FolderStore, name: str) -> None:
    with pytest.raises(ObjectNotFound):
        store.open(name)


def test_stored_objects_cannot_be_written_to_by_accident(store: FolderStore, tmp_path: Path) -> None:
    source = tmp_path / "song.wav"
    source.write_bytes(b"RIFF")
    stored = store.put_file(source)
    with store.local(stored.sha256) as path:
        assert path.stat().st_mode & 0o222 == 0
