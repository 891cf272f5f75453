"""Masters of a scene: right in form, the same on every run, and an ADM that sounds as the scene does."""

import hashlib
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from audio_pipeline.adm.profiles import check_adm
from audio_pipeline.loudness.measuring import measure_file
from audio_pipeline.masters.checking import check_file
from audio_pipeline.masters.errors import EarsAreNoLoudspeakers, MasterRateUnfit, MasterTooWide, UnknownDeliverable
from audio_pipeline.masters.exporting import export_programme, render_programme
from audio_pipeline.masters.job import MadeFile
from audio_pipeline.masters.manifest import Manifest
from audio_pipeline.masters.programme import SceneProgramme, open_programme, slug
from audio_pipeline.riff import scan_riff
from audio_pipeline.spatialaudio.errors import UnknownLayout

from .conftest import FRAMES, make_scene

PROJECT = Path(__file__).resolve().parents[3]
LSB = 2.0**-23
KINDS = ("adm-360", "loudspeakers")
LAYOUTS = ("stereo", "4+7+0", "0+2+0")


@pytest.fixture
def masters(song: Path, tmp_path: Path) -> Path:
    export_programme(open_programme(song / "scene.json"), tmp_path / "masters", KINDS, LAYOUTS)
    return tmp_path / "masters"


