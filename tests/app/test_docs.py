"""What the documents name, exists: functions, modules, files, links, commands and settings."""

import ast
import importlib
import re
import sys
import tomllib
from pathlib import Path

import pytest

from opencall.app.cli import COMMANDS
from opencall.app.journey import JOURNEY
from tests.conftest import PROJECT

DOCUMENTS = sorted([PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")])
PACKAGES = "opencall|submissions|audio_pipeline|rewards"


def known(dotted: str) -> bool:
    """Whether a module of that name can be imported, or the last words are attributes of one."""
    module, _, attribute = dotted.rpartition(".")
    try:
        importlib.import_module(dotted)
    except ModuleNotFoundError:
        return bool(module) and known(module) and hasattr(importlib.import_module(module), attribute)
    return True


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_only_what_there_is(document: Path) -> None:
    text = document.read_text()
    names = set(re.findall(rf"`((?:{PACKAGES})\.[a-z_0-9.A-Z]+)`", text))
    wrong = {name for name in names if not name.endswith((".db", ".py")) and not known(name)}
    paths = set(re.findall(rf"`((?:{PACKAGES}|tests|docs|fixtures|scripts)/[^`<…\s]*)`", text))
    wrong |= {path for path in paths if not (PROJECT / path).exists()}
    links = set(re.findall(r"\]\(([^)#:]+)\)", text))
    wrong |= {link for link in links if not (document.parent / link).exists()}
    wrong |= {name for name in re.findall(r"`opencall ([a-z]+)", text) if name not in COMMANDS}
    wrong |= {name for name in re.findall(r"^opencall ([a-z]+)", text, re.MULTILINE) if name not in COMMANDS}
    assert wrong == set()


def test_the_page_of_the_journey_has_every_fact_that_orders_something_and_what_it_orders() -> None:
    text = (PROJECT / "docs" / "journey.md").read_text()
    ordered = {name for fact, orders in JOURNEY.items() for name in (fact.__name__, *(one.__name__ for one in orders))}
    assert {name for name in ordered if f"`{name}`" not in text} == set()


def test_the_page_for_operators_has_every_setting_that_is_read() -> None:
    text = (PROJECT / "docs" / "operator.md").read_text()
    sources = (PROJECT / "opencall" / "app" / "settings.py", PROJECT / "opencall" / "kernel" / "stores.py")
    read = {name for path in sources for name in re.findall(r'"(OPENCALL_[A-Z0-9_]+)"', path.read_text())}
    assert {name for name in read - {"OPENCALL_CLOCK_SHIFT_S"} if f"`{name}`" not in text} == set()
    assert set(re.findall(r"`(OPENCALL_[A-Z0-9_]+)`", text)) <= read


def declared() -> set[str]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return {re.split(r"[\[<>=]", line)[0] for line in project["dependencies"]}


def test_every_library_that_is_installed_has_its_line_and_its_licence() -> None:
    text = (PROJECT / "docs" / "decisions" / "0005-what-we-depend-on.md").read_text()
    assert {name for name in declared() if not re.search(rf"^\| .*\b{name}\b.* \|", text, re.MULTILINE)} == set()


def optional() -> set[str]:
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    return {re.split(r"[\[<>=]", line)[0] for lines in extras.values() for line in lines}


# Libraries that are imported by another name than they are installed by.
IMPORTED_AS = {"argon2-cffi": "argon2", "markdown-it-py": "markdown_it"}
# What a library of ours brings and is meant to be imported: `dramatiq[redis]`, and the annotations that Litestar reads.
BROUGHT = {"redis", "typing_extensions"}
# `zoneinfo` reads the zones.
NEVER_IMPORTED = {"tzdata"}


def test_every_library_that_is_installed_is_used_and_every_one_used_is_installed() -> None:
    sources = [path for package in PACKAGES.split("|") for path in (PROJECT / package).rglob("*.py")]
    found = {name for path in sources for statement in ast.walk(ast.parse(path.read_text())) for name in top(statement)}
    ours = {*PACKAGES.split("|"), *sys.stdlib_module_names}
    installed = {IMPORTED_AS.get(name, name.replace("-", "_")) for name in declared()}
    assert found - ours - BROUGHT - optional() == installed - NEVER_IMPORTED


def test_every_decision_has_a_number_of_its_own_in_its_name_and_its_title() -> None:
    files = sorted((PROJECT / "docs" / "decisions").glob("*.md"))
    numbers = [path.name[:4] for path in files]
    assert len(set(numbers)) == len(numbers), numbers
    assert [path.read_text().partition(". ")[0] for path in files] == [f"# {int(number)}" for number in numbers]


def top(statement: ast.AST) -> list[str]:
    """The top-level packages that a statement imports."""
    if isinstance(statement, ast.Import):
        return [alias.name.partition(".")[0] for alias in statement.names]
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        return [statement.module.partition(".")[0]]
    return []
