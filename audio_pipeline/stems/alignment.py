"""Lag and polarity of a stem by cross-correlation with the mix it is part of."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_pipeline.stems.signals import Remainder, Signal

Spectrum = NDArray[np.complexfloating]

SEARCHED_S: Final = 10.0
# A find stands out from all that it does not explain: by so many standard deviations, and either by so many times the
# highest of it, or by so much more that an echo of the same sound may stand beside it. Of sounds that are not in the
# mix at all, the best are at 16 deviations and 1.6 times; of those that are, the worst at 30 and 4.
CERTAIN_PEAK: Final = 8.0
CERTAIN_LEAD: Final = 2.0
CERTAIN_ALONE: Final = 20.0
# The spectrum is levelled in bands of this width, and not where there is next to nothing to level. Narrow ones tell the
# partials of one instrument from those of another.
BAND_HZ: Final = 5.0
EMPTY_BAND: Final = 1e-7
# An excerpt cut in mid-sound ends in a click, and so does its mix at the same place: without a fade they would agree on
# lag 0, whatever the sound says.
FADE_S: Final = 0.02
# Bounds the memory of the search, whatever the length of the song: some 100 MB.
LARGEST_BLOCK: Final = 1 << 21
SMALLEST_BLOCK: Final = 1 << 16
# Among peaks of the same height the smallest lag wins: sound that repeats has many.
SAME_HEIGHT: Final = 0.999
# A found lag is sharpened within the first range; the second, without the first, shows what chance does.
SHARPENED_SAMPLES: Final = 64
CHANCE_SAMPLES: Final = 2048
# Levelling in narrow bands draws on sound that is so far away.
LEVELLING_REACH: Final = 1 << 14
# By how much the likelihood of one lag must exceed that of another: e to this power.
CERTAIN_EVIDENCE: Final = 18.0
# A peak between two samples is looked for among this many steps of one, by sound that so many samples around it hold.
FINE_STEPS: Final = 16
FINE_REACH: Final = 64
# A peak in the middle of two samples is 0.64 times as high at both; so many peaks of all are looked at.
HIDDEN_PEAK: Final = 0.6
MOST_PEAKS: Final = 256
# What a gain is taken from.
PEAK_SAMPLES: Final = 4
# So much is kept of the spectra of what stems are searched in, enough for a song of five minutes: else each search
# would transform it anew.
KEPT_BYTES: Final = 160 << 20
# Whatever needs double precision or indices on its way is worked out for so many samples, or lines, at a time: of a
# whole block it would be several times what is kept of it.
AT_ONCE: Final = 1 << 16


@dataclass(frozen=True)
class Lag:
    """Where a stem stands against the mix: positive when it is late. `certain` tells a find from a guess."""

    lag_samples: int
    polarity: int
    certain: bool


@dataclass(frozen=True)
class Sharpened:
    """A lag sharpened by `further_samples`, and by `fraction` of one more.

    `moved` says that the sound is that much later for certain: staying is out of question, and it is the move alone,
    not a filter (of which a delay is one part), that the sound around asks for.
    """

    further_samples: int
    fraction: float
    moved: bool


class Heard:
    """A sound that one stem after the other is held against; its spectra are kept from one to the next.

    Safe to be asked by several threads, since what is kept is only ever added to.
    """

    def __init__(self, sound: Signal | Remainder) -> None:
        self.sound = sound
        self._kept: dict[tuple[int, int, int, str], list[Spectrum]] = {}
        self._kept_bytes = 0

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.sound.channels

    def spectra(self, start: int, stop: int, length: int, dtype: type[np.floating]) -> list[Spectrum]:
        """Of session frames `start` to `stop`, a transform of `length` for each channel."""
        from scipy.fft import rfft

        key = start, stop, length, np.dtype(dtype).name
        if key in self._kept:
            return self._kept[key]
        found: list[Spectrum] = [rfft(channel, length) for channel in _channels(self.sound, start, stop, dtype)]
        size = sum(one.nbytes for one in found)
        if self._kept_bytes + size <= KEPT_BYTES and self._kept.setdefault(key, found) is found:
            self._kept_bytes += size
        return found


@dataclass(frozen=True)
class _Correlation:
    """Σ stem(t)·mix(t + k) for k = −reach … reach, and the spectrum of the stem's own, whose transform has `length`."""

    cross: NDArray[np.floating]
    own: NDArray[np.floating]
    length: int
    reach: int

    def within(self, reach: int) -> "_Correlation":
        """The same for smaller lags."""
        return replace(self, cross=self.cross[self.reach - reach : self.reach + reach + 1], reach=reach)

    def unexplained(self, index: int, fraction: float) -> NDArray[np.floating]:
        """What stands in `cross` when the stem at `index`, and `fraction` of a sample behind it, is taken away."""
        from scipy.fft import irfft

        turned = np.empty(len(self.own), np.result_type(self.cross, np.complex64))
        for first, last in _pieces(0, len(turned)):
            turn = np.exp(-2j * np.pi * np.arange(first, last) / self.length * fraction)
            turned[first:last] = self.own[first:last] * turn
        own = irfft(turned, self.length)[np.arange(len(self.cross)) - index]
        peak = slice(max(index - PEAK_SAMPLES, 0), index + PEAK_SAMPLES + 1)
        gain = np.vdot(own[peak], self.cross[peak]) / np.vdot(own[peak], own[peak])
        left: NDArray[np.floating] = self.cross - gain * own
        return left


