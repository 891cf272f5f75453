"""Limit a sound file, and say what it cost."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.codecs import open_audio
from audio_pipeline.loudness import gating
from audio_pipeline.loudness.errors import LimitingTooMuch
from audio_pipeline.loudness.hop_energy import HopEnergy
from audio_pipeline.loudness.limiter import Limiter, limited_blocks
from audio_pipeline.loudness.measuring import Progress, finite_or_none, layout_name, layout_weights
from audio_pipeline.loudness.true_peak import TruePeakMeter
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
        before, after = _Meters(rate_hz, layout_weights(name)), _Meters(rate_hz, layout_weights(name))

        def raised() -> Iterator[NDArray[np.float32]]:
            done = 0
            for block in reader.blocks():
                before.process(block * gain)
                yield block * gain
                done += len(block)
                progress(done / max(reader.frames, done))

        mask = CHANNEL_MASKS.get(name, 0)
        with WaveWriter(
            output, channels=channels, sample_rate_hz=rate_hz, encoding=encoding, channel_mask=mask
        ) as writer:
            for block in limited_blocks(limiter, raised()):
                after.process(block)
                writer.write(block)
            if limiter.reduction_db > at_most_db:
                raise LimitingTooMuch(path, limiter.reduction_db, at_most_db)
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


class _Meters:
    """Loudness as a meter reads it, true peak as the result is judged."""

    def __init__(self, sample_rate_hz: int, weights: tuple[float, ...]) -> None:
        self._energy = HopEnergy(sample_rate_hz, weights)
        self._peaks = TruePeakMeter(sample_rate_hz, len(weights), VERIFIED_OVERSAMPLING)

    def process(self, block: NDArray[np.float32]) -> None:
        self._energy.process(block)
        self._peaks.process(block)

    @property
    def integrated_lufs(self) -> float:
        return gating.integrated_lufs(gating.sliding_mean(self._energy.hops, gating.MOMENTARY_HOPS))

    @property
    def true_peak_dbtp(self) -> float:
        return self._peaks.true_peak_dbtp


def _lost_lu(before_lufs: float, after_lufs: float) -> float:
    return before_lufs - after_lufs if math.isfinite(before_lufs) else 0.0
