"""The transforms that perceptual coders round in, taken at any place of a sound.

MP3 splits into 32 bands before it transforms (ISO/IEC 11172-3, C.1.3 and C.1.5.3); AAC and Vorbis transform 2048
samples at once, with windows of their own (ISO/IEC 14496-3, 4.6.11; Vorbis I, 4.3.1), of which that of Vorbis is as
near to AAC's second one as makes no difference; CELT, in Opus, transforms 1920 samples at 48 kHz behind a
pre-emphasis, with a window that overlaps by 120 (RFC 6716, 4.3.7).

How full a transform is at a place is the mean logarithm of its coefficients, over some of them: where a coder has
rounded many to nothing it is low.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Arithmetic of 16 bits, and what is below it.
_NOTHING: Final = np.float32(1e-7)
_LONG_HOP: Final = 1024
# Vorbis changes between blocks of 2048 and of 256 as it likes, and each change moves the grid by multiples of this.
_VORBIS_STEP: Final = 128
_CELT_HOP: Final = 960
_CELT_OVERLAP: Final = 120
_CELT_EMPHASIS: Final = np.float32(0.85)
CELT_RATE_HZ: Final = 48000
# From 1 to 15 kHz, more or less, in parts and as a whole: what is lower is hardly ever rounded to nothing, what is
# higher may have been cut, and a coder may fill with noise what it has rounded above some frequency.
_LONG_BANDS: Final = ((40, 150), (150, 400), (400, 640), (150, 640))
_MP3_BANDS_OF_LINES: Final = ((24, 84), (84, 225), (225, 360), (84, 360))
_MP3_HOP: Final = 576
_MP3_TAPS: Final = 512
_MP3_SLOTS: Final = 36
_PLACES_AT_ONCE: Final = 64
# ISO/IEC 11172-3, table B.9: the butterflies between neighbouring bands.
_BUTTERFLIES: Final = np.array([-0.6, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037])
_STRAIGHT: Final = (1 / np.sqrt(1 + _BUTTERFLIES**2)).astype(np.float32)
_CROSSED: Final = (_BUTTERFLIES / np.sqrt(1 + _BUTTERFLIES**2)).astype(np.float32)


class CoderTransform(msgspec.Struct, frozen=True):
    """One coder's transform: every `hop` samples, of `span` samples each.

    `lines` makes the coefficients of rows of `span` samples, `everywhere` the fullness of an excerpt at every place of
    the first frames, shape (bands, hop). Places that are `step` apart may both be the coder's, in one file.
    """

    hop: int
    span: int
    step: int
    bands: tuple[tuple[int, int], ...]
    lines: Callable[[Floats], Floats]
    everywhere: Callable[[Floats, int], NDArray[np.float64]]

    def fullness(self, rows: Floats) -> NDArray[np.float64]:
        """How full rows of `span` samples are, shape (bands, rows)."""
        return _mean_logs(self.lines(rows), self.bands)


def transforms_at(sample_rate_hz: int) -> tuple[CoderTransform, ...]:
    """The transforms that a decoder of this rate may have undone."""
    return (MP3, VORBIS, CELT, AAC) if sample_rate_hz == CELT_RATE_HZ else (MP3, VORBIS, AAC)


def _vorbis_lines(rows: Floats) -> Floats:
    return _mdct(rows * _VORBIS)


def _aac_lines(rows: Floats) -> Floats:
    return _mdct(rows * _SINE)


def _celt_lines(rows: Floats) -> Floats:
    return _mdct((rows[:, 1:] - _CELT_EMPHASIS * rows[:, :-1]) * _CELT)


def _mp3_lines(rows: Floats) -> Floats:
    slots = np.lib.stride_tricks.sliding_window_view(rows, _MP3_TAPS, axis=1)[:, ::32]
    return _mp3_of_bands(slots.reshape(-1, _MP3_TAPS) @ _mp3_bands(), np.arange(len(rows) * _MP3_SLOTS))


def _mp3_of_bands(bands: Floats, places: NDArray[np.int64]) -> Floats:
    """Of each 36 samples of all bands, found at `places`, the lines, cleared of what one band leaves in the next."""
    granules = bands[places].reshape(-1, _MP3_SLOTS, 32)
    granules[:, 1::2, 1::2] *= -1  # every other band comes out mirrored
    lines = np.ascontiguousarray(granules.transpose(0, 2, 1)) @ _MP3_LINES
    below, above = lines[:, :-1, 17:9:-1].copy(), lines[:, 1:, :8].copy()
    lines[:, :-1, 17:9:-1] = below * _STRAIGHT + above * _CROSSED
    lines[:, 1:, :8] = above * _STRAIGHT - below * _CROSSED
    flat: Floats = lines.reshape(len(lines), -1)
    return flat


def _mp3_everywhere(excerpt: Floats, frames: int) -> NDArray[np.float64]:
    part = excerpt[: _MP3_TAPS + _MP3_HOP * (frames + 2) - 1]
    bands = np.lib.stride_tricks.sliding_window_view(part, _MP3_TAPS) @ _mp3_bands()
    fullness = np.zeros((len(_MP3_BANDS_OF_LINES), _MP3_HOP))
    for frame in range(frames):
        places = np.arange(_MP3_HOP)[:, np.newaxis] + _MP3_HOP * frame + 32 * np.arange(_MP3_SLOTS)
        for some in _in_the_cache(_MP3_HOP):
            fullness[:, some] += _mean_logs(_mp3_of_bands(bands, places[some]), _MP3_BANDS_OF_LINES)
    return fullness / frames


def _in_the_cache(places: int) -> Iterator[slice]:
    """All places, so few at once that what is worked on stays in the processor's cache: half the time."""
    return (slice(first, first + _PLACES_AT_ONCE) for first in range(0, places, _PLACES_AT_ONCE))


