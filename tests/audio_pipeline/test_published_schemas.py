import pytest

from audio_pipeline.published_schemas import SCHEMAS, json_schema
from tests.conftest import PROJECT

PUBLISHED = PROJECT / "docs/schemas"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_the_models(name: str) -> None:
    assert (PUBLISHED / name).read_bytes() == json_schema(name)


def test_nothing_else_is_published() -> None:
    assert {path.name for path in PUBLISHED.iterdir()} == set(SCHEMAS)
