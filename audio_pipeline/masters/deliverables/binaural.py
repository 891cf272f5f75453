"""The master for headphones: `<name>.binaural.flac`, 24 bits, what reaches two ears among the loudspeakers."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from audio_pipeline.flac_writing import write_flac
from audio_pipeline.masters.job import Audio, Job, MadeFile
from audio_pipeline.masters.layout_file import LayoutFile
from audio_pipeline.masters.notes import origin_words
from audio_pipeline.spatialaudio.layouts import BINAURAL, Layout


class BinauralMaster:
    """Writes and measures a WAV under a hidden name as the frames pass, and turns it into FLAC in the end."""

    layouts: tuple[Layout, ...] = (BINAURAL,)

    def __init__(self, job: Job) -> None:
        self._path = job.folder / f"{job.programme.slug}.binaural.flac"
        self._wave = self._path.with_name(f".{self._path.stem}.wav")
        self._file = LayoutFile(job, BINAURAL, self._wave)
        self._words = origin_words(job.programme)

    def take(self, signals: Audio, rendered: Mapping[str, Audio]) -> None:
        """The ears' render goes to the file."""
        self._file.take(rendered[BINAURAL.name])

    def finish(self) -> tuple[MadeFile, ...]:
        """Complete the WAV and leave the FLAC."""
        return (as_flac(self._file.finish(), self._path, self._words),)

    def abandon(self) -> None:
        """Remove what has been written."""
        self._file.abandon()
        self._wave.unlink(missing_ok=True)


def as_flac(made: MadeFile, path: Path, comment: str) -> MadeFile:
    """The same samples as FLAC at `path`, in place of the WAV that they were in; with a comment, unless it is empty."""
    write_flac(made.path, path, comment)
    made.path.unlink()
    return msgspec.structs.replace(made, path=path)
