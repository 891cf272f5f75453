"""What of a stereo sound is where: how much of each moment and frequency is common, to one side, or in the room.

Left and right are described by their powers and their cross power, smoothed over a few frames and bins. Of two
channels that hold one source and a room, the smaller eigenvalue of that matrix is the power of the room in each: one
source gives 0 wherever it was panned, sound without any correlation gives all of it. Of what is direct, half of the
sum of both channels is mid as far as the difference does not exceed it: of a source at gains a > b this is b, which
leaves a − b on its side and nothing, least of all the inverse, on the other one.

Harmonic is what goes on along time, percussive what spreads over frequency: medians of the magnitude along each, and
soft masks that add up to 1 (Fitzgerald 2010). A margin between them would leave what is neither to a third part; of one
sound, heard from two places, the levels would no longer add up.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.upmix.frames import Spectra
from audio_pipeline.upmix.running_median import running_median

Table = NDArray[np.float32]

# Frames and bins on both sides over which powers are smoothed.
SMOOTHED_FRAMES: Final = 4
SMOOTHED_BINS: Final = 2
# As in librosa: 31 frames, 31 bins.
MEDIAN_WIDTH: Final = 31
MEDIAN_REACH: Final = MEDIAN_WIDTH // 2
# Shares of the room in the whole power: below the first a sound is direct, from the second on it is room.
DIRECT_BELOW: Final = 0.25
ROOM_ABOVE: Final = 0.7
# Low sound has little direction: it stays where the mix has it.
LOW_HZ: Final = (120.0, 240.0)
# Far below the power of one code of 24 bits in a frame; it keeps silence from being divided by silence.
NO_POWER: Final = np.float32(1e-20)


class Places(NamedTuple):
    """Weights from 0 to 1, shape (frames, bins): how much of each channel is room, and how much of the rest is mid."""

    room: Table
    mid: Table


class Character(NamedTuple):
    """Weights from 0 to 1, shape (frames, bins), which add up to 1, or to less where there is nothing."""

    harmonic: Table
    percussive: Table


def places(left: Spectra, right: Spectra) -> Places:
    """Of frames with `SMOOTHED_FRAMES` more on both sides, which the result has not."""
    cross = left * right.conj()
    powers = (_power(left), _power(right), cross.real, cross.imag)
    left_power, right_power, common, turned = (_smoothed(power) for power in powers)
    total = left_power + right_power
    apart = left_power - right_power
    # Not by squares: powers of float songs may be so large, or so small, that these are no numbers.
    larger = np.hypot(apart, 2 * np.hypot(common, turned))
    room_power = np.maximum(total - larger, 0) / 2
    mid_power = np.maximum((total + 2 * common) / 4 - room_power / 2, 0)
    side_power = np.maximum((total - 2 * common) / 4 - room_power / 2, 0)
    room = _faded(2 * room_power / (total + NO_POWER), DIRECT_BELOW, ROOM_ABOVE)
    mid = np.maximum(1 - np.sqrt(side_power / (mid_power + NO_POWER)), 0)
    return Places(room, np.asarray(mid))


def character(magnitudes: Table) -> Character:
    """Of frames with `MEDIAN_REACH` more on both sides, which the result has not. Bins are mirrored at both ends."""
    here = magnitudes[MEDIAN_REACH : len(magnitudes) - MEDIAN_REACH]
    steady = running_median(magnitudes, MEDIAN_WIDTH, axis=0)
    sudden = running_median(np.pad(here, ((0, 0), (MEDIAN_REACH, MEDIAN_REACH)), "symmetric"), MEDIAN_WIDTH, axis=1)
    steady, sudden = steady * steady, sudden * sudden
    return Character(
        harmonic=np.asarray(steady / (steady + sudden + NO_POWER)),
        percussive=np.asarray(sudden / (steady + sudden + NO_POWER)),
    )


def low_cut(bins: int, sample_rate_hz: int) -> Table:
    """Weights of the bins of a spectrum for what may leave its place: 0 for low ones, 1 from twice that on."""
    return _faded(np.linspace(0, sample_rate_hz / 2, bins, dtype=np.float32), *LOW_HZ)


def _power(spectra: Spectra) -> Table:
    return np.asarray(spectra.real * spectra.real + spectra.imag * spectra.imag)


def _smoothed(powers: Table) -> Table:
    over_time = _weighed(powers, SMOOTHED_FRAMES)
    mirrored = np.pad(over_time, ((0, 0), (SMOOTHED_BINS, SMOOTHED_BINS)), "symmetric")
    return _weighed(mirrored.T, SMOOTHED_BINS).T


def _weighed(rows: Table, reach: int) -> Table:
    """Each row with its neighbours up to `reach`, under a Hann window of sum 1; the outermost rows have too few."""
    window = np.hanning(2 * reach + 3)[1:-1].astype(np.float32)
    window /= window.sum()
    count = len(rows) - 2 * reach
    summed = window[reach] * rows[reach : reach + count]
    for away in range(1, reach + 1):
        summed += window[reach + away] * (
            rows[reach - away : reach - away + count] + rows[reach + away : reach + away + count]
        )
    return np.asarray(summed)


def _faded(values: Table, zero_at: float, one_at: float) -> Table:
    """0 up to `zero_at`, 1 from `one_at` on, a smooth step between."""
    share = np.clip((values - np.float32(zero_at)) / np.float32(one_at - zero_at), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))
