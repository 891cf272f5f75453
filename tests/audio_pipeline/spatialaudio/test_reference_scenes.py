import numpy as np
import pytest

from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.layouts import get_layout
from audio_pipeline.spatialaudio.rendering import render

FRAMES, OBJECTS = 24000, 4
LAYOUT_NAMES = ("0+2+0", "4+7+0", "9+10+3")


def scene_audio():
    """The same audio as in `fixtures/reference/freeze_with_ear.py`."""
    return (np.random.default_rng(360).integers(-16384, 16384, (FRAMES, OBJECTS)) / 32768).astype(np.float32)


@pytest.mark.parametrize("scene", ["moving", "jumping", "broken", "wide"])
def test_a_scene_sounds_as_in_the_itu_reference_renderer(reference, scene):
    """Every sample within −120 dB of full scale; measured −135 dB at worst, in the diffuse scene."""
    frozen = reference(f"scenes/{scene}.npz")
    objects = [
        ObjectBlocks.of(**{name[2:]: column for name, column in frozen.items() if name.startswith(f"{number}_")})
        for number in range(OBJECTS)
    ]
    rendered = render(objects, [get_layout(name) for name in LAYOUT_NAMES], scene_audio())
    kept = frozen["kept_frames"]
    assert kept.size > 400
    for name in LAYOUT_NAMES:
        assert np.abs(frozen[name]).max() > 0.25
        np.testing.assert_allclose(rendered[name][kept], frozen[name], rtol=0, atol=1e-6)
