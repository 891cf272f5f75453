"""The JSON Schema of a masters' manifest, published as docs/schemas/masters-manifest.schema.json.

`python -m audio_pipeline.masters.manifest_schema docs/schemas/masters-manifest.schema.json` writes it anew after the
manifest has changed.
"""

import sys
from pathlib import Path

import msgspec

from audio_pipeline.masters.manifest import SCHEMA, Manifest


def manifest_json_schema() -> bytes:
    """The schema (JSON Schema 2020-12), derived from the model: the same model is always the same bytes."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        **msgspec.json.schema(Manifest),
    }
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=1) + b"\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(manifest_json_schema())
