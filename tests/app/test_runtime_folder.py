"""Where sockets live: short enough for a socket, and nobody else's."""

from pathlib import Path

import pytest

from opencall.app.runtime_folder import MAX_SOCKET_PATH, NotOurFolder, made_runtime_folder, runtime_folder, socket_path

DEEP = Path("/" + "a" * 60) / ("b" * 60)


def test_a_home_with_a_long_path_has_its_sockets_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1")
    assert runtime_folder(Path("/srv/opencall")) == Path("/srv/opencall/run")
    assert runtime_folder(DEEP).parent == Path("/run/user/1")
    assert runtime_folder(DEEP) != runtime_folder(DEEP / "c")
    assert len(str(socket_path(DEEP))) <= MAX_SOCKET_PATH


def test_a_folder_that_others_may_write_into_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = made_runtime_folder(DEEP)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert made_runtime_folder(DEEP) == folder
    folder.chmod(0o777)
    with pytest.raises(NotOurFolder, match="XDG_RUNTIME_DIR"):
        made_runtime_folder(DEEP)


def test_a_link_that_somebody_laid_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "theirs").mkdir()
    runtime_folder(DEEP).symlink_to(tmp_path / "theirs")
    with pytest.raises(NotOurFolder):
        made_runtime_folder(DEEP)
