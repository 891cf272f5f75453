import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audio_pipeline import compiled
from tests.conftest import PROJECT

LOOP = '__attribute__((visibility("default"))) int answer(void) { return 42; }\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "loop.c"
    path.write_text(LOOP)
    return path


def test_what_was_built_is_loaded(source: Path) -> None:
    compiled.build(source, compiled.library_path(source))
    assert compiled.load(source).answer() == 42


def test_a_library_of_another_source_is_not_believed(source: Path) -> None:
    compiled.build(source, compiled.library_path(source))
    source.write_text(LOOP.replace("42", "43"))
    with pytest.raises(compiled.CompiledPartMissing, match=r"loop\.c.* -m audio_pipeline\.compiled"):
        compiled.load(source)


def test_building_in_place_replaces_what_was_built_of_sources_as_they_were(source: Path) -> None:
    compiled.build_in_place(source.parent)
    source.write_text(LOOP.replace("42", "43"))
    compiled.build_in_place(source.parent)
    assert compiled.load(source).answer() == 43
    assert list(source.parent.glob("*.so")) == [compiled.library_path(source)]


def test_a_source_that_does_not_compile_says_where_and_leaves_nothing(source: Path) -> None:
    source.write_text("int answer(void) { return forty_two; }\n")
    with pytest.raises(compiled.CompilerFailed, match=r"loop\.c[\s\S]*forty_two"):
        compiled.build(source, compiled.library_path(source))
    assert [entry.name for entry in source.parent.iterdir()] == ["loop.c"]


def test_without_a_compiler_it_says_what_to_install(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(compiled.CompilerFailed, match=r"no-such-compiler is missing.*apt-get install gcc"):
        compiled.build(source, compiled.library_path(source))


def test_every_source_compiles_without_a_warning(tmp_path: Path) -> None:
    assert compiled.sources()
    for path in compiled.sources():
        compiled.build(path, tmp_path / f"{path.stem}.so", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")


def test_a_copy_that_was_never_built_says_so_in_one_line(tmp_path: Path) -> None:
    for package in ("audio_pipeline", "opencall"):
        ignored = shutil.ignore_patterns("__pycache__", "*.so", "hrtfs", "static")
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=ignored)
    outcome = subprocess.run(
        [sys.executable, "-m", "opencall.app", "measure", "song.wav"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert outcome.returncode == 1
    assert outcome.stdout == ""
    assert outcome.stderr.startswith("opencall: The compiled part of Opencall that belongs to")
    assert outcome.stderr.count("\n") == 1


def test_a_library_built_with_another_header_is_not_believed(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "PACKAGE", tmp_path)
    header = tmp_path / "answer.h"
    source.write_text('#include "answer.h"\n' + LOOP.replace("42", "ANSWER"))
    for answer in (42, 43):
        header.write_text(f"#define ANSWER {answer}\n")
        with pytest.raises(compiled.CompiledPartMissing):
            compiled.load(source)
        compiled.build(source, compiled.library_path(source))
        assert compiled.load(source).answer() == answer