def find_lag(stem: Signal, mix: Heard, frames: int, sample_rate_hz: int) -> Lag:
    """Search ±10 s for the lag at which `stem` is found in `mix`, both `frames` long.

    The correlation is divided by the mix's smoothed power spectrum: a stem is one of many, the others are noise to it,
    and each frequency counts for as much as the stem stands out there (the matched filter in coloured noise; Knapp and
    Carter, IEEE ASSP-24, 1976). Tones correlate with themselves at many lags: what is found is taken away with all that
    it brings along before the rest is called chance. Blocks of a fixed size keep memory independent of the song.
    """
    reach = min(round(SEARCHED_S * sample_rate_hz), max(frames - 1, 1))
    found = _correlate(stem, mix, mix, frames, reach, sample_rate_hz, fades=True, dtype=np.float32)
    height = float(np.abs(found.cross).max())
    if height <= 0 or not math.isfinite(height) or not found.own.any():
        return Lag(0, 1, certain=False)
    # Index 0 stands for the lag −reach of the mix against the stem, which is a stem late by `reach`.
    index = _highest(found.cross, reach)
    left = np.abs(found.unexplained(index, _between_samples(found.cross, index)))
    spread, lead = float(np.sqrt(np.mean(np.square(left)))), float(left.max())
    certain = height > CERTAIN_ALONE * spread or height > max(CERTAIN_PEAK * spread, CERTAIN_LEAD * lead)
    return Lag(reach - index, 1 if found.cross[index] > 0 else -1, certain=bool(certain))


def sharpen(
    stem: Signal,
    gain: float,
    rest: Heard,
    frames: int,
    sample_rate_hz: int,
    *,
    staying_samples: int,
    levels: bool,
) -> Sharpened:
    """The best lag near by of a stem that has this gain in the mix, of which `rest` is all that no stem explains.

    With `levels` each frequency counts for as much as the stem stands out from the rest there. Where there is hardly
    any rest this is left out, for then the answer is the exact one of least squares, even where the peak of a bass is
    so blunt that neighbours differ in the fifth digit (hence double precision). `staying_samples` is the further lag
    at which the stem would stand as it was delivered.
    """
    whole = _WithStem(rest.sound, stem, gain)
    noise = rest if levels else None
    reach = LEVELLING_REACH if levels else CHANCE_SAMPLES
    # An exact answer needs all digits; one among noise does not.
    dtype = np.float32 if levels else np.float64
    found = _correlate(stem, whole, noise, frames, reach, sample_rate_hz, fades=False, dtype=dtype)
    found = found.within(CHANCE_SAMPLES)
    near = slice(CHANCE_SAMPLES - SHARPENED_SAMPLES, CHANCE_SAMPLES + SHARPENED_SAMPLES + 1)
    index = near.start + int(np.argmax(found.cross[near]))
    if not found.own.any():
        return Sharpened(0, 0.0, moved=False)
    fraction = _between_samples(found.cross, index)
    left = np.abs(found.unexplained(index, fraction))
    here, chance = left[near], np.delete(left, np.arange(near.start, near.stop))
    further = CHANCE_SAMPLES - index
    if abs(staying_samples) > SHARPENED_SAMPLES:
        return Sharpened(further, -fraction, moved=True)
    staying = max(float(found.cross[CHANCE_SAMPLES - staying_samples]), 0.0)
    evidence = (float(found.cross[index]) ** 2 - staying**2) / 2
    moved = evidence > CERTAIN_EVIDENCE * float(np.mean(np.square(chance))) and here.max() < CERTAIN_LEAD * chance.max()
    return Sharpened(further, -fraction, moved=bool(moved))


