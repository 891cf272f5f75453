"""The ears that a binaural render is for when nobody brings others: MIT KEMAR, frozen into one file (see NOTICE).

Who only orders a render reads the two constants, and loads neither numpy nor the file.
"""

from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from audio_pipeline.spatialaudio.hrtf import Hrtf

DEFAULT_HRTF_NAME: Final = "MIT KEMAR, normal pinna"
DEFAULT_HRTF_SHA256: Final = "c991d5531cf1479fd2ad1d2dd5a9064a61b170612d198f2c6e23d5c37ad4e3f6"


def default_hrtf() -> "Hrtf":
    """All directions: the file holds the left half, and the right half is its mirror image."""
    import numpy as np

    from audio_pipeline.spatialaudio.hrtf import Hrtf

    with (files(__name__) / "mit_kemar.npz").open("rb") as file, np.load(file) as frozen:
        azimuth_deg, elevation_deg = frozen["azimuth_deg"], frozen["elevation_deg"]
        responses, sample_rate_hz = frozen["responses"], int(frozen["sample_rate_hz"])
    beside = (azimuth_deg != 0) & (azimuth_deg != 180)
    return Hrtf(
        name=DEFAULT_HRTF_NAME,
        sha256=DEFAULT_HRTF_SHA256,
        sample_rate_hz=sample_rate_hz,
        azimuth_deg=np.concatenate([azimuth_deg, -azimuth_deg[beside]]),
        elevation_deg=np.concatenate([elevation_deg, elevation_deg[beside]]),
        responses=np.concatenate([responses, responses[beside, ::-1]]),
    )
