"""LOSSY_SOURCED, UPSAMPLED: does the treble end at a wall that only a coder or a resampler builds?

A suspicion, so only a warning. Real music falls off gently; a perceptual coder or a resampler's filter leaves a cliff
of more than 40 dB within 600 Hz and nothing behind it. The top tenth below Nyquist is left out: there the recording's
own converter has such a filter. Dull music has nothing to cut off and passes, whatever it has been through.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.checks.check import Check, SoundFacts
from audio_pipeline.intake.findings import Code, Finding, warn

LOWEST_HZ: Final = 10000.0
HIGHEST_OF_NYQUIST: Final = 0.9
CLIFF_HZ: Final = 600.0
CLIFF_DB: Final = 40.0
# Before the cliff there must be a plateau (not one tone), behind it a floor.
PLATEAU_HZ: Final = 1500.0
PLATEAU_DB: Final = 20.0
FLOOR_DB: Final = 30.0
BIN_HZ: Final = 5.86
SMOOTHING_BINS: Final = 3
# Coders cut at 15 to 20.5 kHz. What ends higher, or where half of 22.05 or 24 kHz is, was resampled.
HIGHEST_CODER_HZ: Final = 20500.0
HALF_RATES_HZ: Final = (11025.0, 12000.0)


class BandwidthCheck(Check):
    """Averages the spectrum over the file, all channels together."""

    def __init__(self, facts: SoundFacts) -> None:
        super().__init__(facts)
        self._length = 1 << round(np.log2(facts.sample_rate_hz / BIN_HZ))
        self._window = np.hanning(self._length)[:, np.newaxis]
        self._power = np.zeros(self._length // 2 + 1)
        self._rest = np.zeros((0, facts.channels))

    def process(self, block: NDArray[np.float64]) -> None:
        samples = np.concatenate([self._rest, block])
        whole = len(samples) - len(samples) % self._length
        self._rest = samples[whole:]
        for start in range(0, whole, self._length):
            spectrum = np.fft.rfft(samples[start : start + self._length] * self._window, axis=0)
            self._power += np.square(np.abs(spectrum)).sum(axis=1)

    def findings(self) -> Iterator[Finding]:
        cliff = find_cliff(self._power, self.facts.sample_rate_hz)
        if cliff is None:
            return
        at_hz, drop_db = cliff
        words = f"Its treble falls by {drop_db:.0f} dB within {CLIFF_HZ:.0f} Hz at {at_hz / 1000:.1f} kHz"
        resampled = at_hz > HIGHEST_CODER_HZ or any(0.9 * half <= at_hz <= 1.02 * half for half in HALF_RATES_HZ)
        if resampled:
            yield warn(
                Code.UPSAMPLED,
                f"{words}: it seems to come from a lower sample rate. Export at the rate of the original session.",
            )
        else:
            yield warn(
                Code.LOSSY_SOURCED,
                f"{words}: it seems to come from a file coded with loss, such as an MP3. Deliver the original; if this "
                "is how it was recorded, say so and leave it.",
            )


def find_cliff(power: NDArray[np.float64], sample_rate_hz: int) -> tuple[float, float] | None:
    """Where a power spectrum (bins from 0 to Nyquist) falls most steeply, as (Hz, dB); None where no cliff is."""
    bin_hz = sample_rate_hz / 2 / (len(power) - 1)
    smooth = np.convolve(power, np.full(SMOOTHING_BINS, 1 / SMOOTHING_BINS), "same")
    if not smooth.max() > 0:
        return None
    # 160 dB below the strongest bin there is only arithmetic.
    level_db = 10 * np.log10(np.maximum(smooth, smooth.max() * 1e-16))
    first, last = round(LOWEST_HZ / bin_hz), int(HIGHEST_OF_NYQUIST * sample_rate_hz / 2 / bin_hz)
    width = round(CLIFF_HZ / bin_hz)
    if last - width <= first:
        return None
    drops_db = level_db[first : last - width] - level_db[first + width : last]
    start = first + int(drops_db.argmax())
    drop_db = float(drops_db.max())
    plateau_db = float(np.median(level_db[start - round(PLATEAU_HZ / bin_hz) : start]))
    beyond_db = float(level_db[start + width : last].max())
    is_cliff = drop_db > CLIFF_DB and plateau_db > level_db[start] - PLATEAU_DB and beyond_db < plateau_db - FLOOR_DB
    return ((start + width / 2) * bin_hz, drop_db) if is_cliff else None
