"""A whole song through the real stages: uploads in, judged masters out, every step byte for byte the same again."""

import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from sqlalchemy import select, update

from audio_pipeline import orders
from audio_pipeline.actors import StageWorker
from audio_pipeline.approvals import approval_sha256
from audio_pipeline.codecs import open_audio
from audio_pipeline.facts import MastersFinished, RenderFinished, SongInspected
from audio_pipeline.hrtfs import DEFAULT_HRTF_NAME, DEFAULT_HRTF_SHA256
from audio_pipeline.masters.checking import check_file
from audio_pipeline.masters.errors import EarsReplaced
from audio_pipeline.pipeline import Artifact, InputFile, Inputs, Stage, StageTask
from audio_pipeline.production import (
    SongMaterial,
    Upload,
    approve,
    artist_approved,
    begin_inspection,
    begin_production,
    current_approval,
    song_artifacts,
    song_progress,
    use_scene,
)
from audio_pipeline.scene.model import Scene
from audio_pipeline.stage_functions.compose import compose
from audio_pipeline.stage_functions.inspect import inspect
from audio_pipeline.stage_functions.normalise import normalise
from audio_pipeline.stage_functions.render import render
from audio_pipeline.stages import PIPELINE
from audio_pipeline.stems.preparing import prepare, read_source
from audio_pipeline.tables import song_table
from audio_pipeline.wave_writing import WaveWriter
from opencall.kernel.facts import Fact
from opencall.kernel.object_store import FolderStore
from opencall.kernel.principal import Grant, Principal, Role
from opencall.kernel.unit_of_work import Work

RATE_HZ = 48000
ENGINEER = Principal(user_id="e", name="Eva", grants=frozenset({Grant(Role.ENGINEER)}))

Send = Callable[[str, np.ndarray], Upload]


@pytest.fixture
def song(tmp_path: Path, store: FolderStore) -> SongMaterial:
    """Three stems of a second each and their sum."""
    time_s = np.arange(RATE_HZ) / RATE_HZ
    noise = np.random.default_rng(7).standard_normal(RATE_HZ)
    stems = {
        "bass.wav": 0.2 * np.sin(2 * np.pi * 55 * time_s),
        "drums.wav": 0.2 * noise * np.exp(-8 * (time_s % 0.25)),
        "vocals.wav": 0.2 * np.sin(2 * np.pi * 440 * time_s) * np.sin(2 * np.pi * 3 * time_s),
    }

    def send(name: str, samples: np.ndarray) -> Upload:
        path = tmp_path / name
        with WaveWriter(path, channels=1, sample_rate_hz=RATE_HZ, encoding="pcm24") as writer:
            writer.write(samples.astype(np.float32)[:, np.newaxis])
        stored = store.put_file(path)
        return Upload(name, stored.sha256, stored.bytes)

    mix = send("mix.wav", sum(stems.values()))
    uploads = tuple(send(name, samples) for name, samples in stems.items())
    return SongMaterial(song_id="s", title="Kyrie Eleison", artist_name="Ada", mix=mix, stems=uploads)


@pytest.fixture
def perform(work: Work, store: FolderStore, scratch: Path) -> Callable[[str], None]:
    worker = StageWorker(work, store.root.as_uri(), scratch, "here:1", threading.Event(), PIPELINE)

    def perform(stage: str) -> None:
        with work.read() as uow:
            row = orders.current_run(uow, "s", stage)
        assert row is not None, f"{stage} was not ordered"
        worker.perform(row.id)
        with work.read() as uow:
            done = {item.stage: (item.state, item.error) for item in song_progress(uow, "s")}
        assert done[stage] == ("done", None)

    return perform


