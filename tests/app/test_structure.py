"""The structure of the house is proven, and the proof is able to fail."""

import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from opencall.app.schema import metadata
from tests.conftest import PROJECT

PACKAGES = ("opencall", "submissions", "audio_pipeline", "rewards")
PREFIXES = ("ker_", "id_", "sub_", "aud_", "rew_")


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    executable = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "400"}
    return subprocess.run(
        [executable, "--no-cache"], cwd=root, env=environment, capture_output=True, text=True, timeout=120
    )


class Violation(NamedTuple):
    """An import (or a module that no layer names) and the contract that it breaks."""

    module: str
    imports: str | None
    contract: str

    @property
    def file(self) -> Path:
        inside = PROJECT / self.module.replace(".", "/")
        return Path(f"{self.module.replace('.', '/')}{'/__init__' if inside.is_dir() else ''}.py")

    @property
    def told(self) -> str:
        return f"{self.module} -> {self.imports}" if self.imports else f"- {self.module}"


ROOMS = "the rooms stand on the kernel and never meet"
# One of every kind: between rooms, beside the rooms, within one, beside its layers, what may not be imported at all.
VIOLATIONS = {
    "room to room": Violation("submissions.facts", "rewards.facts", ROOMS),
    "kernel to room": Violation("opencall.kernel.ids", "audio_pipeline.facts", ROOMS),
    "room to house": Violation("rewards.facts", "opencall.app.journey", ROOMS),
    "beside app and kernel": Violation("opencall.shortcut", None, "Nothing slips in beside app and kernel"),
    "beside a room's layers": Violation("audio_pipeline.shortcut", None, "The audio room:"),
    "beside the kernel's layers": Violation("opencall.kernel.shortcut", None, "The kernel:"),
    "up within a room": Violation("rewards.ledger", "rewards.bank", "Rewards: the books"),
    "up within the house": Violation("opencall.app.house", "opencall.app.sweep", "The house:"),
    "neighbours": Violation(
        "audio_pipeline.stage_functions.render", "audio_pipeline.stage_functions.compose", "Stage functions know"
    ),
    "a renderer that needs a library": Violation(
        "audio_pipeline.spatialaudio.geometry", "msgspec", "The object renderer could be published alone"
    ),
    "a computation that asks a database": Violation(
        "audio_pipeline.loudness.gating", "sqlalchemy", "What computes knows no runs and no database"
    ),
    "a second module for codecs": Violation(
        "audio_pipeline.masters.rendering", "soundfile", "Codecs are touched in one module to read"
    ),
    "a second module for a library": Violation(
        "submissions.uploads", "cryptography", "Each library that may be replaced"
    ),
    "a slow start": Violation("opencall.app.cli", "numpy", "The command line starts without"),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the linter says of a copy in which all of them are planted: the words under each broken contract."""
    copy = tmp_path_factory.mktemp("planted")
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", copy)
    for violation in VIOLATIONS.values():
        with (copy / violation.file).open("a") as planted:
            planted.write(f"\nimport {violation.imports}\n" if violation.imports else '"""Planted."""\n')
    result = lint_imports(copy)
    assert result.returncode == 1, result.stdout + result.stderr
    details = result.stdout.partition("Broken contracts\n")[2].splitlines()
    under: dict[str, str] = {}
    contract = ""
    for line, following in pairwise([*details, ""]):
        if line and set(following) == {"-"} and len(following) == len(line):
            contract = line
        under[contract] = under.get(contract, "") + f"{line}\n"
    return under


@pytest.mark.parametrize("violation", VIOLATIONS.values(), ids=VIOLATIONS.keys())
def test_a_planted_violation_is_caught(violation: Violation, broken: dict[str, str]) -> None:
    said = [words for contract, words in broken.items() if violation.contract in contract]
    assert len(said) == 1, f"no such contract is broken: {list(broken)}"
    assert violation.told in said[0]


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
