"""The sound of stems and mix, kept while their files are judged, so that each file is decoded once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from audio_pipeline.errors import AudioPipelineError
from audio_pipeline.intake.findings import FileReport
from audio_pipeline.intake.judging import Hears, may_be_opened
from audio_pipeline.stems.preparing import (
    Prepared,
    Source,
    analysis_rate_hz,
    fillings_of,
    look_at_source,
    placed,
)

# Music packs into a sixth of its float32 samples at most, and to a twentieth with loss: room for more than this is made
# when the sound is there, not when a header promises it.
MOST_UNPACKED: Final = 32


class SetSound:
    """The files at `paths` on their way to the rate at which they are compared. What cannot be read is left out."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._sources: dict[Path, Source] = {}
        for path in paths:
            source = _looked_at(path)
            if source is not None:
                self._sources[path] = source
        self._rate_hz = analysis_rate_hz(list(self._sources.values()))
        vouched_for = [source for source in self._sources.values() if _is_vouched_for(source)]
        fillings = fillings_of(vouched_for, self._rate_hz)
        self._fillings = {filling.source.path: filling for filling in fillings}

    def hears(self, path: Path) -> Hears | None:
        """Whom to give the sound of a file, block by block, as it is decoded."""
        filling = self._fillings.get(path)
        return None if filling is None else (lambda block: filling.take(block.astype(np.float32)))

    def sources(self, judged: Mapping[Path, FileReport]) -> list[Source]:
        """The files that were judged, as they are known by now. Raises `AudioPipelineError`."""
        return [
            replace(self._sources.get(path) or look_at_source(path), sha256=report.sha256 or "")
            for path, report in judged.items()
        ]

    def prepared(self, sources: Sequence[Source], rate_hz: int) -> list[Prepared]:
        """Their sound at `rate_hz`; what was not heard at that rate is decoded now. Raises `AudioPipelineError`."""
        heard, self._fillings = self._fillings if rate_hz == self._rate_hz else {}, {}
        unheard = fillings_of([source for source in sources if source.path not in heard], rate_hz)
        for filling in unheard:
            filling.decode()
        fillings = heard | {filling.source.path: filling for filling in unheard}
        return placed([replace(fillings[source.path].finish(), source=source) for source in sources], rate_hz)


def _looked_at(path: Path) -> Source | None:
    if not may_be_opened(path):
        return None
    try:
        return look_at_source(path)
    except (OSError, AudioPipelineError):
        return None  # whoever judges it says why


def _is_vouched_for(source: Source) -> bool:
    return 4 * source.frames * source.channels <= MOST_UNPACKED * source.path.stat().st_size
