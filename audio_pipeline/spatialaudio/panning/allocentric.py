"""The allocentric panner of ITU-R BS.2127, clause 7.3.10: layer by layer, row by row, between two neighbours."""

from typing import NamedTuple

import numpy as np

from audio_pipeline.spatialaudio.geometry import FloatArray


class AxisGains(NamedTuple):
    """What each coordinate alone asks of each loudspeaker, (loudspeakers, n): their product are the gains."""

    x: FloatArray
    y: FloatArray
    z: FloatArray


def allocentric_gains(places: FloatArray, loudspeakers: FloatArray) -> FloatArray:
    """Gains, (n, loudspeakers), of unit power, for places, (n, 3), in a room with loudspeakers at (loudspeakers, 3)."""
    x, y, z = axis_gains(places[:, 0], places[:, 1], places[:, 2], loudspeakers)
    return np.asarray((x * y * z).T)


def axis_gains(x: FloatArray, y: FloatArray, z: FloatArray, loudspeakers: FloatArray) -> AxisGains:
    """The gains of coordinates on each axis, (n,) of any length each."""
    gains = AxisGains(*(np.zeros((loudspeakers.shape[0], values.size)) for values in (x, y, z)))
    layers = np.unique(loudspeakers[:, 2])
    for layer, in_layer in zip(layers, _between(z, layers), strict=True):
        here = loudspeakers[:, 2] == layer
        gains.z[here] = in_layer
        rows = np.unique(loudspeakers[here, 1])
        for row, in_row in zip(rows, _between(y, rows), strict=True):
            numbers = np.flatnonzero(here & (loudspeakers[:, 1] == row))
            numbers = numbers[np.argsort(loudspeakers[numbers, 0])]
            gains.y[numbers] = in_row
            gains.x[numbers] = _between(x, loudspeakers[numbers, 0])
    return gains


def _between(values: FloatArray, stops: FloatArray) -> FloatArray:
    """Gains, (stops, n), of equal power at the two stops around each value; beyond the last, all of it there."""
    gains = np.zeros((stops.size, values.size))
    if stops.size == 1:
        return np.ones_like(gains)
    after = np.searchsorted(stops, values).clip(1, stops.size - 1)
    share = ((values - stops[after - 1]) / (stops[after] - stops[after - 1])).clip(0.0, 1.0)
    each = np.arange(values.size)
    gains[after - 1, each] = np.where(share == 1.0, 0.0, np.cos(share * (np.pi / 2)))
    gains[after, each] = np.sin(share * (np.pi / 2))
    return gains
