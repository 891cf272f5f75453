"""MONO_AS_STEREO, PHASE_INVERTED, ONE_CHANNEL: what the two channels of a stereo file have to do with each other."""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.checks.check import Check, SoundFacts
from audio_pipeline.intake.checks.levels import SILENCE_DBFS
from audio_pipeline.intake.findings import Code, Finding, info, warn
from audio_pipeline.loudness.true_peak import decibels

SIDE_DBFS: Final = -90.0
INVERTED_CORRELATION: Final = -0.95


class StereoCheck(Check):
    """Energies and their product, summed over the file."""

    def __init__(self, facts: SoundFacts) -> None:
        super().__init__(facts)
        self._energy = np.zeros(2)
        self._peak = np.zeros(2)
        self._product = 0.0
        self._side_energy = 0.0
        self._frames = 0

    def process(self, block: NDArray[np.float64]) -> None:
        if self.facts.channels != 2 or not len(block):
            return
        left, right = np.ascontiguousarray(block.T)
        self._energy += (float(left @ left), float(right @ right))
        self._peak = np.maximum(self._peak, (np.abs(left).max(), np.abs(right).max()))
        self._product += float(left @ right)
        side = (left - right) / 2
        self._side_energy += float(side @ side)
        self._frames += len(block)

    def findings(self) -> Iterator[Finding]:
        silent = [decibels(float(peak)) < SILENCE_DBFS for peak in self._peak]
        if not self._frames or all(silent):
            return
        if any(silent):
            side, other = ("left", "right") if silent[0] else ("right", "left")
            yield warn(
                Code.ONE_CHANNEL,
                f"The {side} channel is silent, all sound is in the {other}. Export it as mono, or with both channels.",
            )
            return
        if decibels(math.sqrt(self._side_energy / self._frames)) < SIDE_DBFS:
            say = info if self.facts.as_stem else warn
            yield say(
                Code.MONO_AS_STEREO,
                "Left and right are the same. A mono stem becomes one object; a mix should be the stereo one.",
            )
        elif self._product / math.sqrt(self._energy.prod()) < INVERTED_CORRELATION:
            yield warn(
                Code.PHASE_INVERTED,
                "Left and right are mirror images of each other and vanish in mono. Invert one channel and export.",
            )
