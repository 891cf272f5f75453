"""Does a sound still show the grid of frames on which a perceptual coder rounded it?

A coder cuts the sound into frames, transforms each (`coder_transforms`) and rounds most of what is soft to nothing.
Whoever takes the same transform at the same place finds these holes again; a few samples beside it they are filled. No
level, no bandwidth and no kind of music comes into it.

It is looked for twice. First at every possible place, in few frames: the places that stand out most among their
neighbours are candidates, and in what was never coded there are always some. Then at the candidates alone, in all the
other frames: what stood out by chance does not stand out again, and what a coder left does, even where it is faint.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.checks.coder_transforms import CoderTransform, Floats, transforms_at

# Excerpts begin at multiples of this, so that a grid of 576, 960 or 1024 lies at the same place in all of them.
GRID: Final = 46080
EXCERPT_FRAMES: Final = 16384
# The search: so many frames of a coder, in few excerpts or in many, and so many of the loudest excerpts.
_FRAMES_WANTED: Final = 24
_MOST_FRAMES: Final = 3
_SEARCHED: Final = 24
_CANDIDATES: Final = 3
_WORTH_MORE: Final = 0.8
# In standard deviations of what chance does: search and second look together, and the second look alone. What was never
# coded stays below 5 where it passes the second, a coder at its highest rates reaches 6.5 to 12.
STANDS_OUT: Final = 6.0
_STANDS_OUT_AGAIN: Final = 3.0
# No excerpt and no frame says more than this.
_MOST_SAID: Final = 6.0
_MOST_A_FRAME_SAYS: Final = 3.0
# A grid has one place; a tone that repeats itself has as many as it has periods.
_ALONE: Final = 1.6
_NARROW: Final = 4
_EDGE: Final = 3
_NEIGHBOURS: Final = 12
# Near enough for the same music, far enough for the holes to be filled.
_BESIDE: Final = (-10, -7, -4, 4, 7, 10)


def coder_trace(sounds: list[Floats], sample_rate_hz: int) -> float:
    """How far a coder's grid stands out; at `STANDS_OUT` there is one, and no other is looked for.

    `sounds` are the same excerpts of what a coder may have rounded (a channel, a difference), each of shape
    (n, EXCERPT_FRAMES) from multiples of `GRID`. With fewer than two excerpts there is nothing to compare.
    """
    furthest = 0.0
    for transform in transforms_at(sample_rate_hz):
        for excerpts in sounds:
            if len(excerpts) >= 2:
                furthest = max(furthest, _standing_out(excerpts, transform))
            if furthest >= STANDS_OUT:
                return furthest
    return furthest


def _standing_out(excerpts: Floats, transform: CoderTransform) -> float:
    """How far the best candidate stands out both times, if it is alone."""
    found = []
    for search, band, place in _candidates(excerpts, transform):
        again = _second_look(excerpts, transform, band, place)
        found.append(((search + again) / 2**0.5, again, place))
    best, again, at = max(found)
    others = (value for value, _, place in found if _NARROW < abs(place - at) < transform.step - _NARROW)
    is_alone = best >= _ALONE * max(others, default=0.0)
    return best if is_alone and again >= _STANDS_OUT_AGAIN else 0.0


def _candidates(excerpts: Floats, transform: CoderTransform) -> Iterator[tuple[float, int, int]]:
    """(how far it stands out, band, place) of the places that stand out most in few frames."""
    power = np.square(excerpts).mean(axis=1)
    loudest = excerpts[np.sort(np.argsort(-power)[:_SEARCHED])]
    frames = min(_MOST_FRAMES, -(-_FRAMES_WANTED // len(loudest)))
    fullness = np.array([transform.everywhere(excerpt, frames) for excerpt in loudest])
    together = np.array([_together(fullness[:, band], transform) for band in range(fullness.shape[1])])
    for _ in range(_CANDIDATES):
        band, place = np.unravel_index(together.argmax(), together.shape)
        yield float(together[band, place]), int(band), int(place)
        together[:, np.arange(place - _NARROW, place + _NARROW + 1) % together.shape[1]] = 0


def _together(fullness: NDArray[np.float64], transform: CoderTransform) -> NDArray[np.float64]:
    """How far each place stands out in all excerpts together, of which none is heard more than the others: the
    beginning of a note makes a notch as deep as any coder."""
    notches = np.array([_notches(places) for places in fullness])
    if transform.step < transform.hop:
        notches = np.array([_spread_out(places.reshape(-1, transform.step).max(axis=0)) for places in notches])
    summed: NDArray[np.float64] = np.clip(notches, -_MOST_SAID / 2, _MOST_SAID).sum(axis=0) / np.sqrt(len(notches))
    return summed


def _second_look(excerpts: Floats, transform: CoderTransform, band: int, place: int) -> float:
    """How far a place stands out among its neighbours, frame by frame, in frames that the search did not see.

    A third of the excerpts is heard first, and the others only if that does not speak against it.
    """
    glance = len(excerpts) // 3
    depths = [_depths(excerpt, transform, band, place) for excerpt in excerpts[:glance]]
    if depths and _agreement(np.concatenate(depths)) < _WORTH_MORE:
        return 0.0
    depths += [_depths(excerpt, transform, band, place) for excerpt in excerpts[glance:]]
    return _agreement(np.concatenate(depths))


def _depths(excerpt: Floats, transform: CoderTransform, band: int, place: int) -> NDArray[np.float64]:
    """How far below its neighbours a place is, in each frame."""
    shifts = np.arange(0, transform.hop, transform.step)
    offsets = np.array((0, *_BESIDE))
    first_unseen = place + transform.hop * _MOST_FRAMES
    starts = np.arange(first_unseen, EXCERPT_FRAMES - transform.span - shifts[-1] - offsets.max(), transform.hop)
    places = starts[:, np.newaxis, np.newaxis] + shifts[:, np.newaxis] + offsets
    rows = np.lib.stride_tricks.sliding_window_view(excerpt, transform.span)[places.reshape(-1)]
    # Where the grid may have moved, the emptiest of its places counts, and so it does beside it.
    full = transform.fullness(rows)[band].reshape(places.shape).min(axis=1)
    depths: NDArray[np.float64] = full[:, 1:].mean(axis=1) - full[:, 0]
    return depths


def _agreement(depths: NDArray[np.float64]) -> float:
    """The sum of what the frames say, in standard deviations of what it would be if each said one or the other by
    chance."""
    spread = max(1.4826 * float(np.median(np.abs(depths))), 1e-4)
    said = np.clip(depths / spread, -_MOST_A_FRAME_SAYS, _MOST_A_FRAME_SAYS)
    return float(said.sum() / max(np.sqrt(np.square(said).sum()), 1.0))


def _notches(fullness: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each place is below its neighbours, in the spread of all."""
    import scipy.signal  # a command that asks for no trace starts without it

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
