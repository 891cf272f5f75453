"""NON_FINITE: NaN, infinities and what no sound can be in a float file."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.checks.check import Check, SoundFacts
from audio_pipeline.intake.checks.places import PlaceKeeper
from audio_pipeline.intake.findings import Code, Finding, reject
from audio_pipeline.loudness.samples import are_numbers

SHOWN: Final = 5


class NonFiniteCheck(Check):
    """Counts them and remembers where the first ones are."""

    wants_raw = True

    def __init__(self, facts: SoundFacts) -> None:
        super().__init__(facts)
        self._frames = 0
        self._count = 0
        self._first: list[str] = []
        self._places = PlaceKeeper(facts.sample_rate_hz)

    def process(self, block: NDArray[np.float64]) -> None:
        finite = are_numbers(block)
        if not finite.all():
            places = np.argwhere(~finite)
            self._count += len(places)
            self._places.add(self._frames + np.nonzero(~finite.all(axis=1))[0])
            for frame, channel in places[: SHOWN - len(self._first)]:
                self._first.append(f"frame {self._frames + frame}, channel {channel + 1}")
        self._frames += len(block)

    def findings(self) -> Iterator[Finding]:
        if self._count:
            yield reject(
                Code.NON_FINITE,
                f"{self._count} samples are no numbers (NaN, infinite or absurdly large): {'; '.join(self._first)}"
                f"{' …' if self._count > len(self._first) else ''}. Find the plug-in that makes them and export again.",
                self._places.found(),
            )
