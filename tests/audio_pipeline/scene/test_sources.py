"""Object signals: the stems' own samples, whatever the size of the blocks, silent where a stem has ended."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio_pipeline.scene.model import Keyframe, Scene, SceneObject, Source
from audio_pipeline.scene.sources import object_signals


def scene_object(name: str, stem: str, *gains: float) -> SceneObject:
    return SceneObject(name=name, role="x", source=Source(stem, gains), keyframes=(Keyframe(azimuth_deg=0.0),))


@pytest.mark.parametrize("frames_per_block", [1, 7, 256, 999, 1000, 5000])
def test_signals_are_the_same_for_every_block_size(frames_per_block: int, tmp_path: Path, write_stem: Any) -> None:
    pair = write_stem("pair.wav", frames=1000)
    mono = write_stem("mono.wav", channels=1, frames=300, seed=2)
    objects = (
        scene_object("L", "pair.wav", 1.0, 0.0),
        scene_object("mono", "mono.wav", 1.4),
        scene_object("R", "pair.wav", 0.0, 1.0),
        scene_object("side", "pair.wav", 0.25, -0.25),
    )
    scene = Scene(name="s", sample_rate_hz=48000, frames=1000, objects=objects)

    signals = list(object_signals(scene, tmp_path, frames_per_block))

    assert {len(block) for block in signals[:-1]} <= {frames_per_block}
    joined = np.concatenate(signals)
    assert joined.dtype == np.float32
    assert np.array_equal(joined[:, 0], pair[:, 0])
    assert np.array_equal(joined[:, 2], pair[:, 1])
    assert np.array_equal(joined[:300, 1], mono[:, 0])
    assert not joined[300:, 1].any()
    assert joined[:, 3] == pytest.approx((pair[:, 0] - pair[:, 1]) / 2, abs=1e-7)
