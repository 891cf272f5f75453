"""How stems relate to their mix: the null as delivered, lag and polarity of each, and what repairs would bring."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.cores import side_by_side
from audio_pipeline.stems.alignment import Heard, Lag, Sharpened, find_lag, sharpen
from audio_pipeline.stems.explaining import explain_rest
from audio_pipeline.stems.fitting import Fit, fit, gram_matrix, null_from_gram, partial_correlations
from audio_pipeline.stems.leftover import Leftover
from audio_pipeline.stems.preparing import Prepared, regrid
from audio_pipeline.stems.rest import Rest
from audio_pipeline.stems.signals import Remainder, Signal

# A stem that is left over by less than −60 dB of itself stands where it belongs: nothing needs to be searched.
ALIGNED_REST: Final = 1e-6
# A rest is known to some 1e-14 of the mix's energy: that proves nothing of stems that are quieter than this in the mix.
PROVEN_SHARE: Final = 1e-8
# Whoever is found no longer drowns others: so often the search begins anew.
ROUNDS: Final = 4
# Stems that are searched side by side; so many on every machine, for who is found spares others the search.
AT_ONCE: Final = 2
# A found lag is sharpened as often as others have moved meanwhile.
REFINEMENTS: Final = 12
# Of a stem that is left over by less than this, whatever else is left does not hide the lag.
HARDLY_ANY_REST: Final = 0.01
# Moving must leave less than half of what staying leaves.
STAYING_REST: Final = 2.0
# When a repair is applied without a person's word.
SURE_CORRELATION: Final = 0.9
SURE_IMPROVEMENT_DB: Final = 6.0

Progress = Callable[[float], None]


@dataclass(frozen=True)
class StemAlignment:
    """Lag (positive: late) and polarity of a stem against the mix; `known` is false where it was not found in it.

    `exact_lag` lies between samples where the stem's own rate is another.
    `correlation` is with what all other stems leave of the mix; NaN for a silent stem and without a mix.
    """

    lag_samples: int = 0
    polarity: int = 1
    exact_lag: float = 0.0
    correlation: float = math.nan
    known: bool = False

    @property
    def asks_for_repair(self) -> bool:
        """Whether it is late, early or inverted."""
        return self.lag_samples != 0 or self.polarity < 0


@dataclass(frozen=True)
class SetAnalysis:
    """What was measured. `applied[i]` says whether the repair of stem i is sure enough to make unasked.

    The fits are None without a mix. `repaired` has every repair found, and `rest` says how it still differs from the
    mix where it is not exact. Lags and frames count in `rate_hz`.
    """

    rate_hz: int
    frames: int
    alignments: tuple[StemAlignment, ...]
    applied: tuple[bool, ...]
    as_delivered: Fit | None
    repaired: Fit | None
    rest: Rest | None = None


def analyse_set(stems: Sequence[Prepared], mix: Prepared | None, rate_hz: int, progress: Progress) -> SetAnalysis:
    """Measure the set. `frames` of the result is the longest extent of stems and mix as delivered."""
    delivered = tuple(as_signal(stem) for stem in stems)
    frames = max(signal.end_samples for signal in (*delivered, *([as_signal(mix)] if mix else [])))
    none_applied = tuple(False for _ in stems)
    if mix is None or not mix.samples.any():
        # Against a silent mix there is neither a gain nor a null.
        silent_fit = None if mix is None else Fit(1.0, math.nan)
        unknown = tuple(StemAlignment() for _ in stems)
        return SetAnalysis(rate_hz, frames, unknown, none_applied, silent_fit, silent_fit)

    as_delivered = fit(as_signal(mix), delivered, frames, mean_free=False, progress=lambda done: progress(0.2 * done))
    whole, signals, standing = _best_heard(stems, mix, frames)
    grids = tuple(stem.source.sample_rate_hz / rate_hz for stem in stems)
    alignments = _align(whole, signals, standing, grids, frames, rate_hz, lambda done: progress(0.2 + 0.6 * done))
    if not any(alignment.asks_for_repair for alignment in alignments):
        rest = _rest_of(as_delivered, whole, signals, frames, rate_hz)
        return SetAnalysis(rate_hz, frames, alignments, none_applied, as_delivered, as_delivered, rest)

    repaired_signals = tuple(
        replace(repair(stem, found, rate_hz, rate_hz), channel_means=signal.channel_means)
        for stem, signal, found in zip(stems, signals, alignments, strict=True)
    )
    applied = _sure_repairs(whole, signals, repaired_signals, alignments, frames)
    repaired = fit(whole, repaired_signals, frames, mean_free=False, progress=lambda done: progress(0.8 + 0.2 * done))
    rest = _rest_of(repaired, whole, repaired_signals, frames, rate_hz)
    return SetAnalysis(rate_hz, frames, alignments, applied, as_delivered, repaired, rest)


def in_session_samples(found: StemAlignment, lag_rate_hz: int, rate_hz: int) -> StemAlignment:
    """The same with its lag rounded to samples of `rate_hz`."""
    exact = found.exact_lag * rate_hz / lag_rate_hz
    # Halves away from zero, so that a lag is never rounded to none.
    return replace(found, lag_samples=int(math.copysign(math.floor(abs(exact) + 0.5), exact)), exact_lag=exact)


def as_signal(prepared: Prepared) -> Signal:
    """The prepared file at the place that its time reference gives it."""
    return Signal(prepared.samples, prepared.placed_at_samples, lead_samples=prepared.lead_samples)


def without_constant(prepared: Prepared) -> Signal:
    """The same without its constant part, which is no sound, and would end where the file ends."""
    return replace(as_signal(prepared), channel_means=prepared.dc)


def repair(stem: Prepared, found: StemAlignment, rate_hz: int, lag_rate_hz: int) -> Signal:
    """`stem`, prepared at `rate_hz`, at the place where lag and polarity vanish; the lag counts in `lag_rate_hz`."""
    source_hz = stem.source.sample_rate_hz
    # On the grid of the stem, where its lag is whole; only there is it known to the sample.
    lag_of_source = round(found.exact_lag * source_hz / lag_rate_hz)
    if lag_of_source == 0 or source_hz == rate_hz:
        return repaired_signal(as_signal(stem), replace(found, lag_samples=lag_of_source))
    moved, offset = regrid(stem, lag_of_source, rate_hz)
    return Signal(moved.samples, offset, found.polarity, lead_samples=moved.lead_samples)


def repaired_signal(signal: Signal, found: StemAlignment) -> Signal:
    """The signal moved and turned so that lag and polarity vanish."""
    return replace(
        signal,
        offset_samples=signal.offset_samples - found.lag_samples,
        polarity=signal.polarity * found.polarity,
    )


def _rest_of(fitted: Fit, mix: Signal, stems: Sequence[Signal], frames: int, rate_hz: int) -> Rest | None:
    return None if fitted.verdict == "exact" else explain_rest(mix, stems, frames, rate_hz)


def _best_heard(
    stems: Sequence[Prepared], mix: Prepared, frames: int
) -> tuple[Signal, tuple[Signal, ...], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """(mix, stems, partial correlations as they stand), with their constant parts or without: as they fit better.

    A constant part that the mix has as well belongs to the sound; one that came later hides it, and ends with the file.
    """
    heard = []
    for view in (as_signal, without_constant):
        whole, signals = view(mix), tuple(view(stem) for stem in stems)
        standing = partial_correlations(gram_matrix(whole, signals, frames))
        heard.append((float(np.nansum(1 - standing[1] ** 2)), whole, signals, standing))
        if not any(any(prepared.dc) for prepared in (mix, *stems)):
            break
    _, whole, signals, standing = min(heard, key=lambda one: one[0])
    return whole, signals, standing


def _align(
    mix: Signal,
    signals: Sequence[Signal],
    standing: tuple[NDArray[np.float64], NDArray[np.float64]],
    grids: Sequence[float],
    frames: int,
    rate_hz: int,
    progress: Progress,
) -> tuple[StemAlignment, ...]:
    """Search every stem that does not already stand where it belongs, against what the others leave of the mix."""
    gains, correlations = standing
    found = [
        StemAlignment(0, -1 if r < 0 else 1, correlation=float(r), known=bool(1 - r**2 < ALIGNED_REST))
        for r in correlations
    ]
    placed = [_placed(signal, alignment) for signal, alignment in zip(signals, found, strict=True)]
    gains = gains * [alignment.polarity if alignment.known else 1 for alignment in found]
    unknown = [i for i, alignment in enumerate(found) if not alignment.known and not math.isnan(alignment.correlation)]

    # The first round listens to the whole mix, since two stems may hold the same sound; the next no longer hear the
    # stems that are known by then, and so find quieter ones.
    for attempt in range(ROUNDS):
        # What fits least where it stands has most likely moved; back in its place, it often proves that the others have
        # not, and spares them a search.
        to_search = sorted((i for i in unknown if not found[i].known), key=lambda i: abs(correlations[i]))
        known_parts = tuple((float(gains[j]), placed[j]) for j in range(len(signals)) if attempt and found[j].known)
        if not to_search:
            break
        searched = []
        heard = Heard(Remainder(mix, known_parts))
        waiting = to_search
        while waiting:
            some, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            lags = _searched([signals[i] for i in some], heard, frames, rate_hz)
            for i, lag in zip(some, lags, strict=True):
                found[i] = StemAlignment(lag.lag_samples, lag.polarity, float(lag.lag_samples), known=lag.certain)
            searched += some
            if any(lag.certain and lag.lag_samples for lag in lags):
                _note_proven(mix, signals, found, waiting, frames)
                waiting = [i for i in waiting if not found[i].known]
            progress(0.2 + 0.8 * (attempt + 1 - len(waiting) / len(to_search)) / ROUNDS)
        placed = [_placed(signal, alignment) for signal, alignment in zip(signals, found, strict=True)]
        gains, after = partial_correlations(gram_matrix(mix, placed, frames))
        for i in searched:
            if found[i].known and after[i] <= 0:
                found[i] = StemAlignment()
                placed[i] = signals[i]
        if not any(found[i].known for i in searched):
            break
    return _refined(mix, signals, grids, found, correlations, frames, rate_hz)


def _note_proven(
    mix: Signal, signals: Sequence[Signal], found: list[StemAlignment], waiting: Sequence[int], frames: int
) -> None:
    """Of the stems `waiting` for a search, note in `found` those that stand where they belong, as is plain by now."""
    if not waiting:
        return
    placed = [_placed(signal, alignment) for signal, alignment in zip(signals, found, strict=True)]
    gram = gram_matrix(mix, placed, frames)
    gains, correlations = partial_correlations(gram)
    shares = gains**2 * np.diag(gram)[1:]
    for i in waiting:
        r = float(correlations[i])
        if 1 - r**2 < ALIGNED_REST and shares[i] > PROVEN_SHARE * gram[0, 0]:
            found[i] = StemAlignment(0, -1 if r < 0 else 1, correlation=r, known=True)


def _refined(
    mix: Signal,
    signals: Sequence[Signal],
    grids: Sequence[float],
    found: list[StemAlignment],
    as_they_stand: NDArray[np.float64],
    frames: int,
    rate_hz: int,
) -> tuple[StemAlignment, ...]:
    """Sharpen every lag that was searched, and give each stem the correlation that it reaches.

    A bass has a blunt peak against the whole mix; against what the others leave, which is itself, a sharp one.
    """
    searched = [i for i, alignment in enumerate(found) if alignment.known and math.isnan(alignment.correlation)]
    placed = [_placed(signal, alignment) for signal, alignment in zip(signals, found, strict=True)]
    sure = dict.fromkeys(searched, False)
    for _ in range(REFINEMENTS if searched else 0):
        gains, reached = partial_correlations(gram_matrix(mix, placed, frames))
        left = Leftover(mix, [(float(gains[j]), placed[j]) for j in range(len(placed)) if found[j].known], frames)
        has_moved = False
        for first in range(0, len(searched), AT_ONCE):
            some = searched[first : first + AT_ONCE]
            blunt = [bool(1 - reached[i] ** 2 > HARDLY_ANY_REST) for i in some]
            lags = _sharpened(
                [(placed[i], float(gains[i]), -found[i].lag_samples) for i in some], blunt, left.heard, frames, rate_hz
            )
            for i, sharper in zip(some, lags, strict=True):
                sure[i] = sharper.moved
                lag = found[i].lag_samples + sharper.further_samples
                # Whole samples of the stem's own rate, of which `grids` has so many in one sample here.
                exact = lag if grids[i] == 1 else round((lag + sharper.fraction) * grids[i]) / grids[i]
                found[i] = replace(found[i], lag_samples=lag, exact_lag=exact)
                if sharper.further_samples:
                    before, placed[i] = placed[i], _placed(signals[i], found[i])
                    left.move(float(gains[i]), before, placed[i])
                    has_moved = True
        if not has_moved:
            break

    # Where staying explains nearly as much as moving, the stem stays: a blunt peak is no evidence of a sample or two.
    gram = gram_matrix(mix, [*placed, *(signals[i] for i in searched)], frames)
    moved_rows = [1 + i for i in range(len(placed))]
    after = partial_correlations(_picked(gram, moved_rows))[1] if searched else as_they_stand
    for place, i in enumerate(searched):
        staying_rows = [1 + len(placed) + place if j == i else row for j, row in enumerate(moved_rows)]
        staying = float(partial_correlations(_picked(gram, staying_rows))[1][i])
        if not sure[i] and 1 - staying**2 <= STAYING_REST * (1 - float(after[i]) ** 2):
            found[i] = StemAlignment(0, -1 if staying < 0 else 1, correlation=staying, known=True)
        else:
            # Measured on the repaired stem, told of the stem as it is.
            found[i] = replace(found[i], correlation=float(after[i]) * found[i].polarity)
    return tuple(
        alignment if alignment.known else _unmoved(float(as_they_stand[i])) for i, alignment in enumerate(found)
    )


def _sharpened(
    stems: Sequence[tuple[Signal, float, int]], levels: Sequence[bool], left: Heard, frames: int, rate_hz: int
) -> list[Sharpened]:
    """For each of `stems`, (as it is placed, its gain, how it would stay): its lag among what is left of all."""

    def sharper(one: tuple[tuple[Signal, float, int], bool]) -> Sharpened:
        (stem, gain, staying), levelled = one
        return sharpen(stem, gain, left, frames, rate_hz, staying_samples=staying, levels=levelled)

    return side_by_side(sharper, zip(stems, levels, strict=True))


def _searched(stems: Sequence[Signal], heard: Heard, frames: int, rate_hz: int) -> list[Lag]:
    return side_by_side(lambda stem: find_lag(stem, heard, frames, rate_hz), stems)


def _picked(gram: NDArray[np.float64], rows: Sequence[int]) -> NDArray[np.float64]:
    """The part of a Gram matrix that belongs to the mix and the stems in `rows`."""
    chosen = [0, *rows]
    return gram[np.ix_(chosen, chosen)]


def _placed(signal: Signal, found: StemAlignment) -> Signal:
    return repaired_signal(signal, found) if found.known else signal


def _unmoved(correlation: float) -> StemAlignment:
    """No lag was found; one that fits well where it stands is believed to stand there."""
    if abs(correlation) > SURE_CORRELATION:
        return StemAlignment(0, -1 if correlation < 0 else 1, correlation=correlation, known=True)
    return StemAlignment(correlation=correlation)


def _sure_repairs(
    mix: Signal,
    signals: Sequence[Signal],
    aligned: Sequence[Signal],
    alignments: Sequence[StemAlignment],
    frames: int,
) -> tuple[bool, ...]:
    """Which repairs are applied unasked: with |r| > 0.9, and without which the null would be 6 dB worse."""
    candidates = [
        i for i, found in enumerate(alignments) if found.asks_for_repair and abs(found.correlation) > SURE_CORRELATION
    ]
    gram = gram_matrix(mix, [*signals, *(aligned[i] for i in candidates)], frames)
    unmoved = [1 + i for i in range(len(signals))]
    moved = {i: 1 + len(signals) + place for place, i in enumerate(candidates)}
    with_all = [moved.get(i, row) for i, row in enumerate(unmoved)]
    with_all_db = null_from_gram(gram, with_all)

    def is_sure(i: int) -> bool:
        without = [unmoved[i] if j == i else row for j, row in enumerate(with_all)]
        return null_from_gram(gram, without) - with_all_db >= SURE_IMPROVEMENT_DB

    return tuple(i in moved and is_sure(i) for i in range(len(signals)))
