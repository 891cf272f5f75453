"""Two ears among virtual loudspeakers: where those stand, and what each ear receives from each.

Objects are panned to a fixed bus of virtual loudspeakers, and the bus is filtered to the ears: the cost of filtering
does not grow with the number of objects. `docs/decisions/0034` says how the bus was chosen.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.hrtf import Hrtf, resampled
from audio_pipeline.spatialaudio.layouts import Layout, Loudspeaker


def _ring(layer: str, elevation_deg: float, count: int) -> tuple[Loudspeaker, ...]:
    azimuths_deg = [180 - (180 - 360 * number // count) % 360 for number in range(count)]
    return tuple(Loudspeaker(f"{layer}{azimuth:+04d}", float(azimuth), elevation_deg) for azimuth in azimuths_deg)


BUS: Final = Layout(
    "binaural bus",
    (*_ring("M", 0.0, 12), *_ring("U", 40.0, 8), Loudspeaker("T+000", 0.0, 90.0), *_ring("B", -30.0, 6)),
)

_FRONT: Final = BUS.channel_names.index("M+000")


@dataclass(frozen=True, eq=False, slots=True)
class Ears:
    """Responses of the left and the right ear, (taps, loudspeakers of the bus, 2), at the rate they were designed for.

    `latency_samples` is when sound from straight ahead arrives; it counts as no delay at all. `likeness`,
    (loudspeakers, loudspeakers), holds how loud two loudspeakers are together: the weighted power that each adds to the
    other's, and on the diagonal its own.
    """

    responses: FloatArray
    latency_samples: int
    likeness: FloatArray

    def balanced(self, gains: FloatArray) -> FloatArray:
        """Bus gains, (blocks, loudspeakers), scaled so that an object is as loud as its powers say.

        Loudspeakers that play the same sound add up in the ears as pressures, not as powers: up to 4 dB for an object
        between three of them, 7 dB for one that is everywhere. In a loudspeaker render the meter sees neither.
        """
        together = np.einsum("bi,ij,bj->b", gains, self.likeness, gains)
        alone = np.square(gains) @ np.diag(self.likeness)
        share = np.divide(alone, together, out=np.ones_like(alone), where=together > 0)
        return np.asarray(gains * np.sqrt(share)[:, np.newaxis])


def design_ears(hrtf: Hrtf, sample_rate_hz: int) -> Ears:
    """The ears for the bus at one rate. An object straight ahead is as loud for them as it is in stereo."""
    responses = resampled(hrtf.nearest(BUS.positions), hrtf.sample_rate_hz, sample_rate_hz)
    likeness = _likeness(responses, sample_rate_hz)
    level = likeness[_FRONT, _FRONT]
    return Ears(
        responses=np.ascontiguousarray(np.moveaxis(responses, -1, 0)) / np.sqrt(level),
        latency_samples=int(np.square(responses[_FRONT]).sum(axis=0).argmax()),
        likeness=likeness / level,
    )


def _likeness(responses: FloatArray, sample_rate_hz: int) -> FloatArray:
    """For responses (loudspeakers, 2, taps): the power of pink noise that each pair shares, as loudness weighs it."""
    length = 2 * responses.shape[-1]
    frequency_hz = np.fft.rfftfreq(length, 1 / sample_rate_hz)[1:]
    # Loudness hears the treble 4 dB louder (BS.1770's shelf, by its power); pink noise falls by 3 dB an octave.
    treble = np.square(frequency_hz / 1500.0)
    weights = (1.0 + 10**0.4 * treble) / (1.0 + treble) / frequency_hz
    weights[(frequency_hz < 60.0) | (frequency_hz > 17000.0)] = 0.0
    spectra = np.fft.rfft(responses, length, axis=-1)[..., 1:] * np.sqrt(weights / weights.sum())
    pressures = spectra.reshape(spectra.shape[0], -1)
    return np.asarray((pressures @ pressures.conj().T).real)
