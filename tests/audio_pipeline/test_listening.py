"""What pages hear, draw and show of a song: made beside the report or the production, and read by one question."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from lxml import etree
from sqlalchemy import Engine, select

from audio_pipeline import listening, orders
from audio_pipeline.actors import StageWorker
from audio_pipeline.hearing.peaks import SCHEMA, SongPeaks
from audio_pipeline.listening import ListeningCopy, equal_loudness_gains_db
from audio_pipeline.loudness.measuring import measure_file
from audio_pipeline.pipeline import InputFile, Inputs, StageTask
from audio_pipeline.production import (
    SongMaterial,
    Upload,
    begin_inspection,
    begin_production,
    cancel_song,
    song_artifacts,
    song_progress,
)
from audio_pipeline.stage_functions.audition import audition
from audio_pipeline.stages import PIPELINE
from audio_pipeline.tables import stage_run_table
from audio_pipeline.wave_writing import WaveWriter
from opencall.kernel.object_store import FolderStore
from opencall.kernel.unit_of_work import Work
from tests.questions import questions

RATE_HZ = 48_000
Send = Callable[..., Upload]
Perform = Callable[..., None]


@pytest.fixture
def send(tmp_path: Path, store: FolderStore) -> Send:
    def send(name: str, frequency_hz: float, level: float = 0.3, channels: int = 2) -> Upload:
        time_s = np.arange(RATE_HZ) / RATE_HZ
        sound = level * np.sin(2 * np.pi * frequency_hz * time_s)
        path = tmp_path / name
        with WaveWriter(path, channels=channels, sample_rate_hz=RATE_HZ, encoding="pcm24") as writer:
            writer.write(np.repeat(sound[:, None], channels, axis=1).astype(np.float32))
        stored = store.put_file(path)
        return Upload(name, stored.sha256, stored.bytes)

    return send


@pytest.fixture
def perform(work: Work, store: FolderStore, scratch: Path) -> Perform:
    worker = StageWorker(work, store.root.as_uri(), scratch, "here:1", threading.Event(), PIPELINE)

    def perform(*stages: str, song_id: str = "s") -> None:
        for stage in stages:
            with work.read() as uow:
                row = orders.current_run(uow, song_id, stage)
            assert row is not None, f"{stage} was not ordered"
            worker.perform(row.id)
            with work.read() as uow:
                done = {item.stage: (item.state, item.error) for item in song_progress(uow, song_id)}
            assert done[stage] == ("done", None)

    return perform


def states(work: Work, song_id: str = "s") -> dict[str, str]:
    with work.read() as uow:
        return {item.stage: item.state for item in song_progress(uow, song_id)}


def runs_of(work: Work, stage: str) -> list[tuple[str, int, bool]]:
    run = stage_run_table.c
    with work.read() as uow:
        rows = uow.connection.execute(select(run.state, run.attempt, run.current).where(run.stage == stage))
        return [tuple(row) for row in rows]


def test_a_report_has_the_song_made_ready_to_be_heard_seen_and_drawn(
    work: Work, store: FolderStore, send: Send, perform: Perform
) -> None:
    mix, bass, drums = send("Ada - Kyrie.wav", 220), send("bass.wav", 55, 0.1), send("drums.wav", 3_000)
    with work.write() as uow:
        begin_inspection(uow, "s", mix, (bass, drums))
        assert (
            listening.listening_copy(uow, "s") is listening.cover_of(uow, "s") is listening.peaks_of(uow, "s") is None
        )
    assert states(work) == {"inspect": "queued", "listen": "queued"}
    perform("listen")

    with work.read() as uow:
        copy, cover = listening.listening_copy(uow, "s"), listening.cover_of(uow, "s")
        peaks = listening.peaks_of(uow, "s")
    assert copy is not None
    assert (copy.layout, copy.media_type, copy.duration_s) == ("mix", "audio/mp4", 1.0)
    with store.local(mix.sha256) as path:
        assert copy.integrated_lufs == measure_file(path).integrated_lufs
    assert cover is not None
    with store.open(cover.sha256) as file:
        assert etree.fromstring(file.read()).get("viewBox") == "0 0 400 400"
    assert peaks is not None
    assert peaks.song is not None
    assert (peaks.schema, peaks.song.sha256, peaks.song.duration_s) == (SCHEMA, mix.sha256, 1.0)
    assert [stem and (stem.sha256, max(stem.peak)) for stem in peaks.stems] == [
        (bass.sha256, 1_000),
        (drums.sha256, 3_000),
    ]


def test_nothing_that_is_made_carries_a_name_that_the_artist_gave(
    work: Work, store: FolderStore, send: Send, perform: Perform
) -> None:
    """Curators listen blind, and are sent all of it."""
    with work.write() as uow:
        begin_inspection(uow, "s", send("Ada Secret - Kyrie.wav", 220), (send("Ada Secret bass.wav", 55),))
    perform("listen")
    with work.read() as uow:
        made = song_artifacts(uow, "s", "listen")
    assert [item.kind for item in made] == ["cover", "peaks", "preview"]
    for item in made:
        with store.open(item.sha256) as file:
            content = file.read() + item.name.encode() + msgspec.json.encode(item.details)
        assert b"Secret" not in content
        assert b"Kyrie" not in content


def test_a_production_makes_what_no_report_did_and_nothing_twice(work: Work, send: Send, perform: Perform) -> None:
    song = SongMaterial(song_id="s", title="Kyrie", artist_name="Ada", mix=send("mix.wav", 220), stems=())
    with work.write() as uow:
        begin_production(uow, song, ("0+2+0",))
    assert states(work) == {"normalise": "queued", "listen": "queued"}
    perform("listen")
    with work.write() as uow:
        begin_inspection(uow, "s", song.mix, song.stems)
        begin_production(uow, song, ("0+2+0",))
    assert runs_of(work, "listen") == [("done", 1, True)]


def test_new_files_are_heard_anew_and_a_version_keeps_its_own(work: Work, send: Send, perform: Perform) -> None:
    first, second = send("first.wav", 220), send("second.wav", 440)
    for mix in (first, second):
        with work.write() as uow:
            begin_inspection(uow, "s", mix, ())
        perform("listen")
    with work.read() as uow:
        now = listening.peaks_of(uow, "s")
        assert now is not None
        assert now.song is not None
        assert now.song.sha256 == second.sha256
        for mix in (first, second):
            then = listening.peaks_of(uow, "s", mix.sha256)
            assert then is not None
            assert then.song is not None
            assert then.song.sha256 == mix.sha256
        of_first = listening.listening_copy(uow, "s", first.sha256)
        assert of_first is not None
        assert of_first != listening.listening_copy(uow, "s")
        assert listening.listening_copies(uow, ["s"], {"s": first.sha256}) == {"s": of_first}
        assert listening.cover_of(uow, "s", first.sha256) != listening.cover_of(uow, "s")
        assert listening.cover_of(uow, "s", "0" * 64) is None

    with work.write() as uow:
        begin_inspection(uow, "s", first, ())
        assert listening.listening_copy(uow, "s") == of_first, "what was made before is there at once"


def test_while_new_files_are_being_heard_there_is_nothing_rather_than_the_old_sound(
    work: Work, send: Send, perform: Perform
) -> None:
    with work.write() as uow:
        begin_inspection(uow, "s", send("first.wav", 220), ())
    perform("listen")
    with work.write() as uow:
        begin_inspection(uow, "s", send("second.wav", 440), ())
        assert listening.listening_copy(uow, "s") is None
        assert listening.covers_of(uow, ["s"]) == {}


def test_a_withdrawn_song_is_not_listened_to(work: Work, send: Send) -> None:
    with work.write() as uow:
        begin_inspection(uow, "s", send("mix.wav", 220), ())
        cancel_song(uow, "s")
    assert states(work) == {"inspect": "cancelled", "listen": "cancelled"}


def test_a_file_that_cannot_be_read_is_left_out_and_fails_nothing(
    work: Work, store: FolderStore, send: Send, perform: Perform
) -> None:
    stored = store.put([b"This is a letter."])
    words = Upload("words.wav", stored.sha256, stored.bytes)
    with work.write() as uow:
        begin_inspection(uow, "s", send("mix.wav", 220), (words, send("bass.wav", 55)))
        begin_inspection(uow, "t", words, (send("bass.wav", 55),))
    perform("listen")
    perform("listen", song_id="t")
    with work.read() as uow:
        heard, unheard = listening.peaks_of(uow, "s"), listening.peaks_of(uow, "t")
        assert heard is not None
        assert [stem is None for stem in heard.stems] == [True, False]
        assert set(listening.covers_of(uow, ["s", "t"])) == {"s"}
        assert unheard is not None
        assert unheard.song is None
        assert [stem is None for stem in unheard.stems] == [False]
        assert listening.listening_copy(uow, "t") is None


def test_a_render_is_heard_and_as_loud_as_it_was_measured(
    work: Work, store: FolderStore, send: Send, perform: Perform
) -> None:
    song = SongMaterial(song_id="s", title="Kyrie", artist_name="Ada", mix=send("mix.wav", 220, 0.2), stems=())
    with work.write() as uow:
        begin_production(uow, song, ("0+2+0", "4+7+0"))
        assert listening.audition_of(uow, "s") == ()
    perform("normalise", "compose", "render", "audition")
    with work.read() as uow:
        (copy,) = listening.audition_of(uow, "s")
        renders = {item.part: item for item in song_artifacts(uow, "s", "render")}
        peaks = listening.audition_peaks_of(uow, "s")
    assert (copy.layout, copy.frames) == ("0+2+0", RATE_HZ)
    assert copy.integrated_lufs == pytest.approx(renders["0+2+0"].details["integrated_lufs"], abs=1e-3)
    assert copy.true_peak_dbtp == pytest.approx(renders["0+2+0"].details["true_peak_dbtp"], abs=1e-3)
    assert set(peaks) == {"0+2+0"}
    assert peaks["0+2+0"].song is not None
    assert peaks["0+2+0"].song.sha256 == renders["0+2+0"].sha256


def test_binaural_is_heard_first_and_layouts_that_no_browser_plays_are_left_out(
    store: FolderStore, send: Send, scratch: Path
) -> None:
    files = tuple(
        InputFile(
            origin="render",
            kind="render",
            name=f"kyrie.{layout}.wav",
            sha256=(sent := send(f"{layout}.wav", frequency_hz)).sha256,
            bytes=sent.bytes,
            details={"layout": layout},
        )
        for layout, frequency_hz in (("0+2+0", 220), ("4+7+0", 330), ("binaural", 440))
    )
    scratch.mkdir()
    made = audition(StageTask(Inputs(files=files), ("whole",), store, scratch), lambda _done: None)
    assert [(item.kind, item.details["layout"]) for item in made] == [
        ("preview", "0+2+0"),
        ("peaks", "0+2+0"),
        ("preview", "binaural"),
        ("peaks", "binaural"),
    ]
    assert len({item.name for item in made}) == 4


def test_a_list_of_songs_is_one_question(work: Work, engine: Engine, send: Send, perform: Perform) -> None:
    songs = [f"s{number}" for number in range(4)]
    for number, song_id in enumerate(songs):
        with work.write() as uow:
            begin_inspection(uow, song_id, send(f"{song_id}.wav", 200 + 40 * number), ())
        perform("listen", song_id=song_id)
    with work.read() as uow:
        uow.connection.execute(select(1))
        for ask in (listening.covers_of, listening.listening_copies, listening.auditions_of):
            with questions(engine) as asked:
                found = ask(uow, songs)
            assert len(asked) == 1
            assert set(found) == (set() if ask is listening.auditions_of else set(songs))
        covers = listening.covers_of(uow, [*songs, "nobody"])
        assert {cover.sha256 for cover in covers.values()} == {
            cover.sha256 for song_id in songs if (cover := listening.cover_of(uow, song_id))
        }
        assert len({cover.sha256 for cover in covers.values()}) == len(songs)
        assert listening.covers_of(uow, []) == {}


def test_the_loudest_is_turned_down_to_the_softest() -> None:
    def copy(lufs: float | None) -> ListeningCopy:
        return ListeningCopy(
            layout="mix",
            sha256=hashlib.sha256().hexdigest(),
            bytes=0,
            sample_rate_hz=RATE_HZ,
            frames=1,
            integrated_lufs=lufs,
            true_peak_dbtp=None,
        )

    assert equal_loudness_gains_db([copy(-10.0), copy(-16.5), copy(-12.0)]) == (-6.5, 0.0, -4.5)
    assert equal_loudness_gains_db([copy(-10.0), copy(None)]) == (0.0, 0.0)
    assert equal_loudness_gains_db([copy(None)]) == (0.0,)
    assert equal_loudness_gains_db([]) == ()


def test_a_document_of_peaks_says_what_it_is() -> None:
    document = msgspec.json.decode(msgspec.json.encode(SongPeaks(song=None)))
    assert document == {"schema": "opencall.peaks/1", "full_scale": 10_000, "song": None, "stems": []}
