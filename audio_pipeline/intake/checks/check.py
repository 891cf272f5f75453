"""What a check is: it sees the facts of a file, then all of its sound once, and says what it found."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.containers import Container
from audio_pipeline.intake.findings import Finding
from audio_pipeline.riff import RiffFile


class SoundFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file before its sound is decoded.

    `frames` is what the decoder expects to deliver; `riff` is the scanned header of WAV, RF64 and BW64. `as_stem` says
    that the file is one of several that make a song, of which less is asked than of a whole mix.
    """

    path: Path
    container: Container
    subtype: str
    sample_rate_hz: int
    channels: int
    frames: int
    riff: RiffFile | None
    as_stem: bool


class Check:
    """Base of all checks. Each is made anew for each file; `process` and `findings` are documented no-ops.

    What is no number (`are_numbers`) is replaced by 0 before a check sees it, unless it sets `wants_raw`.
    """

    wants_raw: ClassVar[bool] = False

    def __init__(self, facts: SoundFacts) -> None:
        self.facts = facts

    def process(self, block: NDArray[np.float64]) -> None:
        """Take the next frames, shape (frames, channels), full scale ±1."""

    def findings(self) -> Iterator[Finding]:
        """What was found, once the sound has ended."""
        return iter(())
