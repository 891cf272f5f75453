"""Points spread so evenly that averages over them are averages over the sphere (see NOTICE)."""

from functools import cache
from importlib.resources import files

import numpy as np

from audio_pipeline.spatialaudio.geometry import FloatArray


@cache
def spherical_design() -> FloatArray:
    """Unit vectors, (5200, 3): averages of spherical harmonics up to order 100 are exact."""
    with (files(__name__) / "design_5200.npz").open("rb") as file, np.load(file) as frozen:
        azimuth, inclination = frozen["azimuth_rad"], frozen["inclination_rad"]
    flat = np.sin(inclination)
    points = np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.cos(inclination)], axis=1)
    points.flags.writeable = False
    return points
