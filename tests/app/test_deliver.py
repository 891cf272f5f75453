"""Masters in a folder that people open: as the store has them, however often they are delivered."""

from pathlib import Path

import msgspec

from opencall.app.deliver import deliver_masters
from opencall.kernel.object_store import FolderStore


class Master(msgspec.Struct, frozen=True):
    name: str
    sha256: str


def test_a_second_delivery_changes_nothing_and_a_new_master_takes_the_place_of_the_old(
    store: FolderStore, tmp_path: Path
) -> None:
    first, second = store.put([b"first mix"]), store.put([b"second mix"])
    folder = tmp_path / "masters" / "a-song"
    for stored in (first, first, second):
        deliver_masters(store, [Master("a-song.wav", stored.sha256)], folder)
        assert [path.name for path in folder.iterdir()] == ["a-song.wav"]
        with store.open(stored.sha256) as file:
            assert (folder / "a-song.wav").read_bytes() == file.read()
    with store.open(first.sha256) as file:
        assert file.read() == b"first mix"
