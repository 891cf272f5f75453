"""Real spherical harmonics and their normalisations (ITU-R BS.2127, clause 9)."""

from math import factorial, sqrt
from typing import Final

import numpy as np

from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.hoa import Normalisation

# What FuMa has over SN3D, by order and absolute degree: the peak of each component is one, of the first −3 dB.
_FUMA_OVER_SN3D: Final = {
    (0, 0): 1 / sqrt(2),
    (1, 0): 1.0,
    (1, 1): 1.0,
    (2, 0): 1.0,
    (2, 1): 2 / sqrt(3),
    (2, 2): 2 / sqrt(3),
    (3, 0): 1.0,
    (3, 1): sqrt(45 / 32),
    (3, 2): 3 / sqrt(5),
    (3, 3): sqrt(8 / 5),
}


def n3d_harmonics(orders: tuple[int, ...], degrees: tuple[int, ...], directions: FloatArray) -> FloatArray:
    """Values, (components, n), at unit vectors, (n, 3), with N3D normalisation: the mean square of each is one."""
    x, y, z = directions.T
    azimuth = -np.arctan2(x, y)
    flat = np.hypot(x, y)
    values = np.empty((len(orders), directions.shape[0]))
    for row, (order, degree) in enumerate(zip(orders, degrees, strict=True)):
        turn = 1.0 if degree == 0 else sqrt(2) * (np.cos(degree * azimuth) if degree > 0 else np.sin(-degree * azimuth))
        values[row] = normalisation("N3D", order, degree) * _legendre(order, abs(degree), z, flat) * turn
    return values


def normalisation(kind: Normalisation, order: int, degree: int) -> float:
    """The factor of one component."""
    degree = abs(degree)
    sn3d = sqrt(factorial(order - degree) / factorial(order + degree))
    if kind == "N3D":
        return sqrt(2 * order + 1) * sn3d
    return sn3d * _FUMA_OVER_SN3D[order, degree] if kind == "FuMa" else sn3d


def _legendre(order: int, degree: int, sine: FloatArray, cosine: FloatArray) -> FloatArray:
    """The associated Legendre function of sin(elevation), without the phase (−1)^m, by its recurrence in the order."""
    below = np.zeros(sine.shape)
    value = np.ones(sine.shape)
    for number in range(1, degree + 1):
        value = value * (2 * number - 1) * cosine
    for number in range(degree + 1, order + 1):
        below, value = value, ((2 * number - 1) * sine * value - (number + degree - 1) * below) / (number - degree)
    return value
