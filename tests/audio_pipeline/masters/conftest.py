"""A small song: stems on disk and a scene of them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_pipeline.scene.model import Keyframe, Programme, Scene, SceneObject, Source
from audio_pipeline.scene.writing import write_scene

FRAMES = 20_000
RATE_HZ = 48000


def make_scene(*, gain_db: float = -6.0, frames: int = FRAMES) -> Scene:
    """A pair from one stereo stem, an as-mixed object that moves, one that jumps."""
    moving = tuple(
        Keyframe(time_samples=i * 4096, azimuth_deg=40.0 * i - 80, elevation_deg=5.0 * i, gain=1 - 0.1 * i)
        for i in range(5)
    )
    return Scene(
        name="Größe & Mut",
        sample_rate_hz=RATE_HZ,
        frames=frames,
        programme=Programme(gain_db=gain_db),
        objects=(
            SceneObject(
                name="Keys left",
                role="keys",
                source=Source("keys.wav", (1.0, 0.0)),
                keyframes=(Keyframe(azimuth_deg=45.0),),
            ),
            SceneObject(
                name="Keys right",
                role="keys",
                source=Source("keys.wav", (0.0, 1.0)),
                keyframes=(Keyframe(azimuth_deg=-45.0),),
            ),
            SceneObject(name="Voice", role="lead_vocal", source=Source("voice.wav", (0.7, 0.7)), keyframes=moving),
            SceneObject(
                name="Bell",
                role="fx",
                source=Source("sub/bell.wav", (1.0,)),
                keyframes=(
                    Keyframe(azimuth_deg=110.0, elevation_deg=30.0),
                    Keyframe(time_samples=9000, azimuth_deg=-110.0),
                ),
                interpolation="jump",
            ),
        ),
    )


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """The folder of a scene.json and its stems; the bell's stem is shorter than the scene."""
    folder = tmp_path / "song"
    (folder / "sub").mkdir(parents=True)
    random = np.random.default_rng(7)
    for name, frames, channels in (("keys.wav", FRAMES, 2), ("voice.wav", FRAMES, 2), ("sub/bell.wav", 12_345, 1)):
        soundfile.write(folder / name, 0.1 * random.standard_normal((frames, channels)), RATE_HZ, subtype="PCM_24")
    write_scene(make_scene(), folder / "scene.json")
    return folder
