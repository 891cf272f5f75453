"""Compiles the loops in C when Opencall is installed or a wheel of it is built (see `audio_pipeline/compiled.py`)."""

import importlib.util
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SPEC = importlib.util.spec_from_file_location("compiled", Path(__file__).parent / "audio_pipeline" / "compiled.py")
assert SPEC
assert SPEC.loader
compiled = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(compiled)


class CompileLoops(BuildHookInterface[Any]):
    """An editable install is compiled beside its sources; a wheel gets libraries of its own, for this platform."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            compiled.build_in_place()
            return
        self._folder = tempfile.TemporaryDirectory()
        root = Path(self.root)
        for source in compiled.sources():
            place = compiled.library_path(source)
            library = Path(self._folder.name) / place.name
            compiled.build(source, library)
            build_data["force_include"][str(library)] = str(place.relative_to(root))
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self._folder.cleanup()