def test_a_song_becomes_masters(
    work: Work, store: FolderStore, song: SongMaterial, perform: Callable[[str], None], recorded: list[Fact]
) -> None:
    with work.write() as uow:
        begin_inspection(uow, song.song_id, song.mix, song.stems)
    perform("inspect")
    perform("compare")
    (inspected,) = (fact for fact in recorded if isinstance(fact, SongInspected))
    assert inspected.stem_sha256s == tuple(stem.sha256 for stem in song.stems)
    paths = [file["path"] for file in inspected.report["files"]]
    assert paths == [
        "bass.wav",
        "drums.wav",
        "vocals.wav",
        "mix/mix.wav",
    ]
    assert inspected.report["stems"]["class"] == "exact"
    assert inspected.verdict == "accept", inspected.report
    roles = {role["path"]: role["role"] for role in inspected.report["roles"]}
    assert roles == {"bass.wav": "bass", "drums.wav": "drums", "vocals.wav": "lead_vocal"}

    with work.write() as uow:
        begin_production(uow, song)
    for stage in ("normalise", "compose", "render"):
        perform(stage)
    (rendered,) = (fact for fact in recorded if isinstance(fact, RenderFinished))
    assert not rendered.is_upmix
    with work.read() as uow:
        renders = song_artifacts(uow, "s", "render")
    assert [(item.part, item.name) for item in renders] == [
        ("0+2+0", "kyrie-eleison.0+2+0.wav"),
        ("4+7+0", "kyrie-eleison.4+7+0.wav"),
        ("5+5+3", "kyrie-eleison.5+5+3.wav"),
        ("binaural", "kyrie-eleison.binaural.wav"),
    ]
    assert all(item.details["true_peak_dbtp"] <= -1.0 for item in renders)

    with work.write(ENGINEER) as uow:
        approve(uow, ENGINEER, "s", rendered.approval_sha256)
        artist_approved(uow, "s", rendered.approval_sha256)
    perform("master")
    (finished,) = (fact for fact in recorded if isinstance(fact, MastersFinished))
    assert [(item["kind"], item["name"]) for item in finished.artifacts] == [
        ("adm-360", "kyrie-eleison.adm-360.wav"),
        ("binaural", "kyrie-eleison.binaural.flac"),
        ("loudspeakers", "kyrie-eleison.0+2+0.wav"),
        ("loudspeakers", "kyrie-eleison.4+7+0.wav"),
        ("loudspeakers", "kyrie-eleison.5+5+3.wav"),
        ("manifest", "manifest.json"),
    ]
    masters = {item["name"]: item for item in finished.artifacts}
    *loudspeakers, binaural = renders
    for item in loudspeakers:
        assert masters[item.name]["sha256"] == item.sha256, "what was approved is what is delivered"
    coded = masters["kyrie-eleison.binaural.flac"]["sha256"]
    with (
        store.local(binaural.sha256) as heard,
        store.local(coded) as delivered,
        open_audio(heard) as wave,
        open_audio(delivered) as flac,
    ):
        assert (flac.container, flac.subtype) == ("flac", "PCM_24")
        assert np.array_equal(wave.read(), flac.read())
    with store.open(masters["manifest.json"]["sha256"]) as file:
        manifest = msgspec.json.decode(file.read())
    assert manifest["hrtf"] == {"name": DEFAULT_HRTF_NAME, "sha256": DEFAULT_HRTF_SHA256}
    (entry,) = (entry for entry in manifest["files"] if entry["kind"] == "binaural")
    assert entry["true_peak_dbtp"] == binaural.details["true_peak_dbtp"]
    for item in finished.artifacts[:-1]:
        assert [check["ok"] for check in item["details"]["checks"]] == [True], item["details"]
    with store.local(masters["kyrie-eleison.adm-360.wav"]["sha256"]) as path:
        assert check_file(path, "360").ok
    for item in finished.artifacts:
        with store.open(item["sha256"]) as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == item["sha256"]


@pytest.fixture
def stereo_song(tmp_path: Path, store: FolderStore) -> SongMaterial:
    """A second of stereo at 44.1 kHz, and no stems."""
    noise = 0.1 * np.random.default_rng(7).standard_normal((44100, 4))
    path = tmp_path / "mix.wav"
    with WaveWriter(path, channels=2, sample_rate_hz=44100, encoding="pcm24") as writer:
        writer.write((noise[:, :2] + noise[:, 2:3] + noise[:, 3:] * [1.0, 0.2]).astype(np.float32))
    stored = store.put_file(path)
    mix = Upload("mix.wav", stored.sha256, stored.bytes)
    return SongMaterial(song_id="s", title="Kyrie Eleison", artist_name="Ada", mix=mix, stems=())


