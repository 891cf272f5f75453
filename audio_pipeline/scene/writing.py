"""Writes scene.json: the same scene is always the same bytes."""

from pathlib import Path

import msgspec

from audio_pipeline.scene.model import Scene
from opencall.kernel.whole_files import write_whole


def scene_bytes(scene: Scene) -> bytes:
    """`scene` as UTF-8 JSON: fields in the model's order, one space of indent, a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(scene), indent=1) + b"\n"


def write_scene(scene: Scene, path: Path) -> None:
    """Write `scene` to `path`. The file appears whole, by renaming, or not at all."""
    write_whole(path, scene_bytes(scene))
