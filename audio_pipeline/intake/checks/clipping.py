"""CLIPPED: runs of equal samples at full scale."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.checks.check import Check, SoundFacts
from audio_pipeline.intake.checks.places import PlaceKeeper
from audio_pipeline.intake.findings import Code, Finding, reject, warn

FULL_SCALE: Final = 10 ** (-0.1 / 20)
RUN: Final = 3
MOST_RUNS: Final = 50


class ClippingCheck(Check):
    """Counts, per channel, runs of at least three equal samples at or above −0.1 dBFS."""

    def __init__(self, facts: SoundFacts) -> None:
        super().__init__(facts)
        # NaN equals nothing, so no run begins before the first sample.
        self._before = np.full((RUN, facts.channels), np.nan)
        self._runs = 0
        self._frames = 0
        self._places = PlaceKeeper(facts.sample_rate_hz)

    def process(self, block: NDArray[np.float64]) -> None:
        samples = np.concatenate([self._before, block])
        self._before = samples[-RUN:]
        begin, self._frames = self._frames - RUN, self._frames + len(block)
        if not len(block) or np.fmax.reduce(np.abs(samples), axis=None) < FULL_SCALE:
            return
        equal = (samples[1:] == samples[:-1]) & (np.abs(samples[1:]) >= FULL_SCALE)
        # A run is counted at its third sample, wherever blocks are cut.
        runs = equal[2:] & equal[1:-1] & ~equal[:-2]
        self._runs += int(np.count_nonzero(runs))
        self._places.add(begin + 1 + np.nonzero(runs.any(axis=1))[0])

    def findings(self) -> Iterator[Finding]:
        if self._runs:
            say = reject if self._runs > MOST_RUNS else warn
            yield say(
                Code.CLIPPED,
                f"{self._runs} {'peak is' if self._runs == 1 else 'peaks are'} cut flat at full scale (more than "
                f"{MOST_RUNS} are refused). Lower the level before the export, or export as 32-bit float.",
                self._places.found(),
            )
