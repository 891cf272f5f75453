"""Loudspeaker masters: one WAV a layout, `<name>.<layout>.wav`, RF64 above 4 GiB."""

import math
from collections.abc import Mapping
from typing import Final

from audio_pipeline.loudness.measuring import layout_weights
from audio_pipeline.loudness.meter import LoudnessMeter
from audio_pipeline.masters.job import Audio, Job, MadeFile
from audio_pipeline.spatialaudio.layouts import Layout
from audio_pipeline.wave_writing import WaveWriter

# Microsoft's speaker masks, where its channel order is BS.2051's: front left and right; with centre, LFE and sides.
_CHANNEL_MASKS: Final = {"0+2+0": 0x3, "0+5+0": 0x60F}


class LoudspeakerMasters:
    """Writes and measures every layout of the job."""

    def __init__(self, job: Job) -> None:
        self._files: list[_LayoutFile] = []
        try:
            for layout in job.layouts:
                self._files.append(_LayoutFile(job, layout))
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
            file.writer.abandon()


class _LayoutFile:
    def __init__(self, job: Job, layout: Layout) -> None:
        self.layout = layout
        self.writer = WaveWriter(
            job.folder / f"{job.programme.slug}.{layout.name}.wav",
            channels=layout.channel_count,
            sample_rate_hz=job.programme.sample_rate_hz,
            encoding=job.encoding,
            channel_mask=_CHANNEL_MASKS.get(layout.name, 0),
        )
        self._meter = (
            LoudnessMeter(job.programme.sample_rate_hz, layout_weights(layout.name)) if job.measure_loudness else None
        )

    def take(self, rendered: Audio) -> None:
        self.writer.write(rendered)
        if self._meter is not None:
            self._meter.process(rendered)

    def finish(self) -> MadeFile:
        self.writer.close()
        loudness = self._meter.finish() if self._meter is not None else None
        return MadeFile(
            path=self.writer.path,
            kind="loudspeakers",
            layout=self.layout.name,
            channels=self.layout.channel_count,
            sample_rate_hz=self.writer.sample_rate_hz,
            frames=self.writer.frames,
            overs=self.writer.overs,
            sample_peak=self.writer.sample_peak,
            integrated_lufs=_finite(loudness.integrated_lufs) if loudness else None,
            true_peak_dbtp=_finite(loudness.true_peak_dbtp) if loudness else None,
        )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
