"""What a composed scene folds down to, through the renderer itself."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from audio_pipeline.codecs import open_audio
from audio_pipeline.scene.blocks import scene_blocks
from audio_pipeline.scene.composing import compose
from audio_pipeline.scene.sources import object_signals
from audio_pipeline.scene.stem_files import stem_files
from audio_pipeline.spatialaudio.layouts import get_layout
from audio_pipeline.spatialaudio.rendering import render
from audio_pipeline.upmix.files import upmix_file
from tests.audio_pipeline.upmix.sounds import on_grid
from tests.conftest import SHARED_DATA


def fold(folder: Path, roles: dict[str, str] | None = None) -> np.ndarray:
    scene = compose(folder, "song", roles=roles).scene
    signals = np.concatenate(list(object_signals(scene, folder)))
    return render(scene_blocks(scene), [get_layout("0+2+0")], signals)["0+2+0"].astype(np.float64)


def stereo_sum(folder: Path) -> np.ndarray:
    """The stems as a mixer sums them: a mono stem sounds from both loudspeakers."""
    stems = []
    for path in stem_files(folder):
        with open_audio(path) as reader:
            stems.append(np.broadcast_to(samples := reader.read(dtype=np.float64), (len(samples), 2)))
    total = np.zeros((max(map(len, stems)), 2))
    for stem in stems:
        total[: len(stem)] += stem
    return total


def db(energy: float) -> float:
    return 10 * float(np.log10(max(energy, 1e-30)))


def residual_db(found: np.ndarray, expected: np.ndarray) -> float:
    return db(np.sum((found - expected) ** 2) / np.sum(expected**2))


def test_a_scene_of_unknown_stems_is_the_stereo_mix(tmp_path: Path, write_stem: Any) -> None:
    both = write_stem("a.wav", seed=1)
    write_stem("b.wav", channels=1, seed=2)
    write_stem("c.wav", samples=both[:, [1, 1]])
    write_stem("d.wav", samples=both * np.array([1.0, 0.0]))
    write_stem("e.wav", samples=both[:, :1] * np.array([1.0, -0.3]), seed=3)

    assert residual_db(fold(tmp_path), stereo_sum(tmp_path)) <= -110


@pytest.mark.parametrize(("left", "right"), [(1.0, 0.5), (0.2, 1.0), (1.0, 0.0)])
def test_an_object_as_mixed_comes_back_where_it_was(left: float, right: float, tmp_path: Path, write_stem: Any) -> None:
    mono = write_stem("x/mono.wav", channels=1)
    write_stem("song/hats.wav", samples=mono * np.array([left, right]))

    # Azimuths are written with four decimals.
    assert residual_db(fold(tmp_path / "song"), stereo_sum(tmp_path / "song")) <= -90


@pytest.mark.parametrize("name", ["keys.wav", "lead guitar.wav", "toms.wav", "guitar.wav", "vox.wav", "bass.wav"])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_role_with_full_fold_keeps_its_level_in_the_fold(
    name: str, channels: int, tmp_path: Path, write_stem: Any
) -> None:
    write_stem(name, channels=channels, frames=48000)

    change_db = db(np.sum(fold(tmp_path) ** 2) / np.sum(stereo_sum(tmp_path) ** 2))

    assert abs(change_db) < 0.05


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="test data not found at ../shared/data")
def test_a_real_song_of_unknown_stems_nulls_and_its_stage_keeps_the_level(tmp_path: Path, write_stem: Any) -> None:
    for path in stem_files(SHARED_DATA / "songs" / "mdn_multitrack"):
        with open_audio(path) as reader:
            write_stem(f"{path.stem}.wav", samples=reader.read(start=10 * 44100, stop=14 * 44100), rate=44100)
    expected = stereo_sum(tmp_path)

    exact = fold(tmp_path, {path.name: "unknown" for path in stem_files(tmp_path)})
    stage = fold(tmp_path)

    assert residual_db(exact, expected) <= -110
    assert abs(db(np.sum(stage**2) / np.sum(expected**2))) < 0.3


def test_a_scene_of_an_upmix_is_the_stereo_mix_although_its_parts_are_all_around(tmp_path: Path) -> None:
    noise = np.random.default_rng(8).standard_normal((24_000, 4)) * 0.1
    song = on_grid(noise[:, :2] + noise[:, 2:3] + noise[:, 3:] * [1.0, 0.2])
    soundfile.write(tmp_path / "song.wav", song, 48000, subtype="PCM_24")
    manifest = upmix_file(tmp_path / "song.wav", tmp_path / "parts")
    assert len(manifest.parts) == 5

    scene = compose(tmp_path / "parts", "song").scene

    placed = {one.name: (one.keyframes[0].azimuth_deg, one.keyframes[0].elevation_deg) for one in scene.objects}
    assert placed == {
        "ambience upmix L": (110, 30),
        "ambience upmix R": (-110, 30),
        "mid harmonic upmix": (0, 0),
        "mid percussive upmix": (0, 0),
        "remainder upmix L": (30, 0),
        "remainder upmix R": (-30, 0),
        "sides upmix L": (70, 0),
        "sides upmix R": (-70, 0),
    }
    # Gains are written with six decimals.
    assert residual_db(fold(tmp_path / "parts"), song.astype(np.float64)) <= -110