def test_a_song_without_stems_becomes_masters_of_an_upmix(
    work: Work, store: FolderStore, stereo_song: SongMaterial, perform: Callable[[str], None], recorded: list[Fact]
) -> None:
    with work.write() as uow:
        begin_production(uow, stereo_song, ("0+2+0", "4+7+0"))
    for stage in ("normalise", "compose", "render"):
        perform(stage)
    with work.read() as uow:
        *parts, manifest, upmix = song_artifacts(uow, "s", "normalise")
        (scene,) = song_artifacts(uow, "s", "compose")
        fold = song_artifacts(uow, "s", "render")[0]
    assert [(part.kind, part.name) for part in parts] == [
        ("stem", "ambience upmix.wav"),
        ("stem", "mid harmonic upmix.wav"),
        ("stem", "mid percussive upmix.wav"),
        ("stem", "remainder upmix.wav"),
        ("stem", "sides upmix.wav"),
    ]
    assert (manifest.kind, upmix.kind) == ("stems_manifest", "upmix_manifest")
    assert (manifest.details["source"], manifest.details["verdict"]) == ("upmix", "exact")
    with store.open(upmix.sha256) as file:
        record = msgspec.json.decode(file.read())
    # Resampled to the session's rate, the song is of floats, and their rounding is left.
    assert (record["schema"], record["song"]["sample_rate_hz"]) == ("opencall.upmix/1", RATE_HZ)
    assert manifest.details["null_db"] == record["null_db"]
    assert record["null_db"] < -140
    with store.open(scene.sha256) as file:
        proposed = msgspec.json.decode(file.read(), type=Scene)
    assert proposed.source == "upmix"
    assert len(proposed.objects) == 8

    with store.local(fold.sha256) as path, open_audio(path) as reader, store.local(stereo_song.mix.sha256) as mix:
        heard = reader.read(dtype=np.float64)
        (whole,) = prepare([read_source(mix)], RATE_HZ)
    gain = 10 ** (proposed.programme.gain_db / 20)
    # The render has 24 bits.
    left_db = 10 * np.log10(np.sum((heard - gain * whole.samples) ** 2) / np.sum(heard**2))
    assert left_db < -110

    (rendered,) = (fact for fact in recorded if isinstance(fact, RenderFinished))
    assert rendered.is_upmix
    with work.write(ENGINEER) as uow:
        approve(uow, ENGINEER, "s", rendered.approval_sha256)
        artist_approved(uow, "s", rendered.approval_sha256)
    perform("master")
    with work.read() as uow:
        masters = {item.kind: item for item in song_artifacts(uow, "s", "master")}
    with store.open(masters["manifest"].sha256) as file:
        assert msgspec.json.decode(file.read())["source"] == "upmix"
    (check,) = masters["adm-360"].details["checks"]
    assert check["ok"]
    assert [finding["code"] for finding in check["findings"]] == ["UPMIX"]


def test_an_upmix_stays_one_in_a_scene_that_says_otherwise(
    store: FolderStore, stereo_song: SongMaterial, scratch: Path
) -> None:
    def run(
        stage: Callable[..., tuple[Artifact, ...]], files: tuple[InputFile, ...], **params: object
    ) -> tuple[InputFile, ...]:
        folder = scratch / stage.__name__ / str(len(params))
        folder.mkdir(parents=True)
        task = StageTask(Inputs(files=files, params=params), ("whole",), store, folder)
        made = stage(task, lambda _done: None)
        return tuple(
            InputFile(
                origin=stage.__name__, kind=one.kind, name=one.name, sha256=one.sha256, bytes=1, details=one.details
            )
            for one in made
        )

    def read(files: tuple[InputFile, ...]) -> Scene:
        with store.open(files[0].sha256) as file:
            return msgspec.json.decode(file.read(), type=Scene)

    mix = InputFile(origin="upload", kind="mix", name="mix.wav", sha256=stereo_song.mix.sha256, bytes=1)
    parts = run(normalise, (mix,))
    proposed = read(run(compose, parts, title="Kyrie", layouts=["0+2+0"]))
    edited = msgspec.structs.replace(proposed, source="stems", objects=proposed.objects[:4])
    stored = store.put([msgspec.json.encode(edited)])

    taken = read(run(compose, parts, title="Kyrie", layouts=["0+2+0"], edited_scene=stored.sha256))

    assert (taken.objects, taken.source) == (edited.objects, "upmix")


def test_a_render_for_ears_that_are_no_longer_here_is_refused(store: FolderStore, scratch: Path) -> None:
    ordered = Inputs(params={"hrtf": "ab" * 32}, parts=("binaural",))
    with pytest.raises(EarsReplaced, match="abababababab"):
        render(StageTask(ordered, ("binaural",), store, scratch), lambda _done: None)


