"""Two ears among virtual loudspeakers: where those stand, and what each ear receives from each.

Objects are panned to a fixed bus of virtual loudspeakers, and the bus is filtered to the ears: the cost of filtering
does not grow with the number of objects. `docs/decisions/0034` says how the bus was chosen.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.hrtf import Hrtf, resampled
from audio_pipeline.spatialaudio.hrtf_interpolation import interpolated
from audio_pipeline.spatialaudio.layouts import Layout, Loudspeaker
from audio_pipeline.spatialaudio.panning.point_source import design_point_source_panner


def _ring(layer: str, elevation_deg: float, count: int) -> tuple[Loudspeaker, ...]:
    azimuths_deg = [180 - (180 - 360 * number // count) % 360 for number in range(count)]
    return tuple(Loudspeaker(f"{layer}{azimuth:+04d}", float(azimuth), elevation_deg) for azimuth in azimuths_deg)


BUS: Final = Layout(
    "binaural bus",
    (*_ring("M", 0.0, 12), *_ring("U", 40.0, 8), Loudspeaker("T+000", 0.0, 90.0), *_ring("B", -30.0, 6)),
)

_FRONT: Final = np.array([[0.0, 1.0, 0.0]])

# An LFE plays ten decibels louder than a loudspeaker that gets the same signal (ITU-R BS.775).
LFE_GAIN: Final = 10 ** (10 / 20)


@dataclass(frozen=True, eq=False, slots=True)
class Ears:
    """Responses of the left and the right ear, (taps, loudspeakers of `bus`, 2), at the rate they were designed for.

    `latency_samples` is when sound from straight ahead arrives; it counts as no delay at all. `likeness`,
    (loudspeakers, loudspeakers), holds how loud two loudspeakers are together: the weighted power that each adds to the
    other's, and on the diagonal its own. `lfe_gains`, (loudspeakers,), say how the bus plays what is meant for an LFE.
    """

    bus: Layout
    responses: FloatArray
    latency_samples: int
    likeness: FloatArray
    lfe_gains: FloatArray

    def balanced(self, gains: FloatArray) -> FloatArray:
        """Bus gains, (blocks, loudspeakers), scaled so that an object is as loud as its powers say.

        Loudspeakers that play the same sound add up in the ears as pressures, not as powers: up to 4 dB for an object
        between three of them, 7 dB for one that is everywhere. In a loudspeaker render the meter sees neither.
        """
        together = np.einsum("bi,ij,bj->b", gains, self.likeness, gains)
        alone = np.square(gains) @ np.diag(self.likeness)
        share = np.divide(alone, together, out=np.ones_like(alone), where=together > 0)
        return np.asarray(gains * np.sqrt(share)[:, np.newaxis])


@dataclass(frozen=True, slots=True)
class Head:
    """How a head is turned: `yaw_deg` to the left, then `pitch_deg` up, then `roll_deg` to the right ear."""

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0

    def seen(self, positions: FloatArray) -> FloatArray:
        """Where positions, (n, 3), are for the turned head."""
        yaw, pitch, roll = np.radians([self.yaw_deg, self.pitch_deg, self.roll_deg])
        # The head's own axes, right, front and up, one a row.
        turned = np.array([[np.cos(yaw), np.sin(yaw), 0.0], [-np.sin(yaw), np.cos(yaw), 0.0], [0.0, 0.0, 1.0]])
        raised = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(pitch), np.sin(pitch)], [0.0, -np.sin(pitch), np.cos(pitch)]])
        tilted = np.array([[np.cos(roll), 0.0, -np.sin(roll)], [0.0, 1.0, 0.0], [np.sin(roll), 0.0, np.cos(roll)]])
        return np.asarray(positions @ (tilted @ raised @ turned).T)


STRAIGHT: Final = Head()


def design_ears(
    hrtf: Hrtf, sample_rate_hz: int, *, head: Head = STRAIGHT, bus: Layout = BUS, lfe_gain: float = 0.0
) -> Ears:
    """The ears for a bus at one rate. An object straight ahead of a straight head is as loud as it is in stereo.

    `head` stays turned for as long as the ears are used. What is meant for an LFE is played from straight ahead,
    `lfe_gain` times as loud: by default not at all.
    """
    bus = bus.without_lfe()
    positions = np.concatenate([head.seen(bus.positions), _FRONT])
    responses = resampled(interpolated(hrtf, positions), hrtf.sample_rate_hz, sample_rate_hz)
    likeness = _likeness(responses, sample_rate_hz)
    level = likeness[-1, -1]
    return Ears(
        bus=bus,
        responses=np.ascontiguousarray(np.moveaxis(responses[:-1], -1, 0)) / np.sqrt(level),
        latency_samples=int(np.square(responses[-1]).sum(axis=0).argmax()),
        likeness=likeness[:-1, :-1] / level,
        lfe_gains=design_point_source_panner(bus).gains(_FRONT)[0] * lfe_gain,
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
