"""What placing does to the level of the stereo fold, and the trim that gives it back.

Measured with the ITU-R BS.2127 rules for 0+2+0: narrower than ±30 makes louder what is common to left and right, wider
and behind makes everything softer (±60 −1.2, ±90 −2.2, ±110 and behind −3.0 dB). Elevations up to ±30 change nothing.
"""

import math

import numpy as np

from audio_pipeline.scene.roles import Fold
from audio_pipeline.spatialaudio.geometry import cartesian
from audio_pipeline.spatialaudio.layouts import get_layout
from audio_pipeline.spatialaudio.panning.point_source import design_point_source_panner

LARGEST_TRIM_DB = 3.0

# A pair at ±half width: gain of what is common to both (mid) and of what differs (side) in the fold. The ends follow
# from geometry: at 0 both objects are one, at 180 they meet behind.
_HALF_WIDTH_DEG = (0, 10, 15, 20, 30, 45, 60, 90, 110, 135, 150, 180)
_MID_GAIN = (math.sqrt(2.0), 1.353, 1.283, 1.196, 1.0, 0.926, 0.872, 0.780, 0.707, 0.940, 0.978, 1.0)
_SIDE_GAIN = (0.0, 0.413, 0.595, 0.754, 1.0, 0.926, 0.872, 0.780, 0.707, 0.342, 0.206, 0.0)

# A single object: amplitude of its whole power in the fold.
_AZIMUTH_DEG = (0, 30, 45, 60, 90, 110, 180)
_POINT_GAIN = (1.0, 1.0, 0.926, 0.872, 0.780, 0.707, 0.707)


def pair_trim_db(half_width_deg: float, side_to_mid: float, fold: Fold) -> float:
    """Trim of a pair symmetric about 0°: −10·log10((gm² + ρ·gs²)/(1+ρ)), limited to ±3 dB; half of it for `HALF`."""
    mid = float(np.interp(half_width_deg, _HALF_WIDTH_DEG, _MID_GAIN)) ** 2
    side = float(np.interp(half_width_deg, _HALF_WIDTH_DEG, _SIDE_GAIN)) ** 2
    power = side if math.isinf(side_to_mid) else (mid + side_to_mid * side) / (1.0 + side_to_mid)
    return _share(power, fold)


def exact_trim_db(azimuth_deg: float, elevation_deg: float) -> float:
    """Trim of one object of a pair with which the loudspeaker of its side gets the object's own signal, not limited.

    From ±30 to ±110 and up to ±30 of elevation the other loudspeaker gets nothing, so that a pair comes back exactly.
    """
    direction = np.atleast_2d(cartesian(np.array(azimuth_deg), np.array(elevation_deg), np.array(1.0)))
    gains = design_point_source_panner(get_layout("0+2+0")).gains(direction)
    return -20.0 * math.log10(float(gains.max()))


def single_trim_db(azimuth_deg: float, energy_kept: float, fold: Fold) -> float:
    """Trim of one object at `azimuth_deg` whose signal keeps `energy_kept` (a ratio) of its stem's energy."""
    gain = float(np.interp(abs(azimuth_deg), _AZIMUTH_DEG, _POINT_GAIN))
    return _share(energy_kept * gain**2, fold)


def _share(power: float, fold: Fold) -> float:
    if fold is Fold.NONE:
        return 0.0
    # No power at all is a signal that cancels in the fold; the limit holds for it as well.
    trim_db = -10.0 * math.log10(power) if power > 0.0 else LARGEST_TRIM_DB
    trim_db = max(-LARGEST_TRIM_DB, min(LARGEST_TRIM_DB, trim_db))
    return trim_db / 2.0 if fold is Fold.HALF else trim_db