@dataclass(frozen=True)
class _WithStem:
    """`rest` with the stem in it again."""

    rest: Signal | Remainder
    stem: Signal
    gain: float

    @property
    def channels(self) -> int:
        return self.rest.channels

    def between(self, start: int, stop: int) -> NDArray[np.float64]:
        return self.rest.between(start, stop) + self.gain * self.stem.between(start, stop, self.channels)


@dataclass(frozen=True)
class _Folded:
    """`stem` in so many channels, of which a mono one needs one: it is the same in all. With a fade at both its ends
    where `ramp` is more than 0."""

    stem: Signal
    folded: int
    ramp: int

    @property
    def channels(self) -> int:
        return min(self.stem.channels, self.folded)

    def between(self, start: int, stop: int) -> NDArray[np.float64]:
        sound = self.stem.between(start, stop, self.folded)[:, : self.channels]
        return sound * _fade(self.stem, start, stop, self.ramp) if self.ramp else sound


def _highest(correlation: NDArray[np.floating], zero: int) -> int:
    """The index of the highest peak, which may be lower at both samples beside it; of equals the one nearest `zero`."""
    height = np.abs(correlation)
    edged = np.pad(height, 1)
    peaks = np.flatnonzero((height >= edged[:-2]) & (height >= edged[2:]) & (height >= HIDDEN_PEAK * height.max()))
    peaks = np.sort(peaks[np.argsort(height[peaks], kind="stable")[-MOST_PEAKS:]])
    fine = np.maximum(np.abs(_finely(correlation, peaks)).max(axis=1), height[peaks])
    best = peaks[fine >= SAME_HEIGHT * fine.max()]
    return int(best[np.abs(best - zero).argmin()])


def _between_samples(correlation: NDArray[np.floating], index: int) -> float:
    """How far behind `index` the highest point lies, within a sample."""
    fine = np.abs(_finely(correlation, np.array([index]))[0])
    top = int(np.clip(fine.argmax(), 1, len(fine) - 2))
    before, at, behind = (float(value) for value in fine[top - 1 : top + 2])
    bend = before - 2 * at + behind
    further = 0.5 * (before - behind) / bend if bend < 0 else 0.0
    return (top + min(max(further, -1.0), 1.0)) / FINE_STEPS - 1


def _finely(correlation: NDArray[np.floating], indices: NDArray[np.int_]) -> NDArray[np.float64]:
    """A row for each index: from one sample before it to one behind, in steps of a fraction of one."""
    offsets = np.arange(-FINE_REACH, FINE_REACH + 1)
    distance = np.linspace(-1, 1, 2 * FINE_STEPS + 1)[:, np.newaxis] - offsets
    kernel = np.sinc(distance) * np.square(np.cos(np.pi / 2 * np.clip(distance / (FINE_REACH + 1), -1, 1)))
    around = np.pad(correlation, FINE_REACH)[indices[:, np.newaxis] + FINE_REACH + offsets]
    return np.asarray(around @ kernel.T)


