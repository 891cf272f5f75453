"""PADDED_BITS: fewer bits than the format says."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.checks.check import Check, SoundFacts
from audio_pipeline.intake.checks.format import INTEGER_BITS
from audio_pipeline.intake.findings import Code, Finding, warn

PADDED_SHARE: Final = 0.999
# Fewer samples than this that are not zero prove nothing.
FEWEST_SAMPLES: Final = 1000
PADDING_BITS: Final = 8


class PaddedBitsCheck(Check):
    """Counts the samples whose low eight bits are all zero. Samples of value zero say nothing and do not count."""

    def __init__(self, facts: SoundFacts) -> None:
        super().__init__(facts)
        self._bits = INTEGER_BITS.get(facts.subtype, 0)
        self._sounding = 0
        self._padded = 0

    def process(self, block: NDArray[np.float64]) -> None:
        if self._bits < 24:
            return
        # A sample with empty low bits is a whole number once scaled to the bits above them.
        scaled = block * 2.0 ** (self._bits - 1 - PADDING_BITS)
        self._sounding += int(np.count_nonzero(block))
        self._padded += int(np.count_nonzero((scaled == np.rint(scaled)) & (block != 0)))

    def findings(self) -> Iterator[Finding]:
        if self._sounding >= FEWEST_SAMPLES and self._padded > PADDED_SHARE * self._sounding:
            yield warn(
                Code.PADDED_BITS,
                f"It says {self._bits} bits, but the lowest {PADDING_BITS} are always zero: it was made from "
                f"{self._bits - PADDING_BITS} bits. Export from the original session.",
            )
