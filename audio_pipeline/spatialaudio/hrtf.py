"""Head-related transfer functions: what two ears receive from many directions, as measured impulse responses."""

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.spatialaudio.errors import HrtfMalformed
from audio_pipeline.spatialaudio.geometry import FloatArray


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Hrtf:
    """Impulse responses of the left and the right ear, (directions, 2, taps), for sources all around.

    `azimuth_deg` and `elevation_deg`, (directions,), are angles as everywhere here: 0 in front, positive to the left,
    positive up. `name` and `sha256` say what they were read from.
    """

    name: str
    sha256: str
    sample_rate_hz: int
    azimuth_deg: FloatArray
    elevation_deg: FloatArray
    responses: NDArray[np.floating]

    def __post_init__(self) -> None:
        directions = self.azimuth_deg.shape
        if self.responses.ndim != 3 or self.responses.shape[1] != 2 or not self.responses.size:
            raise HrtfMalformed(self.name, f"its responses have the shape {self.responses.shape}")
        if not directions == self.elevation_deg.shape == self.responses.shape[:1]:
            raise HrtfMalformed(self.name, f"{self.responses.shape[0]} responses come with {directions} directions")
        if not all(np.isfinite(part).all() for part in (self.azimuth_deg, self.elevation_deg, self.responses)):
            raise HrtfMalformed(self.name, "some of its numbers are not finite")


def resampled(responses: FloatArray, from_hz: int, to_hz: int) -> FloatArray:
    """The same filters, (…, taps), at another rate: the same response to every frequency that both rates have.

    By transforms long enough to hold whole periods of both rates, so that only the band's edge rings.
    """
    if from_hz == to_hz:
        return responses
    step_in, step_out = from_hz // gcd(from_hz, to_hz), to_hz // gcd(from_hz, to_hz)
    taps = responses.shape[-1]
    repeats = -(-4 * taps // step_in)
    # Twice as often where that makes both lengths even.
    repeats += repeats % 2
    length_in, length_out = repeats * step_in, repeats * step_out
    spectrum = np.fft.rfft(responses, length_in, axis=-1)
    shared = min(length_in, length_out) // 2
    moved = np.zeros((*spectrum.shape[:-1], length_out // 2 + 1), dtype=np.complex128)
    moved[..., :shared] = spectrum[..., :shared]
    return np.asarray(np.fft.irfft(moved, length_out, axis=-1)[..., : -(-taps * to_hz // from_hz)])