def _correlate(
    stem: Signal,
    mix: Heard | _WithStem,
    noise: Heard | None,
    frames: int,
    reach: int,
    sample_rate_hz: int,
    *,
    fades: bool,
    dtype: type[np.float32] | type[np.float64],
) -> _Correlation:
    """Correlate over all channels of the mix, levelled by the spectrum of `noise` if there is one."""
    from scipy.fft import irfft, next_fast_len

    # Every block pays for the reach on both its sides: even ones that are long beside it cost least.
    block = math.ceil(frames / math.ceil(frames / min(LARGEST_BLOCK, max(SMALLEST_BLOCK, 16 * reach))))
    length = next_fast_len(block + 2 * reach, real=True)
    folded = _Folded(stem, mix.channels, round(FADE_S * sample_rate_hz) if fades else 0)
    levelled, own, mix_power, noise_power = _summed(folded, mix, noise, frames, block, reach, length, dtype)
    if noise is not None:
        bins = max(1, round(BAND_HZ * length / sample_rate_hz))
        floor = _smooth(mix_power, bins).max() * EMPTY_BAND
        if floor > 0:
            level = np.maximum(_smooth(mix_power if noise is mix else noise_power, bins), floor)
            levelled /= level
            own /= level
    spectrum = levelled.astype(np.result_type(dtype, np.complex64), copy=False)
    # What is around a block begins `reach` before the stem's block, so lag −reach stands first.
    return _Correlation(irfft(spectrum, length)[: 2 * reach + 1].copy(), own, length, reach)


def _summed(
    stem: _Folded,
    mix: Heard | _WithStem,
    noise: Heard | None,
    frames: int,
    block: int,
    reach: int,
    length: int,
    dtype: type[np.float32] | type[np.float64],
) -> tuple[NDArray[np.complex128], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Over all blocks: the cross spectrum of stem and mix, and the powers of the stem, the mix and the noise."""
    from scipy.fft import rfft

    cross = np.zeros(length // 2 + 1, np.complex128)
    own, mix_power, noise_power = (np.zeros(length // 2 + 1) for _ in range(3))
    for start in range(0, frames, block):
        stop = min(start + block, frames)
        part = _channels(stem, start, stop, dtype)
        if not part.any():
            continue
        place = start - reach, stop + reach
        if isinstance(mix, Heard):
            mix_spectra = mix.spectra(*place, length, dtype)
        else:
            mix_spectra = [rfft(channel, length) for channel in _channels(mix, *place, dtype)]
        for channel, mix_spectrum in enumerate(mix_spectra):
            if channel < len(part):
                stem_spectrum = rfft(part[channel], length)
                stem_power = _power(stem_spectrum)
            cross += np.conj(stem_spectrum) * mix_spectrum
            own += stem_power
            mix_power += _power(mix_spectrum)
        if noise is not None and noise is not mix:
            for noise_spectrum in noise.spectra(*place, length, dtype):
                noise_power += _power(noise_spectrum)
    return cross, own, mix_power, noise_power


def _pieces(start: int, stop: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + AT_ONCE, stop)) for first in range(start, stop, AT_ONCE))


def _channels(
    sound: Signal | Remainder | _WithStem | _Folded, start: int, stop: int, dtype: type[np.floating]
) -> NDArray[np.floating]:
    """Session frames `start` to `stop`, a row for each channel."""
    rows = np.empty((sound.channels, stop - start), dtype)
    for first, last in _pieces(start, stop):
        rows[:, first - start : last - start] = sound.between(first, last).T
    return rows


def _power(spectrum: Spectrum) -> NDArray[np.floating]:
    return np.asarray(np.square(spectrum.real) + np.square(spectrum.imag))


def _fade(stem: Signal, start: int, stop: int, ramp: int) -> NDArray[np.float64]:
    """Session frames `start` to `stop` of a window that rises from the stem's first frame and falls to its last."""
    ramp = max(min(ramp, len(stem.samples) // 4), 1)
    window = np.zeros(stop - start)
    inside = slice(max(stem.offset_samples - start, 0), max(stem.end_samples - start, 0))
    window[inside] = 1.0
    for edge in (stem.offset_samples, stem.end_samples - ramp):
        frames = np.arange(max(edge, start), min(edge + ramp, stop))
        distance = np.minimum(frames - stem.offset_samples, stem.end_samples - 1 - frames)
        window[frames - start] = np.square(np.sin(np.pi / 2 * np.clip(distance / ramp, 0.0, 1.0)))
    return window[:, np.newaxis]


def _smooth(power: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(power)])
    smoothed = np.empty(len(power))
    for first, last in _pieces(0, len(power)):
        low = np.maximum(np.arange(first, last) - bins // 2, 0)
        high = np.minimum(low + bins, len(power))
        smoothed[first:last] = np.maximum(total[high] - total[low], 0) / (high - low)
    return smoothed
