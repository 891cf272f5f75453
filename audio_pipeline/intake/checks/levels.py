"""SILENT, OVER_0DBFS, DC_OFFSET: how high the sound goes, and where its zero is."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.checks.check import Check, SoundFacts
from audio_pipeline.intake.checks.length import SHORTEST_S
from audio_pipeline.intake.checks.places import PlaceKeeper
from audio_pipeline.intake.findings import Code, Finding, info, warn
from audio_pipeline.loudness.true_peak import TruePeakMeter, decibels

# Below the last bit of 16.
SILENCE_DBFS: Final = -90.0
HIGHEST_TRUE_PEAK_DBTP: Final = -1.0
HIGHEST_DC_DBFS: Final = -60.0


class LevelCheck(Check):
    """Peaks over all channels, the mean of each."""

    def __init__(self, facts: SoundFacts) -> None:
        super().__init__(facts)
        self._peaks = TruePeakMeter(facts.sample_rate_hz, facts.channels)
        self._sum = np.zeros(facts.channels)
        self._frames = 0
        self._over_0 = PlaceKeeper(facts.sample_rate_hz)

    def process(self, block: NDArray[np.float64]) -> None:
        self._peaks.process(block)
        self._sum += [channel.sum() for channel in block.T]
        over_0 = np.abs(block) > 1
        if over_0.any():
            self._over_0.add(self._frames + np.nonzero(over_0.any(axis=1))[0])
        self._frames += len(block)

    def findings(self) -> Iterator[Finding]:
        if not self._frames:
            return
        self._peaks.finish()
        if self._peaks.sample_peak_dbfs < SILENCE_DBFS:
            yield warn(Code.SILENT, "Nothing in it is above −90 dBFS. Deliver the file that has the sound.")
            return
        yield from self._over()
        if self._frames < SHORTEST_S * self.facts.sample_rate_hz:
            return  # the mean of a moment is not the waveform's zero
        dc_dbfs = decibels(float(np.abs(self._sum / self._frames).max()))
        if dc_dbfs > HIGHEST_DC_DBFS:
            yield warn(
                Code.DC_OFFSET,
                f"The waveform's zero is off by {dc_dbfs:.1f} dBFS (at most {HIGHEST_DC_DBFS:.0f}). "
                "Normalising takes it out; better to take it out where it comes from.",
            )

    def _over(self) -> Iterator[Finding]:
        sample_dbfs, true_dbtp = self._peaks.sample_peak_dbfs, self._peaks.true_peak_dbtp
        if sample_dbfs > 0:
            # A float stem above full scale loses nothing: its samples are kept and the sum is scaled.
            say = info if self.facts.as_stem else warn
            yield say(
                Code.OVER_0DBFS,
                f"Samples reach {sample_dbfs:+.1f} dBFS. They are kept as they are, and would be cut in any integer "
                "format. Lower the level at the export.",
                self._over_0.found(),
            )
        elif true_dbtp > HIGHEST_TRUE_PEAK_DBTP and not self.facts.as_stem:
            yield warn(
                Code.OVER_0DBFS,
                f"The true peak is {true_dbtp:+.1f} dBTP, above {HIGHEST_TRUE_PEAK_DBTP:.0f}: between samples, after "
                "coding or on playback, it may go over 0 dBFS. Lower the level at the export.",
            )
