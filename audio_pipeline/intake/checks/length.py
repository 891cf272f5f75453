"""TRUNCATED, EMPTY, TOO_SHORT: how much sound is there, beside what the header promises?"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.extents import missing_bytes
from audio_pipeline.intake.checks.check import Check, SoundFacts
from audio_pipeline.intake.findings import Code, Finding, Place, reject, warn

# One gating block of BS.1770: anything shorter has no loudness.
SHORTEST_S: Final = 0.4


class LengthCheck(Check):
    """Compares declared with delivered frames; nothing missing is ever filled with zeros."""

    def __init__(self, facts: SoundFacts) -> None:
        super().__init__(facts)
        self._frames = 0
        self._missing_bytes = missing_bytes(facts.path, facts.container)

    def process(self, block: NDArray[np.float64]) -> None:
        self._frames += len(block)

    def findings(self) -> Iterator[Finding]:
        declared = self._declared_frames()
        if self._frames < declared:
            yield reject(
                Code.TRUNCATED,
                f"The header promises {declared} frames ({self._seconds(declared)}), {self._frames} are there "
                f"({self._seconds(self._frames)}). Export or upload the file again.",
                self._end(),
            )
        elif self._missing_bytes:
            yield reject(
                Code.TRUNCATED,
                f"By its own header {self._missing_bytes} more bytes belong to the file. Export or upload it again.",
                self._end(),
            )
        elif self._frames == 0:
            yield reject(Code.EMPTY, "The file is well formed and holds no sound. Export it again.")
        if 0 < self._frames < SHORTEST_S * self.facts.sample_rate_hz:
            say = warn if self.facts.as_stem else reject
            yield say(
                Code.TOO_SHORT,
                f"It lasts {1000 * self._frames / self.facts.sample_rate_hz:.0f} ms; below {1000 * SHORTEST_S:.0f} ms "
                "not even loudness can be measured. Deliver the whole song.",
            )

    def _end(self) -> tuple[Place, ...]:
        at_s = round(self._frames / self.facts.sample_rate_hz, 3)
        return (Place(at_s, at_s),)

    def _declared_frames(self) -> int:
        return self.facts.riff.declared_frames if self.facts.riff else self.facts.frames

    def _seconds(self, frames: int) -> str:
        seconds = frames / self.facts.sample_rate_hz
        return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds:.2f} s"