def _everywhere(lines: Callable[[Floats], Floats], hop: int, span: int) -> Callable[[Floats, int], NDArray[np.float64]]:
    def fullness(excerpt: Floats, frames: int) -> NDArray[np.float64]:
        full = np.zeros((len(_LONG_BANDS), hop))
        for frame in range(frames):
            part = excerpt[frame * hop : (frame + 1) * hop + span - 1]
            rows = np.lib.stride_tricks.sliding_window_view(part, span)
            for some in _in_the_cache(hop):
                full[:, some] += _mean_logs(lines(rows[some]), _LONG_BANDS)
        return full / frames

    return fullness


def _mdct(windowed: Floats) -> Floats:
    """Rows of 2N windowed samples as N coefficients each, folded into a cosine transform of type IV; upside down."""
    import scipy.fft  # here and below: a command that asks for no trace starts without it

    half = windowed.shape[-1] // 4
    a, b, c, d = (windowed[..., part * half : (part + 1) * half] for part in range(4))
    folded = np.empty((*windowed.shape[:-1], 2 * half), np.float32)
    np.add(c[..., ::-1], d, out=folded[..., :half])
    np.subtract(b[..., ::-1], a, out=folded[..., half:])
    return np.asarray(scipy.fft.dct(folded, type=4, norm="ortho"), np.float32)


def _mean_logs(coefficients: Floats, bands: tuple[tuple[int, int], ...]) -> NDArray[np.float64]:
    """Shape (bands, rows), in octaves.

    The bits of a float, read as a whole number, are its logarithm within 0.09 octaves, which is all that is needed.
    """
    magnitudes = np.abs(coefficients[:, : bands[-1][1]])
    magnitudes += _NOTHING
    logs = magnitudes.view(np.int32).astype(np.float32)
    return (logs @ _averaging(bands)).T.astype(np.float64) * 2.0**-23


@cache
def _averaging(bands: tuple[tuple[int, int], ...]) -> Floats:
    lines = np.arange(bands[-1][1])[:, np.newaxis]
    first, after = np.array(bands).T
    return np.asarray(((first <= lines) & (lines < after)) / (after - first), np.float32)


def _design_celt() -> Floats:
    flat = np.zeros(2 * _CELT_HOP)
    begin = (_CELT_HOP - _CELT_OVERLAP) // 2
    slope = np.sin(np.pi / 2 * np.sin(np.pi * (np.arange(_CELT_OVERLAP) + 0.5) / (2 * _CELT_OVERLAP)) ** 2)
    flat[begin : begin + _CELT_OVERLAP] = slope
    flat[begin + _CELT_OVERLAP : -begin - _CELT_OVERLAP] = 1
    flat[-begin - _CELT_OVERLAP : -begin] = slope[::-1]
    return flat.astype(np.float32)


@cache
def _mp3_bands() -> Floats:
    """32 cosines on one low-pass. The standard tabulates its own; this one is as long, adds up to 1 within 0.3 %, and
    finds the same holes."""
    import scipy.signal

    taps = np.arange(_MP3_TAPS)
    lowpass = scipy.signal.firwin(_MP3_TAPS, 1.125 / 64, window=("kaiser", 8.0))
    cosines = np.cos(np.pi / 64 * np.outer(taps - 16, 2 * np.arange(32) + 1))
    return np.ascontiguousarray((lowpass[:, np.newaxis] * cosines)[::-1], np.float32)


def _design_mp3_lines() -> Floats:
    samples, lines = np.arange(_MP3_SLOTS), np.arange(18)
    cosines = np.cos(np.pi / 72 * np.outer(2 * samples + 19, 2 * lines + 1))
    tapered: NDArray[np.float64] = np.sin(np.pi / 36 * (samples + 0.5))[:, np.newaxis] * cosines
    return tapered.astype(np.float32)


_SINE: Final = np.sin(np.pi * (np.arange(2 * _LONG_HOP) + 0.5) / (2 * _LONG_HOP)).astype(np.float32)
_VORBIS: Final = np.sin(np.pi / 2 * _SINE.astype(np.float64) ** 2).astype(np.float32)
_CELT: Final = _design_celt()
_MP3_LINES: Final = _design_mp3_lines()

MP3: Final = CoderTransform(
    _MP3_HOP, _MP3_TAPS + 32 * (_MP3_SLOTS - 1), _MP3_HOP, _MP3_BANDS_OF_LINES, _mp3_lines, _mp3_everywhere
)
VORBIS: Final = CoderTransform(
    _LONG_HOP, 2 * _LONG_HOP, _VORBIS_STEP, _LONG_BANDS, _vorbis_lines, _everywhere(_vorbis_lines, _LONG_HOP, 2048)
)
AAC: Final = CoderTransform(
    _LONG_HOP, 2 * _LONG_HOP, _LONG_HOP, _LONG_BANDS, _aac_lines, _everywhere(_aac_lines, _LONG_HOP, 2048)
)
CELT: Final = CoderTransform(
    _CELT_HOP, 2 * _CELT_HOP + 1, _CELT_HOP, _LONG_BANDS, _celt_lines, _everywhere(_celt_lines, _CELT_HOP, 1921)
)
