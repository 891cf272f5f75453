"""From the metadata of blocks to loudspeaker gains (ITU-R BS.2127, clause 7.3)."""

import numpy as np

from audio_pipeline.spatialaudio.blocks import ObjectBlocks
from audio_pipeline.spatialaudio.errors import DiffuseNotSupported, ExtentNotSupported
from audio_pipeline.spatialaudio.geometry import FloatArray, cartesian
from audio_pipeline.spatialaudio.layouts import Layout
from audio_pipeline.spatialaudio.panning.point_source import design_point_source_panner


def block_gains(blocks: ObjectBlocks, layout: Layout) -> FloatArray:
    """Gains, (blocks, full-range channels), that each block reaches.

    Raises `ExtentNotSupported` and `DiffuseNotSupported`.
    """
    extent = (blocks.width_deg > 0) | (blocks.height_deg > 0) | (blocks.depth > 0) | (blocks.distance < 1)
    if extent.any():
        raise ExtentNotSupported(int(np.argmax(extent)))
    if blocks.diffuse.any():
        raise DiffuseNotSupported(int(np.argmax(blocks.diffuse)))
    positions = cartesian(blocks.azimuth_deg, blocks.elevation_deg)
    return design_point_source_panner(layout).gains(positions) * blocks.gain[:, np.newaxis]
