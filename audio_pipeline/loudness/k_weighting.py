"""The K-weighting filter (ITU-R BS.1770-5, annex 1) and the channel weights (annexes 1 and 3)."""

import math
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

SURROUND_WEIGHT: Final = 1.41


def design_k_weighting(sample_rate_hz: int) -> NDArray[np.float64]:
    """The two stages as second-order sections, shape (2, 6), for `scipy.signal.sosfilt` at any rate.

    BS.1770 tabulates coefficients for 48 kHz only. These are the analogue filters behind them, a high shelf and a
    high-pass, carried over by the bilinear transform (the parameters are those of B. De Man, "Evaluation of
    implementations of the EBU R128 loudness measurement", AES 145, 2018); at 48 kHz they give the standard's own table.
    """
    return np.array([_high_shelf(sample_rate_hz), _high_pass(sample_rate_hz)])


def _high_shelf(sample_rate_hz: int) -> list[float]:
    centre_hz, gain_db, quality = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    warped = math.tan(math.pi * centre_hz / sample_rate_hz)
    high = 10 ** (gain_db / 20)
    band = high**0.4996667741545416
    a0 = 1 + warped / quality + warped**2
    return [
        (high + band * warped / quality + warped**2) / a0,
        2 * (warped**2 - high) / a0,
        (high - band * warped / quality + warped**2) / a0,
        1.0,
        2 * (warped**2 - 1) / a0,
        (1 - warped / quality + warped**2) / a0,
    ]


def _high_pass(sample_rate_hz: int) -> list[float]:
    corner_hz, quality = 38.13547087602444, 0.5003270373238773
    warped = math.tan(math.pi * corner_hz / sample_rate_hz)
    a0 = 1 + warped / quality + warped**2
    # The numerator is not divided by a0: the standard's table has 1, −2, 1.
    return [1.0, -2.0, 1.0, 1.0, 2 * (warped**2 - 1) / a0, (1 - warped / quality + warped**2) / a0]


def channel_weight(azimuth_deg: float, elevation_deg: float, *, lfe: bool = False) -> float:
    """The weight G of one channel by where its loudspeaker stands (BS.1770-5, annex 3, table 4).

    Azimuth is positive to the left, as in BS.2051. To the sides and near the horizon the ear hears more: +1.5 dB.
    """
    if lfe:
        return 0.0
    beside = abs(elevation_deg) < 30 and 60 <= abs(azimuth_deg) <= 120
    return SURROUND_WEIGHT if beside else 1.0


def channel_weights(positions: Iterable[tuple[float, float, bool]]) -> tuple[float, ...]:
    """The weights of channels given as (azimuth_deg, elevation_deg, is_lfe)."""
    return tuple(channel_weight(azimuth, elevation, lfe=lfe) for azimuth, elevation, lfe in positions)