def samples(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float64", always_2d=True)[0]


def test_the_folder_holds_what_was_asked_for(masters: Path) -> None:
    assert sorted(path.name for path in masters.iterdir()) == [
        "große-mut.0+2+0.wav",
        "große-mut.4+7+0.wav",
        "große-mut.adm-360.wav",
        "manifest.json",
    ]


def test_every_master_has_the_frames_and_rate_of_the_scene(masters: Path) -> None:
    headers = {path.name: scan_riff(path) for path in masters.glob("*.wav")}
    assert {header.present_frames for header in headers.values()} == {FRAMES}
    assert {header.fmt.sample_rate_hz for header in headers.values() if header.fmt} == {48000}
    assert headers["große-mut.adm-360.wav"].form == "RF64"


def test_every_master_passes_its_check(masters: Path) -> None:
    verdicts = [check_file(path) for path in sorted(masters.glob("*.wav"))]
    assert [(verdict.profile, verdict.ok) for verdict in verdicts] == [
        ("loudspeakers", True),
        ("loudspeakers", True),
        ("adm", True),
    ]
    assert check_adm(masters / "große-mut.adm-360.wav", "360").findings == ()


def test_the_adm_sounds_as_the_scene_does(song: Path, masters: Path, tmp_path: Path) -> None:
    """Rendered in float, so that only the 24 bits of the master's tracks are between the two."""
    layouts = ["0+2+0", "4+7+0", "5+5+3"]
    scene = render_programme(open_programme(song / "scene.json"), tmp_path / "a", layouts, encoding="float32")
    master = open_programme(masters / "große-mut.adm-360.wav")
    again = render_programme(master, tmp_path / "b", layouts, encoding="float32")
    for one, other in zip(scene, again, strict=True):
        reference = samples(one.path)
        assert np.abs(reference).max() > 0.01
        assert np.abs(reference - samples(other.path)).max() < 4 * LSB


def test_a_stem_at_unity_gain_keeps_its_samples_in_the_master(song: Path, masters: Path) -> None:
    tracks = samples(masters / "große-mut.adm-360.wav")
    assert np.array_equal(tracks[:, :2], samples(song / "keys.wav"))
    bell = samples(song / "sub/bell.wav")
    assert np.array_equal(tracks[: len(bell), 3:], bell)
    assert not tracks[len(bell) :, 3].any()


def test_the_programme_gain_reaches_every_render(song: Path, tmp_path: Path) -> None:
    quiet, loud = (
        export_programme(SceneProgramme(make_scene(gain_db=gain_db), song), tmp_path / f"{gain_db}", KINDS, ["0+2+0"])
        for gain_db in (-12.0, 0.0)
    )
    difference = [
        (loud.manifest.files[i].integrated_lufs or 0) - (quiet.manifest.files[i].integrated_lufs or 0) for i in (0, 1)
    ]
    assert difference == [0, pytest.approx(12.0, abs=0.01)]
    folders = [tmp_path / "-12.0", tmp_path / "0.0"]
    renders = [
        render_programme(open_programme(folder / "große-mut.adm-360.wav"), folder / "r", ["0+2+0"], encoding="float32")
        for folder in folders
    ]
    ratio = samples(renders[1][0].path).std() / samples(renders[0][0].path).std()
    assert ratio == pytest.approx(10 ** (12 / 20), rel=1e-4)


def test_a_second_run_gives_the_same_bytes(song: Path, masters: Path, tmp_path: Path) -> None:
    export_programme(open_programme(song / "scene.json"), tmp_path / "again", KINDS, LAYOUTS)
    assert {path.name: path.read_bytes() for path in masters.iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()
    }


def test_the_manifest_says_what_lies_there(song: Path, masters: Path) -> None:
    document = json.loads((masters / "manifest.json").read_bytes())
    manifest = msgspec.convert(document, Manifest, strict=True)
    assert list(document) == ["schema", "title", "source", "scene", "renderer", "hrtf", "stems", "gain_db", "files"]
    assert (document["schema"], document["title"], document["hrtf"]) == ("opencall.masters/1", "Größe & Mut", None)
    assert document["scene"] == {"sha256": sha256(song / "scene.json"), "beds": 0}
    assert document["gain_db"] == -6.0
    assert document["source"] == "stems"
    assert document["stems"] == [
        {"path": name, "sha256": sha256(song / name)} for name in ("keys.wav", "voice.wav", "sub/bell.wav")
    ]
    assert [(file.path, file.kind, file.layout, file.channels) for file in manifest.files] == [
        ("große-mut.adm-360.wav", "adm-360", None, 4),
        ("große-mut.0+2+0.wav", "loudspeakers", "0+2+0", 2),
        ("große-mut.4+7+0.wav", "loudspeakers", "4+7+0", 12),
    ]
    for file in manifest.files:
        path = masters / file.path
        assert (file.sha256, file.bytes, file.frames) == (sha256(path), path.stat().st_size, FRAMES)
        assert file.sample_rate_hz == 48000
    assert (manifest.files[0].integrated_lufs, manifest.files[0].true_peak_dbtp) == (None, None)
    for file in manifest.files[1:]:
        measured = measure_file(masters / file.path, file.layout)
        assert file.integrated_lufs == pytest.approx(measured.integrated_lufs, abs=0.001)
        assert file.true_peak_dbtp == pytest.approx(measured.true_peak_dbtp, abs=0.001)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_stem_beyond_full_scale_does_not_clip_in_the_master(song: Path, tmp_path: Path) -> None:
    loud = 3.0 * np.sin(np.arange(FRAMES) / 10)[:, np.newaxis] * [1.0, 0.1]
    soundfile.write(song / "keys.wav", loud, 48000, subtype="FLOAT")
    export = export_programme(open_programme(song / "scene.json"), tmp_path / "m", ["adm-360"])
    assert export.files[0].overs == 0
    assert export.files[0].notes == ("Track 'Keys left' is scaled by 0.25, and its gains by 4: it exceeds full scale",)
    adm = open_programme(tmp_path / "m" / "große-mut.adm-360.wav")
    renders: list[tuple[MadeFile, ...]] = [
        render_programme(programme, tmp_path / name, ["0+2+0"], encoding="float32")
        for name, programme in (("a", open_programme(song / "scene.json")), ("b", adm))
    ]
    assert np.abs(samples(renders[0][0].path) - samples(renders[1][0].path)).max() < 16 * LSB


def test_what_cannot_be_made_is_refused_before_anything_is_written(song: Path, tmp_path: Path) -> None:
    programme = open_programme(song / "scene.json")
    with pytest.raises(UnknownDeliverable, match="adm-360, loudspeakers, binaural"):
        export_programme(programme, tmp_path / "m", ["vinyl"])
    with pytest.raises(UnknownLayout):
        export_programme(programme, tmp_path / "m", KINDS, ["9.9.9"])
    with pytest.raises(EarsAreNoLoudspeakers, match="--as"):
        export_programme(programme, tmp_path / "m", KINDS, ["0+2+0", "binaural"])
    assert not (tmp_path / "m").exists()


def test_a_360_master_of_another_rate_is_refused(song: Path, tmp_path: Path) -> None:
    sound, _ = soundfile.read(song / "sub/bell.wav")
    for name in ("keys.wav", "voice.wav", "sub/bell.wav"):
        sound, _ = soundfile.read(song / name)
        soundfile.write(song / name, sound, 96000, subtype="PCM_24")
    scene = msgspec.structs.replace(make_scene(), sample_rate_hz=96000)
    with pytest.raises(MasterRateUnfit):
        export_programme(SceneProgramme(scene, song), tmp_path / "m", ["loudspeakers", "adm-360"])
    assert list((tmp_path / "m").iterdir()) == []


def test_a_programme_of_more_signals_than_a_master_has_tracks_is_refused(
    song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audio_pipeline.masters.deliverables.adm_360.MAX_TRACKS", 2)
    with pytest.raises(MasterTooWide, match="has 4 signals"):
        export_programme(SceneProgramme(make_scene(), song), tmp_path / "m", ["adm-360"])
    assert list((tmp_path / "m").iterdir()) == []


def test_a_failure_in_the_middle_leaves_nothing(song: Path, tmp_path: Path) -> None:
    def stop(done: float) -> None:
        if done > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        export_programme(open_programme(song / "scene.json"), tmp_path / "m", KINDS, LAYOUTS, progress=stop)
    assert list((tmp_path / "m").iterdir()) == []


def test_progress_rises_to_1(song: Path, tmp_path: Path) -> None:
    heard: list[float] = []
    export_programme(open_programme(song / "scene.json"), tmp_path / "m", KINDS, LAYOUTS, progress=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_an_adm_file_is_exported_as_a_scene_is(masters: Path, tmp_path: Path) -> None:
    """A second generation: the same blocks, the same tracks."""
    source = masters / "große-mut.adm-360.wav"
    export = export_programme(open_programme(source), tmp_path / "second", ["adm-360"])
    assert export.manifest.title == "Größe & Mut"
    assert [stem.path for stem in export.manifest.stems] == [source.name]
    assert source.read_bytes() == (tmp_path / "second" / "große-mut.adm-360.wav").read_bytes()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Midnight Drive", "midnight-drive"),
        ("Ça va?  Été_99 (live)", "ca-va-ete-99-live"),
        ("日本語 ドラム", "日本語-ドラム"),
        ("../../etc/passwd", "etc-passwd"),
        ("...", ""),
        ("a" * 200, "a" * 80),
    ],
)
def test_names_become_slugs(name: str, expected: str) -> None:
    assert slug(name) == expected
