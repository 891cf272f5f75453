"""What a renderer takes: columns, each one input signal with the blocks that say what becomes of it.

A column is of one of the kinds of `Column`. Whoever reads metadata makes columns; the renderer asks each kind for its
gains, which then are mixed together.
"""

from typing import TypeAlias

from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.direct_speakers import DirectSpeakerBlocks
from audio_pipeline.spatialaudio.ear_signals import EarBlocks
from audio_pipeline.spatialaudio.hoa import HoaBlocks

Column: TypeAlias = ObjectBlocks | DirectSpeakerBlocks | HoaBlocks | EarBlocks
