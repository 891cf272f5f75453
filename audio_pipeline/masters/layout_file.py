"""One rendered layout on its way to disk: a WAV that is measured as it is written."""

import math
from pathlib import Path

from audio_pipeline.loudness.measuring import layout_weights
from audio_pipeline.loudness.meter import LoudnessMeter
from audio_pipeline.masters.job import Audio, Job, MadeFile
from audio_pipeline.masters.notes import origin_words, render_notes
from audio_pipeline.spatialaudio.layouts import BINAURAL, Layout
from audio_pipeline.wave_writing import CHANNEL_MASKS, WaveWriter, comment_chunk


class LayoutFile:
    """The WAV of `layout` at `path`, RF64 above 4 GiB."""

    def __init__(self, job: Job, layout: Layout, path: Path) -> None:
        self.layout = layout
        self._notes = render_notes(job.programme.blocks, layout, job.headphones)
        words = origin_words(job.programme)
        self._writer = WaveWriter(
            path,
            channels=layout.channel_count,
            sample_rate_hz=job.programme.sample_rate_hz,
            encoding=job.encoding,
            channel_mask=CHANNEL_MASKS.get(layout.name, 0),
            after_data=(comment_chunk(words),) if words else (),
        )
        self._meter = (
            LoudnessMeter(job.programme.sample_rate_hz, layout_weights(layout.name)) if job.measure_loudness else None
        )

    def take(self, rendered: Audio) -> None:
        """The next frames of the layout."""
        self._writer.write(rendered)
        if self._meter is not None:
            self._meter.process(rendered)

    def finish(self) -> MadeFile:
        """Complete the file and give it its name."""
        self._writer.close()
        loudness = self._meter.finish() if self._meter is not None else None
        return MadeFile(
            path=self._writer.path,
            kind="binaural" if self.layout == BINAURAL else "loudspeakers",
            layout=self.layout.name,
            channels=self.layout.channel_count,
            sample_rate_hz=self._writer.sample_rate_hz,
            frames=self._writer.frames,
            overs=self._writer.overs,
            sample_peak=self._writer.sample_peak,
            integrated_lufs=_finite(loudness.integrated_lufs) if loudness else None,
            true_peak_dbtp=_finite(loudness.true_peak_dbtp) if loudness else None,
            notes=self._notes,
        )

    def abandon(self) -> None:
        """Remove what has been written."""
        self._writer.abandon()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
