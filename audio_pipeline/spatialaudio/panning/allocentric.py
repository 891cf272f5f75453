"""The allocentric panner of ITU-R BS.2127, clause 7.3.9: layer by layer, row by row, between two neighbours in each."""

import numpy as np

from audio_pipeline.spatialaudio.geometry import FloatArray


def allocentric_gains(places: FloatArray, loudspeakers: FloatArray) -> FloatArray:
    """Gains, (n, loudspeakers), of unit power, for places, (n, 3), in a room with loudspeakers at (loudspeakers, 3)."""
    gains = np.zeros((places.shape[0], loudspeakers.shape[0]))
    layers = np.unique(loudspeakers[:, 2])
    for layer, in_layer in zip(layers, _between(places[:, 2], layers), strict=True):
        here = loudspeakers[:, 2] == layer
        rows = np.unique(loudspeakers[here, 1])
        for row, in_row in zip(rows, _between(places[:, 1], rows), strict=True):
            numbers = np.flatnonzero(here & (loudspeakers[:, 1] == row))
            numbers = numbers[np.argsort(loudspeakers[numbers, 0])]
            for number, share in zip(numbers, _between(places[:, 0], loudspeakers[numbers, 0]), strict=True):
                gains[:, number] = in_layer * in_row * share
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
