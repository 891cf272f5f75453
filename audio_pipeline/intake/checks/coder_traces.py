"""Does a sound still show the grid of frames on which a perceptual coder rounded it?

A coder cuts the sound into frames, transforms each and rounds most of what is soft to nothing. Whoever takes the same
transform at the same place finds these holes again; a single sample beside it they are filled. So every possible place
is tried, and what counts is how far the emptiest one stands out among its neighbours. No level, no bandwidth and no
kind of music comes into it, and in what was never coded no place stands out.

MP3 splits into 32 bands before it transforms (ISO/IEC 11172-3, C.1.3 and C.1.5.3); AAC and Vorbis transform 2048
samples at once, with windows of their own (ISO/IEC 14496-3, 4.6.11; Vorbis I, 4.3.1), of which that of Vorbis is as
near to AAC's second one as makes no difference; CELT, in Opus, transforms 1920 samples at 48 kHz behind a
pre-emphasis, with a window that overlaps by 120 (RFC 6716, 4.3.7).
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Excerpts begin at multiples of this, so that a grid of 576, 960 or 1024 lies at the same place in all of them.
GRID: Final = 46080
EXCERPT_FRAMES: Final = 5120
# So many frames of a coder are looked at, in few excerpts or in many.
_FRAMES_WANTED: Final = 28
_MOST_FRAMES: Final = 3
# In standard deviations of what chance does. What was never coded stays below 7.5 where one place is alone, MP3 of
# 320 kbit/s reaches 11 to 15.
STANDS_OUT: Final = 8.5
# No excerpt says more than this, and one that says less than the second does not agree.
_MOST_SAID: Final = 6.0
_AGREES: Final = 2.5
_FEWEST_AGREEING: Final = 3
# A grid has one place; a tone that repeats itself has as many as it has periods.
_ALONE: Final = 1.6
_NARROW: Final = 4
_EDGE: Final = 3
# Vorbis changes between blocks of 2048 and of 256 as it likes, and each change moves the grid by multiples of this.
_VORBIS_STEP: Final = 128
# Arithmetic of 16 bits, and what is below it.
_NOTHING: Final = np.float32(1e-7)
_NEIGHBOURS: Final = 12
# So many places are transformed at once: what is at work stays in the processor's cache, which is twice as fast.
_PLACES_AT_ONCE: Final = 64

_LONG_HOP: Final = 1024
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


def coder_trace(excerpts: Floats, sample_rate_hz: int) -> float:
    """How far a coder's grid stands out in one channel; at `STANDS_OUT` there is one, and no other is looked for.

    `excerpts` has shape (n, EXCERPT_FRAMES), each from a multiple of `GRID`. Below two excerpts there is nothing to
    compare, and the answer is 0.
    """
    if len(excerpts) < 2:
        return 0.0
    kinds: list[Callable[[Floats, int], NDArray[np.float64]]] = [_mp3, _long_vorbis, _long_sine]
    if sample_rate_hz == CELT_RATE_HZ:
        kinds.insert(2, _celt)
    frames = min(_MOST_FRAMES, -(-_FRAMES_WANTED // len(excerpts)))
    furthest = 0.0
    for kind in kinds:
        fullness = np.array([kind(excerpt, frames) for excerpt in excerpts])
        furthest = max(furthest, _standing_out(fullness, _VORBIS_STEP if kind is _long_vorbis else None))
        if furthest >= STANDS_OUT:
            break
    return furthest


def _standing_out(fullness: NDArray[np.float64], step: int | None) -> float:
    """The deepest notch of all excerpts together, if it is alone and several have it; `fullness` has shape
    (excerpts, bands, places).

    Where the coder may move its grid by multiples of `step`, places so far apart are one. Each excerpt is heard, and
    none more than the others: the beginning of a note makes one as deep as any coder.
    """
    furthest = 0.0
    for band in range(fullness.shape[1]):
        notches = np.array([_notches(places) for places in fullness[:, band]])
        if step is not None:
            notches = np.array([_spread_out(places.reshape(-1, step).max(axis=0)) for places in notches])
        together = np.clip(notches, -_MOST_SAID / 2, _MOST_SAID).sum(axis=0) / np.sqrt(len(notches))
        place = int(together.argmax())
        others = np.delete(together, np.arange(place - _NARROW, place + _NARROW + 1) % len(together)).max()
        agreeing = np.count_nonzero(notches[:, place] > _AGREES)
        if agreeing >= min(_FEWEST_AGREEING, len(notches)) and together[place] >= _ALONE * others:
            furthest = max(furthest, float(together[place]))
    return furthest


def _notches(fullness: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each place is below its neighbours, in the spread of all."""
    import scipy.signal  # here and below: a command that asks for no trace starts without it

    around = np.pad(fullness, _NEIGHBOURS, mode="reflect")
    level: NDArray[np.float64] = scipy.signal.medfilt(around, 2 * _NEIGHBOURS + 1)
    depth = (level - around)[_NEIGHBOURS:-_NEIGHBOURS]
    # What is beyond the first and the last is not known.
    depth[:_EDGE] = depth[-_EDGE:] = 0
    return _spread_out(depth)