def test_what_is_approved_names_the_ears(work: Work, song: SongMaterial, perform: Callable[[str], None]) -> None:
    with work.write() as uow:
        begin_production(uow, song, ("binaural",))
    for stage in ("normalise", "compose", "render"):
        perform(stage)
    with work.read() as uow:
        row = orders.current_run(uow, "s", "render")
        approval = current_approval(uow, "s")
    assert row is not None
    assert row.inputs["params"] == {"hrtf": DEFAULT_HRTF_SHA256}
    inputs = msgspec.convert(row.inputs, Inputs)
    assert approval == approval_sha256(inputs, PIPELINE["render"].version)
    other = msgspec.structs.replace(inputs, params={"hrtf": "ab" * 32})
    assert approval != approval_sha256(other, PIPELINE["render"].version)


def test_using_a_scene_again_orders_a_render_for_the_ears_that_are_here(
    work: Work, song: SongMaterial, perform: Callable[[str], None]
) -> None:
    with work.write() as uow:
        begin_production(uow, song, ("binaural",))
    perform("normalise")
    with work.write() as uow:
        row = uow.connection.execute(select(song_table.c.settings)).scalar_one()
        uow.connection.execute(update(song_table).values(settings=row | {"hrtf": "ab" * 32}))
    with work.write(ENGINEER) as uow:
        use_scene(uow, ENGINEER, "s", song.mix.sha256)
        assert uow.connection.execute(select(song_table.c.settings)).scalar_one()["hrtf"] == DEFAULT_HRTF_SHA256


@pytest.mark.parametrize("name", ["report.json", "mix"])
def test_a_file_may_have_any_name_and_what_is_stored_stays_as_it_is(
    name: str, store: FolderStore, song: SongMaterial, scratch: Path
) -> None:
    stem = InputFile(origin="upload", kind="stem", name=name, sha256=song.stems[0].sha256, bytes=song.stems[0].bytes)
    mix = InputFile(origin="upload", kind="mix", name="mix.wav", sha256=song.mix.sha256, bytes=song.mix.bytes)
    scratch.mkdir()
    (report,) = inspect(StageTask(Inputs(files=(mix, stem)), ("whole",), store, scratch), lambda _done: None)
    assert [file["path"].rpartition("/")[2] for file in report.details["report"]["files"]] == [name, "mix.wav"]
    for file in (stem, mix):
        with store.open(file.sha256) as stored:
            assert hashlib.file_digest(stored, "sha256").hexdigest() == file.sha256


def test_what_is_left_of_the_mix_is_kept_with_report_and_stems(
    tmp_path: Path, store: FolderStore, scratch: Path, song: SongMaterial
) -> None:
    mix = store.put_file(tmp_path / "mix.wav")
    stems = [store.put_file(tmp_path / name) for name in ("bass.wav", "drums.wav")]
    files = (
        InputFile(origin="upload", kind="mix", name="mix.wav", sha256=mix.sha256, bytes=mix.bytes),
        *(
            InputFile(origin="upload", kind="stem", name=name, sha256=stored.sha256, bytes=stored.bytes)
            for name, stored in zip(("bass.wav", "drums.wav"), stems, strict=True)
        ),
    )
    task = StageTask(Inputs(files=files), ("whole",), store, scratch / "inspect")
    task.scratch.mkdir(parents=True)
    (report,) = inspect(task, lambda _done: None)
    task = StageTask(Inputs(files=files), ("whole",), store, scratch / "normalise")
    task.scratch.mkdir(parents=True)
    manifest = normalise(task, lambda _done: None)[-1]

    rest = report.details["report"]["stems"]["rest"]
    assert rest["is_other_sound"]
    assert rest["says"] == [
        "Throughout the mix holds sound that is in no stem: a stem is missing, or is another version."
    ]
    kept = msgspec.json.decode(msgspec.json.encode(manifest.details))
    assert (kept["rest"], kept["explained"]) == (rest, rest["says"])


@pytest.mark.parametrize("stage", PIPELINE.stages, ids=lambda stage: stage.name)
def test_the_process_of_a_stage_loads_its_function_and_no_database(stage: Stage) -> None:
    program = (
        "import sys; from audio_pipeline.children import load; "
        f"print(load({stage.function!r}).__name__, 'sqlalchemy' in sys.modules)"
    )
    project = Path(__file__).parents[2]
    told = subprocess.run([sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=True)
    assert told.stdout.split() == [stage.name, "False"]
