"""The point-source panner of ITU-R BS.2127, clause 6.1: a direction to loudspeaker gains, for many directions at once.

Gains have unit power for every layout but 0+2+0, which loses up to 3 dB towards the back.
"""

from functools import cache
from typing import Final, Protocol

import numpy as np

from audio_pipeline.spatialaudio.errors import LayoutNotPannable
from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.layouts import Layout, get_layout
from audio_pipeline.spatialaudio.panning.polyhedron import design_polyhedron
from audio_pipeline.spatialaudio.panning.regions import pan_in_first, unit_power
from audio_pipeline.spatialaudio.products import product


class PointSourcePanner(Protocol):
    """Pans directions to the full-range loudspeakers of one layout."""

    @property
    def channel_count(self) -> int:
        """Number of full-range loudspeakers."""

    def gains(self, positions: FloatArray) -> FloatArray:
        """Gains, (n, channel_count), for positions, (n, 3), of any length; the origin counts as straight ahead."""


# So many directions are panned at a time: they stay in the processor's cache, and their products on one thread.
_BATCH: Final = 4096


@cache
def design_point_source_panner(layout: Layout) -> PointSourcePanner:
    """Make the panner for a layout; LFE channels are left out of its channels."""
    if layout.name == "0+2+0":
        return StereoPanner()
    return PolyhedronPanner(layout)


class PolyhedronPanner:
    """Pans inside the polyhedron of loudspeakers."""

    def __init__(self, layout: Layout) -> None:
        self._layout_name = layout.name
        self._polyhedron = design_polyhedron(layout)
        self.channel_count: int = self._polyhedron.downmix.shape[1]

    def gains(self, positions: FloatArray) -> FloatArray:
        """See `PointSourcePanner.gains`. Raises `LayoutNotPannable` where no region takes a direction."""
        gains = np.empty((positions.shape[0], self.channel_count))
        for start in range(0, positions.shape[0], _BATCH):
            self._pan(unit_directions(positions[start : start + _BATCH]), gains[start : start + _BATCH])
        return gains

    def _pan(self, directions: FloatArray, out: FloatArray) -> None:
        polyhedron = self._polyhedron
        rows, gains = pan_in_first(polyhedron.regions, directions, polyhedron.downmix.shape[0])
        if rows.size != directions.shape[0]:
            raise LayoutNotPannable(self._layout_name, "its loudspeakers leave a hole in the sphere")
        product(gains, polyhedron.downmix, out=out)
        out[:] = unit_power(out)


class StereoPanner:
    """Pans over 0+5+0 and folds down to 0+2+0."""

    channel_count: Final = 2

    def __init__(self) -> None:
        self._surround = PolyhedronPanner(get_layout("0+5+0"))

    def gains(self, positions: FloatArray) -> FloatArray:
        """See `PointSourcePanner.gains`."""
        surround_gains = self._surround.gains(positions)
        folded = unit_power(surround_gains @ _SURROUND_TO_STEREO)
        # From 0 dB in front to −3 dB behind, after the balance of the loudest loudspeakers.
        front = surround_gains[:, :3].max(axis=1)
        back = surround_gains[:, 3:].max(axis=1)
        return np.asarray(folded * (0.5 ** (0.5 * back / (front + back)))[:, np.newaxis])


# BS.775's fold, but with the centre at 1/√3: that keeps the direction (the velocity vector), not the power.
_SURROUND_TO_STEREO: Final = np.array(
    [
        [1.0, 0.0],
        [0.0, 1.0],
        [3**-0.5, 3**-0.5],
        [0.5**0.5, 0.0],
        [0.0, 0.5**0.5],
    ]
)


def unit_directions(positions: FloatArray) -> FloatArray:
    """Scale positions, (n, 3), to length one; the origin, which has no direction, becomes straight ahead."""
    length = np.sqrt(np.einsum("ni,ni->n", positions, positions))[:, np.newaxis]
    at_origin = length < 1e-10
    return np.where(at_origin, np.array([0.0, 1.0, 0.0]), positions / np.where(at_origin, 1.0, length))
