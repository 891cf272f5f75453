"""How stems relate to their mix: the null as delivered, lag and polarity of each, and what repairs would bring."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from audio_pipeline.stems.alignment import find_lag
from audio_pipeline.stems.fitting import Fit, fit, gram_matrix, null_from_gram, partial_correlations
from audio_pipeline.stems.preparing import Prepared
from audio_pipeline.stems.signals import Remainder, Signal

# A stem that is left over by less than −60 dB of itself stands where it belongs: nothing needs to be searched.
ALIGNED_REST: Final = 1e-6
# What a lag must explain of what the other stems leave, to be believed at all.
FOUND_CORRELATION: Final = 0.2
# When a repair is applied without a person's word.
SURE_CORRELATION: Final = 0.9
SURE_IMPROVEMENT_DB: Final = 6.0

Progress = Callable[[float], None]


@dataclass(frozen=True)
class StemAlignment:
    """Lag (positive: late) and polarity of a stem against the mix; `known` is false where it was not found in it.

    `correlation` is with what all other stems leave of the mix; NaN for a silent stem and without a mix.
    """

    lag_samples: int = 0
    polarity: int = 1
    correlation: float = math.nan
    known: bool = False

    @property
    def asks_for_repair(self) -> bool:
        """Whether it is late, early or inverted."""
        return self.lag_samples != 0 or self.polarity < 0


@dataclass(frozen=True)
class SetAnalysis:
    """What was measured. `applied[i]` says whether the repair of stem i is sure enough to make unasked.

    The fits are None without a mix. `repaired` has every repair found.
    """

    frames: int
    alignments: tuple[StemAlignment, ...]
    applied: tuple[bool, ...]
    as_delivered: Fit | None
    repaired: Fit | None


def analyse_set(stems: Sequence[Prepared], mix: Prepared | None, rate_hz: int, progress: Progress) -> SetAnalysis:
    """Measure the set. `frames` of the result is the longest extent of stems and mix as delivered."""
    signals = [as_signal(stem) for stem in stems]
    frames = max(signal.end_samples for signal in [*signals, *([as_signal(mix)] if mix else [])])
    if mix is None or not mix.samples.any():
        nothing = tuple(StemAlignment() for _ in stems)
        # Against a silent mix there is neither a gain nor a null.
        silent_fit = None if mix is None else Fit(1.0, math.nan)
        return SetAnalysis(frames, nothing, tuple(False for _ in stems), silent_fit, silent_fit)

    whole = as_signal(mix)
    as_delivered = fit(whole, signals, frames, mean_free=False, progress=lambda done: progress(0.2 * done))
    alignments = _align(whole, signals, frames, rate_hz, lambda done: progress(0.2 + 0.6 * done))
    if not any(alignment.asks_for_repair for alignment in alignments):
        return SetAnalysis(frames, alignments, tuple(False for _ in stems), as_delivered, as_delivered)

    aligned = [repaired_signal(signal, found) for signal, found in zip(signals, alignments, strict=True)]
    applied = _sure_repairs(whole, signals, aligned, alignments, frames)
    repaired = fit(whole, aligned, frames, mean_free=False, progress=lambda done: progress(0.8 + 0.2 * done))
    return SetAnalysis(frames, alignments, applied, as_delivered, repaired)


def as_signal(prepared: Prepared, *, without_dc: bool = False) -> Signal:
    """The prepared file at the place that its time reference gives it."""
    return Signal(prepared.samples, prepared.placed_at_samples, 1, prepared.dc if without_dc else ())


def repaired_signal(signal: Signal, found: StemAlignment) -> Signal:
    """The signal moved and turned so that lag and polarity vanish."""
    return replace(
        signal,
        offset_samples=signal.offset_samples - found.lag_samples,
        polarity=signal.polarity * found.polarity,
    )


def _align(
    mix: Signal, signals: Sequence[Signal], frames: int, rate_hz: int, progress: Progress
) -> tuple[StemAlignment, ...]:
    """Search every stem that does not already stand where it belongs, against what the others leave of the mix."""
    gains, correlations = partial_correlations(gram_matrix(mix, signals, frames, lambda done: progress(0.2 * done)))
    found = [StemAlignment(0, -1 if r < 0 else 1, float(r), known=bool(1 - r**2 < ALIGNED_REST)) for r in correlations]
    placed = [_placed(signal, alignment) for signal, alignment in zip(signals, found, strict=True)]
    gains = gains * [alignment.polarity if alignment.known else 1 for alignment in found]
    unknown = [i for i, alignment in enumerate(found) if not alignment.known and not math.isnan(alignment.correlation)]

    # The first round listens to the whole mix, since two stems may hold the same sound; the second no longer hears the
    # stems that are known by then, and so finds quieter ones.
    for attempt in range(2):
        still_open = [i for i in unknown if not found[i].known]
        known_parts = tuple((float(gains[j]), placed[j]) for j in range(len(signals)) if attempt and found[j].known)
        for count, i in enumerate(still_open):
            lag = find_lag(signals[i], Remainder(mix, known_parts), frames, rate_hz)
            found[i] = StemAlignment(lag.lag_samples, lag.polarity, known=lag.certain)
            progress(0.2 + 0.4 * (attempt + (count + 1) / len(still_open)))
        if not still_open:
            break
        placed = [_placed(signal, alignment) for signal, alignment in zip(signals, found, strict=True)]
        gains, after = partial_correlations(gram_matrix(mix, placed, frames))
        for i in unknown:
            if found[i].known and after[i] >= FOUND_CORRELATION:
                # Measured on the repaired stem, told of the stem as it is.
                found[i] = replace(found[i], correlation=float(after[i]) * found[i].polarity)
            else:
                found[i] = _unmoved(float(correlations[i]))
                placed[i] = _placed(signals[i], found[i])
    return tuple(found)


def _placed(signal: Signal, found: StemAlignment) -> Signal:
    return repaired_signal(signal, found) if found.known else signal


def _unmoved(correlation: float) -> StemAlignment:
    """No lag was found; one that fits well where it stands is believed to stand there."""
    if abs(correlation) > SURE_CORRELATION:
        return StemAlignment(0, -1 if correlation < 0 else 1, correlation, known=True)
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


def is_silent(signal: Signal, start: int, stop: int) -> bool:
    """Whether nothing but digital zeros stands between two session times."""
    return start >= stop or not np.any(signal.between(start, stop))
