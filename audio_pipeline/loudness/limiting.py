"""Limit a sound file, and say what it cost."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.codecs import open_audio
from audio_pipeline.errors import NotFinite
from audio_pipeline.loudness.errors import LimitingTooMuch
from audio_pipeline.loudness.limiter import Limiter, limited_blocks
from audio_pipeline.loudness.measuring import Progress, finite_or_none, layout_name, layout_weights
from audio_pipeline.loudness.meter import LoudnessMeter
from audio_pipeline.loudness.samples import are_numbers
from audio_pipeline.wave_writing import CHANNEL_MASKS, Encoding, WaveWriter

# What a limiter may take unheard; more is a decision about the sound, which a person takes.
AT_MOST_DB: Final = 3.0
# The result is judged twice as finely as meters look.
VERIFIED_OVERSAMPLING: Final = 8


class Limited(msgspec.Struct, frozen=True, kw_only=True):
    """What was written. Loudness before is that behind the gain; None stands for −∞. True peaks are those at 8 ×."""

    path: str
    output: str
    layout: str
    gain_db: float
    reduction_db: float
    integrated_lufs: float | None
    loudness_lost_lu: float
    true_peak_before_dbtp: float | None
    true_peak_dbtp: float | None


def limit_file(
    path: Path,
    output: Path,
    layout: str | None = None,
    *,
    gain_db: float = 0.0,
    at_most_db: float = AT_MOST_DB,
    encoding: Encoding = "pcm24",
    progress: Progress = lambda done: None,
) -> Limited:
    """Write `path`, raised by `gain_db` and limited, to `output`, a WAV of the same length.

    Raises `LimitingTooMuch` where a peak would be lowered by more than `at_most_db`, and then writes nothing;
    `LayoutUnknown`, `LayoutDoesNotFit` or `NotFinite`, and whatever `open_audio` raises.
    """
    with open_audio(path) as reader:
        rate_hz, channels, name = reader.sample_rate_hz, reader.channels, layout_name(reader, layout)
        gain = np.float32(10 ** (gain_db / 20))
        limiter = Limiter(rate_hz, channels)
        meters = [LoudnessMeter(rate_hz, layout_weights(name), VERIFIED_OVERSAMPLING) for _ in range(2)]

        def raised() -> Iterator[NDArray[np.float32]]:
            done = 0
            for block in reader.blocks():
                with np.errstate(over="ignore", invalid="ignore"):
                    louder = block * gain
                if not are_numbers(louder).all():
                    raise NotFinite(path)
                meters[0].process(louder)
                yield louder
                done += len(block)
                progress(done / max(reader.frames, done))

        mask = CHANNEL_MASKS.get(name, 0)
        with WaveWriter(
            output, channels=channels, sample_rate_hz=rate_hz, encoding=encoding, channel_mask=mask
        ) as writer:
            for block in limited_blocks(limiter, raised()):
                meters[1].process(block)
                writer.write(block)
            if limiter.reduction_db > at_most_db:
                raise LimitingTooMuch(path, limiter.reduction_db, at_most_db)
    before, after = (meter.finish() for meter in meters)
    return Limited(
        path=str(path),
        output=str(output),
        layout=name,
        gain_db=gain_db,
        reduction_db=limiter.reduction_db,
        integrated_lufs=finite_or_none(after.integrated_lufs),
        loudness_lost_lu=_lost_lu(before.integrated_lufs, after.integrated_lufs),
        true_peak_before_dbtp=finite_or_none(before.true_peak_dbtp),
        true_peak_dbtp=finite_or_none(after.true_peak_dbtp),
    )


def _lost_lu(before_lufs: float, after_lufs: float) -> float:
    return before_lufs - after_lufs if math.isfinite(before_lufs) else 0.0
