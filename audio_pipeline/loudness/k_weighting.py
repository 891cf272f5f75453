"""The K-weighting filter (ITU-R BS.1770-5, annex 1) and the channel weights (annexes 1 and 3).

BS.1770 tabulates coefficients for 48 kHz only. `pyloudnorm` designs them for any rate, from the analogue filters behind
the table. To import it costs 0.7 s of processor, so its designs for the usual rates are kept in a file beside this one;
`python -m audio_pipeline.loudness.k_weighting` makes the file anew.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.loudness.errors import NoLoudnessAtRate

SURROUND_WEIGHT: Final = 1.41
# The shelf begins at 1.7 kHz: a rate that ends below it has no K-weighting.
LOWEST_RATE_HZ: Final = 4000

KEPT_DESIGNS: Final = Path(__file__).with_name("k_weighting.json")
USUAL_RATES_HZ: Final = (32000, 44100, 48000, 88200, 96000, 176400, 192000)


def design_k_weighting(sample_rate_hz: int) -> NDArray[np.float64]:
    """The high shelf and the high-pass as sections b0 b1 b2 a0 a1 a2, shape (2, 6). Raises `NoLoudnessAtRate`."""
    if sample_rate_hz < LOWEST_RATE_HZ:
        raise NoLoudnessAtRate(sample_rate_hz, LOWEST_RATE_HZ)
    kept = json.loads(KEPT_DESIGNS.read_bytes()).get(str(sample_rate_hz))
    return np.array(kept) if kept else design_with_pyloudnorm(sample_rate_hz)


def design_with_pyloudnorm(sample_rate_hz: int) -> NDArray[np.float64]:
    """The same, designed now. At 48 kHz it is the standard's own table (of pyloudnorm's designs only De Man's is)."""
    from pyloudnorm import IIRfilter

    # Gain in dB, quality and frequency in Hz: B. De Man, "Evaluation of implementations of the EBU R128 loudness
    # measurement", AES 145, 2018.
    shelf = IIRfilter(3.99984385397, 0.7071752369554193, 1681.9744509555319, sample_rate_hz, "high_shelf_DeMan")
    high_pass = IIRfilter(0.0, 0.5003270373253953, 38.13547087613982, sample_rate_hz, "high_pass_DeMan")
    return np.array([[*stage.b, *stage.a] for stage in (shelf, high_pass)])


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


if __name__ == "__main__":
    designs = {rate_hz: design_with_pyloudnorm(rate_hz).tolist() for rate_hz in USUAL_RATES_HZ}
    KEPT_DESIGNS.write_text(json.dumps(designs, indent=1) + "\n")
