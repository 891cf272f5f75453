"""A song in the store, ordered in any pipeline."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from audio_pipeline import orders
from audio_pipeline.pipeline import Pipeline
from audio_pipeline.production import SongMaterial, Upload, begin_production
from audio_pipeline.tables import song_table
from opencall.kernel.object_store import FolderStore
from opencall.kernel.unit_of_work import UnitOfWork
from tests.audio_pipeline.tiny import TINY

Order = Callable[..., str]


@pytest.fixture
def upload(store: FolderStore) -> Callable[[str, bytes], Upload]:
    def put(name: str, content: bytes) -> Upload:
        stored = store.put([content])
        assert stored.sha256 == hashlib.sha256(content).hexdigest()
        return Upload(name, stored.sha256, stored.bytes)

    return put


@pytest.fixture
def order_song(upload: Callable[[str, bytes], Upload]) -> Order:
    """Order a production of the song `s` with any settings; returns the identifier of its first run."""

    def order(
        uow: UnitOfWork,
        pipeline: Pipeline = TINY,
        layouts: tuple[str, ...] = ("0+2+0", "4+7+0"),
        stem: bytes = b"drums",
        **settings: Any,
    ) -> str:
        material = SongMaterial(
            song_id="s",
            title="Kyrie",
            artist_name="Ada",
            mix=upload("mix.wav", b"mix"),
            stems=(upload("drums.wav", stem),),
        )
        begin_production(uow, material, layouts, pipeline)
        song = orders.find_song(uow, "s")
        uow.connection.execute(update(song_table).values(settings=song.settings | settings))
        return orders.order(uow, pipeline, "s", "normalise")

    return order


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"
