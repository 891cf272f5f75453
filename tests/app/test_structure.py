"""The structure of the house is proven, and the proof is able to fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from opencall.app.schema import metadata
from tests.conftest import PROJECT

PACKAGES = ("opencall", "submissions", "audio_pipeline", "rewards")
PREFIXES = ("ker_", "id_", "sub_", "aud_", "rew_")


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    executable = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(
        [executable, "--no-cache"], cwd=root, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("submissions/facts.py", "import rewards.facts", "the rooms stand on the kernel and never meet"),
        ("opencall/kernel/ids.py", "import audio_pipeline.facts", "the rooms stand on the kernel and never meet"),
        ("rewards/facts.py", "import opencall.app.journey", "the rooms stand on the kernel and never meet"),
        ("opencall/shortcut.py", "", "Nothing slips in beside app and kernel"),
    ],
    ids=["room to room", "kernel to room", "room to house", "stray module"],
)
def test_a_planted_violation_is_caught(tmp_path: Path, module: str, line: str, contract: str) -> None:
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    planted = tmp_path / module
    before = planted.read_text() if planted.exists() else '"""Planted."""\n'
    planted.write_text(f"{before}\n{line}\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    broken = [row for row in result.stdout.splitlines() if row.endswith("BROKEN")]
    assert [row for row in broken if contract in row], result.stdout


def test_every_table_belongs_to_a_room_and_no_foreign_key_leaves_it() -> None:
    def prefix(table: str) -> str:
        return next(p for p in PREFIXES if table.startswith(p))

    crossing = [
        f"{table.name} -> {key.column.table.name}"
        for table in metadata.sorted_tables
        for key in table.foreign_keys
        if prefix(table.name) != prefix(key.column.table.name)
    ]
    assert len(metadata.sorted_tables) >= 2
    assert crossing == []
