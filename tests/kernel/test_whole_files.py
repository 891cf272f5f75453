"""Files appear whole or not at all, and nobody writes through a second name."""

import os
from pathlib import Path

import pytest

from opencall.kernel.whole_files import link_or_copy, write_whole


def test_a_file_takes_the_place_of_another_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "scene.json"
    path.write_bytes(b"old")
    write_whole(path, b"new", mode=0o600)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "taken"
    path.mkdir()
    with pytest.raises(OSError, match="taken"):
        write_whole(path, b"new")
    assert list(tmp_path.iterdir()) == [path]


def refuse_links(source: object, target: object) -> None:
    raise PermissionError("this file system has no hard links")


@pytest.mark.parametrize("links", [True, False], ids=["linked", "copied"])
def test_a_second_name_has_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    if not links:
        monkeypatch.setattr(os, "link", refuse_links)
    (tmp_path / "a").write_bytes(b"kyrie")
    link_or_copy(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"kyrie"
    assert (tmp_path / "a").samefile(tmp_path / "b") is links


@pytest.mark.parametrize("links", [True, False], ids=["linked", "copied"])
def test_a_name_that_is_taken_is_never_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    (tmp_path / "stored").write_bytes(b"kyrie")
    os.link(tmp_path / "stored", tmp_path / "taken")
    (tmp_path / "other").write_bytes(b"gloria")
    if not links:
        monkeypatch.setattr(os, "link", refuse_links)
    with pytest.raises(FileExistsError):
        link_or_copy(tmp_path / "other", tmp_path / "taken")
    assert (tmp_path / "stored").read_bytes() == b"kyrie"
