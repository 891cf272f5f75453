"""From the bus of virtual loudspeakers to two ears, block by block.

Every column of the bus has two filters. Those of the diffuse columns are decorrelator and ear in one, those of the
direct columns wait for them; so one transform a column and two back do it all.
"""

from typing import Final

import numpy as np

from audio_pipeline.spatialaudio.decorrelation import (
    DECORRELATOR_DELAY_SAMPLES,
    FILTER_SAMPLES,
    Audio,
    DelayLine,
    design_decorrelators,
)
from audio_pipeline.spatialaudio.ears import Ears
from audio_pipeline.spatialaudio.errors import ResponsesTooLong
from audio_pipeline.spatialaudio.geometry import FloatArray
from audio_pipeline.spatialaudio.layouts import BINAURAL
from audio_pipeline.spatialaudio.mixing import gain_table

# For short, medium and long blocks, which are 4096 frames as a rule; the filters' tail and a few frames have to fit.
_TRANSFORM_LENGTHS: Final = (1024, 2048, 4608, 5120, 10240, 20480, 40960)
_FEWEST_FRAMES: Final = 256

# Gains below −180 dB are rounding errors of the panner: a loudspeaker that hears nothing else is left out.
_SILENT_GAIN: Final = 1e-9


class BinauralPath:
    """Filters the bus to the ears by overlap-save, in single precision, and adds signals that are for ears already.

    `direct` and `diffuse` are gains on the bus, `to_ears`, (blocks, 2), those of the latter. `gains`, (blocks + 1,
    columns), are what it wants mixed; row 0 is silent. Its signals come `latency_samples` late: what stands straight
    ahead is then in time with the loudspeakers, what stands beside reaches one ear a little earlier.
    """

    def __init__(self, ears: Ears, direct: FloatArray, diffuse: FloatArray, to_ears: FloatArray) -> None:
        is_diffuse = bool(diffuse.any())
        filters = [_delayed(ears.responses, DECORRELATOR_DELAY_SAMPLES if is_diffuse else 0)]
        columns = [direct]
        if is_diffuse:
            filters.append(_decorrelated(ears))
            columns.append(diffuse)
        heard = [np.abs(column).max(axis=0) > _SILENT_GAIN for column in columns]
        if not any(column.any() for column in heard):
            heard[0][0] = True
        filtered = [column[:, use] for column, use in zip(columns, heard, strict=True)]
        ready = [to_ears] if to_ears.any() else []
        self.gains = gain_table(filtered + ready)
        self._filtered_count = sum(column.shape[1] for column in filtered)
        self.latency_samples = ears.latency_samples + (DECORRELATOR_DELAY_SAMPLES if is_diffuse else 0)
        self._wait = DelayLine(self.latency_samples, 2) if ready else None
        self._convolver = _EarConvolver(_joined([one[:, use] for one, use in zip(filters, heard, strict=True)]))

    def process(self, mixed: Audio) -> dict[str, Audio]:
        """Take the next frames of the bus, (frames, columns); return as many of the ears, (frames, 2)."""
        heard = self._convolver.process(mixed[:, : self._filtered_count])
        if self._wait is not None:
            heard += self._wait.process(mixed[:, self._filtered_count :])
        return {BINAURAL.name: heard}


class _EarConvolver:
    """Sums filtered columns at each ear; `filters` has the shape (taps, columns, 2)."""

    def __init__(self, filters: FloatArray) -> None:
        self._tail_samples = filters.shape[0] - 1
        self._lengths = [n for n in _TRANSFORM_LENGTHS if n >= self._tail_samples + _FEWEST_FRAMES][:4]
        if not self._lengths:
            raise ResponsesTooLong(filters.shape[0], _TRANSFORM_LENGTHS[-1] - _FEWEST_FRAMES)
        ears = np.ascontiguousarray(np.moveaxis(filters, -1, 0))
        self._spectra = {n: np.asarray(np.fft.rfft(ears, n, axis=1), dtype=np.complex64) for n in self._lengths}
        self._history = np.zeros((self._tail_samples, filters.shape[1]), dtype=np.float32)

    def process(self, block: Audio) -> Audio:
        longest = self._lengths[-1] - self._tail_samples
        # Even pieces: a block a little longer than one transform holds is not worth two of full length.
        pieces = max(-(-block.shape[0] // longest), 1)
        return np.concatenate([self._filter(piece) for piece in np.array_split(block, pieces)])

    def _filter(self, piece: Audio) -> Audio:
        # Slow to import where nobody listens with two ears.
        from scipy import fft

        padded = np.concatenate([self._history, piece])
        self._history = padded[piece.shape[0] :]
        sounding = padded.any(axis=1)
        if not sounding.any():
            return np.zeros((piece.shape[0], 2), dtype=np.float32)
        length = next(n for n in self._lengths if n >= padded.shape[0])
        spectrum = fft.rfft(padded, length, axis=0)
        summed = np.stack([np.einsum("fc,fc->f", spectrum, ear) for ear in self._spectra[length]], axis=1)
        heard = np.asarray(fft.irfft(summed, length, axis=0)[self._tail_samples : padded.shape[0]], dtype=np.float32)
        # A transform spreads its rounding errors over all frames; where no filter hears anything, it is silent.
        so_far = np.concatenate([[0], np.cumsum(sounding)])
        heard[so_far[self._tail_samples + 1 :] == so_far[: piece.shape[0]]] = 0.0
        return heard


def _delayed(responses: FloatArray, delay_samples: int) -> FloatArray:
    return np.concatenate([np.zeros((delay_samples, *responses.shape[1:])), responses])


def _decorrelated(ears: Ears) -> FloatArray:
    """Each loudspeaker's decorrelator, and what the ears receive from there, as one filter."""
    responses = ears.responses
    taps = FILTER_SAMPLES + responses.shape[0] - 1
    spectra = np.fft.rfft(design_decorrelators(ears.bus), taps, axis=0)[:, :, np.newaxis]
    return np.asarray(np.fft.irfft(np.fft.rfft(responses, taps, axis=0) * spectra, taps, axis=0))


def _joined(filters: list[FloatArray]) -> FloatArray:
    """Filters of different lengths, (taps, columns, 2), side by side."""
    taps = max(one.shape[0] for one in filters)
    return np.concatenate([np.pad(one, ((0, taps - one.shape[0]), (0, 0), (0, 0))) for one in filters], axis=1)
