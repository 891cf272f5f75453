"""The presets: ways to place a song's stems. One file a preset, one line here to register it."""

from typing import Final

from audio_pipeline.scene.errors import UnknownPreset
from audio_pipeline.scene.placing import Preset
from audio_pipeline.scene.presets.stage import STAGE

PRESETS: Final[dict[str, Preset]] = {
    "stage": STAGE,
}


def preset_named(name: str) -> Preset:
    """The preset registered as `name`. Raises UnknownPreset."""
    try:
        return PRESETS[name]
    except KeyError:
        raise UnknownPreset(name, PRESETS) from None
