"""What the sum of the stems leaves of the mix, in the words of somebody who has to repair it, and as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.stems.fitting import gram_matrix, partial_correlations
from audio_pipeline.stems.rest import Rest, RestBand, Stretch
from audio_pipeline.stems.signals import Signal

BLOCK_S: Final = 1.0
# The bands that people name, by their lower edges; each ends where the next begins.
BANDS: Final = (("bass", 30.0), ("low middle", 250.0), ("high middle", 1500.0), ("treble", 5000.0))
HIGHEST_HZ: Final = 16000.0
# A band of a mix and of its stems is the same sound, but for its level, from this coherence on.
SAME_SOUND: Final = 0.9
# Less than this is not worth a word, in dB.
AUDIBLE_DB: Final = 0.7
# A second in which so much of the mix is in no stem, whatever their level.
MISSING_SHARE: Final = 0.1
# How well loud seconds must be quieter in the mix than the stems are, to be called compression.
COMPRESSED_CORRELATION: Final = -0.5
# A stem whose best gain is below this share of the highest one is hardly in the mix; and so many seconds tell.
TOO_LOW: Final = 0.5
MOST_SECONDS: Final = 20
_MUTED: Final = "a stem was muted in the mix, or is too much"
_MISSING: Final = "a stem is missing, or is another version"
# Seconds further below the loudest than this say nothing, in power.
QUIET: Final = 1e-4
# The picture has no more steps than this, of whole seconds; and what is below its floor is silence.
MOST_STEPS: Final = 120
FLOOR_DB: Final = -80


@dataclass(frozen=True)
class _Heard:
    """Energies of mix and sum and what they share, by seconds and bands."""

    mix: NDArray[np.float64]
    stems: NDArray[np.float64]
    shared: NDArray[np.float64]

    def coherence(self, axis: int) -> NDArray[np.float64]:
        """Of the sums over one axis."""
        mix, stems, shared = (part.sum(axis=axis) for part in (self.mix, self.stems, self.shared))
        return np.asarray(np.square(shared) / np.maximum(mix * stems, np.finfo(float).tiny))


def explain_rest(mix: Signal, stems: Sequence[Signal], frames: int, rate_hz: int) -> Rest:
    """Where and how the mix differs from the sum of its stems; says nothing where nothing stands out."""
    heard = _listen(mix, stems, frames, rate_hz)
    loud = heard.mix.sum(axis=1) > QUIET * heard.mix.sum(axis=1).max(initial=0)
    absent = loud & (1 - heard.coherence(axis=1) > MISSING_SHARE)
    says, places = _told(heard, loud, absent, mix, stems, rate_hz)
    step = -(-len(heard.mix) // MOST_STEPS)
    gain = _usual_gain(heard, loud)
    left = _left(heard, step, gain)
    whole = _Heard(*(part.sum(axis=1, keepdims=True) for part in (heard.mix, heard.stems, heard.shared)))
    edges = [*(low_hz for _, low_hz in BANDS), min(HIGHEST_HZ, rate_hz / 2)]
    return Rest(
        is_other_sound=bool(absent.any()),
        says=says,
        places=tuple(Stretch(float(start), min(float(end), frames / rate_hz)) for start, end in places),
        step_s=step * BLOCK_S,
        left_db=_left(whole, step, gain)[0],
        bands=tuple(
            RestBand(name, low_hz, high_hz, levels)
            for (name, _), (low_hz, high_hz), levels in zip(BANDS, pairwise(edges), left, strict=True)
        ),
    )


def _told(
    heard: _Heard,
    loud: NDArray[np.bool_],
    absent: NDArray[np.bool_],
    mix: Signal,
    stems: Sequence[Signal],
    rate_hz: int,
) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    """The sentences, and the seconds of which they speak."""
    if not loud.any() or heard.stems.sum() <= 0:
        return (), []
    if absent.any():
        places = _places(absent, loud)
        where = _where(places)
        if _is_too_much(mix, stems, absent, rate_hz):
            return (f"{where} the stems hold sound that is not in the mix: {_MUTED}.",), places
        return (f"{where} the mix holds sound that is in no stem: {_MISSING}.",), places
    pressed, places = _told_compression(heard, loud)
    return (*_told_bands(heard), *pressed), places


def _usual_gain(heard: _Heard, loud: NDArray[np.bool_]) -> float:
    """The level of the stems at which most of the song is left with least.

    Least squares would let a compressed minute leave something everywhere, where the rest of the song is the mix.
    """
    mix, stems, shared = (part.sum(axis=1)[loud] for part in (heard.mix, heard.stems, heard.shared))
    if not stems.any():
        return 1.0
    gains = np.percentile(shared[stems > 0] / stems[stems > 0], (5, 50, 95))
    return float(min(gains, key=lambda gain: np.median((mix + gain**2 * stems - 2 * gain * shared) / mix)))


def _left(heard: _Heard, step: int, gain: float) -> list[tuple[int | None, ...]]:
    """For each band the level of the rest in steps of so many seconds; see `Rest`."""
    starts = range(0, len(heard.mix), step)
    mix, stems, shared = (np.add.reduceat(part, starts, axis=0) for part in (heard.mix, heard.stems, heard.shared))
    stems, shared = gain**2 * stems, gain * shared
    louder = np.maximum(mix, stems)
    told = louder > QUIET * louder.max(axis=0, initial=0)
    rest = np.maximum(mix + stems - 2 * shared, 10 ** (FLOOR_DB / 10) * louder)
    left_db = 10 * np.log10(rest / np.where(told, louder, 1.0), where=told, out=np.zeros_like(rest))
    return [
        tuple(round(float(level)) if known else None for level, known in zip(levels, band, strict=True))
        for levels, band in zip(left_db.T, told.T, strict=True)
    ]


def _listen(mix: Signal, stems: Sequence[Signal], frames: int, rate_hz: int) -> _Heard:
    block = round(BLOCK_S * rate_hz)
    bins = np.fft.rfftfreq(block, 1 / rate_hz)
    edges = np.searchsorted(bins, [*(low_hz for _, low_hz in BANDS), min(HIGHEST_HZ, rate_hz / 2)])
    rows: list[list[list[float]]] = []
    for start in range(0, max(frames - block // 2, 1), block):
        whole = np.fft.rfft(mix.between(start, start + block), axis=0)
        total = np.fft.rfft(sum(stem.between(start, start + block, mix.channels) for stem in stems), axis=0)
        products = [np.abs(whole) ** 2, np.abs(total) ** 2, np.real(np.conj(total) * whole)]
        rows.append([[float(one[low:high].sum()) for low, high in pairwise(edges)] for one in products])
    mix_rows, stem_rows, shared_rows = np.asarray(rows).transpose(1, 0, 2)
    return _Heard(mix_rows, stem_rows, shared_rows)


def _is_too_much(mix: Signal, stems: Sequence[Signal], seconds: NDArray[np.bool_], rate_hz: int) -> bool:
    """Whether some stem is far lower in the mix than the others: a sum alone does not tell it from one that lacks."""
    block = round(BLOCK_S * rate_hz)
    chosen = np.flatnonzero(seconds)
    chosen = chosen[:: -(-len(chosen) // MOST_SECONDS)]
    gram = np.sum([gram_matrix(mix, stems, start + block, begin=start) for start in (chosen * block).tolist()], axis=0)
    gains, _ = partial_correlations(gram)
    energy = np.diag(gram)[1:]
    sounding = gains[energy > QUIET * energy.max(initial=0)]
    return bool(sounding.size and sounding.min() < TOO_LOW * sounding.max())


def _told_bands(heard: _Heard) -> list[str]:
    coherence = heard.coherence(axis=0)
    gains = heard.shared.sum(axis=0) / np.maximum(heard.stems.sum(axis=0), np.finfo(float).tiny)
    audible = heard.mix.sum(axis=0) > QUIET * heard.mix.sum()
    same = audible & (coherence > SAME_SOUND) & (gains > 0)
    if same.sum() < 2:
        return []
    gains_db = 20 * np.log10(np.where(same, gains, 1.0))
    # The gain of the whole is taken out by the fit; what counts is how bands differ.
    gains_db -= np.median(gains_db[same])
    return [
        f"The mix has {abs(gain_db):.1f} dB {'more' if gain_db > 0 else 'less'} {name} than the stems."
        for (name, _), gain_db, counts in zip(BANDS, gains_db, same, strict=True)
        if counts and abs(gain_db) >= AUDIBLE_DB
    ]


def _told_compression(heard: _Heard, loud: NDArray[np.bool_]) -> tuple[list[str], list[tuple[int, int]]]:
    level = heard.stems.sum(axis=1)[loud]
    gain_db = 20 * np.log10(np.maximum(heard.shared.sum(axis=1)[loud] / level, 1e-6))
    reduction_db = float(np.percentile(gain_db, 95)) - gain_db
    if len(level) < 4 or reduction_db.max() < AUDIBLE_DB:
        return [], []
    if np.corrcoef(10 * np.log10(level), gain_db)[0, 1] > COMPRESSED_CORRELATION:
        return [], []
    reduced = np.zeros_like(loud)
    reduced[np.flatnonzero(loud)[reduction_db >= AUDIBLE_DB]] = True
    places = _places(reduced, loud)
    lower = f"the mix is up to {reduction_db.max():.1f} dB lower than the stems: its bus compresses or limits."
    return [f"{_where(places)} {lower}"], places


def _places(seconds: NDArray[np.bool_], loud: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of `seconds`, none where it is all of the song; what is too quiet belongs to what surrounds it."""
    if seconds.sum() >= 0.95 * loud.sum():
        return []
    heard = np.flatnonzero(loud)
    places: list[tuple[int, int]] = []
    for before, second in zip([-1, *heard], heard, strict=False):
        if not seconds[second]:
            continue
        if places and places[-1][1] == before + 1:
            places[-1] = (places[-1][0], int(second) + 1)
        else:
            places.append((int(second), int(second) + 1))
    return places


def _where(places: Sequence[tuple[int, int]]) -> str:
    if not places:
        return "Throughout"
    if len(places) > 3:
        return f"At {len(places)} places, first from {_clock(places[0][0])},"
    told = [f"from {_clock(start)} to {_clock(end)}" for start, end in places]
    text = " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)
    return text[0].upper() + text[1:]


def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"