def _spread_out(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values around their median, in their own spread, which no few of them change."""
    around = values - np.median(values)
    # Where nothing differs from place to place, nothing was rounded.
    spread: NDArray[np.float64] = around / max(1.4826 * float(np.median(np.abs(around))), 1e-4)
    return spread


def _long_vorbis(excerpt: Floats, frames: int) -> NDArray[np.float64]:
    return _transformed(excerpt, _VORBIS, frames)


def _long_sine(excerpt: Floats, frames: int) -> NDArray[np.float64]:
    return _transformed(excerpt, _SINE, frames)


def _celt(excerpt: Floats, frames: int) -> NDArray[np.float64]:
    return _transformed(excerpt[1:] - _CELT_EMPHASIS * excerpt[:-1], _CELT, frames)


def _transformed(excerpt: Floats, window: Floats, frames: int) -> NDArray[np.float64]:
    """The mean logarithm of the coefficients, shape (bands, places): of places there are half as many as of samples."""
    hop = len(window) // 2
    fullness = np.zeros((len(_LONG_BANDS), hop))
    for frame in range(frames):
        part = excerpt[frame * hop : (frame + 3) * hop - 1]
        cut = np.lib.stride_tricks.sliding_window_view(part, 2 * hop)
        for some in _slices(hop):
            fullness[:, some] += _mean_logs(_mdct(cut[some] * window), _LONG_BANDS)
    return fullness / frames


def _slices(places: int) -> Iterator[slice]:
    return (slice(first, min(first + _PLACES_AT_ONCE, places)) for first in range(0, places, _PLACES_AT_ONCE))


def _mdct(windowed: Floats) -> Floats:
    """Rows of 2N windowed samples as N coefficients each, folded into a cosine transform of type IV."""
    import scipy.fft

    half = windowed.shape[-1] // 4
    a, b, c, d = (windowed[..., part * half : (part + 1) * half] for part in range(4))
    folded = np.concatenate([-c[..., ::-1] - d, a - b[..., ::-1]], axis=-1)
    coefficients: Floats = scipy.fft.dct(folded, type=4, norm="ortho")
    return coefficients


def _mp3(excerpt: Floats, frames: int) -> NDArray[np.float64]:
    """As `_transformed`, for 32 bands of which each is transformed again, 36 of its samples at a time.

    The butterflies against aliasing between the bands are left out: the holes are found without.
    """
    part = excerpt[: _MP3_TAPS + _MP3_HOP * (frames + 2) - 1]
    bands = np.lib.stride_tricks.sliding_window_view(part, _MP3_TAPS) @ _mp3_bands()
    fullness = np.zeros((len(_MP3_BANDS_OF_LINES), _MP3_HOP))
    for frame in range(frames):
        places = np.arange(_MP3_HOP)[:, np.newaxis] + _MP3_HOP * frame + 32 * np.arange(36)
        for some in _slices(_MP3_HOP):
            granules = bands[places[some]]
            granules[:, 1::2, 1::2] *= -1  # every other band comes out mirrored
            lines = np.ascontiguousarray(granules.transpose(0, 2, 1)) @ _MP3_LINES
            fullness[:, some] += _mean_logs(lines.reshape(len(lines), -1), _MP3_BANDS_OF_LINES)
    return fullness / frames


def _mean_logs(coefficients: Floats, bands: tuple[tuple[int, int], ...]) -> NDArray[np.float64]:
    logs = np.log(np.abs(coefficients[:, : bands[-1][1]]) + _NOTHING)
    return np.stack([logs[:, first:after].mean(axis=1, dtype=np.float64) for first, after in bands])


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
    samples, lines = np.arange(36), np.arange(18)
    cosines = np.cos(np.pi / 72 * np.outer(2 * samples + 19, 2 * lines + 1))
    tapered: NDArray[np.float64] = np.sin(np.pi / 36 * (samples + 0.5))[:, np.newaxis] * cosines
    return tapered.astype(np.float32)


_SINE: Final = np.sin(np.pi * (np.arange(2 * _LONG_HOP) + 0.5) / (2 * _LONG_HOP)).astype(np.float32)
_VORBIS: Final = np.sin(np.pi / 2 * _SINE.astype(np.float64) ** 2).astype(np.float32)
_CELT: Final = _design_celt()
_MP3_LINES: Final = _design_mp3_lines()
