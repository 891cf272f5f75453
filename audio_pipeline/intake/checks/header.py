"""HEADER_REPAIRED, TRAILING_DATA: does the header of a WAV, RF64 or BW64 file say where its sound ends?"""

from collections.abc import Iterator

from audio_pipeline.intake.checks.check import Check
from audio_pipeline.intake.findings import Code, Finding, warn


class HeaderCheck(Check):
    """Reads what our own scan noted down."""

    def findings(self) -> Iterator[Finding]:
        header = self.facts.riff
        if header is None:
            return
        if header.data_repaired:
            yield warn(
                Code.HEADER_REPAIRED,
                f"The header leaves the length of the sound open, as a crashed or streaming recorder does; all "
                f"{header.present_frames} frames up to the end of the file were taken. Check that the end is right.",
            )
        if header.trailing_bytes:
            yield warn(
                Code.TRAILING_DATA,
                f"{header.trailing_bytes} bytes stand behind the declared end and are not part of the sound. Export "
                "the file again if the sound ends too early.",
            )
