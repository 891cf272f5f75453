"""Songs of one circle are compared as they come: the later one knows of the earlier, and of no other circle's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_pipeline import listening, orders, runs
from audio_pipeline.facts import SongInspected
from audio_pipeline.pipeline import StageFunction, StageTask
from audio_pipeline.production import Upload, begin_inspection, song_artifacts, song_progress
from audio_pipeline.stage_functions.compare import compare as compare_stage
from audio_pipeline.stage_functions.inspect import inspect as inspect_stage
from audio_pipeline.stages import PIPELINE
from opencall.kernel.facts import Fact
from opencall.kernel.object_store import FolderStore
from opencall.kernel.unit_of_work import Work
from tests.audio_pipeline.intake.played import RATE_HZ, play_song

Inspect = Callable[..., SongInspected]


@pytest.fixture
def send(tmp_path: Path, store: FolderStore) -> Callable[..., Upload]:
    def send(sound: np.ndarray, suffix: str = "wav") -> Upload:
        path = tmp_path / f"song.{suffix}"
        soundfile.write(path, sound, RATE_HZ)
        stored = store.put_file(path)
        return Upload("Ada Secret.wav", stored.sha256, stored.bytes)

    return send


@pytest.fixture
def inspect(work: Work, store: FolderStore, tmp_path: Path, recorded: list[Fact]) -> Inspect:
    def perform(song_id: str, stage: str, function: StageFunction) -> None:
        with work.write() as uow:
            row = orders.current_run(uow, song_id, stage)
            assert row is not None
            claim = runs.claim(uow, PIPELINE, row.id, "here:1")
        if claim is None:
            return  # it is done already
        scratch = tmp_path / claim.run_id
        scratch.mkdir()
        artifacts = function(StageTask(claim.inputs, claim.missing, store, scratch), lambda done: None)
        with work.write() as uow:
            orders.finish(uow, PIPELINE, claim, artifacts)

    def inspect(song_id: str, mix: Upload, circle: str | None = "call") -> SongInspected:
        with work.write() as uow:
            begin_inspection(uow, song_id, mix, (), circle)
        perform(song_id, "inspect", inspect_stage)
        perform(song_id, "compare", compare_stage)
        with work.read() as uow:
            assert {one.stage: one.state for one in song_progress(uow, song_id)}["compare"] == "done"
        fact = recorded[-1]
        assert isinstance(fact, SongInspected)
        return fact

    return inspect


def test_a_copy_is_found_by_whoever_comes_later_in_the_same_circle(
    work: Work, send: Callable[..., Upload], inspect: Inspect, recorded: list[Fact]
) -> None:
    first, other = (play_song(seed, seconds=14).sound for seed in (1, 2))
    mix, copy, stranger = send(first), send(0.5 * first, "ogg"), send(other)
    assert [inspect("a", mix).same, inspect("b", stranger).same] == [(), ()]
    assert inspect("elsewhere", copy, "another call").same == ()
    assert inspect("nowhere", copy, None).same == ()

    (same,) = inspect("c", copy).same
    assert (same.song_id, same.mix_sha256) == ("a", mix.sha256)
    assert same.bit_error < 0.1
    assert same.common_s == pytest.approx(13, abs=1)

    # Heard again it is compared with all that is there by then, and nothing is listened to twice.
    assert [one.song_id for one in inspect("a", mix).same] == ["c"]
    before = len(recorded)
    assert [one.song_id for one in inspect("a", mix).same] == ["c"]
    assert len(recorded) == before + 1

    with work.read() as uow:
        assert [item.kind for item in song_artifacts(uow, "a", "inspect")] == ["music", "print", "report"]
        music = listening.music_of(uow, "a", mix.sha256)
        assert listening.music_of(uow, "a", copy.sha256) is None
        told = [item.details for item in song_artifacts(uow, "a", "inspect") if item.kind != "report"]
    assert music is not None
    assert music.sections[0].start_s == 0
    assert "Secret" not in str(told)


def test_a_mix_that_cannot_be_read_is_reported_all_the_same(
    send: Callable[..., Upload], inspect: Inspect, store: FolderStore
) -> None:
    inspect("a", send(play_song(1, seconds=14).sound))
    stored = store.put([b"no sound at all"])
    fact = inspect("b", Upload("mix.wav", stored.sha256, stored.bytes))
    assert (fact.verdict, fact.same) == ("reject", ())
