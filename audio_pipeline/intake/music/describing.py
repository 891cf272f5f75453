"""Everything that is heard of a song as music, in one pass."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from audio_pipeline.intake.music import bands, keys, printing
from audio_pipeline.intake.music.keys import Key
from audio_pipeline.intake.music.printing import Printer, Words
from audio_pipeline.intake.music.sections import Section, sections_of
from audio_pipeline.intake.music.spectra import LOW_RATE_HZ, RATE_HZ, Samples, SpectrumStream, to_mono
from audio_pipeline.intake.music.tempo import OnsetMeter, Tempo, onsets_a_second, tempo_of
from audio_pipeline.resampling import Quality, Resampler

# Long spectra that make one row of what a song is like over time: 0.37 s.
_ROW_HOPS: Final = 8
ROW_S: Final = _ROW_HOPS * printing.HOP / LOW_RATE_HZ
_BANDS_A_ROW: Final = round(ROW_S * bands.HOPS_A_SECOND)
COEFFICIENTS: Final = 12
# A song that is shorter is a sample.
SHORTEST_S: Final = 5.0


class Likeness(msgspec.Struct, frozen=True):
    """What a song is like, to be compared with others: each group is a point, and near is alike.

    `timbre`: mean and spread of the cepstrum, the shape of the spectrum without its level. `harmony`: how much of each
    step above the tonic sounds. `pace`: where in its octave the tempo is, as a direction, and how often something
    begins, as its binary logarithm.
    """

    timbre: tuple[float, ...]
    harmony: tuple[float, ...]
    pace: tuple[float, ...]


class Music(msgspec.Struct, frozen=True, kw_only=True):
    """What a listener would say of a song; None where it has no tempo, or no key, that can be told."""

    tempo: Tempo | None
    key: Key | None
    sections: tuple[Section, ...]
    likeness: Likeness


class MusicListener:
    """Hears a song, block by block. What it keeps grows by less than a kilobyte a second."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._resampler = Resampler(sample_rate_hz, RATE_HZ, 1, Quality.FOR_ANALYSIS)
        self._low_resampler = Resampler(RATE_HZ, LOW_RATE_HZ, 1, Quality.FOR_ANALYSIS)
        self._short = SpectrumStream(bands.WINDOW, bands.HOP)
        self._long = SpectrumStream(printing.WINDOW, printing.HOP)
        self._bands = bands.BandFilter()
        self._chroma = keys.ChromaMeter()
        self._printer = Printer()
        self._onsets = OnsetMeter()
        self._timbre = _TimbreMeter()
        self._rows = _Rows(_ROW_HOPS)
        self._samples = 0

    def process(self, block: NDArray[np.floating]) -> None:
        """Take the next frames, shape (frames, channels), all of them numbers."""
        self._take(self._resampler.process(to_mono(block)))

    def finish(self) -> tuple[Music | None, Words]:
        """What was heard, and the print. Nothing is said of what is shorter than `SHORTEST_S`, or silent."""
        self._take(self._resampler.finish())
        self._take_low(self._low_resampler.finish())
        words = self._printer.finish()
        seconds = self._samples / RATE_HZ
        rows = self._rows.finish()
        if seconds < SHORTEST_S or not words.any():
            return None, words[:0]
        classes = keys.pitch_classes(rows)
        tempo = tempo_of(onsets := self._onsets.finish())
        found = keys.key_of(classes.sum(axis=0), seconds)
        cepstra = self._timbre.rows()[: len(classes)]
        features = np.concatenate([classes[: len(cepstra)], cepstra], axis=1)
        return Music(
            tempo=tempo,
            key=None if found is None else found[0],
            sections=sections_of(features, ROW_S, seconds),
            likeness=Likeness(
                timbre=_rounded(self._timbre.finish()),
                harmony=_rounded(_harmony(classes.sum(axis=0), 0 if found is None else found[1])),
                pace=_rounded(_pace(tempo, onsets_a_second(onsets))),
            ),
        ), words

    def _take(self, samples: Samples) -> None:
        self._samples += len(samples)
        levels = self._bands.apply(self._short.process(samples))
        self._onsets.process(levels)
        self._timbre.process(levels)
        self._take_low(self._low_resampler.process(samples))

    def _take_low(self, samples: Samples) -> None:
        power = self._long.process(samples)
        self._printer.process(power)
        self._rows.process(self._chroma.apply(power))


class _Rows:
    """The mean of every so many rows; the rest at the end is left out."""

    def __init__(self, many: int) -> None:
        self._many = many
        self._rest: NDArray[np.float32] | None = None
        self._means: list[NDArray[np.float32]] = []

    def process(self, rows: NDArray[np.float32]) -> None:
        rows = rows if self._rest is None else np.concatenate([self._rest, rows])
        whole = len(rows) // self._many * self._many
        self._means.append(rows[:whole].reshape(-1, self._many, rows.shape[1]).mean(axis=1))
        self._rest = rows[whole:]

    def finish(self) -> NDArray[np.float32]:
        return np.concatenate(self._means)


class _TimbreMeter:
    """Cepstra of the bands: how the spectrum is shaped, without its level."""

    def __init__(self) -> None:
        place = (np.arange(bands.BANDS) + 0.5) / bands.BANDS
        waves = np.cos(np.pi * np.multiply.outer(place, np.arange(1, COEFFICIENTS + 1)))
        self._waves = (waves * np.sqrt(2 / bands.BANDS)).astype(np.float32)
        self._rows = _Rows(_BANDS_A_ROW)
        self._count = 0
        self._sum = np.zeros(COEFFICIENTS)
        self._squares = np.zeros(COEFFICIENTS)

    def process(self, levels: bands.Bands) -> None:
        cepstra = levels @ self._waves
        self._rows.process(cepstra)
        sounds = cepstra[levels.max(axis=1) > bands.FLOOR_DB + 20].astype(np.float64)
        self._count += len(sounds)
        self._sum += sounds.sum(axis=0)
        self._squares += np.square(sounds).sum(axis=0)

    def rows(self) -> NDArray[np.float32]:
        return self._rows.finish()

    def finish(self) -> NDArray[np.float64]:
        mean = self._sum / max(self._count, 1)
        spread = np.sqrt(np.maximum(self._squares / max(self._count, 1) - np.square(mean), 0))
        return np.concatenate([mean, spread])


def _harmony(classes: NDArray[np.float64], tonic: int) -> NDArray[np.float64]:
    steps: NDArray[np.float64] = np.roll(classes, -tonic) / max(classes.sum(), 1e-12)
    return steps


def _pace(tempo: Tempo | None, onsets_a_second: float) -> NDArray[np.float64]:
    angle = 0.0 if tempo is None else 2 * np.pi * np.log2(tempo.bpm / 60)
    sure = 0.0 if tempo is None else 1.0
    return np.array([sure * np.cos(angle), sure * np.sin(angle), np.log2(onsets_a_second + 0.25)])


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)
