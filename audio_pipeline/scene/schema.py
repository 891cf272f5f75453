"""The JSON Schema of the scene file, published as docs/schemas/scene.schema.json.

`python -m audio_pipeline.scene.schema docs/schemas/scene.schema.json` writes it anew after the model has changed.
"""

import sys
from pathlib import Path

import msgspec

from audio_pipeline.scene.model import SCHEMA, Scene


def scene_json_schema() -> bytes:
    """The schema (JSON Schema 2020-12), derived from the model: the same model is always the same bytes."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        **msgspec.json.schema(Scene),
    }
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=1) + b"\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(scene_json_schema())
