"""The JSON Schemas of the files that people write or read by hand, published below docs/schemas.

`python -m audio_pipeline.published_schemas docs/schemas` writes all of them anew after a model has changed. A new
one is a line here.
"""

import sys
from pathlib import Path
from typing import Final

import msgspec

from audio_pipeline.masters import manifest, rooms
from audio_pipeline.scene import model
from audio_pipeline.upmix import manifest as upmix_manifest

# By file name: the name that files of this kind carry in `schema`, and their model.
SCHEMAS: Final[dict[str, tuple[str, type[msgspec.Struct]]]] = {
    "layout.schema.json": (rooms.SCHEMA, rooms.Room),
    "masters-manifest.schema.json": (manifest.SCHEMA, manifest.Manifest),
    "scene.schema.json": (model.SCHEMA, model.Scene),
    "upmix-manifest.schema.json": (upmix_manifest.SCHEMA, upmix_manifest.UpmixManifest),
}


def json_schema(file_name: str) -> bytes:
    """One schema (JSON Schema 2020-12), derived from its model: the same model is always the same bytes."""
    title, struct = SCHEMAS[file_name]
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **msgspec.json.schema(struct),
    }
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=1) + b"\n"


if __name__ == "__main__":
    for name in SCHEMAS:
        (Path(sys.argv[1]) / name).write_bytes(json_schema(name))
