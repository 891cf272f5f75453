import ast
import sys
from pathlib import Path

import audio_pipeline.spatialaudio

ALLOWED = {"numpy", "scipy"} | sys.stdlib_module_names
OURS = ("audio_pipeline.spatialaudio", "audio_pipeline.loops")


def imported_modules(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def test_the_renderer_stands_on_numpy_and_scipy_and_the_way_to_loops_in_c_alone():
    folder = Path(audio_pipeline.spatialaudio.__file__).parent
    sources = sorted(folder.rglob("*.py"))
    assert len(sources) >= 10
    foreign = {
        (source.name, module)
        for source in sources
        for module in imported_modules(source.read_text())
        if module.split(".")[0] not in ALLOWED and not module.startswith(OURS)
    }
    assert foreign == set()
