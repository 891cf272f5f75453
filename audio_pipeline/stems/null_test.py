"""The null of two files: what is left of A when B is taken away, as they are and after alignment."""

import math
from pathlib import Path

import msgspec
import numpy as np

from audio_pipeline.codecs import open_audio
from audio_pipeline.errors import NotFinite
from audio_pipeline.stems.alignment import Heard, find_lag
from audio_pipeline.stems.errors import ChannelsDiffer, RatesDiffer
from audio_pipeline.stems.fitting import BLOCK_FRAMES
from audio_pipeline.stems.signals import Signal


class NullReport(msgspec.Struct, frozen=True):
    """RMS values are relative to A; None for −∞ and for what is undefined.

    The aligned residual covers what both files still hold once B is moved. B is A late by `lag_samples` (negative:
    early), times `polarity`, louder by `gain_db`.
    """

    residual_rms_db: float | None
    residual_peak_dbfs: float | None
    aligned_residual_rms_db: float | None
    lag_samples: int
    polarity: int
    gain_db: float | None


def null_files(a: Path, b: Path) -> NullReport:
    """Compare two files of one rate and channel count; the shorter one is taken to go on in silence.

    Raises `RatesDiffer`, `ChannelsDiffer`, `NotFinite` and whatever `open_audio` raises.
    """
    with open_audio(a) as reader_a, open_audio(b) as reader_b:
        if reader_a.sample_rate_hz != reader_b.sample_rate_hz:
            raise RatesDiffer(a, reader_a.sample_rate_hz, b, reader_b.sample_rate_hz)
        if reader_a.channels != reader_b.channels:
            raise ChannelsDiffer(a, reader_a.channels, b, reader_b.channels)
        sound_a, sound_b = reader_a.read(), reader_b.read()
        for path, sound in ((a, sound_a), (b, sound_b)):
            if not np.isfinite(sound).all():
                raise NotFinite(path)
        return null_signals(Signal(sound_a), Signal(sound_b), reader_a.sample_rate_hz)


def null_signals(a: Signal, b: Signal, sample_rate_hz: int) -> NullReport:
    """As `null_files`, for two signals."""
    frames = max(a.end_samples, b.end_samples)
    as_is = _compare(a, b, frames, gain=1.0)
    if as_is.energy_a <= 0 or as_is.energy_b <= 0:
        return NullReport(as_is.residual_db, as_is.peak_dbfs, as_is.residual_db, 0, 1, None)
    lag = find_lag(b, Heard(a), frames, sample_rate_hz)
    places = {(0, 1), *([(lag.lag_samples, lag.polarity)] if lag.certain else [])}
    if as_is.product < 0:
        places.add((0, -1))
    best = max(
        (
            _Aligned(
                lag_samples, polarity, _compare(a, _moved(b, lag_samples, polarity), frames + abs(lag_samples), 1.0)
            )
            for lag_samples, polarity in sorted(places)
        ),
        key=lambda aligned: aligned.correlation,
    )
    # What the lag pushed out of either end is not there to be compared: an excerpt, late, is the same sound.
    first, stop = max(-best.lag_samples, 0), frames - max(best.lag_samples, 0)
    moved = _moved(b, best.lag_samples, best.polarity)
    shared = _compare(a, moved, stop, 1.0, first)
    if shared.product <= 0:
        return NullReport(as_is.residual_db, as_is.peak_dbfs, as_is.residual_db, 0, 1, None)
    gain = shared.product / shared.energy_b
    aligned = _compare(a, moved, stop, gain, first)
    return NullReport(
        as_is.residual_db,
        as_is.peak_dbfs,
        aligned.residual_db,
        best.lag_samples,
        best.polarity,
        20 * math.log10(1 / gain),
    )


class _Comparison(msgspec.Struct, frozen=True):
    energy_a: float
    energy_b: float
    product: float
    residual_energy: float
    residual_peak: float

    @property
    def residual_db(self) -> float | None:
        if self.energy_a <= 0 or self.residual_energy <= 0:
            return None
        return 10 * math.log10(self.residual_energy / self.energy_a)

    @property
    def peak_dbfs(self) -> float | None:
        return 20 * math.log10(self.residual_peak) if self.residual_peak > 0 else None


class _Aligned(msgspec.Struct, frozen=True):
    lag_samples: int
    polarity: int
    comparison: _Comparison

    @property
    def correlation(self) -> float:
        return self.comparison.product / math.sqrt(self.comparison.energy_a * self.comparison.energy_b)


def _moved(b: Signal, lag_samples: int, polarity: int) -> Signal:
    return Signal(b.samples, b.offset_samples - lag_samples, polarity)


def _compare(a: Signal, b: Signal, frames: int, gain: float, first: int | None = None) -> _Comparison:
    """Compare up to `frames`, from the frame `first` on: where either begins, if it is left out."""
    energy_a = energy_b = product = residual = peak = 0.0
    begin = min(a.offset_samples, b.offset_samples, 0) if first is None else first
    for start in range(begin, frames, BLOCK_FRAMES):
        stop = min(start + BLOCK_FRAMES, frames)
        block_a, block_b = a.between(start, stop), b.between(start, stop)
        left = block_a - gain * block_b
        energy_a += float(np.vdot(block_a, block_a))
        energy_b += float(np.vdot(block_b, block_b))
        product += float(np.vdot(block_a, block_b))
        residual += float(np.vdot(left, left))
        peak = max(peak, float(np.abs(left).max(initial=0)))
    return _Comparison(energy_a, energy_b, product, residual, peak)
