"""Renders as WAV: one a layout, `<name>.<layout>.wav`; to two ears as well, where that is among the layouts."""

from collections.abc import Mapping

from audio_pipeline.masters.job import Audio, Job, MadeFile
from audio_pipeline.masters.layout_file import LayoutFile
from audio_pipeline.spatialaudio.layouts import Layout


class LoudspeakerMasters:
    """Writes and measures every layout of the job."""

    def __init__(self, job: Job) -> None:
        self._files: list[LayoutFile] = []
        try:
            for layout in job.layouts:
                path = job.folder / f"{job.programme.slug}.{layout.name}.wav"
                self._files.append(LayoutFile(job, layout, path))
        except BaseException:
            self.abandon()
            raise

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """Those of the job."""
        return tuple(file.layout for file in self._files)

    def take(self, signals: Audio, rendered: Mapping[str, Audio]) -> None:
        """Each layout's render goes to its file."""
        for file in self._files:
            file.take(rendered[file.layout.name])

    def finish(self) -> tuple[MadeFile, ...]:
        """Close the files in the order of the layouts."""
        return tuple(file.finish() for file in self._files)

    def abandon(self) -> None:
        """Remove what has been written."""
        for file in self._files:
            file.abandon()
