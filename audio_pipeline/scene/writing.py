"""Writes scene.json: the same scene is always the same bytes."""

import os
import tempfile
from pathlib import Path

import msgspec

from audio_pipeline.scene.model import Scene


def scene_bytes(scene: Scene) -> bytes:
    """`scene` as UTF-8 JSON: fields in the model's order, one space of indent, a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(scene), indent=1) + b"\n"


def write_scene(scene: Scene, path: Path) -> None:
    """Write `scene` to `path`. The file appears whole, by renaming, or not at all."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(scene_bytes(scene))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
