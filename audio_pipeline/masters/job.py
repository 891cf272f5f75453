"""What a deliverable is asked for, and what it says it has made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.masters.headphones import USUAL, Headphones
from audio_pipeline.masters.programme import AudioProgramme
from audio_pipeline.spatialaudio.layouts import Layout
from audio_pipeline.wave_writing import Encoding

Audio = NDArray[np.float32]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One order: a programme, the layouts that loudspeaker files are wanted for, and where the files go.

    `headphones` say how a binaural render is listened to.
    """

    programme: AudioProgramme
    layouts: tuple[Layout, ...]
    folder: Path
    headphones: Headphones = USUAL
    encoding: Encoding = "pcm24"
    measure_loudness: bool = True


class MadeFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file that was made. Loudness is None where it was not measured or is −∞.

    `overs` counts samples beyond full scale that had to be clipped. `notes` say in words what a reader of the file
    should know.
    """

    path: Path
    kind: str
    layout: str | None
    channels: int
    sample_rate_hz: int
    frames: int
    overs: int = 0
    sample_peak: float = 0.0
    integrated_lufs: float | None = None
    true_peak_dbtp: float | None = None
    notes: tuple[str, ...] = ()


class Deliverable(Protocol):
    """Makes files of one kind during a pass. Born ready to take frames; either finished or abandoned."""

    def __init__(self, job: Job) -> None: ...

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """The layouts that it wants rendered."""
        ...

    def take(self, signals: Audio, rendered: Mapping[str, Audio]) -> None:
        """The next frames of the pass."""
        ...

    def finish(self) -> tuple[MadeFile, ...]:
        """Complete the files and give them their names."""
        ...

    def abandon(self) -> None:
        """Leave nothing behind."""
        ...
