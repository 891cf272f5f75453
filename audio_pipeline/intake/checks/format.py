"""EXTENSION_MISMATCH, LOSSY_SOURCE, LOW_BIT_DEPTH, LOW_RATE: is the format good enough, and what the name says?"""

from collections.abc import Iterator
from typing import Final

from audio_pipeline.containers import EXTENSIONS
from audio_pipeline.intake.checks.check import Check
from audio_pipeline.intake.findings import Code, Finding, warn

LOWEST_BITS: Final = 16
LOWEST_RATE_HZ: Final = 44100

INTEGER_BITS: Final = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
# ALAC and FLAC without a depth come from a decoder that does not tell it.
LOSSLESS: Final = frozenset(
    {*INTEGER_BITS, "FLOAT", "DOUBLE"}
    | {f"{coder}{depth}" for coder in ("ALAC", "FLAC") for depth in ("", "_16", "_20", "_24", "_32")}
)


class FormatCheck(Check):
    """Judges coding, depth and rate by what the decoder reports."""

    def findings(self) -> Iterator[Finding]:
        extension = self.facts.path.suffix.lstrip(".").lower()
        if extension not in EXTENSIONS[self.facts.container]:
            yield warn(
                Code.EXTENSION_MISMATCH,
                f"The name ends in {extension!r}, the content is {self.facts.container.upper()}. Give the file its "
                "right name, or export it as what the name says.",
            )
        if self.facts.subtype not in LOSSLESS:
            yield warn(
                Code.LOSSY_SOURCE,
                f"The sound is coded with loss ({self.facts.subtype}). Deliver WAV or FLAC from the original session.",
            )
        if INTEGER_BITS.get(self.facts.subtype, LOWEST_BITS) < LOWEST_BITS:
            yield warn(
                Code.LOW_BIT_DEPTH,
                f"It has {INTEGER_BITS[self.facts.subtype]} bits; below {LOWEST_BITS} the noise is audible. Export "
                "with 24 bits.",
            )
        if self.facts.sample_rate_hz < LOWEST_RATE_HZ:
            yield warn(
                Code.LOW_RATE,
                f"Its rate is {self.facts.sample_rate_hz} Hz; below {LOWEST_RATE_HZ} Hz treble is missing. Export with "
                "48000 Hz.",
            )
