"""Copies on a machine's disk: bounded, the longest unused given up first, never one that is in use."""

import os
import time
from pathlib import Path

import pytest

from opencall.kernel.cache_folder import STALE_AFTER_S, CacheFolder


@pytest.fixture
def cache(tmp_path: Path) -> CacheFolder:
    """Room for three copies of `keep`."""
    return CacheFolder(tmp_path / "cache", 300)


def keep(cache: CacheFolder, name: str, used_s_ago: float) -> None:
    with cache.arriving() as (path, file):
        file.write(b"x" * 100)
        file.flush()
        cache.keep(path, name)
    moment = time.time() - used_s_ago
    os.utime(cache.root / name, (moment, moment))


def names(cache: CacheFolder) -> list[str]:
    return sorted(path.name for path in cache.root.iterdir())


def test_the_longest_unused_goes_first(cache: CacheFolder) -> None:
    for name, used_s_ago in (("a", 30.0), ("b", 40.0), ("c", 10.0)):
        keep(cache, name, used_s_ago)
    assert names(cache) == ["a", "b", "c"]
    keep(cache, "d", 0)
    assert names(cache) == ["a", "c", "d"]
    with cache.leased("a"):
        pass  # using it makes it young
    keep(cache, "e", 0)
    assert names(cache) == ["a", "d", "e"]


def test_what_is_in_use_stays(cache: CacheFolder) -> None:
    for name, used_s_ago in (("a", 30.0), ("b", 20.0), ("c", 10.0)):
        keep(cache, name, used_s_ago)
    with cache.leased("a") as in_use, cache.leased("b"):
        for name in ("a", "b"):
            moment = time.time() - 3600
            os.utime(cache.root / name, (moment, moment))
        keep(cache, "d", 0)
        assert in_use is not None
        assert in_use.read_bytes() == b"x" * 100
        assert names(cache) == ["a", "b", "d"]
    keep(cache, "e", 0)
    assert names(cache) == ["b", "d", "e"]


def test_a_copy_larger_than_the_whole_room_is_there_until_the_next_comes(tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path, 150)
    keep(cache, "a", 20)
    with cache.arriving() as (path, file):
        file.write(b"x" * 200)
        file.flush()
        with pytest.raises(FileNotFoundError):
            cache.keep(path.with_name("nothing"), "b")
        cache.keep(path, "b")
    assert names(cache) == []


def test_what_nobody_has_is_nothing(cache: CacheFolder) -> None:
    with cache.leased("a") as path:
        assert path is None


def test_the_first_of_two_equal_copies_stays_and_the_second_leaves_no_trace(cache: CacheFolder) -> None:
    keep(cache, "a", 5)
    before = (cache.root / "a").stat().st_ino
    with cache.leased("a"):
        keep(cache, "a", 5)
    assert (cache.root / "a").stat().st_ino == before
    assert names(cache) == ["a"]


def test_what_a_killed_process_left_is_cleared_away_a_day_later(cache: CacheFolder) -> None:
    old, young = cache.root / ".arriving-old", cache.root / ".arriving-young"
    for path, age_s in ((old, STALE_AFTER_S + 60), (young, 60.0)):
        path.write_bytes(b"half of it")
        moment = time.time() - age_s
        os.utime(path, (moment, moment))
    keep(cache, "a", 0)
    assert names(cache) == [".arriving-young", "a"]
