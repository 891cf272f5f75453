"""Files for headphones: the FLAC master, the WAV render, and what the manifest says of whose ears they are for."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from audio_pipeline.hrtfs import DEFAULT_HRTF_NAME, DEFAULT_HRTF_SHA256, default_hrtf
from audio_pipeline.loudness.measuring import measure_file
from audio_pipeline.masters.checking import check_file
from audio_pipeline.masters.exporting import export_programme, render_programme
from audio_pipeline.masters.headphones import Headphones
from audio_pipeline.masters.manifest import HrtfEntry
from audio_pipeline.masters.programme import SceneProgramme, open_programme
from audio_pipeline.scene.blocks import scene_blocks
from audio_pipeline.scene.sources import object_signals
from audio_pipeline.spatialaudio.ears import design_ears
from audio_pipeline.spatialaudio.layouts import BINAURAL
from audio_pipeline.spatialaudio.rendering import render

from .conftest import FRAMES, make_scene

LSB = 2.0**-23


def samples(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float64", always_2d=True)[0]


def test_the_master_is_flac_of_the_scenes_length_and_rate_and_passes_its_check(song: Path, tmp_path: Path) -> None:
    export = export_programme(open_programme(song / "scene.json"), tmp_path / "m", ["binaural"])
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == ["große-mut.binaural.flac", "manifest.json"]
    (made,) = export.files
    info = soundfile.info(made.path)
    assert (info.format, info.subtype, info.channels) == ("FLAC", "PCM_24", 2)
    assert (info.frames, info.samplerate) == (FRAMES, 48000)
    verdict = check_file(made.path)
    assert (verdict.profile, verdict.ok, verdict.findings) == ("binaural", True, ())


def test_the_master_holds_what_the_renderer_makes_of_the_scene(song: Path, tmp_path: Path) -> None:
    scene = make_scene()
    export = export_programme(SceneProgramme(scene, song), tmp_path / "m", ["binaural"])
    signals = np.concatenate(list(object_signals(scene, song)))
    expected = render(scene_blocks(scene), [BINAURAL], signals, ears=design_ears(default_hrtf(), 48000))["binaural"]
    assert np.abs(expected).max() > 0.01
    assert np.abs(samples(export.files[0].path) - expected).max() < 3 * LSB


def test_render_and_master_are_the_same_samples_and_one_pass_makes_all(song: Path, tmp_path: Path) -> None:
    programme = open_programme(song / "scene.json")
    stereo, binaural = render_programme(programme, tmp_path / "r", ["stereo", "binaural"])
    export = export_programme(programme, tmp_path / "m", ["loudspeakers", "binaural", "adm-360"], ["stereo"])
    assert (binaural.path.name, binaural.kind, binaural.layout) == ("große-mut.binaural.wav", "binaural", "binaural")
    assert stereo.path.read_bytes() == export.files[0].path.read_bytes()
    assert np.array_equal(samples(binaural.path), samples(export.files[1].path))


def test_a_second_run_gives_the_same_bytes(song: Path, tmp_path: Path) -> None:
    for name in "ab":
        export_programme(open_programme(song / "scene.json"), tmp_path / name, ["binaural"])
    one, other = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "ab")
    assert one == other


def test_the_manifest_names_the_ears_and_measures_the_file(song: Path, tmp_path: Path) -> None:
    export = export_programme(open_programme(song / "scene.json"), tmp_path / "m", ["adm-360", "binaural"])
    assert export.manifest.hrtf == HrtfEntry(DEFAULT_HRTF_NAME, DEFAULT_HRTF_SHA256)
    entry = export.manifest.files[1]
    assert (entry.path, entry.kind, entry.layout) == ("große-mut.binaural.flac", "binaural", "binaural")
    measured = measure_file(export.files[1].path, "binaural")
    assert entry.integrated_lufs == pytest.approx(measured.integrated_lufs, abs=0.001)
    assert entry.true_peak_dbtp == pytest.approx(measured.true_peak_dbtp, abs=0.001)


def test_other_ears_hear_something_else_and_are_named(song: Path, tmp_path: Path) -> None:
    kemar = default_hrtf()
    swapped = type(kemar)(
        name="mine",
        sha256="ab" * 32,
        sample_rate_hz=kemar.sample_rate_hz,
        azimuth_deg=kemar.azimuth_deg,
        elevation_deg=kemar.elevation_deg,
        responses=kemar.responses[:, ::-1],
    )
    programme = open_programme(song / "scene.json")
    own = export_programme(programme, tmp_path / "own", ["binaural"])
    other = export_programme(programme, tmp_path / "other", ["binaural"], headphones=Headphones(hrtf=swapped))
    assert other.manifest.hrtf == HrtfEntry("mine", "ab" * 32)
    assert np.abs(samples(own.files[0].path)[:, ::-1] - samples(other.files[0].path)).max() < 3 * LSB


def test_a_song_of_another_rate_keeps_its_own(song: Path, tmp_path: Path) -> None:
    for name in ("keys.wav", "voice.wav", "sub/bell.wav"):
        sound, _ = soundfile.read(song / name)
        soundfile.write(song / name, sound, 96000, subtype="PCM_24")
    scene = msgspec.structs.replace(make_scene(), sample_rate_hz=96000)
    (made,) = export_programme(SceneProgramme(scene, song), tmp_path / "m", ["binaural"]).files
    assert (made.sample_rate_hz, made.frames) == (96000, FRAMES)
    assert check_file(made.path).ok


def test_a_failure_in_the_middle_leaves_nothing(song: Path, tmp_path: Path) -> None:
    def stop(done: float) -> None:
        if done > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        export_programme(open_programme(song / "scene.json"), tmp_path / "m", ["binaural"], progress=stop)
    assert list((tmp_path / "m").iterdir()) == []
